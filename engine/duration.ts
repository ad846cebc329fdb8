/** Durations as people write them: a whole number and a unit, such as `2s`, `15m`, `12h` or `90d`. */
import { invalid, type Outcome, ok } from "./errors.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["s", SECOND_MS],
  ["m", MINUTE_MS],
  ["h", HOUR_MS],
  ["d", DAY_MS],
]);

export interface DurationRange {
  readonly minimumMs: number;
  readonly maximumMs: number;
}

/** Reads a duration between `minimumMs` and `maximumMs` as milliseconds. The refusal names `field`. */
export function parseDuration(text: string, field: string, { minimumMs, maximumMs }: DurationRange): Outcome<number> {
  const match = /^(0|[1-9]\d{0,9})([smhd])$/.exec(text);
  const unitMs = UNITS_MS.get(match?.[2] ?? "");
  if (match === null || unitMs === undefined)
    return invalid(field, `${field} must be a whole number with a unit, such as 2s, 15m, 12h or 90d`);
  const durationMs = Number(match[1]) * unitMs;
  if (durationMs < minimumMs || durationMs > maximumMs) {
    return invalid(field, `${field} must be between ${formatDuration(minimumMs)} and ${formatDuration(maximumMs)}`);
  }
  return ok(durationMs);
}

/** A regular expression for the durations in the range, for OpenAPI documents. `minimumMs` must be 0 or one second. */
export function durationPattern({ minimumMs, maximumMs }: DurationRange): string {
  const inUnits = [...UNITS_MS].map(([unit, unitMs]) => {
    const numbers = [...(minimumMs === 0 ? ["0"] : []), ...upTo(Math.floor(maximumMs / unitMs))];
    return numbers.length === 0 ? "" : `(${numbers.join("|")})${unit}`;
  });
  return `^(${inUnits.filter((pattern) => pattern !== "").join("|")})$`;
}

/** Regular expressions that together match the numbers from 1 to `maximum`: for 240, `[1-9]\d{0,1}`, `[1-1]\d{2}`, `2[0-3]\d{1}` and `240`. */
function upTo(maximum: number): string[] {
  if (maximum < 1) return [];
  const digits = String(maximum);
  const shorter = digits.length === 1 ? [] : [`[1-9]\\d{0,${digits.length - 2}}`];
  // Numbers of the same length that have the same first digits and then a smaller one.
  const smaller = [...digits].flatMap((digit, at) => {
    const lowest = at === 0 ? 1 : 0;
    return Number(digit) > lowest ? [`${digits.slice(0, at)}[${lowest}-${Number(digit) - 1}]\\d{${digits.length - at - 1}}`] : [];
  });
  return [...shorter, ...smaller, digits];
}

/** The shortest exact form in one unit: 90_000 → `90s`, 86_400_000 → `1d`. Fractions of a second are dropped. */
export function formatDuration(durationMs: number): string {
  for (const [unit, unitMs] of [...UNITS_MS].reverse()) {
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${Math.floor(durationMs / SECOND_MS)}s`;
}
