/** The range of a report: its table, its intervals, and what is refused. */
import { describe, expect, test } from "vitest";
import { type ReportInterval, reportRange } from "../../engine/usage-report.ts";

const NOW = Date.parse("2026-11-20T12:34:56Z");
const RETENTION = { hourlyDays: 90, dailyDays: 400 };
const at = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
const range = (from: string | undefined, to: string | undefined, by: ReportInterval) =>
  reportRange({ from: at(from), to: at(to), by }, NOW, RETENTION);
const readable = (outcome: ReturnType<typeof range>) => {
  if (!outcome.ok) return `${outcome.problem.field}: ${outcome.problem.detail}`;
  const { from, to, unit, starts } = outcome.value;
  const text = (time: number) => new Date(time).toISOString().slice(0, 13);
  return `${text(from)} ${text(to)} ${unit} ${starts === undefined ? "each" : starts.map(text).join(",")}`;
};

describe("a range", () => {
  // biome-ignore format: a table
  test.each<[string, string | undefined, string | undefined, ReportInterval, string]>([
    ["is the current month so far, by the day",     undefined,                undefined,                "day",   "2026-11-01T00 2026-11-20T13 day each"],
    ["by the hour is counted by the hour",          "2026-11-20T00:00:00Z",   undefined,                "hour",  "2026-11-20T00 2026-11-20T13 hour each"],
    ["of months is counted by the day",             "2026-09-15T00:00:00Z",   "2026-11-01T00:00:00Z",   "month", "2026-09-15T00 2026-11-01T00 day 2026-09-15T00,2026-10-01T00"],
    ["over a new year",                             "2025-12-01T00:00:00Z",   "2026-02-01T00:00:00Z",   "month", "2025-12-01T00 2026-02-01T00 day 2025-12-01T00,2026-01-01T00"],
    ["in total is one interval",                    "2026-10-01T00:00:00Z",   "2026-11-01T00:00:00Z",   "total", "2026-10-01T00 2026-11-01T00 day 2026-10-01T00"],
    ["that begins within a day, by the hour",       "2026-10-31T23:00:00Z",   "2026-11-30T23:00:00Z",   "total", "2026-10-31T23 2026-11-30T23 hour 2026-10-31T23"],
    ["that ends within a day, by the hour",         "2026-11-01T00:00:00Z",   "2026-11-02T01:00:00Z",   "day",   "2026-11-01T00 2026-11-02T01 hour 2026-11-01T00,2026-11-02T00"],
    ["that ends in the future, by the day",         "2026-11-19T00:00:00Z",   "2026-11-30T07:00:00Z",   "day",   "2026-11-19T00 2026-11-30T07 day each"],
  ])("%s", (_sentence, from, to, by, expected) => {
    expect(readable(range(from, to, by))).toBe(expected);
  });

  // biome-ignore format: a table
  test.each<[string, string, string | undefined, ReportInterval, string]>([
    ["that begins within an hour",            "2026-11-01T00:30:00Z", undefined,              "day",   "from: from must be on the hour, in UTC"],
    ["that ends within an hour",              "2026-11-01T00:00:00Z", "2026-11-02T00:00:01Z", "day",   "to: to must be on the hour, in UTC"],
    ["that is empty",                         "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "day",   "to: to must be after from"],
    ["that ends before it begins",            "2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", "total", "to: to must be after from"],
    ["within days whose hours are gone",      "2026-08-01T01:00:00Z", "2026-08-05T00:00:00Z", "total", "from: use by the hour is kept for 90 days; before that, from and to must be midnight in UTC"],
    ["of too many months",                    "1900-01-01T00:00:00Z", undefined,              "month", "from: a report has at most 1000 intervals; ask for a shorter range, or for longer intervals"],
  ])("%s is refused", (_sentence, from, to, by, expected) => {
    expect(readable(range(from, to, by))).toBe(expected);
  });

  test("says since when its counts are kept", () => {
    const kept = (by: ReportInterval) => {
      const outcome = range(undefined, undefined, by);
      return outcome.ok && new Date(outcome.value.keptSince).toISOString();
    };
    expect([kept("hour"), kept("day"), kept("month")]).toEqual([
      "2026-08-22T13:00:00.000Z",
      "2025-10-17T00:00:00.000Z",
      "2025-10-17T00:00:00.000Z",
    ]);
  });
});
