/** Usage from one moment to another, for bills: which intervals it has, and which of the two tables has the counts. Times are in UTC. */
import { DAY_MS, HOUR_MS } from "./duration.ts";

/** The intervals of a report; `total` is one for the whole range. */
export const REPORT_INTERVALS = ["hour", "day", "month", "total"] as const;
export type ReportInterval = (typeof REPORT_INTERVALS)[number];

/** How long counts are kept: by the hour, and by the day. */
export interface UsageRetention {
  readonly hourlyDays: number;
  readonly dailyDays: number;
}
export const USAGE_RETENTION: UsageRetention = Object.freeze({ hourlyDays: 90, dailyDays: 400 });

export interface ReportRange {
  /** Milliseconds since the epoch, on the hour. */
  readonly from: number;
  /** The first moment after the range, on the hour. */
  readonly to: number;
  /** The table that has the counts. */
  readonly unit: "hour" | "day";
  /**
   * The starts of the intervals, oldest first. The first one is `from`, or if that is before everything that is kept, the start of the interval
   * with the first count. Undefined: one for each hour or day of the table.
   */
  readonly starts: readonly number[] | undefined;
  /** Counts before this time have been deleted. */
  readonly keptSince: number;
}

/** The start of the month with this moment. */
function monthStart(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/**
 * The range of a report. By default it begins with the current month and ends with the current hour; other times are those of the hour that
 * they are in. A range that begins or ends within a day is counted by the hour. One that ends before it begins is empty.
 */
export function reportRange(
  asked: { readonly from?: number | undefined; readonly to?: number | undefined; readonly by: ReportInterval },
  now: number,
  retention: UsageRetention,
): ReportRange {
  const { by } = asked;
  const from = onTheHour(asked.from ?? monthStart(now));
  const to = onTheHour(asked.to ?? now + HOUR_MS);
  // Nothing is counted in the future: a range that ends later ends with what there is.
  const isWholeDays = from % DAY_MS === 0 && (to % DAY_MS === 0 || to > now);
  const unit = by !== "hour" && isWholeDays ? "day" : "hour";
  const keptSince =
    unit === "hour" ? startOf(now - retention.hourlyDays * DAY_MS, HOUR_MS) : startOf(now - retention.dailyDays * DAY_MS, DAY_MS);
  const starts =
    by === unit ? undefined : intervalStarts(by, from < keptSince ? startWith(by, keptSince, from) : from, Math.min(to, now + 1));
  return { from, to, unit, starts, keptSince };
}

/** The hour with this time; before 1970 as well. */
function onTheHour(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}

/** The start of the interval with this time. */
function startWith(by: ReportInterval, time: number, from: number): number {
  if (by === "total") return from;
  return by === "month" ? monthStart(time) : Math.floor(time / DAY_MS) * DAY_MS;
}

/** The first hour or day that begins at this time or later. */
function startOf(time: number, length: number): number {
  return Math.ceil(time / length) * length;
}

function intervalStarts(by: ReportInterval, from: number, to: number): readonly number[] {
  if (by === "total") return [from];
  const starts = [from];
  for (let next = nextStart(by, from); next < to; next = nextStart(by, next)) starts.push(next);
  return starts;
}

function nextStart(by: ReportInterval, time: number): number {
  if (by === "month") {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  }
  return time - (time % DAY_MS) + DAY_MS;
}
