/** Several runs of a benchmark as one table. */
import { describe, expect, test } from "vitest";
import { rowsOfRuns } from "../../bench/runs.ts";
import { boundRow, note, type Row, rateRow } from "../../bench/table.ts";

const rate = (ratio: number): Row => rateRow("verify", [ratio * 100], [100], 0.9, 0.85);
const last = (runs: readonly (readonly Row[])[]) => rowsOfRuns(runs).at(-1);

describe("a ratio that must be 0.9 at the median and 0.85 in the worst run", () => {
  test.each([
    ["is met when all runs meet it", [0.91, 0.95, 0.92], true],
    ["is met with one run between the two", [0.86, 0.95, 0.92], true],
    ["is missed by one run below the worst", [0.84, 0.95, 0.92], false],
    ["is missed by the median", [0.89, 0.88, 0.95], false],
    ["takes the lower one in the middle of an even number", [0.95, 0.89], false],
  ])("%s", (_sentence, ratios, met) => {
    expect(last(ratios.map((ratio) => [rate(ratio)]))?.met).toBe(met);
  });

  test("shows the run in the middle, with the least and the most", () => {
    expect(last([[rate(0.95)], [rate(0.86)], [rate(0.92)]])).toMatchObject({ ours: "92/s", ratio: "0.920 (0.860–0.950)" });
  });
});

test("a size shows the median, and the worst is the largest", () => {
  const runs = [400, 460, 420].map((bytes) => [note("Memory"), boundRow("a key", bytes, "bytes", 450)]);
  expect(last(runs)).toMatchObject({ ours: "420 bytes (worst 460)", met: true });
});

test("one run is shown as it is, and so is a row that other runs do not have", () => {
  expect(rowsOfRuns([[rate(0.5)]])).toEqual([rate(0.5)]);
  expect(last([[note("memory could not be measured")], [rate(0.5)]])).toEqual(rate(0.5));
});
