/**
 * Two threads against one: what a request costs, and how many more there are where cores are free. Beside it the same of `node:http` alone, for
 * two threads and a client on two cores take turns, which costs any program something.
 */
import { availableParallelism } from "node:os";
import { residentBytes } from "./cpu.ts";
import { bareResponse } from "./http-verify.ts";
import { keyedContestant, loadedContestant } from "./keyed-contestant.ts";
import type { LoadOptions } from "./load-client.ts";
import { endAll, startContestant } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { boundRow, note, type Row, rateRow } from "./table.ts";

const THREADS = 2;
const ROUNDS = 10;
const SLICE_MS = 1_500;
const COST_AT_LEAST = 0.95;
const RATE_AT_LEAST = 1.8;

export async function threads(): Promise<Row[]> {
  // Each client fills a core, and so do two threads.
  const hasFreeCores = availableParallelism() >= THREADS * 2;
  const clients = hasFreeCores ? THREADS : 1;
  const [one, several] = [
    await keyedContestant({ KEYWARD_THREADS: "1" }, clients),
    await keyedContestant({ KEYWARD_THREADS: String(THREADS) }, clients),
  ];
  const { load } = one.server;
  const [bareOne, bareSeveral] = [await bareContestant(load, 1, clients), await bareContestant(load, THREADS, clients)];
  const rates = await takeTurns([one, several, bareOne, bareSeveral], { rounds: ROUNDS, sliceMs: SLICE_MS });
  const [oneRates = [], severalRates = [], bareOneRates = [], bareSeveralRates = []] = rates;
  const memory = ((residentBytes(several.server.child.pid) - residentBytes(one.server.child.pid)) / 1024 / 1024) | 0;
  await endAll();
  return [
    note(`Threads: verify over HTTP with ${THREADS} threads; floor: the same server with one`),
    rateRow("  requests for each second of the server's CPU", several.perCpuSecond, one.perCpuSecond, COST_AT_LEAST),
    rateRow("    the same of node:http alone", bareSeveral.perCpuSecond, bareOne.perCpuSecond),
    rateRow("  requests a second", severalRates, oneRates, hasFreeCores ? RATE_AT_LEAST : undefined),
    rateRow("    the same of node:http alone", bareSeveralRates, bareOneRates),
    boundRow("  resident memory that one thread more takes", memory, "MB"),
    ...(hasFreeCores ? [] : [note(`  requests a second have no target: ${THREADS} threads and the load need ${THREADS * 2} cores`)]),
  ];
}

async function bareContestant(load: LoadOptions, threads: number, clients: number) {
  const { child, ready } = await startContestant("bare-http.ts", { ...(await bareResponse(load)), threads });
  return loadedContestant(child.pid, { ...load, port: ready.port ?? 0 }, clients);
}
