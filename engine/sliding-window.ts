/**
 * A sliding window: no period of `windowMs` has more than `limit` admitted requests, however they arrive.
 *
 * It is a queue of entries: the time of an entry's last admission, and the number of its admissions. With a limit of up to 1,000, every
 * admission has its own time and the window is exact. With a higher limit, up to 1 % of the limit share an entry, which leaves the
 * window when its last admission does: never over the limit, at most 1 % under it, and at most 201 entries. Grouping by number
 * instead of by fixed periods keeps both promises in a burst, and the time at which a request passes again stays exact.
 *
 * The caller gives the time, in milliseconds on a monotonic clock. If the clock goes back all the same, entries only stay longer.
 */

const EXACT_UP_TO = 1_000;

export class SlidingWindow {
  readonly windowMs: number;
  /** Admissions that still count. */
  #total = 0;
  /** Ring buffer: entry i is (#ring[2i], #ring[2i + 1]) = (time, number). Plain numbers: a typed array costs 200 bytes before its first. */
  #ring: number[] = [0, 0];
  #first = 0;
  #entries = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** 0 if `limit` admits one more request now, otherwise the first time at which it would. Counts nothing. */
  admitsAt(limit: number, now: number): number {
    this.#forget(now);
    if (this.#total < limit) return 0;
    let total = this.#total;
    for (let index = 0; index < this.#entries; index++) {
      const at = this.#at(index);
      total -= this.#ring[at + 1] as number;
      if (total < limit) return (this.#ring[at] as number) + this.windowMs;
    }
    return now + this.windowMs;
  }

  /** Counts one admission. Call it only after `admitsAt` returned 0 for every limit of the request. */
  admit(limit: number, now: number): void {
    this.#add(now, 1, limit <= EXACT_UP_TO ? 1 : Math.floor(limit / 100));
  }

  /** Admissions left now. */
  remaining(limit: number, now: number): number {
    this.#forget(now);
    return Math.max(0, limit - this.#total);
  }

  /** The time at which `remaining` next grows; `now` plus the window if nothing is counted. */
  growsAt(limit: number, now: number): number {
    const admitsAt = this.admitsAt(limit, now);
    if (admitsAt !== 0) return admitsAt;
    return (this.#entries === 0 ? now : (this.#ring[this.#at(0)] as number)) + this.windowMs;
  }

  /**
   * The entries as `[time, number, ...]`, oldest first, at most about `mostEntries` of them. Neighbours are joined at the later time, so
   * that a restored window never admits more than this one.
   */
  snapshot(now: number, mostEntries: number): number[] {
    this.#forget(now);
    const perEntry = Math.ceil(this.#entries / mostEntries);
    const entries: number[] = [];
    for (let index = 0; index < this.#entries; index++) {
      const at = this.#at(index);
      const [time, number] = [this.#ring[at] as number, this.#ring[at + 1] as number];
      if (index % perEntry === 0) entries.push(time, number);
      else {
        entries[entries.length - 2] = time;
        entries[entries.length - 1] = (entries[entries.length - 1] as number) + number;
      }
    }
    return entries;
  }

  static restore(windowMs: number, entries: readonly number[]): SlidingWindow {
    const window = new SlidingWindow(windowMs);
    for (let at = 0; at + 1 < entries.length; at += 2) window.#add(entries[at] as number, entries[at + 1] as number, 0);
    return window;
  }

  #add(now: number, number: number, mostPerEntry: number): void {
    this.#total += number;
    if (this.#entries > 0) {
      const at = this.#at(this.#entries - 1);
      const time = this.#ring[at] as number;
      // In the same millisecond the entry stays exact. Otherwise join only while the entry is small enough for the limit.
      if (now <= time || (this.#ring[at + 1] as number) + number <= mostPerEntry) {
        this.#ring[at] = Math.max(time, now);
        this.#ring[at + 1] = (this.#ring[at + 1] as number) + number;
        return;
      }
    }
    if (this.#entries * 2 === this.#ring.length) this.#grow();
    const at = this.#at(this.#entries++);
    this.#ring[at] = now;
    this.#ring[at + 1] = number;
  }

  #forget(now: number): void {
    while (this.#entries > 0 && (this.#ring[this.#first * 2] as number) + this.windowMs <= now) {
      this.#total -= this.#ring[this.#first * 2 + 1] as number;
      this.#first = (this.#first + 1) * 2 === this.#ring.length ? 0 : this.#first + 1;
      this.#entries--;
    }
  }

  #at(index: number): number {
    const at = (this.#first + index) * 2;
    return at < this.#ring.length ? at : at - this.#ring.length;
  }

  #grow(): void {
    const ring: number[] = [];
    for (let index = 0; index < this.#entries; index++)
      ring.push(this.#ring[this.#at(index)] as number, this.#ring[this.#at(index) + 1] as number);
    while (ring.length < this.#entries * 4) ring.push(0);
    this.#ring = ring;
    this.#first = 0;
  }
}
