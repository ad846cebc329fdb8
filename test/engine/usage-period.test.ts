import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../engine/duration.ts";
import { daysStart, type HourOfUse, periodStart, type UsagePeriod, usageOverTime } from "../../engine/usage-period.ts";

const MIDNIGHT = Date.UTC(2026, 10, 20);
const use = (hour: number, count = 1, outcome = "valid"): HourOfUse => ({ hour, outcome, count });

describe("a period ends with the interval under way", () => {
  // biome-ignore format: a table
  test.each<[UsagePeriod, string, number, number, number]>([
    ["24h", "at noon",                          MIDNIGHT + 12 * HOUR_MS,     MIDNIGHT - 11 * HOUR_MS,              24],
    ["24h", "a millisecond before noon",        MIDNIGHT + 12 * HOUR_MS - 1, MIDNIGHT - 12 * HOUR_MS,              24],
    ["7d",  "at noon",                          MIDNIGHT + 12 * HOUR_MS,     MIDNIGHT + 12 * HOUR_MS - 27 * 6 * HOUR_MS, 28],
    ["7d",  "a millisecond before noon",        MIDNIGHT + 12 * HOUR_MS - 1, MIDNIGHT + 6 * HOUR_MS - 27 * 6 * HOUR_MS, 28],
    ["30d", "at midnight",                      MIDNIGHT,                    MIDNIGHT - 29 * DAY_MS,               30],
    ["30d", "a millisecond before midnight",    MIDNIGHT - 1,                MIDNIGHT - 30 * DAY_MS,               30],
  ])("%s %s", (period, _when, now, from, intervals) => {
    const usage = usageOverTime([], period, now);
    expect([periodStart(period, now), usage.from, usage.intervals.length]).toEqual([from, from, intervals]);
    const last = usage.intervals.at(-1)!.at;
    expect(now - last).toBeGreaterThanOrEqual(0);
    expect(now - last).toBeLessThan(usage.intervalHours * HOUR_MS);
    expect([usage.totals, usage.intervals.every(({ outcomes }) => Object.keys(outcomes).length === 0)]).toEqual([{}, true]);
  });
});

test("hours fall into the interval that holds them, add up by outcome, and are left out when they lie outside", () => {
  const now = MIDNIGHT + 5 * HOUR_MS + 1;
  const from = periodStart("7d", now);
  const hours = [
    use(from - HOUR_MS, 100),
    use(from),
    use(from + 5 * HOUR_MS, 2),
    use(from + 6 * HOUR_MS, 4),
    use(MIDNIGHT + 5 * HOUR_MS, 8, "expired"),
    use(MIDNIGHT + 6 * HOUR_MS, 100),
  ];
  const { intervals, totals } = usageOverTime(hours, "7d", now);
  expect(totals).toEqual({ valid: 7, expired: 8 });
  expect(intervals.filter(({ outcomes }) => Object.keys(outcomes).length > 0)).toEqual([
    { at: from, outcomes: { valid: 3 } },
    { at: from + 6 * HOUR_MS, outcomes: { valid: 4 } },
    { at: MIDNIGHT, outcomes: { expired: 8 } },
  ]);
});

test("days begin at midnight in UTC, today among them", () => {
  expect(daysStart(1, MIDNIGHT)).toBe(MIDNIGHT);
  expect(daysStart(1, MIDNIGHT - 1)).toBe(MIDNIGHT - DAY_MS);
  expect(daysStart(7, MIDNIGHT + 1)).toBe(MIDNIGHT - 6 * DAY_MS);
});
