/** Two threads against one: what a request costs, and how many more there are where cores are free. */
import { availableParallelism } from "node:os";
import { residentBytes } from "./cpu.ts";
import { keyedContestant } from "./keyed-contestant.ts";
import { endAll } from "./processes.ts";
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
  const [oneRates = [], severalRates = []] = await takeTurns([one, several], { rounds: ROUNDS, sliceMs: SLICE_MS });
  const memory = ((residentBytes(several.server.child.pid) - residentBytes(one.server.child.pid)) / 1024 / 1024) | 0;
  await endAll();
  return [
    note(`Threads: verify over HTTP with ${THREADS} threads; floor: the same server with one`),
    rateRow("  requests for each second of the server's CPU", several.perCpuSecond, one.perCpuSecond, COST_AT_LEAST),
    rateRow("  requests a second", severalRates, oneRates, hasFreeCores ? RATE_AT_LEAST : undefined),
    boundRow("  resident memory that one thread more takes", memory, "MB"),
    ...(hasFreeCores ? [] : [note(`  requests a second have no target: ${THREADS} threads and the load need ${THREADS * 2} cores`)]),
  ];
}
