/**
 * Limits for each client address, counted in memory: for keys created without a credential, sign-in attempts and wrong credentials. Where
 * several processes share a database, they count together there as well.
 */
import type { Limits } from "../engine/api-key.ts";
import { admit, Counter } from "../engine/limits.ts";
import { admitsAt, remainingIn, type SlidingWindow } from "../engine/sliding-window.ts";
import type { CountTogether } from "../service/index.ts";
import { BoundedTable } from "./bounded-table.ts";
import { addressGroup } from "./client-address.ts";

const MOST_ADDRESSES = 50_000;

/** How addresses are counted over all processes, and what for: a name of its own for each kind of attempt. */
interface Together {
  readonly count: CountTogether;
  readonly kind: string;
}

interface AddressLimiterOptions {
  /** Addresses in memory at most. */
  readonly capacity?: number;
  readonly together?: Together | undefined;
}

/** What one client has used. */
class Used extends Counter {
  /** All processes together admit nothing before. */
  refusedUntil = 0;
}

export class AddressLimiter {
  readonly #limits: Limits;
  readonly #counters: BoundedTable<Used>;
  readonly #together: Together | undefined;

  constructor(
    limits: Partial<Pick<Limits, "requestsPerMinute" | "requestsPerDay">>,
    { capacity = MOST_ADDRESSES, together }: AddressLimiterOptions = {},
  ) {
    const { requestsPerMinute = null, requestsPerDay = null } = limits;
    this.#limits = { requestsPerMinute, requestsPerDay, concurrentRequests: null };
    this.#together = together;
    this.#counters = new BoundedTable({ capacity, make: () => new Used(), weigh: (used, now) => this.#usedShare(used, now) });
  }

  /** Number of addresses in memory; an IPv6 /64 network counts as one. */
  get size(): number {
    return this.#counters.size;
  }

  /**
   * Counts a request of the address if it may pass, and returns 0. Otherwise counts nothing and returns the first time at which it would pass.
   * @param now milliseconds on a clock that never goes back
   * @example
   * const limiter = new AddressLimiter({ requestsPerMinute: 1 });
   * limiter.admit("192.0.2.1", 0); // 0
   * limiter.admit("192.0.2.1", 1_000); // 60_000
   */
  admit(address: string, now: number): number {
    return admit(this.#counters.take(addressGroup(address), now), this.#limits, now, false);
  }

  /**
   * The same over all processes. A promise only where they count together. Here a request is counted once they have admitted it: what is refused
   * anywhere counts nowhere.
   * @throws StoreUnavailable, as a rejection
   */
  admitEverywhere(address: string, now: number): number | Promise<number> {
    if (this.#together === undefined) return this.admit(address, now);
    const retryAt = this.admitsAt(address, now);
    return retryAt === 0 ? this.#admitTogether(this.#together, address, now) : retryAt;
  }

  /** 0 if a request would pass now, as far as this process knows; otherwise the first time at which it would. Counts nothing. */
  admitsAt(address: string, now: number): number {
    const { minute, day, refusedUntil } = this.#counters.take(addressGroup(address), now);
    const { requestsPerMinute, requestsPerDay } = this.#limits;
    const elsewhere = refusedUntil > now ? refusedUntil : 0;
    return Math.max(windowAdmitsAt(minute, requestsPerMinute, now), windowAdmitsAt(day, requestsPerDay, now), elsewhere);
  }

  async #admitTogether({ kind, count }: Together, address: string, now: number): Promise<number> {
    const retryAt = await count(kind, addressGroup(address), this.#limits);
    if (retryAt === 0) this.admit(address, now);
    else this.#counters.take(addressGroup(address), now).refusedUntil = retryAt;
    return retryAt;
  }

  /** The share of its budget that an address has used, from 0 to 1. Dropping an entry at 0 loses nothing. */
  #usedShare({ minute, day, refusedUntil }: Used, now: number): number {
    if (refusedUntil > now) return 1;
    const { requestsPerMinute, requestsPerDay } = this.#limits;
    return Math.max(usedShare(minute, requestsPerMinute, now), usedShare(day, requestsPerDay, now));
  }
}

function windowAdmitsAt(window: SlidingWindow | undefined, limit: number | null, now: number): number {
  return window === undefined || limit === null ? 0 : admitsAt(window, limit, now);
}

function usedShare(window: SlidingWindow | undefined, limit: number | null, now: number): number {
  return window === undefined || limit === null ? 0 : 1 - remainingIn(window, limit, now) / limit;
}
