/** Moments and durations in words. Moments are ISO 8601; `now` is milliseconds since the epoch. */
const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const short = new Intl.RelativeTimeFormat("en", { style: "narrow" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const minute = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** "3 days ago", "in 2 hours", "just now". */
export function relativeTime(at: string, now: number, format = relative): string {
  const difference = Date.parse(at) - now;
  for (const [unit, ms] of UNITS) {
    if (Math.abs(difference) >= ms) return format.format(Math.trunc(difference / ms), unit);
  }
  return difference > 0 ? "in a moment" : "just now";
}

/** "3d ago", "in 2h", "just now". */
export function shortTime(at: string, now: number): string {
  return relativeTime(at, now, short);
}

/** To the second, in the person's time zone, which is named. */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

/** "Friday, December 18, 2026, 14:05". */
export function dateInWords(at: Date): string {
  return `${day.format(at)}, ${minute.format(at)}`;
}

/** "2 days", "3 hours": the time left until a moment; "no time" once it has passed. */
export function timeLeft(at: string, now: number): string {
  const left = Date.parse(at) - now;
  for (const [unit, ms] of UNITS) {
    if (left >= ms) return `${Math.floor(left / ms)} ${unit}${Math.floor(left / ms) === 1 ? "" : "s"}`;
  }
  return left > 0 ? "less than a minute" : "no time";
}
