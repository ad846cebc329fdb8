/** Records in memory that threads share, found by a text. Every method must be called while holding the lock of the memory. */
import { HEAD, type SharedMemory, sizeFor } from "./memory.ts";

/** Of every record: words of four bytes. Places and lengths are in numbers of eight. */
const [HASH, NEXT, ID, ID_BYTES] = [0, 1, 2, 3] as const;
/** The first word that is a record's own. */
export const OWN_WORDS = 4;

/** Of the memory's own words. */
const [TABLE, COUNT, FREE_RECORD] = [HEAD.OWN, HEAD.OWN + 1, HEAD.OWN + 2];
/** The first of those that are left for others. One memory has one table. */
export const AFTER_TABLE = HEAD.OWN + 3;

/** The place of a record in the words of the memory. 0 is none. */
export type Place = number;

export class RecordTable {
  protected readonly memory: SharedMemory;
  /** Words of a record. */
  readonly #words: number;
  readonly #mask: number;

  /** @param capacity how many records it is made for: more are only slower. The same in every thread. */
  constructor(memory: SharedMemory, words: number, capacity: number) {
    this.memory = memory;
    this.#words = words;
    const buckets = 1 << (32 - Math.clz32(Math.max(1_024, Math.min(capacity, 2 ** 24)) - 1));
    this.#mask = buckets - 1;
    if (memory.words[TABLE] !== 0) return;
    const place = memory.allocate(buckets / 2);
    memory.words.fill(0, place * 2, place * 2 + buckets);
    memory.words[TABLE] = place * 2;
  }

  get size(): number {
    return this.word(COUNT);
  }

  get(place: Place, field: number): number {
    return this.word(place + field);
  }

  set(place: Place, field: number, value: number): void {
    this.memory.words[place + field] = value;
  }

  /** 0 if there is none. */
  find(id: string): Place {
    const hash = hashOf(id);
    let place = this.word(this.#bucket(hash));
    while (place !== 0 && !(this.get(place, HASH) === hash && this.idOf(place) === id)) place = this.get(place, NEXT);
    return place;
  }

  /** A record whose own words are 0. Call it only when `find` found none. */
  add(id: string): Place {
    const { words } = this.memory;
    let place = this.word(FREE_RECORD);
    if (place === 0) place = this.memory.allocate(this.#words / 2) * 2;
    else words[FREE_RECORD] = this.get(place, NEXT);
    const encoded = Buffer.from(id);
    const idPlace = this.memory.allocate(numbersFor(encoded.length));
    // Allocating may have made the memory longer, and its views new.
    this.memory.words.fill(0, place, place + this.#words);
    this.memory.bytes.set(encoded, idPlace * 8);
    const hash = hashOf(id);
    this.set(place, HASH, hash);
    this.set(place, ID, idPlace);
    this.set(place, ID_BYTES, encoded.length);
    const bucket = this.#bucket(hash);
    this.set(place, NEXT, this.word(bucket));
    this.memory.words[bucket] = place;
    this.memory.words[COUNT] = this.size + 1;
    return place;
  }

  /** Frees a record, but not what its own words name. Its place is used again for records alone, so that a list that still names it does no harm. */
  remove(place: Place): void {
    const bucket = this.#bucket(this.get(place, HASH));
    let before = bucket;
    while (this.word(before) !== place) before = this.word(before) + NEXT;
    this.memory.words[before] = this.get(place, NEXT);
    this.memory.free(this.get(place, ID), numbersFor(this.get(place, ID_BYTES)));
    this.memory.words.fill(0, place, place + this.#words);
    this.set(place, NEXT, this.word(FREE_RECORD));
    this.memory.words[FREE_RECORD] = place;
    this.memory.words[COUNT] = this.size - 1;
  }

  has(place: Place): boolean {
    return this.get(place, ID) !== 0;
  }

  idOf(place: Place): string {
    const from = this.get(place, ID) * 8;
    return Buffer.from(this.memory.bytes.subarray(from, from + this.get(place, ID_BYTES))).toString();
  }

  protected word(at: number): number {
    return this.memory.words[at] as number;
  }

  #bucket(hash: number): number {
    return this.word(TABLE) + (hash & this.#mask);
  }
}

const numbersFor = (bytes: number): number => sizeFor(Math.ceil(bytes / 8));

/** FNV-1a. Ids are chosen by Keyward, and their last characters are random: nobody can make many that share a place. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
