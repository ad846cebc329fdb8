/** Use by outcome, in three kinds, and their names. */
import { counted, wholeNumber } from "./number.ts";

/** Number of requests by outcome. */
type Outcomes = Readonly<Record<string, number>>;

/** Use over time, as the server reports it. */
export interface Usage {
  readonly intervalHours: number;
  readonly data: readonly { readonly at: string; readonly outcomes: Outcomes }[];
  readonly totals: Outcomes;
}

/** Number of requests by kind of outcome. */
export interface Kinds {
  readonly valid: number;
  readonly rateLimited: number;
  readonly refused: number;
}

export const KIND_TITLES: Readonly<Record<keyof Kinds, string>> = {
  valid: "Valid",
  rateLimited: "Rate limited",
  refused: "Refused",
};

/** Everything that is neither valid nor rate limited counts as refused. */
export function kindsOf(outcomes: Outcomes): Kinds {
  const { valid = 0, rate_limited: rateLimited = 0, ...rest } = outcomes;
  return { valid, rateLimited, refused: Object.values(rest).reduce((sum, count) => sum + count, 0) };
}

export function countOf({ valid, rateLimited, refused }: Kinds): number {
  return valid + rateLimited + refused;
}

export const USAGE_PERIODS = ["24h", "7d", "30d"] as const;
export type UsagePeriod = (typeof USAGE_PERIODS)[number];

export const PERIOD_TITLES: Readonly<Record<UsagePeriod, string>> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days" };

/** "1,204 requests in the last 7 days: 1,180 valid, 20 rate limited, 4 refused." */
export function totalsSentence(totals: Outcomes, period: UsagePeriod): string {
  const kinds = kindsOf(totals);
  const { valid, rateLimited, refused } = kinds;
  const parts = [`${wholeNumber(valid)} valid`, `${wholeNumber(rateLimited)} rate limited`, `${wholeNumber(refused)} refused`];
  return `${counted(countOf(kinds), "request")} in the last ${PERIOD_TITLES[period]}: ${parts.join(", ")}.`;
}

const hour: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };

/** For the axis of the chart: as short as the period allows. `timeZone` defaults to the person's own. */
export function shortInterval(at: string, intervalHours: number, timeZone?: string): string {
  return formatted(at, intervalHours >= 24 ? { ...day, timeZone: "UTC" } : { ...(intervalHours > 1 ? day : hour), timeZone });
}

/** For the table and the chart's tooltip. Whole days are days in UTC, and say so. */
export function longInterval(at: string, intervalHours: number, timeZone?: string): string {
  if (intervalHours >= 24) return `${formatted(at, { ...day, year: "numeric", timeZone: "UTC" })} (UTC)`;
  const ends = new Date(Date.parse(at) + intervalHours * 3_600_000).toISOString();
  return `${formatted(at, { ...day, ...hour, timeZone })} to ${formatted(ends, { ...hour, timeZone })}`;
}

function formatted(at: string, options: Omit<Intl.DateTimeFormatOptions, "timeZone"> & { timeZone: string | undefined }): string {
  return new Intl.DateTimeFormat("en", options as Intl.DateTimeFormatOptions).format(new Date(at));
}
