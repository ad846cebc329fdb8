/** Where the limits of a counter stand, as the bank knows it: what is lent counts as used. */
import type { Limits } from "../api-key.ts";
import { SECOND_MS } from "../duration.ts";
import { LIMITS } from "../limit-fields.ts";
import type { RateLimit } from "../limits.ts";
import { type BankState, standingOf, sumOf, withoutPast } from "./ledger.ts";

const [MINUTE, DAY, CONCURRENT] = LIMITS;

/** `now` is bank time. */
export function bankRateLimits(state: BankState, limits: Limits, now: number): RateLimit[] {
  const { minute, day, loans } = withoutPast(state, limits.requestsPerDay, now);
  const states: RateLimit[] = [];
  for (const [{ name, windowMs, field }, entries] of [
    [MINUTE, minute],
    [DAY, day],
  ] as const) {
    const limit = limits[field];
    if (limit === null) continue;
    const { free, growsInMs } = standingOf(entries, loans, windowMs, limit, now);
    states.push({ name, limit, remaining: free, resetSeconds: Math.ceil(growsInMs / SECOND_MS), windowSeconds: windowMs / SECOND_MS });
  }
  const limit = limits.concurrentRequests;
  if (limit !== null) {
    const lent = sumOf(loans, ({ slots, slotsEnd }) => (slotsEnd > now ? slots : 0));
    states.push({ name: CONCURRENT.name, limit, remaining: Math.max(0, limit - lent), resetSeconds: 0, windowSeconds: 0 });
  }
  return states;
}
