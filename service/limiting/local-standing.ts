/** Where the limits of a counter stand, as far as this node knows: what the bank last said, and what is left of its own loan. */
import type { Limits } from "../../engine/api-key.ts";
import type { WindowStanding } from "../../engine/bank/ledger.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { LIMITS } from "../../engine/limit-fields.ts";
import type { RateLimit } from "../../engine/limits.ts";
import type { BankCounter } from "./bank-counter.ts";

const [MINUTE, DAY, CONCURRENT] = LIMITS;

/** `now` is a time of the node's monotonic clock. What other nodes have admitted since the bank was last asked is not in it. */
export function localStanding(counter: BankCounter, limits: Limits, now: number): RateLimit[] {
  const { answer, answeredAt, borrowed, active } = counter;
  const own = borrowed.hasUse(now) ? borrowed.uses : 0;
  const states: RateLimit[] = [];
  const add = ({ name, windowMs }: typeof MINUTE | typeof DAY, limit: number, known: WindowStanding | undefined): void => {
    const windowSeconds = windowMs / SECOND_MS;
    // Nothing is known of a window that has passed since.
    const current = known !== undefined && answeredAt + windowMs > now ? known : { free: limit, growsInMs: windowMs };
    const resetMs = answeredAt + current.growsInMs - now;
    const remaining = Math.min(limit, current.free + own);
    states.push({ name, limit, remaining, resetSeconds: resetMs > 0 ? Math.ceil(resetMs / SECOND_MS) : windowSeconds, windowSeconds });
  };
  if (limits.requestsPerMinute !== null) add(MINUTE, limits.requestsPerMinute, answer?.minute);
  if (limits.requestsPerDay !== null) add(DAY, limits.requestsPerDay, answer?.day);
  const limit = limits.concurrentRequests;
  if (limit !== null) {
    const remaining = Math.max(0, limit - active - (now < borrowed.slotsEndAt ? (answer?.slotsElsewhere ?? 0) : 0));
    states.push({ name: CONCURRENT.name, limit, remaining, resetSeconds: 0, windowSeconds: 0 });
  }
  return states;
}
