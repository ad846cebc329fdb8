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
import type { CountTogether } from "../../service/index.ts";
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
}

export class SignInAttempts {
  readonly #options: SignInAttemptsOptions;
  readonly #addresses: AddressLimiter;
  readonly #failures: BoundedTable<Failures>;

  constructor(options: SignInAttemptsOptions) {
    this.#options = options;
    this.#addresses = new AddressLimiter(
      { requestsPerMinute: options.perMinute },
      { together: options.countTogether && { count: options.countTogether, kind: "sign-in" } },
    );
    this.#failures = new BoundedTable({ capacity: MOST_ACCOUNTS, make: () => ({ count: 0, lastAt: 0 }), weigh: failuresAt });
  }

  /**
   * Counts an attempt of this client at this account. Over one of the limits it counts nothing and returns the refusal with the time to wait.
   * The attempt counts as failed until `succeed`, so that many at once do not get around the limit. `account` is undefined where no password is tried.
   */
  async begin(client: Client, account: string | undefined): Promise<Problem | undefined> {
    const now = this.#options.clock();
    const address = addressOf(client, this.#options.trustedProxies);
    const failures = account === undefined ? undefined : this.#failures.take(nameOf(account), now);
    const retryAt = Math.max(this.#addresses.admitsAt(address, now), failures === undefined ? 0 : attemptAt(failures, now));
    if (retryAt !== 0) return tooMany("Too many attempts.", retryAt, now);
    // Noted before anything is waited for: many at once must not all find it unnoted.
    if (failures !== undefined) noteFailure(failures, now);
    const elsewhere = await this.#addresses.admitEverywhere(address, now);
    return elsewhere === 0 ? undefined : tooMany("Too many attempts.", elsewhere, now);
  }

  /** The password was right: the failures before it are forgotten. */
  succeed(account: string): void {
    this.#failures.take(nameOf(account), this.#options.clock()).count = 0;
  }
}

/** A digest: memory must not hold e-mail addresses of people who may have no account here. */
function nameOf(account: string): string {
  return fingerprint(account);
}
