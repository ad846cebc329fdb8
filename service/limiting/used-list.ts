/** Admissions in the order in which they were made, as `[time, number, time, number, ...]`. */
export class UsedList {
  #entries: number[] = [];

  /** In numbers: two for each entry. */
  get length(): number {
    return this.#entries.length;
  }

  /** The time of the last entry. */
  get lastAt(): number {
    return this.#entries[this.#entries.length - 2] as number;
  }

  /** One admission in an entry of its own. */
  push(now: number): void {
    this.#entries.push(now, 1);
  }

  /** One admission more in the last entry, which is as late as this one now. */
  join(now: number): void {
    const last = this.#entries.length - 2;
    this.#entries[last] = now;
    (this.#entries[last + 1] as number) += 1;
  }

  from(start: number): number[] {
    return this.#entries.slice(start);
  }

  /** Drops what is before `start`. */
  drop(start: number): void {
    this.#entries = this.#entries.slice(start);
  }
}
