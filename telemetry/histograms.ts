/** Durations, counted in fixed buckets: one array for all rows, so that noting a duration allocates nothing. */

/** The upper bounds of the buckets, in seconds. One more counts what is above the last. */
export const BOUNDS_SECONDS: readonly number[] = Object.freeze([
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);
const BOUNDS_MS = new Float64Array(BOUNDS_SECONDS.map((seconds) => seconds * 1_000));
const BUCKETS = BOUNDS_MS.length + 1;
/** The buckets of a row, and the sum of its durations. */
const ROW_CELLS = BUCKETS + 1;

/** A row as Prometheus has it: `atMost[i]` counts durations up to the bound `i`. */
interface HistogramRow {
  readonly atMost: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

export class Histograms {
  /** Plain data, which another thread can be sent. */
  readonly cells: Float64Array;

  constructor(rows: number) {
    this.cells = new Float64Array(rows * ROW_CELLS);
  }

  /** A duration below 0, of a clock that was read in another order, counts as 0. */
  note(row: number, durationMs: number): void {
    const { cells } = this;
    const first = row * ROW_CELLS;
    let bucket = 0;
    while (bucket < BUCKETS - 1 && durationMs > (BOUNDS_MS[bucket] as number)) bucket++;
    (cells[first + bucket] as number)++;
    if (durationMs > 0) (cells[first + BUCKETS] as number) += durationMs;
  }
}

/** The row of such cells, or of the sum of several. */
export function histogramRow(cells: Float64Array, row: number): HistogramRow {
  const own = cells.subarray(row * ROW_CELLS, (row + 1) * ROW_CELLS);
  const atMost: number[] = [];
  let count = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    count += own[bucket] as number;
    if (bucket < BUCKETS - 1) atMost.push(count);
  }
  return { atMost, count, sumSeconds: (own[BUCKETS] as number) / 1_000 };
}

/** Cell by cell. All must have the same length. */
export function sumOfCells(all: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(all[0]?.length ?? 0);
  for (const cells of all) for (let at = 0; at < sum.length; at++) (sum[at] as number) += cells[at] as number;
  return sum;
}
