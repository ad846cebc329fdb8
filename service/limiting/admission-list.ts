/** Admissions in the order in which they were made, as `[time, number, time, number, ...]`. */
export interface Admissions {
  /** In numbers: two for each entry. */
  readonly length: number;
  /** So many admissions, the last of them at this time. */
  push(at: number, count: number): void;
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

  push(at: number, count: number): void {
    this.#entries.push(at, count);
  }

  from(start: number): number[] {
    return this.#entries.slice(start);
  }

  drop(start: number): void {
    this.#entries = this.#entries.slice(start);
  }
}
