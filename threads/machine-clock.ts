/** A monotonic clock that threads and processes of one machine have in common. */
import { readFile } from "node:fs/promises";
import type { MonotonicClock } from "../service/index.ts";

/** Of how many readings the closest two are taken. */
const READINGS = 50;
const NS_PER_MS = 1e6;

/**
 * The id of the machine's clock since it was started. The next process reads the same clock, so counters survive a restart exactly, whatever
 * the wall clock did meanwhile. Undefined where one start of the machine cannot be told from another: only Linux can.
 */
export async function machineClockId(): Promise<string | undefined> {
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined);
  return bootId?.trim();
}

/** The clock of the machine as this thread reads it. Two threads differ by less than a microsecond. */
export function machineClock(id: string): MonotonicClock {
  // `performance.now()` is the same clock, counted from the start of the thread, and cheaper to read; the global itself is a getter.
  const own = performance;
  let [closestMs, aheadMs] = [Number.POSITIVE_INFINITY, 0];
  for (let reading = 0; reading < READINGS; reading++) {
    const before = own.now();
    const machineMs = Number(process.hrtime.bigint()) / NS_PER_MS;
    const tookMs = own.now() - before;
    if (tookMs < closestMs) [closestMs, aheadMs] = [tookMs, machineMs - (before + tookMs / 2)];
  }
  return { id, now: () => aheadMs + own.now() };
}
