/** Several runs of the same measures as one table: the run in the middle, and the worst. */
import { type Bound, count, type Row, shortly } from "./table.ts";

/** Each row of the run whose figure is the median, with the worst figure of all runs. Rows without a figure are the last run's. */
export function rowsOfRuns(runs: readonly (readonly Row[])[]): Row[] {
  const last = runs.at(-1) ?? [];
  if (runs.length < 2) return [...last];
  return last.map((row, at) => {
    const same = runs
      .map((run) => run[at])
      .filter((each): each is Row & { value: number } => each?.measure === row.measure && each.value !== undefined);
    if (same.length < 2) return row;
    const sorted = same.toSorted((a, b) => a.value - b.value);
    const [least, middle, most] = [sorted[0], sorted[(sorted.length - 1) >> 1], sorted.at(-1)] as [
      (typeof same)[number],
      (typeof same)[number],
      (typeof same)[number],
    ];
    const worst = row.bound?.atMost === undefined ? least.value : most.value;
    const ratio = middle.ratio === "" ? "" : shortly({ median: middle.value, least: least.value, most: most.value });
    const ours = middle.ratio === "" ? `${middle.ours} (worst ${count(worst)})` : middle.ours;
    return { ...middle, ours, ratio, met: isMet(middle.value, worst, row.bound) };
  });
}

function isMet(median: number, worst: number, bound: Bound | undefined): boolean | undefined {
  if (bound === undefined) return undefined;
  const { atLeast, atMost } = bound;
  if (atLeast !== undefined) return median >= atLeast && worst >= (bound.worst ?? 0);
  return median <= (atMost ?? 0) && worst <= (bound.worst ?? Number.POSITIVE_INFINITY);
}
