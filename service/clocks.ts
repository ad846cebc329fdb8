/**
 * Two clocks. The wall clock says what time it is, for people and for expiry; it may be corrected, forward or back, at any moment. The
 * monotonic clock says how long something takes; rate limits and whatever else waits for a time to pass run on it alone.
 */

/** A clock that nobody sets. */
export interface MonotonicClock {
  /** Milliseconds since any origin, fractions allowed. Never goes back. */
  now(): number;
  /** Clocks with the same id have the same origin: two processes of one machine between its starts, say. Their saved times can be compared. */
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

  /** The wall time of a monotonic one, as of the last comparison: for what need not be exact, without reading a second clock. */
  nearWall(monotonic: number): number {
    return Math.floor(monotonic) + this.aheadMs;
  }
}

/** The nearest to a monotonic clock that a wall clock alone can give: it stands while the wall clock goes back. */
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
 * The time by which old rows may be deleted: a wall clock that has jumped forward is believed only at the call after. One that is
 * ahead for a moment deletes nothing before its time.
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
