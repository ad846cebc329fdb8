/** Brings into the store what the journal of a process that was killed has kept. */
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import { Counter } from "../../engine/limits.ts";
import { restoreWindow, type SlidingWindow, snapshotOf } from "../../engine/sliding-window.ts";
import type { CounterState, UseStore } from "../../stores/contract.ts";
import type { Journal, JournalLeft } from "../../stores/journal-contract.ts";
import type { Clocks } from "../clocks.ts";
import { IN_DAY, IN_MINUTE, type JournalHead, WINDOW_BITS } from "./counter-journal.ts";
import { counterSaver, restoreCounter } from "./counter-state.ts";

const COUNTERS_PER_BATCH = 500;
const LINE_END = 0x0a;

interface Recovery {
  readonly journal: Journal;
  readonly store: Pick<UseStore, "findCounter" | "recordUse">;
  readonly clocks: Clocks;
}

/** Admissions of one counter from one part of the journal. */
interface Left {
  /** By the monotonic clock of now. */
  readonly time: number;
  readonly count: number;
  /** `IN_MINUTE` and `IN_DAY`. */
  readonly windows: number;
  readonly head: JournalHead;
}

/**
 * Adds the admissions in the journal to the saved counters, saves these, and empties the journal. Call it before anything is admitted. What was
 * counted in the milliseconds before it was saved may count twice: too few are admitted then, never too many.
 */
export async function recoverCounters({ journal, store, clocks }: Recovery): Promise<void> {
  const left = [...admissionsIn(journal.left, clocks)];
  for (let from = 0; from < left.length; from += COUNTERS_PER_BATCH) {
    const counters = await Promise.all(
      left.slice(from, from + COUNTERS_PER_BATCH).map(([id, added]) => recovered(id, added, store, clocks)),
    );
    const [save, at] = [counterSaver(clocks), clocks.wall()];
    const states = counters.map(({ id, counter }) => ({ counterId: id, state: save(counter), at }));
    await store.recordUse({ outcomes: [], lastUses: [], counters: states });
  }
  journal.discard();
}

async function recovered(id: string, left: readonly Left[], store: Pick<UseStore, "findCounter">, clocks: Clocks) {
  const counter = new Counter();
  const saved = await store.findCounter(id);
  if (saved !== undefined) restoreCounter(counter, saved, clocks);
  const now = clocks.monotonic();
  const missing = left.filter(({ head }) => !isSaved(head, saved));
  const added = (window: number) => missing.flatMap(({ windows, time, count }) => ((windows & window) === 0 ? [] : [time, count]));
  counter.minute = withAdded(counter.minute, added(IN_MINUTE), MINUTE_MS, now);
  counter.day = withAdded(counter.day, added(IN_DAY), DAY_MS, now);
  return { id, counter };
}

/** A part that was written before the counter was saved has nothing that is not saved: the process ended before it could delete the part. */
function isSaved({ clock, at }: JournalHead, saved: CounterState | undefined): boolean {
  return saved?.clock?.id === clock && saved.clock.at !== undefined && at < saved.clock.at;
}

function withAdded(window: SlidingWindow | undefined, added: readonly number[], windowMs: number, now: number): SlidingWindow | undefined {
  if (added.length === 0) return window;
  const known = window === undefined ? [] : snapshotOf(window, now, Number.MAX_SAFE_INTEGER);
  const pairs = Array.from({ length: (known.length + added.length) / 2 }, (_, index) => {
    const [from, at] = index < known.length / 2 ? [known, 2 * index] : [added, 2 * index - known.length];
    return [from[at] as number, from[at + 1] as number] as const;
  });
  return restoreWindow(windowMs, pairs.sort(([a], [b]) => a - b).flat());
}

/** Everything in the files, by the id of the counter. */
function admissionsIn(runs: readonly JournalLeft[], clocks: Clocks): Map<string, Left[]> {
  const left = new Map<string, Left[]>();
  for (const run of runs) {
    const names = namesIn(run);
    for (const { head, numbers } of run.parts.flatMap((file) => [...partsOf(file)])) {
      const time = timeOf(head, clocks);
      for (const [windows, count] of countsOf(numbers)) {
        const id = names[windows >> WINDOW_BITS];
        if (id === undefined) continue;
        const ofCounter = left.get(id);
        if (ofCounter === undefined) left.set(id, [{ time, count, windows, head }]);
        else ofCounter.push({ time, count, windows, head });
      }
    }
  }
  return left;
}

/** Without one at the end that was not written completely. */
function namesIn({ names }: JournalLeft): string[] {
  const lines = Buffer.from(names).toString().split("\n");
  lines.pop();
  return lines;
}

/** As the times of saved counters: exact by the same clock, and never later than now. */
function timeOf({ clock, at, wallAheadMs }: JournalHead, clocks: Clocks): number {
  const now = clocks.monotonic();
  return Math.min(now, clock === clocks.id ? at : at + wallAheadMs - (clocks.wall() - now));
}

function countsOf(numbers: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

/** The parts of a file, up to the first that is not whole. */
function* partsOf(file: Uint8Array): Generator<{ readonly head: JournalHead; readonly numbers: Int32Array }> {
  for (let at = 0; at < file.length; ) {
    const lineEnd = file.indexOf(LINE_END, at);
    if (lineEnd < 0) return;
    const head = headOf(Buffer.from(file.subarray(at, lineEnd)).toString());
    const end = lineEnd + 1 + (head?.numbers ?? 0) * Int32Array.BYTES_PER_ELEMENT;
    if (head === undefined || end > file.length) return;
    yield { head, numbers: new Int32Array(new Uint8Array(file.subarray(lineEnd + 1, end)).buffer) };
    at = end;
  }
}

/** @returns undefined for what a power failure has left of a line. */
function headOf(line: string): JournalHead | undefined {
  try {
    const head = JSON.parse(line) as JournalHead;
    return Number.isSafeInteger(head.numbers) && head.numbers >= 0 && Number.isFinite(head.at + head.wallAheadMs) ? head : undefined;
  } catch {
    return undefined;
  }
}
