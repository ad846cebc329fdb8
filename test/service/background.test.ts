/** What repeats, on a timer that the test turns. */
import { expect, test } from "vitest";
import { type Every, startBackground } from "../../service/background.ts";

function turning() {
  const timers = new Map<number, () => void>();
  const every: Every = (milliseconds, run) => {
    timers.set(milliseconds, run);
    return () => timers.delete(milliseconds);
  };
  return { every, timers };
}

test("usage is written every second and old rows are deleted every hour, until it is stopped", async () => {
  const { every, timers } = turning();
  const done: string[] = [];
  const work = { flush: async () => void done.push("flush"), prune: async () => void done.push("prune") };
  const background = startBackground(work, () => undefined, every);
  expect([...timers.keys()]).toEqual([1_000, 3_600_000]);
  for (const run of timers.values()) run();
  expect(done).toEqual(["flush", "prune"]);
  background.stop();
  expect(timers.size).toBe(0);
});

test("a failure is reported, and the next turn tries again", async () => {
  const { every, timers } = turning();
  const failures: unknown[] = [];
  let attempts = 0;
  const flush = async () => {
    if (++attempts === 1) throw new Error("the disk is full");
  };
  startBackground({ flush, prune: async () => undefined }, (error) => failures.push(error), every);
  const turn = timers.get(1_000);
  turn?.();
  await Promise.resolve();
  turn?.();
  await Promise.resolve();
  await Promise.resolve();
  expect([attempts, failures.map(String)]).toEqual([2, ["Error: the disk is full"]]);
});
