/** Where the limits of a counter stand, as far as this node knows: what the bank last said, and what is left of its own loan. */
import type { Limits } from "../../engine/api-key.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { LIMITS } from "../../engine/limit-fields.ts";
import type { RateLimit } from "../../engine/limits.ts";
import type { Till } from "./till.ts";

const [MINUTE, DAY, CONCURRENT] = LIMITS;

/** `now` is a time of the node's monotonic clock. What other nodes have admitted since the bank was last asked is not in it. */
export function localStanding(till: Till, limits: Limits, now: number): RateLimit[] {
  till.open();
  try {
    return standingIn(till, limits, now);
  } finally {
    till.closeUnchanged();
  }
}

function standingIn(till: Till, limits: Limits, now: number): RateLimit[] {
  const { answeredAt } = till;
  const own = till.hasUse(now) ? till.uses : 0;
  const states: RateLimit[] = [];
  const add = ({ name, windowMs }: typeof MINUTE | typeof DAY, limit: number, knownFree: number, knownGrowsInMs: number): void => {
    const windowSeconds = windowMs / SECOND_MS;
    // Nothing is known of a window that has passed since.
    const isKnown = answeredAt + windowMs > now;
    const [free, growsInMs] = isKnown ? [knownFree, knownGrowsInMs] : [limit, windowMs];
    const resetMs = answeredAt + growsInMs - now;
    const remaining = Math.min(limit, free + own);
    states.push({ name, limit, remaining, resetSeconds: resetMs > 0 ? Math.ceil(resetMs / SECOND_MS) : windowSeconds, windowSeconds });
  };
  if (limits.requestsPerMinute !== null) add(MINUTE, limits.requestsPerMinute, till.minuteFree, till.minuteGrowsInMs);
  if (limits.requestsPerDay !== null) add(DAY, limits.requestsPerDay, till.dayFree, till.dayGrowsInMs);
  const limit = limits.concurrentRequests;
  if (limit !== null) {
    const remaining = Math.max(0, limit - till.active - (now < till.slotsEndAt ? till.slotsElsewhere : 0));
    states.push({ name: CONCURRENT.name, limit, remaining, resetSeconds: 0, windowSeconds: 0 });
  }
  return states;
}
