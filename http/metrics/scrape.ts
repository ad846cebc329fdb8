/** What all threads of the process have counted, at one moment. */
import { sumOfCells } from "../../telemetry/histograms.ts";
import type { Measured } from "../../telemetry/meter.ts";
import type { ThreadReport } from "../../telemetry/thread-report.ts";
import type { HttpContext } from "../context.ts";

type Statistics = ThreadReport["statistics"];

export interface Scrape {
  /** The main thread's is the first. */
  readonly reports: readonly ThreadReport[];
  /** Of all threads together; what only the main thread has, as it has it. */
  readonly total: Statistics;
  /** Of all threads together. Undefined where nothing is measured. */
  readonly measured: Pick<
    Measured,
    "durations" | "responses" | "storeOperations" | "storeDurations" | "storeFailures" | "upstreamFailures" | "droppedLines"
  >;
  readonly answered: Readonly<Record<string, number>>;
  readonly countedAlone: number;
  readonly about: HttpContext["about"];
  /** Undefined where it is not known. */
  readonly freeBytes: number | undefined;
}

export async function takeScrape({ service, meter, reports, attempts, about }: HttpContext): Promise<Scrape> {
  const own = (): readonly ThreadReport[] => [{ statistics: service.statistics(), measured: meter?.take() ?? NOTHING_MEASURED }];
  const all = reports === undefined ? own() : await reports();
  return {
    reports: all,
    total: totalOf(all.map(({ statistics }) => statistics) as [Statistics, ...Statistics[]]),
    measured: {
      durations: sumOfCells(all.map(({ measured }) => measured.durations)),
      responses: sumOfCells(all.map(({ measured }) => measured.responses)),
      storeOperations: all[0]?.measured.storeOperations ?? [],
      storeDurations: sumOfCells(all.map(({ measured }) => measured.storeDurations)),
      storeFailures: sumOfCells(all.map(({ measured }) => measured.storeFailures)),
      upstreamFailures: sumOfCells(all.map(({ measured }) => measured.upstreamFailures)),
      droppedLines: all.reduce((sum, { measured }) => sum + measured.droppedLines, 0),
    },
    answered: attempts.answered,
    countedAlone: attempts.countedAlone,
    about,
    freeBytes: await about?.freeBytes().catch(() => undefined),
  };
}

const NOTHING = new Float64Array();
const NOTHING_MEASURED: Measured = {
  durations: NOTHING,
  responses: NOTHING,
  storeOperations: [],
  storeDurations: NOTHING,
  storeFailures: NOTHING,
  upstreamFailures: NOTHING,
  loopDelays: NOTHING,
  loopActiveMs: 0,
  loopIdleMs: 0,
  droppedLines: 0,
};

function totalOf(all: readonly [Statistics, ...Statistics[]]): Statistics {
  const [main] = all;
  const sum = (read: (of: Statistics) => number) => all.reduce((sum, each) => sum + read(each), 0);
  return {
    ...main,
    outcomes: sumsOf(all.map(({ outcomes }) => outcomes)),
    cachedKeys: sum(({ cachedKeys }) => cachedKeys),
    cache: {
      answeredBy: sumsOf(all.map(({ cache }) => cache.answeredBy)),
      evictions: sum(({ cache }) => cache.evictions),
      unknown: sum(({ cache }) => cache.unknown),
    },
    usage: {
      keys: sum(({ usage }) => usage.keys),
      ageMs: Math.max(...all.map(({ usage }) => usage.ageMs)),
      failures: sum(({ usage }) => usage.failures),
    },
    droppedRefusals: sum(({ droppedRefusals }) => droppedRefusals),
  };
}

function sumsOf<Counts extends Readonly<Record<string, number>>>(all: readonly Counts[]): Counts {
  const names = Object.keys(all[0] ?? {}) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, each) => sum + (each[name] as number), 0)])) as Counts;
}
