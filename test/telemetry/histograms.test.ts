import { expect, test } from "vitest";
import { BOUNDS_SECONDS, Histograms, histogramRow, sumOfCells } from "../../telemetry/histograms.ts";

/** The number of the bucket that has counted; -1 when it is only in the count. */
function bucketOf(durationMs: number): number {
  const histograms = new Histograms(1);
  histograms.note(0, durationMs);
  return histogramRow(histograms.cells, 0).atMost.indexOf(1);
}

// biome-ignore format: a table
test.each([
  ["nothing",                                   0,          0],
  ["less than nothing, by a clock read late",   -1,         0],
  ["exactly the first bound",                   0.1,        0],
  ["just above it",                             0.1000001,  1],
  ["exactly a second",                          1_000,      12],
  ["exactly the last bound",                    10_000,     15],
  ["above the last bound: in the count alone",  10_000.1,   -1],
])("%s", (_sentence, durationMs, bucket) => {
  expect(bucketOf(durationMs)).toBe(bucket);
});

test("rows do not run into one another, and threads add up", () => {
  const [one, other] = [new Histograms(3), new Histograms(3)];
  one.note(1, 2);
  one.note(1, 60_000);
  other.note(1, 2);
  other.note(2, 3);
  const sum = sumOfCells([one.cells, other.cells]);
  expect([0, 1, 2].map((row) => histogramRow(sum, row).count)).toEqual([0, 3, 1]);
  expect(histogramRow(sum, 1).sumSeconds).toBeCloseTo(60.004, 9);
  expect(histogramRow(sum, 1).atMost.at(-1)).toBe(2);
});

test("bounds are in seconds, and grow", () => {
  expect(BOUNDS_SECONDS.toSorted((a, b) => a - b)).toEqual(BOUNDS_SECONDS);
  expect([BOUNDS_SECONDS[0], BOUNDS_SECONDS.at(-1)]).toEqual([0.0001, 10]);
});
