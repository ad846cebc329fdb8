/** Usage over time: the intervals of a period, and the requests in each. Intervals begin at full hours, every six hours, or days, in UTC. */
import { DAY_MS, HOUR_MS } from "./duration.ts";

/** For each period, the number of intervals and the hours of each. */
export const USAGE_PERIODS = {
  "24h": { intervalHours: 1, intervals: 24 },
  "7d": { intervalHours: 6, intervals: 28 },
  "30d": { intervalHours: 24, intervals: 30 },
} as const;
export type UsagePeriod = keyof typeof USAGE_PERIODS;

/** Number of requests by outcome. */
export type Outcomes = Readonly<Record<string, number>>;

/** Verifications in the hour that begins at `hour` (milliseconds since the epoch). */
export interface HourOfUse {
  readonly hour: number;
  readonly outcome: string;
  readonly count: number;
}

export interface UsageOverTime {
  /** The start of the first interval. */
  readonly from: number;
  readonly intervalHours: 1 | 6 | 24;
  /** Every interval, oldest first. The last one is not over yet. */
  readonly intervals: readonly { readonly at: number; readonly outcomes: Outcomes }[];
  readonly totals: Outcomes;
}

/** The start of the period that ends with the current interval. */
export function periodStart(period: UsagePeriod, now: number): number {
  const { intervalHours, intervals } = USAGE_PERIODS[period];
  const length = intervalHours * HOUR_MS;
  return now - (now % length) - (intervals - 1) * length;
}

/** The start of the last `days` days, including today. */
export function daysStart(days: number, now: number): number {
  return now - (now % DAY_MS) - (days - 1) * DAY_MS;
}

/** Adds up hours of use to the intervals of a period. Hours outside the period are ignored. */
export function usageOverTime(hours: readonly HourOfUse[], period: UsagePeriod, now: number): UsageOverTime {
  const { intervalHours, intervals } = USAGE_PERIODS[period];
  const from = periodStart(period, now);
  const length = intervalHours * HOUR_MS;
  const byInterval = Array.from({ length: intervals }, (): Record<string, number> => ({}));
  const totals: Record<string, number> = {};
  for (const { hour, outcome, count } of hours) {
    const outcomes = byInterval[Math.floor((hour - from) / length)];
    if (outcomes === undefined) continue;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    totals[outcome] = (totals[outcome] ?? 0) + count;
  }
  return { from, intervalHours, intervals: byInterval.map((outcomes, index) => ({ at: from + index * length, outcomes })), totals };
}
