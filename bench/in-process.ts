/** Verification in process: cached keys against "SHA-256 and a Map", at three sizes. */
import type { InProcessOptions } from "./in-process-contestant.ts";
import { endAll, startContestant } from "./processes.ts";
import { type Contestant, takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const SIZES = [1_000, 100_000, 1_000_000];
const ROUNDS = 6;
/** As long as production goes between two flushes. The floor flushes nothing and needs less. */
const SLICE_MS = 1_000;
const FLOOR_SHARE = 0.5;

interface Variant {
  readonly name: string;
  readonly requestsPerMinute: number | null;
  readonly atLeast: number;
  readonly fromSize: number;
}

const VARIANTS: readonly Variant[] = [
  { name: "no limits", requestsPerMinute: null, atLeast: 0.75, fromSize: 0 },
  // Never refuses, and its window stays one entry: the least that counting costs.
  { name: "a limit per minute", requestsPerMinute: 1_000_000_000, atLeast: 0.3, fromSize: 0 },
  // What a real key has. Only a million keys can be asked as fast as a core can handle them without one of them being refused.
  { name: "60/min each", requestsPerMinute: 60, atLeast: 0.45, fromSize: 1_000_000 },
];

export async function inProcess(): Promise<Row[]> {
  const rows: Row[] = [note("Verification in process, cached keys in random order; floor: SHA-256 and a Map look-up")];
  for (const size of SIZES) rows.push(...(await atSize(size)));
  rows.push(
    note(
      "  seconds of CPU, all threads; each second of ours ends with the flush of its used keys; handing the batches to the store's thread is not in it",
    ),
  );
  rows.push(note("  60/min: at 1,000,000 keys alone, where one core cannot ask so fast that a key would be refused"));
  return rows;
}

/** Each contestant has a process and so a heap of its own: the floor does not pay for our garbage, nor we for its. */
async function atSize(size: number): Promise<Row[]> {
  const variants = VARIANTS.filter(({ fromSize }) => size >= fromSize);
  const start = (options: Omit<InProcessOptions, "size">) => startContestant("in-process-contestant.ts", { ...options, size });
  const [floor, ...ours] = await Promise.all([
    start({ kind: "floor", requestsPerMinute: null }),
    ...variants.map(({ requestsPerMinute }) => start({ kind: "ours", requestsPerMinute })),
  ]);
  const shortFloor: Contestant = { slice: (milliseconds) => floor.slice(milliseconds * FLOOR_SHARE) };
  const [floorRates = [], ...rates] = await takeTurns([shortFloor, ...ours], { rounds: ROUNDS, sliceMs: SLICE_MS });
  await endAll();
  const keys = `${size.toLocaleString("en-US")} keys`;
  return variants.map(({ name, atLeast }, at) => rateRow(`  ${keys}, ${name}`, rates[at] ?? [], floorRates, atLeast));
}
