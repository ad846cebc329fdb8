/** The counters that threads share: a table from their ids to a record of whole numbers, with the windows in regions of their own. */
import type { Limits } from "../../../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../../../engine/duration.ts";
import { Counter } from "../../../engine/limits.ts";
import { isFull, moveWindow, ROOM_FOR_ONE, type SlidingWindow, windowIn } from "../../../engine/sliding-window.ts";
import type { JournaledCounter } from "../counter-journal.ts";
import { HEAD, type SharedMemory, sizeFor } from "./memory.ts";

/** Of a record: words of four bytes. Places and lengths are in numbers of eight. */
export const FIELD = Object.freeze({
  HASH: 0,
  /** The next record with the same place in the table. */
  NEXT: 1,
  /** Threads in which a key counts with it. */
  HOLDERS: 2,
  ACTIVE: 3,
  FLAGS: 4,
  NEXT_UNSAVED: 5,
  NEXT_LEFT: 6,
  MINUTE: 7,
  MINUTE_LENGTH: 8,
  DAY: 9,
  DAY_LENGTH: 10,
  ID: 11,
  ID_BYTES: 12,
  /** The turn in which it was last saved, left or released: see `shared-limiter.ts`. */
  TURN: 13,
});
const WORDS = 16;
const NUMBERS = WORDS / 2;

/** Of the memory's own words. */
const [TABLE, COUNT, FREE_RECORD] = [HEAD.OWN, HEAD.OWN + 1, HEAD.OWN + 2];
/** The first of those that are left for the limiter. */
export const LIMITERS_OWN = HEAD.OWN + 3;

/** The place of a record in the words of the memory. 0 is none. */
export type Place = number;

/** What one thread keeps of a counter, so that the rules of the engine run on it. Its windows are views of the memory. */
export class SharedCounter extends Counter implements JournaledCounter {
  readonly id: string;
  readonly place: Place;
  /** Keys in this thread that count with it. */
  holders = 0;
  minuteAt = 0;
  dayAt = 0;
  journalNames = 0;
  journalNumber = 0;

  constructor(id: string, place: Place) {
    super();
    this.id = id;
    this.place = place;
  }
}

/** Every method must be called while holding the lock of the memory. */
export class CounterTable {
  readonly #memory: SharedMemory;
  readonly #mask: number;

  /** @param capacity how many counters it is made for: more are only slower. The same in every thread. */
  constructor(memory: SharedMemory, capacity: number) {
    this.#memory = memory;
    const buckets = 1 << (32 - Math.clz32(Math.max(1_024, Math.min(capacity, 2 ** 24)) - 1));
    this.#mask = buckets - 1;
    if (memory.words[TABLE] !== 0) return;
    const place = memory.allocate(buckets / 2);
    memory.words.fill(0, place * 2, place * 2 + buckets);
    memory.words[TABLE] = place * 2;
  }

  get size(): number {
    return this.#word(COUNT);
  }

  get(place: Place, field: number): number {
    return this.#word(place + field);
  }

  set(place: Place, field: number, value: number): void {
    this.#memory.words[place + field] = value;
  }

  /** 0 if there is none. */
  find(id: string): Place {
    const hash = hashOf(id);
    let place = this.#word(this.#bucket(hash));
    while (place !== 0 && !(this.get(place, FIELD.HASH) === hash && this.idOf(place) === id)) place = this.get(place, FIELD.NEXT);
    return place;
  }

  /** A record of its own, without windows. Call it only when `find` found none. */
  add(id: string): Place {
    const { words } = this.#memory;
    let place = this.#word(FREE_RECORD);
    if (place === 0) place = this.#memory.allocate(NUMBERS) * 2;
    else words[FREE_RECORD] = this.get(place, FIELD.NEXT);
    const encoded = Buffer.from(id);
    const idPlace = this.#memory.allocate(numbersFor(encoded.length));
    // Allocating may have made the memory longer, and its views new.
    this.#memory.words.fill(0, place, place + WORDS);
    this.#memory.bytes.set(encoded, idPlace * 8);
    const hash = hashOf(id);
    this.set(place, FIELD.HASH, hash);
    this.set(place, FIELD.ID, idPlace);
    this.set(place, FIELD.ID_BYTES, encoded.length);
    const bucket = this.#bucket(hash);
    this.set(place, FIELD.NEXT, this.#word(bucket));
    this.#memory.words[bucket] = place;
    this.#memory.words[COUNT] = this.size + 1;
    return place;
  }

  /** Frees a record with all that belongs to it. Its place is used again for records alone, so that a list that still names it does no harm. */
  remove(place: Place): void {
    const bucket = this.#bucket(this.get(place, FIELD.HASH));
    let before = bucket;
    while (this.#word(before) !== place) before = this.#word(before) + FIELD.NEXT;
    this.#memory.words[before] = this.get(place, FIELD.NEXT);
    this.#memory.free(this.get(place, FIELD.ID), numbersFor(this.get(place, FIELD.ID_BYTES)));
    for (const [at, length] of WINDOWS) if (this.get(place, at) !== 0) this.#memory.free(this.get(place, at), this.get(place, length));
    this.#memory.words.fill(0, place, place + WORDS);
    this.set(place, FIELD.NEXT, this.#word(FREE_RECORD));
    this.#memory.words[FREE_RECORD] = place;
    this.#memory.words[COUNT] = this.size - 1;
  }

  has(place: Place): boolean {
    return this.get(place, FIELD.ID) !== 0;
  }

  idOf(place: Place): string {
    const from = this.get(place, FIELD.ID) * 8;
    return Buffer.from(this.#memory.bytes.subarray(from, from + this.get(place, FIELD.ID_BYTES))).toString();
  }

  /** Makes `counter` what the memory has. */
  look(counter: SharedCounter): void {
    const { place } = counter;
    const [minuteAt, dayAt] = [this.get(place, FIELD.MINUTE), this.get(place, FIELD.DAY)];
    if (minuteAt !== counter.minuteAt) {
      counter.minuteAt = minuteAt;
      counter.minute = this.#view(minuteAt, this.get(place, FIELD.MINUTE_LENGTH));
    }
    if (dayAt !== counter.dayAt) {
      counter.dayAt = dayAt;
      counter.day = this.#view(dayAt, this.get(place, FIELD.DAY_LENGTH));
    }
    counter.active = this.get(place, FIELD.ACTIVE);
  }

  /** Makes room for one more admission in every window that is limited. `counter` is as `look` left it. */
  makeRoom(counter: SharedCounter, { requestsPerMinute, requestsPerDay }: Limits, now: number): void {
    if (requestsPerMinute !== null && (counter.minute === undefined || isFull(counter.minute, now))) {
      counter.minute = this.#roomier(counter.place, FIELD.MINUTE, counter.minute, MINUTE_MS);
      counter.minuteAt = this.get(counter.place, FIELD.MINUTE);
    }
    if (requestsPerDay !== null && (counter.day === undefined || isFull(counter.day, now))) {
      counter.day = this.#roomier(counter.place, FIELD.DAY, counter.day, DAY_MS);
      counter.dayAt = this.get(counter.place, FIELD.DAY);
    }
  }

  /** Puts the windows of a counter outside of the memory into a record that has none. */
  put(place: Place, { minute, day }: Counter): void {
    for (const [window, [at, length]] of [
      [minute, WINDOWS[0]],
      [day, WINDOWS[1]],
    ] as const) {
      if (window === undefined) continue;
      const size = sizeFor(window.length);
      const to = this.#memory.allocate(size);
      moveWindow(window, this.#view(to, size) as Float64Array);
      this.set(place, at, to);
      this.set(place, length, size);
    }
  }

  #roomier(place: Place, at: number, window: SlidingWindow | undefined, windowMs: number): SlidingWindow {
    const [length, size] = [at + 1, sizeFor(window === undefined ? ROOM_FOR_ONE : window.length * 2)];
    const to = this.#memory.allocate(size);
    const view = this.#view(to, size) as Float64Array;
    if (window === undefined) windowIn(view, windowMs);
    else {
      moveWindow(window, view);
      this.#memory.free(this.get(place, at), this.get(place, length));
    }
    this.set(place, at, to);
    this.set(place, length, size);
    return view;
  }

  #view(at: number, length: number): Float64Array | undefined {
    return at === 0 ? undefined : this.#memory.numbers.subarray(at, at + length);
  }

  #bucket(hash: number): number {
    return this.#word(TABLE) + (hash & this.#mask);
  }

  #word(at: number): number {
    return this.#memory.words[at] as number;
  }
}

const WINDOWS = [
  [FIELD.MINUTE, FIELD.MINUTE_LENGTH],
  [FIELD.DAY, FIELD.DAY_LENGTH],
] as const;

const numbersFor = (bytes: number): number => sizeFor(Math.ceil(bytes / 8));

/** FNV-1a. Ids are chosen by Keyward, and their last characters are random: nobody can make many that share a place. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
