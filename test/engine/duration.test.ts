import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, durationPattern, formatDuration, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from "../../engine/duration.ts";

const any = { minimumMs: 0, maximumMs: Number.MAX_SAFE_INTEGER };

describe("a duration is a whole number and a unit", () => {
  test.each([
    ["0s", 0],
    ["2s", 2_000],
    ["15m", 900_000],
    ["12h", 43_200_000],
    ["90d", 7_776_000_000],
    ["90s", 90_000],
    ["9999999999s", 9_999_999_999_000],
  ])("%s is %d ms", (text, durationMs) => {
    expect(parseDuration(text, "overlap", any)).toEqual({ ok: true, value: durationMs });
  });

  test.each([
    ["nothing", ""],
    ["a number without a unit", "90"],
    ["a unit without a number", "d"],
    ["a unit that is no unit", "2w"],
    ["a unit in capitals", "2D"],
    ["milliseconds", "2ms"],
    ["a fraction", "1.5h"],
    ["a sign", "+2s"],
    ["a negative one", "-2s"],
    ["a leading zero", "02s"],
    ["a space between", "2 s"],
    ["a space before", " 2s"],
    ["a line feed after", "2s\n"],
    ["two durations", "1h30m"],
    ["hexadecimal", "0x2s"],
    ["an exponent", "1e3s"],
    ["digits of another script", "٢s"],
    ["full-width digits", "２s"],
    ["ISO 8601", "P1D"],
    ["more than ten digits", "12345678901s"],
    ["a very long text", `${"9".repeat(100_000)}d`],
  ])("%s is refused by the field's name", (_sentence, text) => {
    expect(parseDuration(text, "overlap", any)).toEqual({
      ok: false,
      problem: {
        code: "invalid_request",
        detail: "overlap must be a whole number with a unit, such as 2s, 15m, 12h or 90d",
        field: "overlap",
      },
    });
  });
});

describe("the bounds are inclusive", () => {
  const bounds = { minimumMs: 2 * SECOND_MS, maximumMs: 2 * MINUTE_MS };
  // biome-ignore format: a table
  test.each([
    ["just under the minimum",  "1s",    false],
    ["the minimum",             "2s",    true],
    ["the maximum",             "120s",  true],
    ["the maximum, in minutes", "2m",    true],
    ["just over the maximum",   "121s",  false],
    ["far over the maximum",    "9999999999d", false],
  ])("%s", (_sentence, text, isAllowed) => {
    const outcome = parseDuration(text, "ttl", bounds);
    expect(outcome.ok).toBe(isAllowed);
    if (!outcome.ok) expect(outcome.problem).toEqual({ code: "invalid_request", detail: "ttl must be between 2s and 2m", field: "ttl" });
  });
});

describe("a duration is spelled in the largest unit that is exact", () => {
  test.each([
    [0, "0s"],
    [SECOND_MS, "1s"],
    [59 * SECOND_MS, "59s"],
    [MINUTE_MS, "1m"],
    [90 * SECOND_MS, "90s"],
    [HOUR_MS, "1h"],
    [90 * MINUTE_MS, "90m"],
    [DAY_MS - SECOND_MS, "86399s"],
    [DAY_MS, "1d"],
    [36 * HOUR_MS, "36h"],
    [90 * DAY_MS, "90d"],
    [1_999, "1s"],
    [999, "0s"],
  ])("%d ms is %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test("a formatted duration is read back, for any number of seconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * SECOND_MS), "x", any)).toEqual({ ok: true, value: seconds * SECOND_MS });
      }),
    );
  });
});

test("the pattern for documents matches the durations that are in a range, and nothing else", () => {
  const units = fc.constantFrom(SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS);
  const range = fc.record({
    minimumMs: fc.constantFrom(0, SECOND_MS),
    maximumMs: fc.tuple(fc.integer({ min: 1, max: 4_000 }), units).map(([count, unit]) => count * unit),
  });
  const near = (limit: number) =>
    fc.oneof(fc.integer({ min: Math.max(0, limit - 2), max: limit + 2 }), fc.integer({ min: 0, max: 10 * limit }));
  const cases = range.chain(({ minimumMs, maximumMs }) =>
    fc
      .tuple(units, fc.constantFrom("", "0", "-", "1"))
      .chain(([unitMs, before]) =>
        near(Math.floor(maximumMs / unitMs)).map((count) => ({ minimumMs, maximumMs, text: `${before}${count}${UNIT[unitMs]}` })),
      ),
  );
  fc.assert(
    fc.property(cases, ({ text, ...bounds }) => {
      expect(new RegExp(durationPattern(bounds), "u").test(text)).toBe(parseDuration(text, "ttl", bounds).ok);
    }),
    { numRuns: 2_000 },
  );
});
const UNIT: Record<number, string> = { [SECOND_MS]: "s", [MINUTE_MS]: "m", [HOUR_MS]: "h", [DAY_MS]: "d" };
