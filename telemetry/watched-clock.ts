/**
 * A monotonic clock that remembers its last reading. Reading a clock is the dearest part of measuring a request, and a verification reads it
 * anyway: whoever measures takes that reading, and reads the clock once more at the end.
 */

export class WatchedClock {
  readonly id: string;
  /** How often it was read: whether something read it in between. */
  readings = 0;
  /** The last reading, in milliseconds. */
  last = 0;
  /** A property and not a method, since services take the function out of the object. */
  readonly now: () => number;

  constructor(clock: { readonly id: string; now(): number }) {
    this.id = clock.id;
    const read = clock.now;
    this.now = () => {
      this.readings++;
      this.last = read();
      return this.last;
    };
  }

  /** When what was begun after so many readings was judged: the last reading since, or `undefined` if there was none. */
  lastSince(readings: number): number | undefined {
    return this.readings === readings ? undefined : this.last;
  }
}
