/** How long to wait between attempts at one password: longer after each failure in a row, but an account is never locked. */
import { MINUTE_MS, SECOND_MS } from "./duration.ts";

/** Typing errors: the first few failures cost no waiting. */
const FREE_FAILURES = 5;
const LONGEST_MS = 30 * SECOND_MS;
/** After this long without a failure, earlier ones no longer count. */
const FORGOTTEN_AFTER_MS = 15 * MINUTE_MS;

/** The number of failures in a row, and the time of the last one in milliseconds on a clock that never goes back. */
export interface Failures {
  count: number;
  lastAt: number;
}

/** When the next attempt may be made: 0 for now. After five failures the wait is 1 s, then 2 s, 4 s and so on, up to 30 s. */
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
