/** The counters in memory. One counter for each `counterId`, however many keys count with it and however often they leave the cache. */
import type { Limits } from "../../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import type { Counter } from "../../engine/limits.ts";
import { SlidingWindow } from "../../engine/sliding-window.ts";
import type { CounterState, UseStore } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";
import { SharedCounter } from "../verification/cached-key.ts";

/** A saved window is at most so many entries: a minute by the second, a day by the hundredth of its limit. */
const SAVED_ENTRIES = { minute: 60, day: 128 };

export class Counters {
  readonly #live = new Map<string, SharedCounter>();
  /** Held by no key, and known to the store as soon as the batch under way has been written. */
  readonly #retired = new Set<SharedCounter>();
  readonly #clocks: Clocks;
  readonly #forgotten: (id: string) => void;

  /** `forgotten` hears of each counter that leaves memory: what was read of it before is older than what it admitted. */
  constructor(clocks: Clocks, forgotten: (id: string) => void) {
    this.#clocks = clocks;
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#live.size;
  }

  /** The counter for a key that enters the cache; undefined when it has no limits. `saved`, the JSON of a `CounterState`, counts only where memory has nothing newer. */
  take(id: string, limits: Limits, saved: string | undefined): SharedCounter | undefined {
    const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
    if (requestsPerMinute === null && requestsPerDay === null && concurrentRequests === null) return undefined;
    let counter = this.#live.get(id);
    if (counter === undefined) {
      counter = this.restore(id, saved === undefined ? undefined : JSON.parse(saved));
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

  /**
   * A counter as it was saved. Times of the same monotonic clock are exact, whatever the wall clock did meanwhile. Those of another
   * one are known by the wall clock alone: one that lies in the future counts as now, and so ends at most one window from now.
   */
  restore(id: string, saved: CounterState | undefined): SharedCounter {
    const counter = new SharedCounter(id);
    if (saved === undefined) return counter;
    const now = this.#clocks.monotonic();
    const aheadMs = saved.clock?.id === this.#clocks.id ? saved.clock.wallAheadMs : this.#clocks.wall() - now;
    const restored = (windowMs: number, entries: readonly number[]): SlidingWindow | undefined => {
      const times = entries.map((value, at) => (at % 2 === 0 ? Math.min(value - aheadMs, now) : value));
      return entries.length > 0 ? SlidingWindow.restore(windowMs, times) : undefined;
    };
    counter.minute = restored(MINUTE_MS, saved.minute);
    counter.day = restored(DAY_MS, saved.day);
    return counter;
  }

  /** What is saved of a counter: its times by the wall clock, and how to tell from them those of the monotonic one. */
  stateOf({ minute, day }: SharedCounter): CounterState {
    const [now, wallAheadMs] = [this.#clocks.monotonic(), this.#clocks.aheadMs];
    const saved = (window: SlidingWindow | undefined, mostEntries: number): number[] =>
      (window?.snapshot(now, mostEntries) ?? []).map((value, at) => (at % 2 === 0 ? Math.ceil(value) + wallAheadMs : value));
    return {
      minute: saved(minute, SAVED_ENTRIES.minute),
      day: saved(day, SAVED_ENTRIES.day),
      clock: { id: this.#clocks.id, wallAheadMs },
    };
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
  return counters.peek(id) ?? counters.restore(id, saved);
}

function isFree(counter: SharedCounter): boolean {
  return counter.holders === 0 && !counter.dirty && counter.active === 0;
}
