/** The counters that threads share: a table from their ids to a record of whole numbers, with the windows in regions of their own. */
import type { Limits } from "../../../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../../../engine/duration.ts";
import { Counter } from "../../../engine/limits.ts";
import { isFull, moveWindow, ROOM_FOR_ONE, type SlidingWindow, windowIn } from "../../../engine/sliding-window.ts";
import type { JournaledCounter } from "../counter-journal.ts";
import { type SharedMemory, sizeFor } from "./memory.ts";
import { OWN_WORDS, type Place, RecordTable } from "./record-table.ts";

/** Of a record: its own words. Places and lengths are in numbers of eight. */
export const FIELD = Object.freeze({
  /** Threads in which a key counts with it. */
  HOLDERS: OWN_WORDS,
  ACTIVE: OWN_WORDS + 1,
  FLAGS: OWN_WORDS + 2,
  NEXT_UNSAVED: OWN_WORDS + 3,
  NEXT_LEFT: OWN_WORDS + 4,
  MINUTE: OWN_WORDS + 5,
  MINUTE_LENGTH: OWN_WORDS + 6,
  DAY: OWN_WORDS + 7,
  DAY_LENGTH: OWN_WORDS + 8,
  /** The turn in which it was last saved, left or released: see `shared-limiter.ts`. */
  TURN: OWN_WORDS + 9,
});
const WORDS = 16;

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

export class CounterTable extends RecordTable {
  /** @param capacity how many counters it is made for: more are only slower. The same in every thread. */
  constructor(memory: SharedMemory, capacity: number) {
    super(memory, WORDS, capacity);
  }

  /** Frees a record with its windows. */
  override remove(place: Place): void {
    for (const [at, length] of WINDOWS) if (this.get(place, at) !== 0) this.memory.free(this.get(place, at), this.get(place, length));
    super.remove(place);
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
      const to = this.memory.allocate(size);
      moveWindow(window, this.#view(to, size) as Float64Array);
      this.set(place, at, to);
      this.set(place, length, size);
    }
  }

  #roomier(place: Place, at: number, window: SlidingWindow | undefined, windowMs: number): SlidingWindow {
    const [length, size] = [at + 1, sizeFor(window === undefined ? ROOM_FOR_ONE : window.length * 2)];
    const to = this.memory.allocate(size);
    const view = this.#view(to, size) as Float64Array;
    if (window === undefined) windowIn(view, windowMs);
    else {
      moveWindow(window, view);
      this.memory.free(this.get(place, at), this.get(place, length));
    }
    this.set(place, at, to);
    this.set(place, length, size);
    return view;
  }

  #view(at: number, length: number): Float64Array | undefined {
    return at === 0 ? undefined : this.memory.numbers.subarray(at, at + length);
  }
}

const WINDOWS = [
  [FIELD.MINUTE, FIELD.MINUTE_LENGTH],
  [FIELD.DAY, FIELD.DAY_LENGTH],
] as const;
