/** A world in which time passes from one event to the next, and every participant has a clock of its own that is not quite right. */

import { EventQueue } from "../../support/event-queue.ts";

interface Event {
  run: (() => unknown) | undefined;
}

export class TrueTime {
  /** Milliseconds since the beginning of the world. */
  now = 0;
  readonly #events = new EventQueue<Event>();

  /** Runs it after so many true milliseconds. Returns what prevents it. */
  after(milliseconds: number, run: () => unknown): () => void {
    const event: Event = { run };
    this.#events.add(this.now + Math.max(0, milliseconds), event);
    return () => {
      event.run = undefined;
    };
  }

  /** Runs everything that happens until then. What an event returns as a promise or `true` has consequences that must be waited for. */
  async runUntil(end: number): Promise<void> {
    for (let at = this.#events.nextAt; at !== undefined && at <= end; at = this.#events.nextAt) {
      const { run } = this.#events.take();
      if (run === undefined) continue;
      this.now = at;
      if (run() !== false) await settle();
    }
    this.now = end;
  }
}

/** Lets every promise that can go on go on: a macrotask comes after all of them. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));
