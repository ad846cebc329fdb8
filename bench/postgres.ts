/** The service on PostgreSQL and on the embedded database, in one process: keys that are in memory, and keys that are not. */
import { setImmediate } from "node:timers/promises";
import { keyward as platform } from "../platforms/keyward.ts";
import { keyward } from "../service/index.ts";
import type { OpenStore } from "../stores/open-store.ts";
import { openPostgres } from "../stores/postgres/open.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import { serverDirectory, startPostgres } from "../test/support/postgres-server.ts";
import { temporaryDirectory } from "./processes.ts";
import { type Contestant, spreadOf, takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const KEYS = 3_000;
const AT_ONCE = 50;
/** Verifications between two chances for timers and sockets. */
const STEP = 1_000;
/** What an uncached look-up may take on loopback, at the median. */
const MOST_MS = 1;

export async function postgres(): Promise<Row[]> {
  const directory = temporaryDirectory();
  const server = await startPostgres({ directory: serverDirectory(directory) });
  const [ours, floor] = [await open(await openPostgres({ url: server.url })), await open(await openSqlite({ directory }))];
  try {
    const [theirs, own] = [await ours.firstTimes(), await floor.firstTimes()];
    const median = spreadOf(theirs).median;
    const [postgresRates, sqliteRates] = await takeTurns([ours, floor], { rounds: 20, sliceMs: 200 });
    return [
      note("On PostgreSQL, on loopback; floor: the same on the embedded database"),
      rateRow("  a key in memory", postgresRates, sqliteRates, 0.95),
      {
        measure: "  a key that is not in memory, one at a time",
        ours: `${median.toFixed(2)} ms`,
        floor: `${spreadOf(own).median.toFixed(2)} ms`,
        ratio: (spreadOf(own).median / median).toFixed(3),
        target: `≤ ${MOST_MS} ms`,
        met: median <= MOST_MS,
      },
    ];
  } finally {
    await ours.close();
    await floor.close();
    await server.stop();
  }
}

interface Opened extends Contestant {
  /** Verifies every key once, one after another, by a service that has none in memory. Milliseconds of each. */
  firstTimes(): Promise<number[]>;
  close(): Promise<void>;
}

async function open({ store, nodes, close }: OpenStore): Promise<Opened> {
  const options = { platform, store, nodes, secret: "a secret that only the benchmark has" };
  const maker = await keyward(options);
  const organization = await maker.organizations.create({ name: "Bench" }, "operator");
  if (!organization.ok) throw new Error(organization.problem.detail);
  const keys: string[] = [];
  while (keys.length < KEYS)
    keys.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => makeKey(maker, organization.value.id)))));
  await maker.close();
  // A service that has seen none of them.
  const service = await keyward(options);
  const verify = async (at: number): Promise<void> => {
    const verdict = await service.verify(keys[at % KEYS] as string);
    if (!verdict.valid) throw new Error(`a key was refused: ${verdict.code}`);
  };
  let next = 0;
  return {
    async firstTimes() {
      const times: number[] = [];
      for (let at = 0; at < KEYS; at++) {
        const began = performance.now();
        await verify(at);
        times.push(performance.now() - began);
      }
      return times;
    },
    async slice(milliseconds) {
      const until = performance.now() + milliseconds;
      let done = 0;
      for (; performance.now() < until; done += STEP) {
        for (let step = 0; step < STEP; step++) await verify(next++);
        await setImmediate();
      }
      return (done * 1_000) / milliseconds;
    },
    async close() {
      await service.close();
      await close();
    },
  };
}

async function makeKey({ keys }: Awaited<ReturnType<typeof keyward>>, organizationId: string): Promise<string> {
  const issued = await keys.create(organizationId, { limits: { requestsPerMinute: 1_000_000_000 } }, "operator");
  if (!issued.ok || issued.value.shown === undefined || !("key" in issued.value.shown)) throw new Error("no key was issued");
  return issued.value.shown.key;
}
