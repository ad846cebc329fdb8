/**
 * Memory that all threads of a process share, in regions of numbers. It grows as it is used and never shrinks; freed regions are used again.
 * There is one lock for all of it: what is done under it takes less time than a second lock.
 */
import { SharedLock } from "./lock.ts";

/** Words (of four bytes) at the beginning of the memory: see `HEAD`. */
const HEAD_WORDS = 64;
/** Regions have 8, 16, 32… numbers. */
const SMALLEST = 8;
const SIZES = 28;
const WORDS_PER_NUMBER = 2;
const BYTES_PER_NUMBER = 8;
/** Of address space: memory is taken only as it grows. 250,000 keys with the largest windows need less. */
const MOST_BYTES = 2 ** 33;
const GROWN_BY = 1.25;

/** What the first words are. Those from `FREE` on are the first free region of each size; 0 for none. */
export const HEAD = Object.freeze({
  LOCK: 0,
  /** The end of what was ever allocated, in numbers. */
  END: 1,
  /** The length of the memory, in numbers. */
  LENGTH: 2,
  /** Free for the tables that live in this memory. */
  OWN: 3,
  FREE: HEAD_WORDS - SIZES,
});

/** What a thread needs to use the same memory. */
export type SharedBuffer = SharedArrayBuffer;

/** New memory. @throws RangeError where the system does not give that much address space. */
export function shareMemory(initialBytes = 1 << 20, mostBytes = MOST_BYTES): SharedBuffer {
  const buffer = new SharedArrayBuffer(initialBytes, { maxByteLength: mostBytes });
  const head = new Int32Array(buffer, 0, HEAD_WORDS);
  head[HEAD.END] = HEAD_WORDS / WORDS_PER_NUMBER;
  head[HEAD.LENGTH] = initialBytes / BYTES_PER_NUMBER;
  return buffer;
}

/** One thread's view of the memory. Everything but `lock` may be used only while holding the lock. */
export class SharedMemory {
  readonly lock: SharedLock;
  /** The same memory three times. Another thread may have made it longer: `look` before they are used. */
  words: Int32Array;
  numbers: Float64Array;
  bytes: Uint8Array;
  readonly #buffer: SharedBuffer;

  constructor(buffer: SharedBuffer, onDead: () => never) {
    this.#buffer = buffer;
    this.words = new Int32Array(buffer, 0, HEAD_WORDS);
    this.lock = new SharedLock(this.words, HEAD.LOCK, onDead);
    this.numbers = new Float64Array(buffer, 0, 0);
    this.bytes = new Uint8Array(buffer, 0, 0);
  }

  /** Call it after every `lock.acquire()`. */
  look(): void {
    if (this.words[HEAD.LENGTH] !== this.numbers.length) this.#renew();
  }

  /** The place, in numbers, of a region with room for `length` numbers, which may hold anything; see `sizeFor`. @throws RangeError when there is no memory left */
  allocate(length: number): number {
    const free = HEAD.FREE + sizeIndex(length);
    const first = this.#word(free);
    if (first === 0) return this.#extend(sizeFor(length));
    this.words[free] = this.#word(first * WORDS_PER_NUMBER);
    return first;
  }

  /** `length` as it was allocated. */
  free(place: number, length: number): void {
    const free = HEAD.FREE + sizeIndex(length);
    this.words[place * WORDS_PER_NUMBER] = this.#word(free);
    this.words[free] = place;
  }

  #extend(length: number): number {
    const place = this.#word(HEAD.END);
    if (place + length > this.numbers.length) {
      const needed = (place + length) * BYTES_PER_NUMBER;
      const most = this.#buffer.maxByteLength;
      this.#buffer.grow(
        Math.min(most, Math.max(needed, Math.ceil((this.#buffer.byteLength * GROWN_BY) / BYTES_PER_NUMBER) * BYTES_PER_NUMBER)),
      );
      this.words[HEAD.LENGTH] = this.#buffer.byteLength / BYTES_PER_NUMBER;
      this.#renew();
    }
    this.words[HEAD.END] = place + length;
    return place;
  }

  #renew(): void {
    const length = this.#word(HEAD.LENGTH);
    this.words = new Int32Array(this.#buffer, 0, length * WORDS_PER_NUMBER);
    this.numbers = new Float64Array(this.#buffer, 0, length);
    this.bytes = new Uint8Array(this.#buffer, 0, length * BYTES_PER_NUMBER);
  }

  #word(at: number): number {
    return this.words[at] as number;
  }
}

/** How many numbers a region for at least `length` has. */
export function sizeFor(length: number): number {
  return SMALLEST << sizeIndex(length);
}

function sizeIndex(length: number): number {
  return length <= SMALLEST ? 0 : 32 - Math.clz32(Math.ceil(length / SMALLEST) - 1);
}
