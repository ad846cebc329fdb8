/** Limits for each client address, counted in memory: creations without a credential, sign-in attempts, wrong credentials. */
import type { Limits } from "../engine/api-key.ts";
import { admit, Counter } from "../engine/limits.ts";
import type { SlidingWindow } from "../engine/sliding-window.ts";
import { BoundedTable } from "./bounded-table.ts";
import { addressGroup } from "./client-address.ts";

const MOST_ADDRESSES = 50_000;

export class AddressLimiter {
  readonly #limits: Limits;
  readonly #counters: BoundedTable<Counter>;

  constructor(limits: Partial<Pick<Limits, "requestsPerMinute" | "requestsPerDay">>, capacity: number = MOST_ADDRESSES) {
    const { requestsPerMinute = null, requestsPerDay = null } = limits;
    this.#limits = { requestsPerMinute, requestsPerDay, concurrentRequests: null };
    this.#counters = new BoundedTable({ capacity, make: () => new Counter(), weigh: (counter, now) => this.#usedShare(counter, now) });
  }

  /** Addresses in memory; an IPv6 /64 is one. */
  get size(): number {
    return this.#counters.size;
  }

  /** 0 when the request may pass, and then it has been counted; otherwise the first moment at which the same request would pass. */
  admit(address: string, now: number): number {
    return admit(this.#counters.take(addressGroup(address), now), this.#limits, now, false);
  }

  /** 0 when the request would pass, otherwise the first moment at which it would. Counts nothing. */
  admitsAt(address: string, now: number): number {
    const { minute, day } = this.#counters.take(addressGroup(address), now);
    const { requestsPerMinute, requestsPerDay } = this.#limits;
    return Math.max(windowAdmitsAt(minute, requestsPerMinute, now), windowAdmitsAt(day, requestsPerDay, now));
  }

  /** How much of its budget an address has used: 0 for nothing, 1 for all. An entry at 0 holds nothing that could be lost. */
  #usedShare(counter: Counter, now: number): number {
    const { requestsPerMinute, requestsPerDay } = this.#limits;
    return Math.max(usedShare(counter.minute, requestsPerMinute, now), usedShare(counter.day, requestsPerDay, now));
  }
}

function windowAdmitsAt(window: SlidingWindow | undefined, limit: number | null, now: number): number {
  return window === undefined || limit === null ? 0 : window.admitsAt(limit, now);
}

function usedShare(window: SlidingWindow | undefined, limit: number | null, now: number): number {
  return window === undefined || limit === null ? 0 : 1 - window.remaining(limit, now) / limit;
}
