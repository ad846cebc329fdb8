/**
 * Failed attempts: wrong credentials, counted for each client address on every surface that takes one (docs/decisions/0012).
 *
 * Only a refusal is counted, after the credential was looked up. A valid credential never comes here, whatever else its address does, and
 * stays as fast as ever; an address over its budget gets 429 where it got 401.
 */
import type { BlockList } from "node:net";
import type { Problem } from "../engine/errors.ts";
import type { CountTogether } from "../service/index.ts";
import { AddressLimiter } from "./address-limiter.ts";
import { addressOf, type Client } from "./client-address.ts";
import { tooMany } from "./retry-after.ts";

/** Wrong credentials that one address may present in a minute, unless configured otherwise. */
export const FAILED_ATTEMPTS_PER_MINUTE = 100;

interface FailedAttemptsOptions {
  readonly perMinute: number;
  /** Milliseconds, never going back: `Keyward.monotonic`. */
  readonly clock: () => number;
  readonly trustedProxies: BlockList;
  /** `Keyward.countTogether`. */
  readonly countTogether?: CountTogether | undefined;
}

/** Counts failed attempts: in this thread, or by asking the one that counts them for the whole process. */
export interface CountsFailures {
  /** Counts a failure of this client. Returns `refusal` while its address is within the budget, otherwise a 429 that says when to retry. */
  refuse(client: Client, refusal: Problem): Problem | Promise<Problem>;
}

export class FailedAttempts implements CountsFailures {
  readonly #options: FailedAttemptsOptions;
  readonly #limiter: AddressLimiter;
  /** For metrics: failures since the start, by whether they got their own refusal or a 429. */
  readonly answered = { refused: 0, limited: 0 };
  /** Those that this process alone has counted, because the database did not respond: so many may be over the limit of all processes. */
  countedAlone = 0;

  constructor(options: FailedAttemptsOptions) {
    this.#options = options;
    this.#limiter = new AddressLimiter(
      { requestsPerMinute: options.perMinute },
      { together: options.countTogether && { count: options.countTogether, kind: "failed" } },
    );
  }

  refuse(client: Client, refusal: Problem): Problem | Promise<Problem> {
    return this.refuseAddress(addressOf(client, this.#options.trustedProxies), refusal);
  }

  /** The same for a client whose address is known. */
  refuseAddress(address: string, refusal: Problem): Problem | Promise<Problem> {
    const retryAt = this.#limiter.admitEverywhere(address, this.#options.clock());
    if (typeof retryAt === "number") return this.#answer(refusal, retryAt);
    return retryAt.catch(() => this.#admitAlone(address)).then((at) => this.#answer(refusal, at));
  }

  /** The database did not respond. A refusal needs none, and the limit of one process holds. */
  #admitAlone(address: string): number {
    const retryAt = this.#limiter.admit(address, this.#options.clock());
    if (retryAt === 0) this.countedAlone++;
    return retryAt;
  }

  #answer(refusal: Problem, retryAt: number): Problem {
    if (retryAt === 0) {
      this.answered.refused++;
      return refusal;
    }
    this.answered.limited++;
    return tooMany("Too many failed attempts.", retryAt, this.#options.clock());
  }
}
