/** A lock in memory that threads share: some dozens of nanoseconds when nobody else wants it. */

const [FREE, HELD, CONTENDED] = [0, 1, 2] as const;
/** A holder needs well under a microsecond, unless the machine has stopped it in the middle. */
const SPINS = 100;
/** A stopped process wakes up in the middle of one wait: only many of them tell that the holder is dead. */
const [WAIT_MS, MOST_WAITS] = [20, 500] as const;

export class SharedLock {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #onDead: () => never;
  readonly #mostWaits: number;

  /**
   * @param words a view of shared memory. The word at `at` is the lock's own, and 0 at first.
   * @param onDead called after ten seconds of waiting, by `acquire`: the thread that holds the lock must have died
   */
  constructor(words: Int32Array, at: number, onDead: () => never, mostWaits: number = MOST_WAITS) {
    this.#words = words;
    this.#at = at;
    this.#onDead = onDead;
    this.#mostWaits = mostWaits;
  }

  /** Waits for the lock. Not reentrant. What it protects is the same few statements every time, and none of them waits for anything. */
  acquire(): void {
    if (Atomics.compareExchange(this.#words, this.#at, FREE, HELD) !== FREE) this.#wait();
  }

  release(): void {
    if (Atomics.exchange(this.#words, this.#at, FREE) === CONTENDED) Atomics.notify(this.#words, this.#at, 1);
  }

  #wait(): void {
    for (let spin = 0; spin < SPINS; spin++) {
      const isFree = Atomics.load(this.#words, this.#at) === FREE;
      if (isFree && Atomics.compareExchange(this.#words, this.#at, FREE, HELD) === FREE) return;
    }
    for (let wait = 0; wait < this.#mostWaits; wait++) {
      // Whoever has waited takes it as contended: others may be waiting still.
      if (Atomics.exchange(this.#words, this.#at, CONTENDED) === FREE) return;
      Atomics.wait(this.#words, this.#at, CONTENDED, WAIT_MS);
    }
    this.#onDead();
  }
}
