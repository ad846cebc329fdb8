/** Observes the calls of a store: measures each, and traces those that belong to a trace. */
import type { Meter } from "./meter.ts";
import type { Tracing } from "./tracing.ts";

/** The observer of a store: see `stores/observed.ts`. */
interface ObservesStore {
  observe<Value>(operation: number, name: string, values: readonly unknown[], run: () => Promise<Value>): Promise<Value>;
}

/** What a request waits for whose key is not in memory, or whose limit is shared with other nodes. */
const BEGIN_TRACES: ReadonlySet<string> = new Set([
  "findKeyByDigest",
  "findKeyByPublicKey",
  "findServiceTokenByDigest",
  "readBank",
  "writeBank",
]);

export function observingStore(meter: Meter, tracing: Tracing | undefined): ObservesStore {
  return {
    async observe(operation, name, values, run) {
      const began = meter.clock.now();
      let isFailed = true;
      try {
        const value = await (tracing === undefined ? run() : tracing.storeCall(name, beginsTrace(name, values), run));
        isFailed = false;
        return value;
      } finally {
        meter.stored(operation, began, isFailed);
      }
    },
  };
}

/** A reading of no counters compares the clocks, each second: nobody waits for it. */
function beginsTrace(name: string, [first]: readonly unknown[]): boolean {
  return BEGIN_TRACES.has(name) && !(Array.isArray(first) && first.length === 0);
}
