/** Admissions in the order in which they were made, as `[time, number, time, number, ...]`. */
export interface Admissions {
  /** In numbers: two for each entry. */
  readonly length: number;
  /** The time of the last entry. */
  readonly lastAt: number;
  /** One admission in an entry of its own. */
  push(now: number): void;
  /** One admission more in the last entry, which is as late as this one now. */
  join(now: number): void;
  /** A copy from this place on. */
  from(start: number): number[];
  /** Drops what is before this place. */
  drop(start: number): void;
}

export class AdmissionList implements Admissions {
  #entries: number[] = [];

  get length(): number {
    return this.#entries.length;
  }

  get lastAt(): number {
    return this.#entries[this.#entries.length - 2] as number;
  }

  push(now: number): void {
    this.#entries.push(now, 1);
  }

  join(now: number): void {
    const last = this.#entries.length - 2;
    this.#entries[last] = now;
    (this.#entries[last + 1] as number) += 1;
  }

  from(start: number): number[] {
    return this.#entries.slice(start);
  }

  drop(start: number): void {
    this.#entries = this.#entries.slice(start);
  }
}
