/** Measures the calls of a store. */
import type { Meter } from "./meter.ts";

/** The observer of a store: see `stores/observed.ts`. */
interface ObservesStore {
  observe<Value>(operation: number, name: string, run: () => Promise<Value>): Promise<Value>;
}

export function measuringStore(meter: Meter): ObservesStore {
  return {
    async observe(operation, _name, run) {
      const began = meter.clock.now();
      let isFailed = true;
      try {
        const value = await run();
        isFailed = false;
        return value;
      } finally {
        meter.stored(operation, began, isFailed);
      }
    },
  };
}
