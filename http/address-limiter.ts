/** Limits for requests that bring no credential: counted for each client address, in memory. */
import type { Limits } from "../engine/api-key.ts";
import { admit, Counter } from "../engine/limits.ts";
import { addressGroup } from "./client-address.ts";

/** Beyond so many addresses the oldest are forgotten: memory stays bounded whatever comes. */
const MOST_ADDRESSES = 50_000;

export class AddressLimiter {
  readonly #limits: Limits;
  readonly #counters = new Map<string, Counter>();

  constructor(limits: Pick<Limits, "requestsPerMinute" | "requestsPerDay">) {
    this.#limits = { ...limits, concurrentRequests: null };
  }

  /** 0 when the request may pass, else the moment at which it would. */
  admit(address: string, now: number): number {
    const group = addressGroup(address);
    let counter = this.#counters.get(group);
    if (counter === undefined) {
      if (this.#counters.size >= MOST_ADDRESSES) this.#forgetOldest();
      counter = new Counter();
      this.#counters.set(group, counter);
    }
    return admit(counter, this.#limits, now, false);
  }

  #forgetOldest(): void {
    const oldest = this.#counters.keys().next();
    if (oldest.done !== true) this.#counters.delete(oldest.value);
  }
}
