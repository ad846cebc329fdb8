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

export class NodeLease implements Lease {
  readonly #clocks: LeaseClocks;
  readonly #durationMs: number;
  #until = Number.NEGATIVE_INFINITY;
  /** How far the wall clock was ahead of the monotonic one when the lease was asked for. */
  #aheadMs = 0;

  constructor(clocks: LeaseClocks, leaseMs: number) {
    this.#clocks = clocks;
    this.#durationMs = leaseMs * (1 - DRIFT) - APART_MS;
  }

  covers(now: number): boolean {
    return now < this.#until && Math.abs(this.#clocks.wall() - now - this.#aheadMs) <= APART_MS;
  }

  /** Call before a renewal is sent. */
  moment(): Moment {
    const { monotonic, wall } = this.#clocks;
    return { monotonic: monotonic(), wall: wall() };
  }

  /** After a renewal that was sent at this moment, once the feed has been applied as far as it said. */
  renewed({ monotonic, wall }: Moment): void {
    this.#until = monotonic + this.#durationMs;
    this.#aheadMs = wall - monotonic;
  }

  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** How much is left, in milliseconds; 0 without a lease. */
  leftMs(): number {
    const now = this.#clocks.monotonic();
    return this.covers(now) ? this.#until - now : 0;
  }
}
