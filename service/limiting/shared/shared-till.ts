/** Tills in memory that the threads of a process share: what the node has borrowed is there for all of them. */
import type { Admissions } from "../admission-list.ts";
import { Till } from "../till.ts";
import { TILL_NUMBERS, TillState } from "../till-state.ts";
import { type SharedBuffer, SharedMemory, sizeFor } from "./memory.ts";
import { AFTER_TABLE, OWN_WORDS, type Place, RecordTable } from "./record-table.ts";

/** Of a record: where its admissions are, how many numbers there is room for, and how many there are; its serial number; then the till's numbers. */
const [USED, USED_ROOM, USED_LENGTH, SERIAL] = [OWN_WORDS, OWN_WORDS + 1, OWN_WORDS + 2, OWN_WORDS + 3] as const;
const NUMBERS_AT = (OWN_WORDS + 4) / 2;
const WORDS = (NUMBERS_AT + TILL_NUMBERS) * 2;
/** Of the memory's own words: the serial number of the newest record. */
const NEWEST = AFTER_TABLE;

/** What a thread keeps of a till. */
export interface TillHandle {
  readonly id: string;
  /** With the number of the record that was there: the place may be another's since. */
  readonly place: Place;
  readonly serial: number;
}

export class SharedTills {
  readonly memory: SharedMemory;
  readonly table: RecordTable;

  /** @param capacity how many it is made for: more are only slower. The same in every thread. */
  constructor(buffer: SharedBuffer, capacity: number, onDead: () => never) {
    this.memory = new SharedMemory(buffer, onDead);
    this.table = this.#locked(() => new RecordTable(this.memory, WORDS, capacity));
  }

  get size(): number {
    return this.#locked(() => this.table.size);
  }

  /** For the thread that forgets tills: no other one removes what it has taken. */
  take(id: string): Till {
    return new SharedTill(
      this,
      this.#locked(() => this.#handle(id)),
    );
  }

  /** For the other threads: one key more counts with it, so that it stays. */
  hold(id: string): TillHandle {
    return this.#locked(() => {
      const handle = this.#handle(id);
      this.memory.numbers[numbersOf(handle.place) + HOLDERS] = (this.memory.numbers[numbersOf(handle.place) + HOLDERS] as number) + 1;
      return handle;
    });
  }

  /** Forgets it, unless a key in the memory of some thread counts with it or a request is under way: then false. */
  forget({ id }: Till): boolean {
    return this.#locked(() => {
      const place = this.table.find(id);
      if (place === 0) return true;
      const state = new TillState();
      state.load(this.memory.numbers, numbersOf(place));
      if (state.holders > 0 || state.active > 0) return false;
      const room = this.table.get(place, USED_ROOM);
      if (room > 0) this.memory.free(this.table.get(place, USED), room);
      this.table.remove(place);
      return true;
    });
  }

  #handle(id: string): TillHandle {
    let place = this.table.find(id);
    if (place === 0) {
      place = this.table.add(id);
      new TillState().store(this.memory.numbers, numbersOf(place));
      const { words } = this.memory;
      words[NEWEST] = ((words[NEWEST] as number) + 1) | 0;
      this.table.set(place, SERIAL, words[NEWEST]);
    }
    return { id, place, serial: this.table.get(place, SERIAL) };
  }

  #locked<Result>(run: () => Result): Result {
    const { lock } = this.memory;
    lock.acquire();
    try {
      this.memory.look();
      return run();
    } finally {
      lock.release();
    }
  }
}

/** A till whose numbers are in shared memory. Between `open` and `close` it holds the lock. */
export class SharedTill extends Till {
  readonly #tills: SharedTills;
  #handle: TillHandle;
  /** 0 while the record has gone, because its key has left memory: then nothing is borrowed, and nothing is kept. */
  #place: Place = 0;

  constructor(tills: SharedTills, handle: TillHandle) {
    super(handle.id, new SharedAdmissions(tills, () => this.#place));
    this.#tills = tills;
    this.#handle = handle;
  }

  /** Becomes that of another counter: a thread needs only one. */
  of(handle: TillHandle): this {
    this.#handle = handle;
    return this;
  }

  override open(): void {
    const { memory, table } = this.#tills;
    memory.lock.acquire();
    memory.look();
    const { place, serial } = this.#handle;
    const isThere = table.get(place, SERIAL) === serial && table.has(place);
    this.#place = isThere ? place : 0;
    if (isThere) this.load(memory.numbers, numbersOf(place));
    else Object.assign(this, new TillState());
  }

  override close(): void {
    const { memory } = this.#tills;
    if (this.#place !== 0) this.store(memory.numbers, numbersOf(this.#place));
    memory.lock.release();
  }

  override closeUnchanged(): void {
    this.#tills.memory.lock.release();
  }
}

class SharedAdmissions implements Admissions {
  readonly #tills: SharedTills;
  readonly #placeOf: () => Place;

  constructor(tills: SharedTills, placeOf: () => Place) {
    this.#tills = tills;
    this.#placeOf = placeOf;
  }

  get length(): number {
    const place = this.#placeOf();
    return place === 0 ? 0 : this.#tills.table.get(place, USED_LENGTH);
  }

  push(at: number, count: number): void {
    const { table } = this.#tills;
    const [place, length] = [this.#placeOf(), this.length];
    if (length + 2 > table.get(place, USED_ROOM)) this.#moveTo(sizeFor(length + 2));
    const { numbers } = this.#tills.memory;
    const end = this.#end;
    numbers[end] = at;
    numbers[end + 1] = count;
    table.set(place, USED_LENGTH, length + 2);
  }

  from(start: number): number[] {
    return [...this.#tills.memory.numbers.subarray(this.#end - this.length + start, this.#end)];
  }

  drop(start: number): void {
    const { table, memory } = this.#tills;
    const [place, left] = [this.#placeOf(), this.length - start];
    if (place === 0 || start === 0) return;
    const at = table.get(place, USED);
    memory.numbers.copyWithin(at, at + start, at + start + left);
    table.set(place, USED_LENGTH, left);
    if (left === 0) this.#moveTo(0);
  }

  get #end(): number {
    const place = this.#placeOf();
    return this.#tills.table.get(place, USED) + this.length;
  }

  /** `room` 0 gives the memory back. */
  #moveTo(room: number): void {
    const { table, memory } = this.#tills;
    const [place, length] = [this.#placeOf(), this.length];
    const [from, fromRoom] = [table.get(place, USED), table.get(place, USED_ROOM)];
    const to = room === 0 ? 0 : memory.allocate(room);
    if (room > 0) memory.numbers.copyWithin(to, from, from + length);
    if (fromRoom > 0) memory.free(from, fromRoom);
    table.set(place, USED, to);
    table.set(place, USED_ROOM, room);
  }
}

const HOLDERS = Object.keys(new TillState()).indexOf("holders");
const numbersOf = (place: Place): number => place / 2 + NUMBERS_AT;
