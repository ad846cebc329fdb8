/** How far apart attempts at one password must be: slower with every failure in a row, never locked. */
import { MINUTE_MS, SECOND_MS } from "./duration.ts";

/** A person mistypes a few times, and nothing slows that. */
const FREE_FAILURES = 5;
const LONGEST_MS = 30 * SECOND_MS;
/** After so long without a failure all is forgotten. */
const FORGOTTEN_AFTER_MS = 15 * MINUTE_MS;

/** Failures in a row, and when the last one was, in milliseconds of a clock that never goes back. */
export interface Failures {
  count: number;
  lastAt: number;
}

/** When the next attempt may be made: 0 for now, otherwise the moment. Five failures are free, then 1 s, 2 s, 4 s and so on to 30 s. */
export function attemptAt(failures: Failures, now: number): number {
  const count = failuresAt(failures, now);
  if (count < FREE_FAILURES) return 0;
  const at = failures.lastAt + Math.min(LONGEST_MS, SECOND_MS * 2 ** (count - FREE_FAILURES));
  return at <= now ? 0 : at;
}

/** How many failures still count. */
export function failuresAt({ count, lastAt }: Failures, now: number): number {
  return now - lastAt >= FORGOTTEN_AFTER_MS ? 0 : count;
}

/** Counts a failure. */
export function noteFailure(failures: Failures, now: number): void {
  failures.count = failuresAt(failures, now) + 1;
  failures.lastAt = now;
}
