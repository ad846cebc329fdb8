/** Times as text (RFC 3339). `Date` alone would read 30 February as 2 March. */
import { invalid, type Outcome, ok } from "./errors.ts";

const YEAR_0 = Date.parse("0000-01-01T00:00:00Z");
const YEAR_10000 = Date.parse("+010000-01-01T00:00:00Z");
export const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads a date and time with a time zone as milliseconds since the epoch. The refusal names `field`. */
export function parseTimestamp(text: string, field: string): Outcome<number> {
  const match = DATE_TIME.exec(text);
  if (match === null) return invalid(field, `${field} must be a date and time with a time zone, such as 2027-01-31T12:00:00Z`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const offset = match[8] as string;
  const [offsetHours, offsetMinutes] = offset === "Z" ? [0, 0] : [Number(offset.slice(1, 3)), Number(offset.slice(4, 6))];
  const exists =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    offsetHours <= 23 &&
    offsetMinutes <= 59;
  if (!exists) return invalid(field, `${field} is a date or time that does not exist`);
  const time = Date.parse(text);
  // The offset may move the time outside the years of four digits.
  if (time < YEAR_0 || time >= YEAR_10000) return invalid(field, `${field} must be in the years 0000 to 9999, in UTC`);
  return ok(time);
}

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function formatTimestamp(time: number): string;
export function formatTimestamp(time: number | null): string | null;
export function formatTimestamp(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** The same without fractions of a second, as several platforms document it. */
export function formatTimestampSeconds(time: number): string;
export function formatTimestampSeconds(time: number | null): string | null;
export function formatTimestampSeconds(time: number | null): string | null {
  return time === null ? null : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** The day in UTC: `2026-11-20`. */
export function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function daysIn(year: number, month: number): number {
  // Leap years repeat after 400 years. `Date.UTC` reads years below 100 as years of the 20th century.
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
