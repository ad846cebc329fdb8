/**
 * Several nodes in drawn histories: whatever is lost, late, stopped, killed, asleep or cut off, no request that began after an answered revocation is
 * admitted, and none that began after an answered creation finds nothing. The deliberate faults show that a mistake would be noticed.
 *
 * `KEYWARD_SIMULATE_SECONDS` sets how long it draws, `KEYWARD_SIMULATE_SEED` where it begins: a failure names its seed.
 */
import { describe, expect, test } from "vitest";
import { DELIBERATE } from "./simulation/deliberate-faults.ts";
import { lateEviction, lateRenewal, sleepingMachine, slowJoin } from "./simulation/hand-drawn.ts";
import { emptyTally, simulateHistory } from "./simulation/simulate.ts";

const SECONDS = Number(process.env.KEYWARD_SIMULATE_SECONDS ?? 3);
const FIRST_SEED = Number(process.env.KEYWARD_SIMULATE_SEED ?? Math.floor(Math.random() * 1e9));
/** Each is caught much sooner. */
const MOST_HISTORIES = 150;

test(
  "no answered revocation and no answered creation is forgotten by any node",
  async () => {
    const tally = emptyTally();
    const until = performance.now() + SECONDS * 1_000;
    let seed = FIRST_SEED;
    while (performance.now() < until && tally.violations.length === 0) await simulateHistory(seed++, tally);
    const { violations, ...counts } = tally;
    console.log(`${seed - FIRST_SEED} histories from seed ${FIRST_SEED}: ${JSON.stringify(counts)}`);
    expect(violations).toEqual([]);
    // What was simulated is worth something: memory decided about many requests, and much went wrong.
    expect(tally.fromMemory).toBeGreaterThan(100);
    expect(tally.changes).toBeGreaterThan(20);
    expect(tally.faults).toBeGreaterThan(20);
  },
  (SECONDS + 30) * 1_000,
);

describe("a mistake is caught", () => {
  test.each<(typeof DELIBERATE)[number]>(DELIBERATE)("%s", async (_sentence, deliberate, history) => {
    if (history !== undefined) return expect(await history(deliberate)).toBe(true);
    const tally = emptyTally();
    for (let seed = 1; seed <= MOST_HISTORIES && tally.violations.length === 0; seed++) await simulateHistory(seed, tally, deliberate);
    expect(tally.violations).not.toEqual([]);
  });
});

test.each(Object.entries({ lateEviction, lateRenewal, sleepingMachine, slowJoin }))(
  "without a mistake, the history drawn by hand ends well: %s",
  async (_name, history) => {
    expect(await history({})).toBe(false);
  },
);
