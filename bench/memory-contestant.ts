/** How much of the heap one cached key takes. Runs with --expose-gc; keeps nothing but the service itself. */
import { setImmediate } from "node:timers/promises";
import { serviceWithCachedKeys } from "./cached-keys.ts";
import { givenOptions, say } from "./slices.ts";

export interface MemoryOptions {
  readonly size: number;
  readonly requestsPerMinute: number | null;
}

const { size, requestsPerMinute } = givenOptions<MemoryOptions>();

/** The heap, and what typed arrays hold beside it. */
async function used(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    await setImmediate();
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

if (globalThis.gc === undefined) throw new Error("start with --expose-gc");
// A small one first: compiled code and shapes are not a key's.
await serviceWithCachedKeys(1_000, requestsPerMinute).then((service) => service.close());
const before = await used();
const service = await serviceWithCachedKeys(size, requestsPerMinute);
const after = await used();
say({ bytesPerKey: (after - before) / size });
await service.close();
