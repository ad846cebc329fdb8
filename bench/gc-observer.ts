/**
 * Loaded into a measured process before its own code: on SIGUSR2 it begins to note what collecting garbage takes, and on the next one it
 * writes that to the file that `KEYWARD_BENCH_GC` names.
 */
import { renameSync, writeFileSync } from "node:fs";
import { GCProfiler } from "node:v8";
import { isMainThread } from "node:worker_threads";

/** What collecting garbage took while it was observed. */
export interface Garbage {
  /** The share of the time that passed, from 0 to 1. */
  readonly share: number;
  /** How much of what was allocated survived its first collection, from 0 to 1. */
  readonly survival: number;
}

if (isMainThread) {
  let observing: { readonly profiler: GCProfiler; readonly began: number } | undefined;
  process.on("SIGUSR2", () => {
    if (observing === undefined) {
      observing = { profiler: new GCProfiler(), began: performance.now() };
      observing.profiler.start();
      return;
    }
    const elapsedMs = performance.now() - observing.began;
    const { statistics } = observing.profiler.stop();
    observing = undefined;
    const file = process.env.KEYWARD_BENCH_GC ?? "";
    // Whoever waits for the file must not find half of it.
    writeFileSync(`${file}.part`, JSON.stringify(garbageOf(statistics, elapsedMs)));
    renameSync(`${file}.part`, file);
  });
}

type Collections = ReturnType<GCProfiler["stop"]>["statistics"];

function garbageOf(collections: Collections, elapsedMs: number): Garbage {
  const young = collections.filter(({ gcType }) => gcType === "Scavenge");
  const before = sum(
    young.map(({ beforeGC }) => beforeGC.heapSpaceStatistics.find(({ spaceName }) => spaceName === "new_space")?.spaceUsedSize ?? 0),
  );
  const freed = sum(young.map(({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize));
  // `cost` is in microseconds.
  return { share: sum(collections.map(({ cost }) => cost)) / 1_000 / elapsedMs, survival: before === 0 ? 0 : 1 - freed / before };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
