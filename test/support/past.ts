/** What happened before a server started: events of a service whose clock is turned to the time of each. */
import type { Keyward } from "../../service/index.ts";
import type { Store } from "../../stores/contract.ts";

export const DAY_MS = 86_400_000;
/** A name that is markup, and that would end an attribute. */
export const HOSTILE_NAME = `<img src=x onerror=alert(1)> & "Sons"`;

interface Event {
  readonly at: number;
  readonly happen: (service: Keyward, store: Store) => Promise<unknown>;
}

/** Ids and the audit log are in the order in which things happen, so events are noted first and happen in the order of their times. */
export class Past {
  /** Milliseconds since the epoch: the end of all that has happened. */
  readonly now: number;
  readonly #events: Event[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** Notes what happened so many days ago. Of two at the same time the one that was noted first comes first. */
  note(daysAgo: number, happen: Event["happen"]): void {
    this.#events.push({ at: Math.floor(this.now - daysAgo * DAY_MS), happen });
  }

  async happen(service: Keyward, store: Store, clock: { now: number }): Promise<void> {
    for (const { at, happen } of this.#events.toSorted((a, b) => a.at - b.at)) {
      clock.now = at;
      await happen(service, store);
    }
    clock.now = this.now;
  }
}
