/** Counters as the store keeps them. */
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import type { Counter } from "../../engine/limits.ts";
import { restoreWindow, type SlidingWindow, snapshotOf } from "../../engine/sliding-window.ts";
import type { CounterState } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";

/** Entries of a saved window at most: a minute by the second, a day by the hundredth of its limit. */
const SAVED_ENTRIES = { minute: 60, day: 128 };

/** Returns what saves counters now. The clock is read once, for as long as one batch takes to make. */
export function counterSaver(clocks: Clocks): (counter: Counter) => CounterState {
  const [now, wallAheadMs] = [clocks.monotonic(), clocks.aheadMs];
  // What turns times of the wall clock into times of the monotonic clock that measured them.
  const clock = { id: clocks.id, wallAheadMs, at: now };
  return ({ minute, day }) => ({
    minute: toWallTimes(minute && snapshotOf(minute, now, SAVED_ENTRIES.minute), wallAheadMs),
    day: toWallTimes(day && snapshotOf(day, now, SAVED_ENTRIES.day), wallAheadMs),
    clock,
  });
}

/** In place: every used counter is saved about once a second, and a snapshot belongs to nobody else. */
function toWallTimes(entries: number[] = [], wallAheadMs: number): number[] {
  for (let at = 0; at < entries.length; at += 2) entries[at] = Math.ceil(entries[at] as number) + wallAheadMs;
  return entries;
}

/**
 * Restores what was saved into a new counter. Times of the same monotonic clock are exact, whatever the wall clock did meanwhile. Those of
 * another one are converted by the wall clock: one that lies in the future counts as now, and so ends at most one window from now.
 */
export function restoreCounter(counter: Counter, saved: CounterState, clocks: Clocks): void {
  const now = clocks.monotonic();
  const aheadMs = saved.clock?.id === clocks.id ? saved.clock.wallAheadMs : clocks.wall() - now;
  const restored = (windowMs: number, entries: readonly number[]): SlidingWindow | undefined => {
    const times = entries.map((value, at) => (at % 2 === 0 ? Math.min(value - aheadMs, now) : value));
    return entries.length > 0 ? restoreWindow(windowMs, times) : undefined;
  };
  counter.minute = restored(MINUTE_MS, saved.minute);
  counter.day = restored(DAY_MS, saved.day);
}
