/**
 * Two clocks. The wall clock has the time of day, for people and for expiry; it may be corrected at any moment, forward or back. The
 * monotonic clock measures durations; rate limits, and everything else that waits, use it alone.
 */

/** A clock that nobody can set. */
export interface MonotonicClock {
  /** Milliseconds since an arbitrary origin, with fractions. Never goes back. */
  now(): number;
  /** Clocks with the same id have the same origin, such as those of two processes on one machine since it was started. Their saved times can be compared. */
  readonly id: string;
}

export class Clocks {
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Milliseconds since the origin of the monotonic clock. */
  readonly monotonic: () => number;
  readonly id: string;
  /** How far the wall clock was ahead of the monotonic one, in whole milliseconds, when the two were last compared. */
  aheadMs = 0;

  constructor(wall: () => number, { now, id }: MonotonicClock) {
    this.wall = wall;
    this.monotonic = now;
    this.id = id;
    this.compare();
  }

  /** Compares the two clocks. Called about once a second. */
  compare(): void {
    this.aheadMs = Math.round(this.wall() - this.monotonic());
  }

  /** Converts a monotonic time to a wall time as of the last comparison, without reading a second clock. Not exact. */
  nearWall(monotonic: number): number {
    return Math.floor(monotonic) + this.aheadMs;
  }
}

/** A monotonic clock made of a wall clock: it stands still while the wall clock goes back. */
export function neverBack(wall: () => number): () => number {
  let last = wall();
  let lostMs = 0;
  return () => {
    const now = wall();
    if (now < last) lostMs += last - now;
    last = now;
    return now + lostMs;
  };
}

/**
 * The time used to delete old rows. A wall clock that jumped forward is believed only from the next call on, so that one that is briefly
 * wrong deletes nothing early.
 */
export function cautiousTime({ wall, monotonic }: Pick<Clocks, "wall" | "monotonic">): () => number {
  let expectedMs = wall() - monotonic();
  return () => {
    const [now, elapsed] = [wall(), monotonic()];
    const expected = elapsed + expectedMs;
    expectedMs = now - elapsed;
    return Math.floor(Math.min(now, expected));
  };
}
