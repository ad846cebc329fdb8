/** The calls of a store that are under way, so that it can be closed when they have ended. */
import { StoreUnavailable } from "../contract.ts";

export class Calls {
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  #isClosed = false;

  /** The same methods; after `close` they reject with `StoreUnavailable`. */
  counting<Methods extends object>(methods: Methods): Methods {
    const counted = Object.entries(methods).map(([name, run]) => [name, (...values: unknown[]) => this.#count(() => run(...values))]);
    return Object.fromEntries(counted);
  }

  /** Accepts no more calls, and waits for those under way. Call it once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#underWay > 0) await new Promise<void>((idle) => (this.#onIdle = idle));
  }

  async #count(run: () => Promise<unknown>): Promise<unknown> {
    if (this.#isClosed) throw new StoreUnavailable("the database is closed");
    this.#underWay++;
    try {
      return await run();
    } finally {
      if (--this.#underWay === 0) this.#onIdle?.();
    }
  }
}
