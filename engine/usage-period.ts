/** Use over time: which intervals a period has, and what falls into each. All intervals begin on whole hours, six hours or days in UTC. */
import { DAY_MS, HOUR_MS } from "./duration.ts";

/** How many intervals of how many hours show a period. */
export const USAGE_PERIODS = {
  "24h": { intervalHours: 1, intervals: 24 },
  "7d": { intervalHours: 6, intervals: 28 },
  "30d": { intervalHours: 24, intervals: 30 },
} as const;
export type UsagePeriod = keyof typeof USAGE_PERIODS;

/** Requests by outcome. */
export type Outcomes = Readonly<Record<string, number>>;

/** Verifications within one hour, which begins at `hour` (milliseconds since the epoch). */
export interface HourOfUse {
  readonly hour: number;
  readonly outcome: string;
  readonly count: number;
}

export interface UsageOverTime {
  /** When the first interval begins. */
  readonly from: number;
  readonly intervalHours: 1 | 6 | 24;
  /** Every interval, oldest first; the last one is the one under way. */
  readonly intervals: readonly { readonly at: number; readonly outcomes: Outcomes }[];
  readonly totals: Outcomes;
}

/** When a period that ends with the interval under way begins. */
export function periodStart(period: UsagePeriod, now: number): number {
  const { intervalHours, intervals } = USAGE_PERIODS[period];
  const length = intervalHours * HOUR_MS;
  return now - (now % length) - (intervals - 1) * length;
}

/** The first moment of so many days, today among them. */
export function daysStart(days: number, now: number): number {
  return now - (now % DAY_MS) - (days - 1) * DAY_MS;
}

/** Hours of use as the intervals of a period. What lies outside of it is left out. */
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
