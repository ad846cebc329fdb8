/**
 * Loaded into a measured process before its own code: on SIGUSR2 it begins to note what collecting garbage takes, and on the next one it
 * writes that to the file that `KEYWARD_BENCH_GC` names.
 */
import { renameSync, writeFileSync } from "node:fs";
import { GCProfiler } from "node:v8";
import { isMainThread } from "node:worker_threads";
import { garbageOf } from "./garbage.ts";

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
