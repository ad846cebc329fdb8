/** The counters in memory. One counter for each `counterId`, however many keys count with it and however often they leave the cache. */
import type { Limits } from "../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../engine/duration.ts";
import type { Counter } from "../engine/limits.ts";
import { SlidingWindow } from "../engine/sliding-window.ts";
import type { CounterState, UseStore } from "../stores/contract.ts";
import { SharedCounter } from "./cached-key.ts";

/** A saved window is at most so many entries: a minute by the second, a day by the hundredth of its limit. */
const SAVED_ENTRIES = { minute: 60, day: 128 };

export class Counters {
  readonly #live = new Map<string, SharedCounter>();
  /** Held by no key, and known to the store as soon as the batch under way has been written. */
  readonly #retired = new Set<SharedCounter>();
  readonly #forgotten: (id: string) => void;

  /** `forgotten` hears of each counter that leaves memory: what was read of it before is older than what it admitted. */
  constructor(forgotten: (id: string) => void) {
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#live.size;
  }

  /** The counter for a key that enters the cache; undefined when it has no limits. `saved` counts only where memory has nothing newer. */
  take(id: string, limits: Limits, saved: CounterState | undefined): SharedCounter | undefined {
    const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
    if (requestsPerMinute === null && requestsPerDay === null && concurrentRequests === null) return undefined;
    let counter = this.#live.get(id);
    if (counter === undefined) {
      counter = restored(id, saved);
      this.#live.set(id, counter);
    }
    counter.holders++;
    this.#retired.delete(counter);
    return counter;
  }

  /** The counter, while memory has it. */
  peek(id: string): SharedCounter | undefined {
    return this.#live.get(id);
  }

  /** A key that counts with it has left the cache. */
  release(counter: SharedCounter): void {
    counter.holders--;
    // Saved already, or never used: no batch will bring it up again.
    if (isFree(counter)) this.#retired.add(counter);
  }

  /** Call after each batch that reached the store: forgets what nobody holds and the store knows. */
  sweep(saved: readonly SharedCounter[]): void {
    for (const counter of this.#retired) this.#forgetFree(counter);
    this.#retired.clear();
    for (const counter of saved) this.#forgetFree(counter);
  }

  #forgetFree(counter: SharedCounter): void {
    if (!isFree(counter) || this.#live.get(counter.id) !== counter) return;
    this.#live.delete(counter.id);
    this.#forgotten(counter.id);
  }
}

/** Where a counter stands, to be looked at alone: in memory, or as the store has it. */
export async function currentCounter(counters: Counters, store: Pick<UseStore, "findCounter">, id: string): Promise<Counter> {
  const live = counters.peek(id);
  if (live !== undefined) return live;
  const saved = await store.findCounter(id);
  // It may have come into memory meanwhile, and admitted more than was saved.
  return counters.peek(id) ?? restored(id, saved);
}

function restored(id: string, saved: CounterState | undefined): SharedCounter {
  const counter = new SharedCounter(id);
  if (saved !== undefined && saved.minute.length > 0) counter.minute = SlidingWindow.restore(MINUTE_MS, saved.minute);
  if (saved !== undefined && saved.day.length > 0) counter.day = SlidingWindow.restore(DAY_MS, saved.day);
  return counter;
}

function isFree(counter: SharedCounter): boolean {
  return counter.holders === 0 && !counter.dirty && counter.active === 0;
}

export function stateOf(counter: SharedCounter, now: number): CounterState {
  return { minute: counter.minute?.snapshot(now, SAVED_ENTRIES.minute) ?? [], day: counter.day?.snapshot(now, SAVED_ENTRIES.day) ?? [] };
}
