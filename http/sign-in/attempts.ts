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
  readonly #accounts: AttemptsTogether;

  constructor(options: SignInAttemptsOptions) {
    this.#options = options;
    this.#addresses = new AddressLimiter(
      { requestsPerMinute: options.perMinute },
      { together: options.countTogether && { count: options.countTogether, kind: "sign-in" } },
    );
    this.#accounts = options.attemptsTogether ?? attemptsHere(options.clock);
  }

  /**
   * Counts an attempt of this client at this account. Over one of the limits it counts nothing and returns the refusal with the time to wait.
   * The attempt counts as failed until `succeed`, so that many at once do not get around the limit. `account` is undefined where no password is tried.
   */
  async begin(client: Client, account: string | undefined): Promise<Problem | undefined> {
    const address = addressOf(client, this.#options.trustedProxies);
    const addressAt = this.#addresses.admitsAt(address, this.#options.clock());
    if (addressAt !== 0) return this.#refuse(addressAt);
    const ofAccount = account === undefined ? 0 : this.#accounts.begin(nameOf(account));
    // In memory nothing is waited for in between, so that many at once find their address counted.
    const retryAt = typeof ofAccount === "number" ? ofAccount : await ofAccount;
    if (retryAt !== 0) return this.#refuse(retryAt);
    const elsewhere = await this.#addresses.admitEverywhere(address, this.#options.clock());
    return elsewhere === 0 ? undefined : this.#refuse(elsewhere);
  }

  /** The password was right: the failures before it are forgotten. */
  async succeed(account: string): Promise<void> {
    // Without the database they only count for a while longer: no reason to refuse somebody who is signed in.
    await this.#accounts.succeed(nameOf(account)).catch(() => undefined);
  }

  #refuse(retryAt: number): Problem {
    return tooMany("Too many attempts.", retryAt, this.#options.clock());
  }
}

/** In the memory of this process, which has the database to itself. */
function attemptsHere(clock: () => number): AttemptsTogether {
  const failures = new BoundedTable<Failures>({ capacity: MOST_ACCOUNTS, make: () => ({ count: 0, lastAt: 0 }), weigh: failuresAt });
  return {
    begin(account) {
      const now = clock();
      const ofAccount = failures.take(account, now);
      const retryAt = attemptAt(ofAccount, now);
      // Noted before anything is waited for: many at once must not all find it unnoted.
      if (retryAt === 0) noteFailure(ofAccount, now);
      return retryAt;
    },
    async succeed(account) {
      failures.take(account, clock()).count = 0;
    },
  };
}

/** A digest: memory must not hold e-mail addresses of people who may have no account here. */
function nameOf(account: string): string {
  return fingerprint(account);
}
