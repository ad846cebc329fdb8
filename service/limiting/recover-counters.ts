/** Brings into the store what the journal of a process that was killed has kept. */
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import { Counter } from "../../engine/limits.ts";
import { restoreWindow, type SlidingWindow, snapshotOf } from "../../engine/sliding-window.ts";
import type { UseStore } from "../../stores/contract.ts";
import type { Journal } from "../../stores/journal-contract.ts";
import type { Clocks } from "../clocks.ts";
import type { JournalHead } from "./counter-journal.ts";
import { counterSaver, restoreCounter } from "./counter-state.ts";

const COUNTERS_PER_BATCH = 500;
const LINE_END = 0x0a;

interface Recovery {
  readonly journal: Journal;
  readonly store: Pick<UseStore, "findCounter" | "recordUse">;
  readonly clocks: Clocks;
}

/** Admissions of one counter, `[time, number, ...]` by the monotonic clock, oldest first. */
interface Left {
  readonly minute: number[];
  readonly day: number[];
}

/**
 * Adds the admissions in the journal to the saved counters, saves these, and empties the journal. Call it before anything is admitted. What was
 * saved in the same moment in which the process ended may count twice: too few are admitted then, never too many.
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

async function recovered(id: string, { minute, day }: Left, store: Pick<UseStore, "findCounter">, clocks: Clocks) {
  const counter = new Counter();
  const saved = await store.findCounter(id);
  if (saved !== undefined) restoreCounter(counter, saved, clocks);
  const now = clocks.monotonic();
  counter.minute = withAdded(counter.minute, minute, MINUTE_MS, now);
  counter.day = withAdded(counter.day, day, DAY_MS, now);
  return { id, counter };
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

/** Everything in the files, by counter. */
function admissionsIn(files: readonly Uint8Array[], clocks: Clocks): Map<string, Left> {
  const left = new Map<string, Left>();
  for (const file of files) {
    const counters = new Map<number, string>();
    for (const { head, numbers } of partsOf(file)) {
      for (const [index, counter] of head.counters.split(" ").entries()) counters.set(head.first + index, counter);
      const time = timeOf(head, clocks);
      for (const [number, count] of countsOf(numbers)) addTo(left, counters.get(number), [time, count]);
    }
  }
  return left;
}

/** `counter` is an id after the letter of its windows. */
function addTo(left: Map<string, Left>, counter: string | undefined, entry: readonly [number, number]): void {
  if (counter === undefined || counter === "") return;
  const [windows, id] = [counter.charAt(0), counter.slice(1)];
  const added = left.get(id) ?? { minute: [], day: [] };
  left.set(id, added);
  if (windows !== "d") added.minute.push(...entry);
  if (windows !== "m") added.day.push(...entry);
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

/** The parts of a file, without one at its end that was not written completely. */
function* partsOf(file: Uint8Array): Generator<{ readonly head: JournalHead; readonly numbers: Int32Array }> {
  for (let at = 0; at < file.length; ) {
    const lineEnd = file.indexOf(LINE_END, at);
    if (lineEnd < 0) return;
    const head = JSON.parse(Buffer.from(file.subarray(at, lineEnd)).toString()) as JournalHead;
    const end = lineEnd + 1 + head.numbers * Int32Array.BYTES_PER_ELEMENT;
    if (end > file.length) return;
    yield { head, numbers: new Int32Array(new Uint8Array(file.subarray(lineEnd + 1, end)).buffer) };
    at = end;
  }
}
