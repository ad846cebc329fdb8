/**
 * The time for which a node may answer from memory. It is a clock that each request reads, and never a flag that a timer clears: a process
 * that was stopped finds the flag still set when it goes on, and the requests that waited meanwhile would be judged by what was true before.
 */

/** How long a renewal lasts, before allowances. A crashed node delays one change by about as much. */
export const LEASE_MS = 5_000;
/** How much two monotonic clocks may differ in speed, either way: 1 %. Quartz is a hundred times better. */
const DRIFT = 0.01;
/**
 * How far the wall clock and the monotonic one may move apart within a lease. The monotonic clock stands still while some machines sleep; the
 * wall clock tells. What stays below this is taken off every lease. A correction of the wall clock by more costs the lease until the next
 * renewal.
 */
const APART_MS = 50;

/** The longest that a node without knowledge of a change can answer from memory after its commit, by the clock of whoever waits for that. */
export const longestAnswerMs = (leaseMs: number): number => leaseMs * (1 + DRIFT);

/** Whether memory may decide. */
export interface Lease {
  /** `now` is monotonic milliseconds, read after the request arrived. */
  covers(now: number): boolean;
}

/** The lease of a single process: nobody else changes the database. */
export const ENDLESS: Lease = Object.freeze({ covers: () => true });

/** Both clocks at one moment, in milliseconds. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export interface LeaseClocks {
  readonly monotonic: () => number;
  readonly wall: () => number;
}

/** Where the numbers of a lease are, and how many there are. */
const [UNTIL, AHEAD_MS, NUMBERS] = [0, 1, 2] as const;

/** Memory for a lease that the threads of a process share. There is none yet. */
export function shareLease(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(NUMBERS * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(buffer)[UNTIL] = Number.NEGATIVE_INFINITY;
  return buffer;
}

export class NodeLease implements Lease {
  readonly #clocks: LeaseClocks;
  readonly #durationMs: number;
  /** Until when it lasts, and how far the wall clock was ahead of the monotonic one when it was asked for. */
  readonly #numbers: Float64Array;

  /** @param buffer where threads share it: one of them renews it. They read the same clocks */
  constructor(clocks: LeaseClocks, leaseMs: number, buffer: SharedArrayBuffer = shareLease()) {
    this.#clocks = clocks;
    this.#durationMs = leaseMs * (1 - DRIFT) - APART_MS;
    this.#numbers = new Float64Array(buffer);
  }

  covers(now: number): boolean {
    return now < this.#until && Math.abs(this.#clocks.wall() - now - (this.#numbers[AHEAD_MS] as number)) <= APART_MS;
  }

  /** Call before a renewal is sent. */
  moment(): Moment {
    const { monotonic, wall } = this.#clocks;
    return { monotonic: monotonic(), wall: wall() };
  }

  /** After a renewal that was sent at this moment, once the feed has been applied as far as it said. */
  renewed({ monotonic, wall }: Moment): void {
    // In this order: whoever reads in between has the older end, which is not too late.
    this.#numbers[AHEAD_MS] = wall - monotonic;
    this.#numbers[UNTIL] = monotonic + this.#durationMs;
  }

  end(): void {
    this.#numbers[UNTIL] = Number.NEGATIVE_INFINITY;
  }

  /** How much is left, in milliseconds; 0 without a lease. */
  leftMs(): number {
    const now = this.#clocks.monotonic();
    return this.covers(now) ? this.#until - now : 0;
  }

  get #until(): number {
    return this.#numbers[UNTIL] as number;
  }
}
