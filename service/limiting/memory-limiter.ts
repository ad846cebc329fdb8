/** The limiter of a single process: it counts in memory, and hands its counters to the store in batches. */
import type { Limits } from "../../engine/api-key.ts";
import { admit, Counter, isUnlimited, type RateLimit, rateLimits, wouldAdmit } from "../../engine/limits.ts";
import type { CounterState, UseStore } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";
import type { CounterJournal, JournaledCounter } from "./counter-journal.ts";
import { counterSaver, restoreCounter } from "./counter-state.ts";
import type { Limiter } from "./limiter.ts";

class SharedCounter extends Counter implements JournaledCounter {
  readonly id: string;
  /** Keys in memory that count with it. */
  holders = 0;
  /** It has admitted something that the store does not know, and is listed for the next batch. */
  dirty = false;
  journalNames = 0;
  journalNumber = 0;

  constructor(id: string) {
    super();
    this.id = id;
  }
}

/** Counters on their way to the store, as the use recorder takes them. */
export interface UnsavedCounters<Taken = unknown> {
  /** The counters that have admitted something since they were last saved. The caller passes each of them to `saved` or `notSaved`. */
  takeUnsaved(): readonly Taken[];
  /** The states to write. What the counters admit from here on belongs to the next batch. */
  statesOf(counters: readonly Taken[], at: number): { readonly counterId: string; readonly state: CounterState; readonly at: number }[];
  saved(counters: readonly Taken[]): void;
  notSaved(counters: readonly Taken[]): void;
  /** Everything that was taken has been saved. */
  allSaved?(): void;
}

/** Of a thread that saves no counters. */
export const NO_COUNTERS: UnsavedCounters = Object.freeze({
  takeUnsaved: () => [],
  statesOf: () => [],
  saved: () => undefined,
  notSaved: () => undefined,
});

interface MemoryLimiterOptions {
  readonly clocks: Clocks;
  readonly store: Pick<UseStore, "findCounter">;
  /** Called with the id of each counter that leaves memory: what was read of it before is older than what it admitted. */
  readonly forgotten: (counterId: string) => void;
  /** Keeps what is not saved yet. Without it, the end of the process takes that. */
  readonly journal?: CounterJournal | undefined;
}

export class MemoryLimiter implements Limiter, UnsavedCounters<SharedCounter> {
  readonly #live = new Map<string, SharedCounter>();
  /** A list, not a set: the flag on the counter says that it is in it, and a second request costs no look-up. */
  #unsaved: SharedCounter[] = [];
  /** Held by no key, and known to the store as soon as the batch under way has been written. */
  readonly #retired = new Set<SharedCounter>();
  readonly #options: MemoryLimiterOptions;
  readonly #journal: CounterJournal | undefined;

  constructor(options: MemoryLimiterOptions) {
    this.#options = options;
    this.#journal = options.journal;
  }

  /** How many counters are in memory. */
  get size(): number {
    return this.#live.size;
  }

  enter(id: string, limits: Limits, saved: string | undefined): SharedCounter | undefined {
    if (isUnlimited(limits)) return undefined;
    let counter = this.#live.get(id);
    if (counter === undefined) {
      counter = this.#restored(id, saved === undefined ? undefined : JSON.parse(saved));
      this.#live.set(id, counter);
    }
    counter.holders++;
    this.#retired.delete(counter);
    return counter;
  }

  leave(counter: SharedCounter): void {
    counter.holders--;
    // Saved already, or never used: no batch will bring it up again.
    if (isFree(counter)) this.#retired.add(counter);
  }

  admit(counter: SharedCounter, limits: Limits, now: number, holds: boolean): number {
    const admitsAt = admit(counter, limits, now, holds);
    if (admitsAt !== 0) return admitsAt;
    if (!counter.dirty) this.#note(counter);
    this.#journal?.add(counter);
    return 0;
  }

  release(counter: SharedCounter): void {
    counter.active--;
  }

  standing(counter: SharedCounter, limits: Limits, now: number): readonly RateLimit[] {
    return rateLimits(counter, limits, now);
  }

  async standingOf(id: string, limits: Limits): Promise<readonly RateLimit[]> {
    const saved = this.#live.has(id) ? undefined : await this.#options.store.findCounter(id);
    // It may have come into memory during the read, and admitted more than was saved.
    const counter = this.#live.get(id) ?? this.#restored(id, saved);
    return rateLimits(counter, limits, this.#options.clocks.monotonic());
  }

  wouldAdmit(counter: SharedCounter, limits: Limits, now: number): boolean {
    return wouldAdmit(counter, limits, now);
  }

  takeUnsaved(): readonly SharedCounter[] {
    const taken = this.#unsaved;
    this.#unsaved = [];
    this.#journal?.turn();
    return taken;
  }

  statesOf(counters: readonly SharedCounter[], at: number): { counterId: string; state: CounterState; at: number }[] {
    const save = counterSaver(this.#options.clocks);
    return counters.map((counter) => {
      counter.dirty = false;
      return { counterId: counter.id, state: save(counter), at };
    });
  }

  saved(counters: readonly SharedCounter[]): void {
    for (const counter of this.#retired) this.#forgetFree(counter);
    this.#retired.clear();
    for (const counter of counters) this.#forgetFree(counter);
  }

  /** One that is dirty and was taken is not in the list; one that has admitted more since its state was taken is. */
  notSaved(counters: readonly SharedCounter[]): void {
    const listed = new Set(this.#unsaved);
    for (const counter of counters) if (!listed.has(counter)) this.#note(counter);
  }

  allSaved(): void {
    this.#journal?.discard();
  }

  #note(counter: SharedCounter): void {
    counter.dirty = true;
    this.#unsaved.push(counter);
  }

  #restored(id: string, saved: CounterState | undefined): SharedCounter {
    const counter = new SharedCounter(id);
    if (saved !== undefined) restoreCounter(counter, saved, this.#options.clocks);
    return counter;
  }

  #forgetFree(counter: SharedCounter): void {
    if (!isFree(counter) || this.#live.get(counter.id) !== counter) return;
    this.#live.delete(counter.id);
    this.#options.forgotten(counter.id);
  }
}

function isFree(counter: SharedCounter): boolean {
  return counter.holders === 0 && !counter.dirty && counter.active === 0;
}
