/** Keyward as a library with its real store, a limit on every key, and its own timer for flushing: what an application would run. */
import { setImmediate } from "node:timers/promises";
import { keyward as platform } from "../platforms/keyward.ts";
import { keyward } from "../service/index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import { givenOptions, serveSlices } from "./slices.ts";

export interface LibraryOptions {
  readonly directory: string;
  readonly keys: number;
}

/** Verifications between two chances for the timer. */
const STEP = 1_000;

const { directory, keys: size } = givenOptions<LibraryOptions>();
const { store } = await openSqlite({ directory });
const service = await keyward({ platform, store, secret: "a secret that only the benchmark has" });
const organization = await service.organizations.create({ name: "Bench" }, "operator");
if (!organization.ok) throw new Error(organization.problem.detail);
const keys: string[] = [];
while (keys.length < size) {
  const issued = await service.keys.create(organization.value.id, { limits: { requestsPerMinute: 1_000_000_000 } }, "operator");
  if (!issued.ok || issued.value.shown === undefined || !("key" in issued.value.shown)) throw new Error("no key was issued");
  keys.push(issued.value.shown.key);
}

let next = 0;
serveSlices(async (milliseconds) => {
  const until = performance.now() + milliseconds;
  let done = 0;
  for (; performance.now() < until; done += STEP) {
    for (let step = 0; step < STEP; step++) {
      const { valid } = await service.verify(keys[next++ % keys.length] as string);
      if (!valid) throw new Error("a key was refused");
    }
    await setImmediate();
  }
  return done;
});
