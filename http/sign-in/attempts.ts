/**
 * Attempts to sign in: limited for each client address, and spaced for each account, whichever addresses they come from
 * (docs/decisions/0015). Both are checked before the password is hashed, which is slow on purpose.
 */

import type { BlockList } from "node:net";
import { AddressLimiter } from "../../admission/address-limiter.ts";
import { BoundedTable } from "../../admission/bounded-table.ts";
import { addressOf, type Client } from "../../admission/client-address.ts";
import { tooMany } from "../../admission/retry-after.ts";
import { attemptAt, type Failures, failuresAt, noteFailure } from "../../engine/attempt-spacing.ts";
import type { Problem } from "../../engine/errors.ts";
import type { AttemptsTogether, CountTogether } from "../../service/index.ts";
import { fingerprint } from "../../service/secrets.ts";

/** How often one address may try to sign in within a minute, unless it is configured otherwise. */
export const SIGN_IN_ATTEMPTS_PER_MINUTE = 30;
const MOST_ACCOUNTS = 50_000;

interface SignInAttemptsOptions {
  /** Attempts of one address. */
  readonly perMinute: number;
  /** Milliseconds, never going back: `Keyward.monotonic`. */
  readonly clock: () => number;
  readonly trustedProxies: BlockList;
  /** `Keyward.countTogether`. */
  readonly countTogether?: CountTogether | undefined;
  /** `Keyward.attemptsTogether`. */
  readonly attemptsTogether?: AttemptsTogether | undefined;
}

export class SignInAttempts {
  readonly #options: SignInAttemptsOptions;
  readonly #addresses: AddressLimiter;
  /** Where no other process counts. */
  readonly #here: ReturnType<typeof attemptsHere>;

  constructor(options: SignInAttemptsOptions) {
    this.#options = options;
    this.#addresses = new AddressLimiter(
      { requestsPerMinute: options.perMinute },
      { together: options.countTogether && { count: options.countTogether, kind: "sign-in" } },
    );
    this.#here = attemptsHere(options.clock);
  }

  /**
   * Counts an attempt of this client at this account, or returns the refusal with the time to wait: over one of the limits it is not counted
   * for the account. The attempt counts as failed until `succeed`, so that many at once do not get around the limit. `account` is undefined where no
   * password is tried.
   */
  async begin(client: Client, account: string | undefined): Promise<Problem | undefined> {
    const address = addressOf(client, this.#options.trustedProxies);
    const addressAt = this.#addresses.admitsAt(address, this.#options.clock());
    if (addressAt !== 0) return this.#refuseUntil(addressAt);
    return this.#options.attemptsTogether === undefined ? this.#beginHere(address, account) : this.#beginTogether(address, account);
  }

  /** Nothing is waited for before the address is counted, so that many at once find it counted. */
  async #beginHere(address: string, account: string | undefined): Promise<Problem | undefined> {
    const retryAt = account === undefined ? 0 : this.#here.begin(nameOf(account));
    return this.#refuseUntil(retryAt || (await this.#addresses.admitEverywhere(address, this.#options.clock())));
  }

  /** The address first: otherwise anybody could make the database look at accounts without limit. */
  async #beginTogether(address: string, account: string | undefined): Promise<Problem | undefined> {
    const elsewhere = await this.#addresses.admitEverywhere(address, this.#options.clock());
    if (elsewhere !== 0 || account === undefined) return this.#refuseUntil(elsewhere);
    return this.#refuseUntil((await this.#options.attemptsTogether?.begin(nameOf(account))) ?? 0);
  }

  /** The password was right: the failures before it are forgotten. */
  async succeed(account: string): Promise<void> {
    const { attemptsTogether } = this.#options;
    if (attemptsTogether === undefined) this.#here.succeed(nameOf(account));
    // Without the database they only count for a while longer: no reason to refuse somebody who is signed in.
    else await attemptsTogether.succeed(nameOf(account)).catch(() => undefined);
  }

  /** 0: it may be made now. */
  #refuseUntil(retryAt: number): Problem | undefined {
    return retryAt === 0 ? undefined : tooMany("Too many attempts.", retryAt, this.#options.clock());
  }
}

/** In the memory of this process, which has the database to itself. */
function attemptsHere(clock: () => number) {
  const failures = new BoundedTable<Failures>({ capacity: MOST_ACCOUNTS, make: () => ({ count: 0, lastAt: 0 }), weigh: failuresAt });
  return {
    begin(account: string): number {
      const now = clock();
      const ofAccount = failures.take(account, now);
      const retryAt = attemptAt(ofAccount, now);
      // Noted before anything is waited for: many at once must not all find it unnoted.
      if (retryAt === 0) noteFailure(ofAccount, now);
      return retryAt;
    },
    succeed(account: string): void {
      failures.take(account, clock()).count = 0;
    },
  };
}

/** A digest: memory must not hold e-mail addresses of people who may have no account here. */
function nameOf(account: string): string {
  return fingerprint(account);
}
