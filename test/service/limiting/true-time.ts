/** A world in which time passes from one event to the next, and every participant has a clock of its own that is not quite right. */

/** mulberry32: small, fast, and the same everywhere for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  readonly at: number;
  readonly order: number;
  run: (() => unknown) | undefined;
}

export class TrueTime {
  /** Milliseconds since the beginning of the world. */
  now = 0;
  /** A binary heap. */
  readonly #events: Event[] = [];
  #order = 0;

  /** Runs it after so many true milliseconds. Returns what prevents it. */
  after(milliseconds: number, run: () => unknown): () => void {
    const event: Event = { at: this.now + Math.max(0, milliseconds), order: this.#order++, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Runs everything that happens until then. What an event returns as a promise or `true` has consequences that must be waited for. */
  async runUntil(end: number): Promise<void> {
    for (let event = this.#events[0]; event !== undefined && event.at <= end; event = this.#events[0]) {
      this.#pop();
      if (event.run === undefined) continue;
      this.now = event.at;
      if (event.run() !== false) await settle();
    }
    this.now = end;
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child++;
      if (!isBefore(events[child] as Event, last)) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Lets every promise that can go on go on: a macrotask comes after all of them. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));
