/** The refusal of a client that has to wait, with its `Retry-After`. */
import type { Problem } from "../engine/errors.ts";
import { secondsUntil } from "../engine/limits.ts";

/**
 * 429 until `retryAt`. `Retry-After` is in whole seconds, rounded up: after them the same request passes.
 * @param sentence what there was too much of, as a sentence
 * @param retryAt the first moment at which the request would pass, in milliseconds on the clock of `now`
 * @example
 * tooMany("Rate limit exceeded.", 1_500, 0).retryAfterSeconds; // 2
 */
export function tooMany(sentence: string, retryAt: number, now: number): Problem {
  const retryAfterSeconds = secondsUntil(retryAt, now);
  return { code: "rate_limited", detail: `${sentence} Retry after ${retryAfterSeconds} seconds.`, retryAfterSeconds };
}
