/**
 * The limiter of a process with several threads: they count in memory that they share, under a lock. The main thread saves the counters and
 * forgets those that nobody needs; the others only count (docs/decisions/0028).
 *
 * A counter is forgotten when the store has all of it and no thread holds a key of it. A look-up that began before the store had it would
 * bring an older state back. So it is forgotten only when all look-ups of that time have ended. They are counted by turns: a new turn begins
 * when the look-ups of the turn before the current one have ended, and then goes what has not been touched since the current one began.
 */
import type { Limits } from "../../../engine/api-key.ts";
import { admit, Counter, isUnlimited, type RateLimit, rateLimits, wouldAdmit } from "../../../engine/limits.ts";
import type { CounterState, UseStore } from "../../../stores/contract.ts";
import type { Clocks } from "../../clocks.ts";
import type { CounterJournal } from "../counter-journal.ts";
import { counterSaver, restoreCounter } from "../counter-state.ts";
import type { Limiter } from "../limiter.ts";
import type { UnsavedCounters } from "../memory-limiter.ts";
import { CounterTable, FIELD, SharedCounter } from "./counter-table.ts";
import { type SharedBuffer, SharedMemory } from "./memory.ts";
import { AFTER_TABLE, type Place } from "./record-table.ts";

const [UNSAVED, LEFT, TURN, LOOKUPS] = [AFTER_TABLE, AFTER_TABLE + 1, AFTER_TABLE + 2, AFTER_TABLE + 3];
/** Flags: it has admitted something that the store does not know; it is in the list of the unsaved; in the list of those that were left. */
const [DIRTY, IS_UNSAVED, IS_LEFT] = [1, 2, 4] as const;

interface SharedLimiterOptions {
  readonly buffer: SharedBuffer;
  /** How many counters it is made for: more are only slower. The same in every thread. */
  readonly capacity: number;
  /** The same clock in every thread. */
  readonly clocks: Clocks;
  readonly store: Pick<UseStore, "findCounter">;
  /** Called when a thread has died while it counted: nothing can be counted any more. */
  readonly onDead: () => never;
  /** Keeps what this thread has admitted until the store has it. Without it, the end of the process takes that. */
  readonly journal?: CounterJournal | undefined;
}

/** `takeUnsaved` to `notSaved` are for the main thread alone. */
export class SharedLimiter implements Limiter, UnsavedCounters<Place> {
  readonly #memory: SharedMemory;
  readonly #table: CounterTable;
  readonly #options: SharedLimiterOptions;
  /** Counters of keys that are in the memory of this thread. */
  readonly #live = new Map<string, SharedCounter>();
  /** May be forgotten: from before the current turn, and from the current one. */
  #earlier: Place[] = [];
  #current: Place[] = [];

  constructor(options: SharedLimiterOptions) {
    this.#options = options;
    this.#memory = new SharedMemory(options.buffer, options.onDead);
    this.#table = this.#locked(() => new CounterTable(this.#memory, options.capacity));
  }

  /** How many counters are in memory, whichever thread brought them. */
  get size(): number {
    return this.#locked(() => this.#table.size);
  }

  beginLookup(): () => void {
    const at =
      LOOKUPS +
      this.#locked(() => {
        const parity = this.#word(TURN) & 1;
        this.#add(LOOKUPS + parity, 1);
        return parity;
      });
    return () => this.#locked(() => this.#add(at, -1));
  }

  enter(id: string, limits: Limits, saved: string | undefined): SharedCounter | undefined {
    if (isUnlimited(limits)) return undefined;
    let counter = this.#live.get(id);
    if (counter === undefined) {
      counter = this.#locked(() => this.#hold(id)) ?? this.#bring(id, saved);
      this.#live.set(id, counter);
    }
    counter.holders++;
    return counter;
  }

  leave(counter: SharedCounter): void {
    if (--counter.holders > 0) return;
    this.#live.delete(counter.id);
    const { place } = counter;
    this.#locked(() => {
      this.#table.set(place, FIELD.HOLDERS, this.#table.get(place, FIELD.HOLDERS) - 1);
      this.#noteIfFree(place);
    });
  }

  admit(counter: SharedCounter, limits: Limits, now: number, holds: boolean): number {
    const admitsAt = this.#admit(counter, limits, now, holds);
    if (admitsAt === 0) this.#options.journal?.add(counter);
    return admitsAt;
  }

  #admit(counter: SharedCounter, limits: Limits, now: number, holds: boolean): number {
    const { lock } = this.#memory;
    lock.acquire();
    try {
      this.#memory.look();
      this.#table.look(counter);
      this.#table.makeRoom(counter, limits, now);
      const admitsAt = admit(counter, limits, now, holds);
      if (admitsAt !== 0) return admitsAt;
      if (holds) this.#table.set(counter.place, FIELD.ACTIVE, counter.active);
      this.#noteUnsaved(counter.place);
      return 0;
    } finally {
      lock.release();
    }
  }

  release({ place }: SharedCounter): void {
    this.#locked(() => {
      this.#table.set(place, FIELD.ACTIVE, this.#table.get(place, FIELD.ACTIVE) - 1);
      this.#noteIfFree(place);
    });
  }

  standing(counter: SharedCounter, limits: Limits, now: number): readonly RateLimit[] {
    const { lock } = this.#memory;
    lock.acquire();
    try {
      this.#memory.look();
      this.#table.look(counter);
      return rateLimits(counter, limits, now);
    } finally {
      lock.release();
    }
  }

  async standingOf(id: string, limits: Limits): Promise<readonly RateLimit[]> {
    const inMemory = () =>
      this.#locked(() => {
        const place = this.#table.find(id);
        return place === 0 ? undefined : rateLimits(this.#at(place), limits, this.#options.clocks.monotonic());
      });
    const known = inMemory();
    if (known !== undefined) return known;
    const saved = await this.#options.store.findCounter(id);
    // It may have come into memory during the read, and admitted more than was saved.
    return inMemory() ?? rateLimits(this.#restored(saved), limits, this.#options.clocks.monotonic());
  }

  wouldAdmit(counter: SharedCounter, limits: Limits, now: number): boolean {
    return this.#locked(() => {
      this.#table.look(counter);
      return wouldAdmit(counter, limits, now);
    });
  }

  /**
   * What this thread admits from here on goes into a new file of its journal. For the main thread, `takeUnsaved` does it; the others must have done so before:
   * an admission is then in a file that is kept, or in what is saved, or in both.
   */
  turnJournal(): void {
    this.#options.journal?.turn();
  }

  /** The store has all that this thread admitted before `turnJournal`. */
  discardJournal(): void {
    this.#options.journal?.discard();
  }

  allSaved(): void {
    this.discardJournal();
  }

  takeUnsaved(): readonly Place[] {
    this.turnJournal();
    return this.#locked(() => this.#takeList(UNSAVED, FIELD.NEXT_UNSAVED, IS_UNSAVED));
  }

  statesOf(counters: readonly Place[], at: number): { counterId: string; state: CounterState; at: number }[] {
    const save = counterSaver(this.#options.clocks);
    return counters.map((place) =>
      this.#locked(() => {
        this.#clearFlag(place, DIRTY);
        return { counterId: this.#table.idOf(place), state: save(this.#at(place)), at };
      }),
    );
  }

  saved(counters: readonly Place[]): void {
    this.#locked(() => {
      for (const place of counters) this.#table.set(place, FIELD.TURN, this.#word(TURN));
      const left = this.#takeList(LEFT, FIELD.NEXT_LEFT, IS_LEFT);
      for (const places of [counters, left]) for (const place of places) this.#current.push(place);
      const turn = this.#word(TURN);
      if (this.#word(LOOKUPS + (1 - (turn & 1))) > 0) return;
      for (const place of this.#earlier) this.#forgetFree(place, turn);
      this.#earlier = this.#current;
      this.#current = [];
      this.#add(TURN, 1);
    });
  }

  /** One that has admitted more since its state was taken is in the list already. */
  notSaved(counters: readonly Place[]): void {
    this.#locked(() => {
      for (const place of counters) this.#list(place, UNSAVED, FIELD.NEXT_UNSAVED, DIRTY | IS_UNSAVED, IS_UNSAVED);
    });
  }

  /** The counter in memory, from now on held by this thread; undefined if there is none. */
  #hold(id: string): SharedCounter | undefined {
    const place = this.#table.find(id);
    if (place === 0) return undefined;
    this.#table.set(place, FIELD.HOLDERS, this.#table.get(place, FIELD.HOLDERS) + 1);
    return new SharedCounter(id, place);
  }

  /** Brings a counter into memory, unless another thread does so first. */
  #bring(id: string, saved: string | undefined): SharedCounter {
    const restored = this.#restored(saved === undefined ? undefined : JSON.parse(saved));
    return this.#locked(() => {
      if (this.#table.find(id) === 0) this.#table.put(this.#table.add(id), restored);
      return this.#hold(id) as SharedCounter;
    });
  }

  #restored(saved: CounterState | undefined): Counter {
    const counter = new Counter();
    if (saved !== undefined) restoreCounter(counter, saved, this.#options.clocks);
    return counter;
  }

  /** The counter at a place, for this moment only. */
  #at(place: Place): SharedCounter {
    const counter = new SharedCounter("", place);
    this.#table.look(counter);
    return counter;
  }

  #noteUnsaved(place: Place): void {
    if ((this.#table.get(place, FIELD.FLAGS) & DIRTY) === 0) this.#list(place, UNSAVED, FIELD.NEXT_UNSAVED, DIRTY | IS_UNSAVED, IS_UNSAVED);
  }

  #noteIfFree(place: Place): void {
    if (!this.#isFree(place)) return;
    this.#table.set(place, FIELD.TURN, this.#word(TURN));
    this.#list(place, LEFT, FIELD.NEXT_LEFT, IS_LEFT, IS_LEFT);
  }

  #isFree(place: Place): boolean {
    const isHeld = this.#table.get(place, FIELD.HOLDERS) > 0 || this.#table.get(place, FIELD.ACTIVE) > 0;
    return !isHeld && (this.#table.get(place, FIELD.FLAGS) & DIRTY) === 0;
  }

  #forgetFree(place: Place, turn: number): void {
    if (this.#table.has(place) && this.#isFree(place) && this.#table.get(place, FIELD.TURN) !== turn) this.#table.remove(place);
  }

  /** Puts a record at the head of a list, unless it is in it. */
  #list(place: Place, head: number, next: number, flags: number, isListed: number): void {
    const before = this.#table.get(place, FIELD.FLAGS);
    this.#table.set(place, FIELD.FLAGS, before | flags);
    if ((before & isListed) !== 0) return;
    this.#table.set(place, next, this.#word(head));
    this.#memory.words[head] = place;
  }

  #takeList(head: number, next: number, isListed: number): Place[] {
    const places: Place[] = [];
    for (let place = this.#word(head); place !== 0; place = this.#table.get(place, next)) {
      places.push(place);
      this.#clearFlag(place, isListed);
    }
    this.#memory.words[head] = 0;
    return places;
  }

  #clearFlag(place: Place, flag: number): void {
    this.#table.set(place, FIELD.FLAGS, this.#table.get(place, FIELD.FLAGS) & ~flag);
  }

  #locked<Result>(run: () => Result): Result {
    const { lock } = this.#memory;
    lock.acquire();
    try {
      this.#memory.look();
      return run();
    } finally {
      lock.release();
    }
  }

  #add(at: number, amount: number): void {
    this.#memory.words[at] = this.#word(at) + amount;
  }

  #word(at: number): number {
    return this.#memory.words[at] as number;
  }
}
