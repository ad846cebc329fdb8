/** What collecting garbage took, from the statistics of `v8.GCProfiler`. */
import type { GCProfiler } from "node:v8";

/** What collecting garbage took while it was observed. */
export interface Garbage {
  /** The share of the time that passed, from 0 to 1. */
  readonly share: number;
  /** How much of what was allocated survived its first collection, from 0 to 1. */
  readonly survival: number;
}

type Collections = ReturnType<GCProfiler["stop"]>["statistics"];

/** `elapsedMs`: how long it was observed, in milliseconds. */
export function garbageOf(collections: Collections, elapsedMs: number): Garbage {
  const young = collections.filter(({ gcType }) => gcType === "Scavenge");
  const before = sum(
    young.map(({ beforeGC }) => beforeGC.heapSpaceStatistics.find(({ spaceName }) => spaceName === "new_space")?.spaceUsedSize ?? 0),
  );
  const freed = sum(young.map(({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize));
  // `cost` is in microseconds.
  return { share: sum(collections.map(({ cost }) => cost)) / 1_000 / elapsedMs, survival: before === 0 ? 0 : 1 - freed / before };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
