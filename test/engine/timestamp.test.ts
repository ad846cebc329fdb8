import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTimestamp, formatTimestampSeconds, parseTimestamp } from "../../engine/timestamp.ts";

describe("a date-time with a zone is read to the millisecond", () => {
  // biome-ignore format: a table
  test.each([
    ["in UTC",                                     "2027-01-31T12:00:00Z",             Date.UTC(2027, 0, 31, 12)],
    ["with milliseconds",                          "2027-01-31T12:00:00.123Z",         Date.UTC(2027, 0, 31, 12, 0, 0, 123)],
    ["with a tenth",                               "2027-01-31T12:00:00.1Z",           Date.UTC(2027, 0, 31, 12, 0, 0, 100)],
    ["with nanoseconds, which are cut",            "2027-01-31T12:00:00.123999999Z",   Date.UTC(2027, 0, 31, 12, 0, 0, 123)],
    ["east of Greenwich",                          "2027-01-31T12:00:00+02:00",        Date.UTC(2027, 0, 31, 10)],
    ["west of Greenwich",                          "2027-01-31T12:00:00-08:30",        Date.UTC(2027, 0, 31, 20, 30)],
    ["at the largest offset",                      "2027-01-31T12:00:00+23:59",        Date.UTC(2027, 0, 30, 12, 1)],
    ["with an unknown local offset (RFC 3339 4.3)", "2027-01-31T12:00:00-00:00",       Date.UTC(2027, 0, 31, 12)],
    ["on the leap day of 2028",                    "2028-02-29T00:00:00Z",             Date.UTC(2028, 1, 29)],
    ["on the leap day of 2000",                    "2000-02-29T00:00:00Z",             Date.UTC(2000, 1, 29)],
    ["in the last second of a day",                "2027-12-31T23:59:59Z",             Date.UTC(2027, 11, 31, 23, 59, 59)],
    ["in the first year",                          "0000-01-01T00:00:00Z",             -62_167_219_200_000],
    ["on the leap day of year 0",                  "0000-02-29T00:00:00Z",             -62_162_121_600_000],
    ["before year 100",                            "0099-02-28T00:00:00Z",             -59_037_984_000_000],
    ["in the last second of four digits",          "9999-12-31T23:59:59Z",             Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])("%s", (_sentence, text, time) => {
    expect(parseTimestamp(text, "expiresAt")).toEqual({ ok: true, value: time });
  });
});

describe("a date or time that does not exist is refused, not moved to another day", () => {
  test.each([
    ["30 February", "2026-02-30T00:00:00Z"],
    ["29 February of 2026", "2026-02-29T00:00:00Z"],
    ["29 February of 2100", "2100-02-29T00:00:00Z"],
    ["31 April", "2026-04-31T00:00:00Z"],
    ["32 January", "2026-01-32T00:00:00Z"],
    ["day 0", "2026-01-00T00:00:00Z"],
    ["month 0", "2026-00-01T00:00:00Z"],
    ["month 13", "2026-13-01T00:00:00Z"],
    ["24:00", "2026-01-01T24:00:00Z"],
    ["minute 60", "2026-01-01T00:60:00Z"],
    ["the leap second of 2016", "2016-12-31T23:59:60Z"],
    ["an offset of a day", "2026-01-01T00:00:00+24:00"],
    ["an offset of 60 minutes", "2026-01-01T00:00:00+00:60"],
    ["an offset of 99 minutes", "2026-01-01T00:00:00-01:99"],
  ])("%s", (_sentence, text) => {
    expect(parseTimestamp(text, "expiresAt")).toEqual({
      ok: false,
      problem: { code: "invalid_request", detail: "expiresAt is a date or time that does not exist", field: "expiresAt" },
    });
  });
});

describe("an offset may not lead out of the years that four digits hold", () => {
  test.each([
    ["a year after 9999, in UTC", "9999-12-31T23:59:59-00:01"],
    ["a year before 0, in UTC", "0000-01-01T00:00:00+00:01"],
  ])("%s", (_sentence, text) => {
    expect(parseTimestamp(text, "expiresAt")).toEqual({
      ok: false,
      problem: { code: "invalid_request", detail: "expiresAt must be in the years 0000 to 9999, in UTC", field: "expiresAt" },
    });
  });

  test.each([
    ["the last millisecond of 9999", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["the first one of the year 0", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["an offset back into 9999", "9999-12-31T23:59:59+00:01", "9999-12-31T23:58:59.000Z"],
  ])("%s is taken", (_sentence, text, inUtc) => {
    const parsed = parseTimestamp(text, "expiresAt");
    expect(parsed.ok && new Date(parsed.value).toISOString()).toBe(inUtc);
  });
});

describe("anything else is refused, though Date would read most of it", () => {
  test.each([
    ["nothing", ""],
    ["a date only", "2027-01-31"],
    ["no zone", "2027-01-31T12:00:00"],
    ["no seconds", "2027-01-31T12:00Z"],
    ["a space for the T", "2027-01-31 12:00:00Z"],
    ["a small t and z", "2027-01-31t12:00:00z"],
    ["a space before", " 2027-01-31T12:00:00Z"],
    ["a space after", "2027-01-31T12:00:00Z "],
    ["a line feed after", "2027-01-31T12:00:00Z\n"],
    ["an offset without a colon", "2027-01-31T12:00:00+0200"],
    ["an offset of hours", "2027-01-31T12:00:00+02"],
    ["a typographic minus", "2027-01-31T12:00:00\u221202:00"],
    ["a zone's name", "2027-01-31T12:00:00 GMT"],
    ["a point without digits", "2027-01-31T12:00:00.Z"],
    ["a comma for the point", "2027-01-31T12:00:00,5Z"],
    ["ten digits after the point", "2027-01-31T12:00:00.1234567890Z"],
    ["year 9999999", "9999999-01-31T12:00:00Z"],
    ["an expanded year", "+010000-01-01T00:00:00Z"],
    ["a year of two digits", "27-01-31T12:00:00Z"],
    ["seconds since the epoch", "1800000000"],
    ["an English date", "Sun, 31 Jan 2027 12:00:00 GMT"],
    ["a week date", "2027-W05-7T12:00:00Z"],
    ["digits of another script", "٢٠٢٧-01-31T12:00:00Z"],
    ["a very long text", `2027-01-31T12:00:00.${"0".repeat(100_000)}Z`],
  ])("%s", (_sentence, text) => {
    expect(parseTimestamp(text, "expiresAt")).toEqual({
      ok: false,
      problem: {
        code: "invalid_request",
        detail: "expiresAt must be a date and time with a time zone, such as 2027-01-31T12:00:00Z",
        field: "expiresAt",
      },
    });
  });
});

test("whatever is read is a real time, and reads the same when it is written out", () => {
  const two = (min: number, max: number) => fc.integer({ min, max }).map((number) => String(number).padStart(2, "0"));
  const offset = fc.oneof(
    fc.constant("Z"),
    fc.tuple(fc.constantFrom("+", "-"), two(0, 99), two(0, 99)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
  );
  const year = fc.oneof(
    fc.constantFrom("0000", "9999"),
    fc.integer({ min: 0, max: 9999 }).map((number) => String(number).padStart(4, "0")),
  );
  const text = fc.tuple(year, two(0, 13), two(0, 32), two(0, 24), two(0, 60), two(0, 60), offset);
  fc.assert(
    fc.property(text, ([y, month, day, hour, minute, second, zone]) => {
      const outcome = parseTimestamp(`${y}-${month}-${day}T${hour}:${minute}:${second}${zone}`, "x");
      if (!outcome.ok) return;
      expect(outcome.value).toSatisfy(Number.isSafeInteger);
      expect(parseTimestamp(formatTimestamp(outcome.value), "x")).toEqual(outcome);
    }),
    { numRuns: 2_000 },
  );
});

describe("a time is written in UTC, with Z", () => {
  // biome-ignore format: a table
  test.each([
    ["with milliseconds",     Date.UTC(2027, 0, 31, 12, 0, 0, 5),  "2027-01-31T12:00:00.005Z", "2027-01-31T12:00:00Z"],
    ["the last millisecond",  Date.UTC(2027, 0, 31, 12, 0, 0) - 1, "2027-01-31T11:59:59.999Z", "2027-01-31T11:59:59Z"],
    ["the epoch",             0,                                   "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"],
    ["never",                 null,                                null,                       null],
  ])("%s", (_sentence, time, precise, seconds) => {
    expect([formatTimestamp(time), formatTimestampSeconds(time)]).toEqual([precise, seconds]);
  });
});
