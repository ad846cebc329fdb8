/** Usage from one moment to another, for bills: which intervals it has, and which of the two tables has the counts. Times are in UTC. */
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { invalid, type Outcome, ok } from "./errors.ts";

/** The intervals of a report; `total` is one for the whole range. */
export const REPORT_INTERVALS = ["hour", "day", "month", "total"] as const;
export type ReportInterval = (typeof REPORT_INTERVALS)[number];

/** How long counts are kept: by the hour, and by the day. */
export interface UsageRetention {
  readonly hourlyDays: number;
  readonly dailyDays: number;
}
export const USAGE_RETENTION: UsageRetention = Object.freeze({ hourlyDays: 90, dailyDays: 400 });

/** More intervals than this are asked for in several reports. */
const MOST_INTERVALS = 1_000;

export interface ReportRange {
  /** Milliseconds since the epoch, on the hour. */
  readonly from: number;
  /** The first moment after the range, on the hour. */
  readonly to: number;
  /** The table that has the counts. */
  readonly unit: "hour" | "day";
  /** The starts of the intervals, oldest first; the first one is `from`. Undefined: one for each hour or day of the table. */
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
 * The range of a report. By default it begins with the current month and ends with the current hour. A range that begins or ends within a day
 * is counted by the hour. The refusal names the field.
 */
export function reportRange(
  asked: { readonly from?: number | undefined; readonly to?: number | undefined; readonly by: ReportInterval },
  now: number,
  retention: UsageRetention,
): Outcome<ReportRange> {
  const { from = monthStart(now), to = now - (now % HOUR_MS) + HOUR_MS, by } = asked;
  if (from % HOUR_MS !== 0) return invalid("from", "from must be on the hour, in UTC");
  if (to % HOUR_MS !== 0) return invalid("to", "to must be on the hour, in UTC");
  if (from >= to) return invalid("to", "to must be after from");
  // Nothing is counted in the future: a range that ends later ends with what there is.
  const isWholeDays = from % DAY_MS === 0 && (to % DAY_MS === 0 || to > now);
  const unit = by !== "hour" && isWholeDays ? "day" : "hour";
  const keptSince = {
    hour: startOf(now - retention.hourlyDays * DAY_MS, HOUR_MS),
    day: startOf(now - retention.dailyDays * DAY_MS, DAY_MS),
  };
  if (unit === "hour" && by !== "hour" && from < keptSince.hour)
    return invalid("from", `use by the hour is kept for ${retention.hourlyDays} days; before that, from and to must be midnight in UTC`);
  const starts = by === unit ? undefined : intervalStarts(by, from, Math.min(to, now + 1));
  if (starts !== undefined && starts.length > MOST_INTERVALS)
    return invalid("from", `a report has at most ${MOST_INTERVALS} intervals; ask for a shorter range, or for longer intervals`);
  return ok({ from, to, unit, starts, keptSince: keptSince[unit] });
}

/** The first hour or day that begins at this time or later. */
function startOf(time: number, length: number): number {
  return Math.ceil(time / length) * length;
}

function intervalStarts(by: ReportInterval, from: number, to: number): readonly number[] {
  if (by === "total") return [from];
  const starts = [from];
  for (let next = nextStart(by, from); next < to; next = nextStart(by, next)) {
    starts.push(next);
    if (starts.length > MOST_INTERVALS) break;
  }
  return starts;
}

function nextStart(by: ReportInterval, time: number): number {
  if (by === "month") {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  }
  return time - (time % DAY_MS) + DAY_MS;
}
