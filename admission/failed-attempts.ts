/**
 * Failed attempts: wrong credentials, counted for each client address on every surface that takes one (docs/decisions/0012).
 *
 * Only a refusal is counted, after the credential was looked up. A credential that is in force never comes here, whatever else its
 * address does, and is as fast as ever; an address over its budget learns 429 where it learned 401.
 */
import type { BlockList } from "node:net";
import type { Problem } from "../engine/errors.ts";
import { secondsUntil } from "../engine/limits.ts";
import { AddressLimiter } from "./address-limiter.ts";
import { addressOf, type Client } from "./client-address.ts";

/** Wrong credentials that one address may present in a minute, unless it is configured otherwise. */
export const FAILED_ATTEMPTS_PER_MINUTE = 100;

export interface FailedAttemptsOptions {
  readonly perMinute: number;
  /** Milliseconds, never going back: `Keyward.monotonic`. */
  readonly clock: () => number;
  readonly trustedProxies: BlockList;
}

export class FailedAttempts {
  readonly #options: FailedAttemptsOptions;
  readonly #limiter: AddressLimiter;
  /** Failures since the start by how they were answered, for metrics. */
  readonly answered = { refused: 0, limited: 0 };

  constructor(options: FailedAttemptsOptions) {
    this.#options = options;
    this.#limiter = new AddressLimiter({ requestsPerMinute: options.perMinute });
  }

  /** Counts a failure of this client. Returns `refusal` while its address is within the budget, otherwise when to try again. */
  refuse(client: Client, refusal: Problem): Problem {
    const now = this.#options.clock();
    const retryAt = this.#limiter.admit(addressOf(client, this.#options.trustedProxies), now);
    if (retryAt === 0) {
      this.answered.refused++;
      return refusal;
    }
    this.answered.limited++;
    return tooMany("Too many failed attempts.", retryAt, now);
  }
}

/** The refusal of a client that has to wait until `retryAt`. `sentence` says of what there were too many. */
export function tooMany(sentence: string, retryAt: number, now: number): Problem {
  const retryAfterSeconds = secondsUntil(retryAt, now);
  return { code: "rate_limited", detail: `${sentence} Retry after ${retryAfterSeconds} seconds.`, retryAfterSeconds };
}
