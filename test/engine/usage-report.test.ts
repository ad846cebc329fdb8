/** The range of a report: its table and its intervals. */
import { describe, expect, test } from "vitest";
import { type ReportInterval, reportRange } from "../../engine/usage-report.ts";

const NOW = Date.parse("2026-11-20T12:34:56Z");
const RETENTION = { hourlyDays: 90, dailyDays: 400 };
const at = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
const range = (from: string | undefined, to: string | undefined, by: ReportInterval) =>
  reportRange({ from: at(from), to: at(to), by }, NOW, RETENTION);
const readable = (outcome: ReturnType<typeof range>) => {
  const { from, to, unit, starts } = outcome;
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
    ["that begins within an hour begins with it",   "2026-11-20T00:30:00Z", undefined,              "hour",  "2026-11-20T00 2026-11-20T13 hour each"],
    ["that ends within an hour ends before it",     "2026-11-01T00:00:00Z", "2026-11-02T00:59:59Z", "day",   "2026-11-01T00 2026-11-02T00 day each"],
    ["that ends before it begins is empty",         "2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", "total", "2026-11-02T00 2026-11-01T00 day 2026-11-02T00"],
    ["within days whose hours are gone has none",   "2026-08-01T01:00:00Z", "2026-08-05T00:00:00Z", "total", "2026-08-01T01 2026-08-05T00 hour 2026-08-01T01"],
    ["from long ago begins with what is kept",      "1900-01-01T00:00:00Z", "2025-12-01T00:00:00Z", "month", "1900-01-01T00 2025-12-01T00 day 2025-10-01T00,2025-11-01T00"],
    ["in the future has one empty interval",        "2030-01-01T00:00:00Z", undefined,              "month", "2030-01-01T00 2026-11-20T13 day 2030-01-01T00"],
  ])("%s", (_sentence, from, to, by, expected) => {
    expect(readable(range(from, to, by))).toBe(expected);
  });

  test("says since when its counts are kept", () => {
    const kept = (by: ReportInterval) => new Date(range(undefined, undefined, by).keptSince).toISOString();
    expect([kept("hour"), kept("day"), kept("month")]).toEqual([
      "2026-08-22T13:00:00.000Z",
      "2025-10-17T00:00:00.000Z",
      "2025-10-17T00:00:00.000Z",
    ]);
  });
});
