/** Several nodes look at one database whose clock is set back or forward, and put it right together. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BankClock } from "../../../service/limiting/bank-clock.ts";
import { randomFrom } from "../../support/random.ts";

/** Longer than two readings take: between them, a jump of less is not seen. */
const READING_MS = 25;
/** Corrections until all three have seen it. */
const FEW = 6;

/** What each of the nodes does once a second for a minute, while the database's clock jumps after ten seconds. */
function minute(jumpMs: number, seed: number) {
  const random = randomFrom(seed);
  const nodes = [1, 2, 3].map(() => ({ clock: new BankClock(), rate: 1 + 0.005 * (2 * random() - 1) }));
  const state = { jumped: 0, ahead: 0, corrections: 0 };
  const written: { readonly at: number; readonly bankMs: number }[] = [];
  /** How many milliseconds what was written grew older than it is, clocks of different speed aside. */
  let early = 0;
  for (let at = 0; at < 60_000; at += 333) {
    const node = nodes[(at / 333) % 3] as (typeof nodes)[number];
    if (at >= 10_000) state.jumped = jumpMs;
    for (let attempt = 0; attempt < 3; attempt++) {
      const [out, back] = [5 * random(), 5 * random()];
      const read = at + out + 11 * attempt;
      const bankMs = 1e9 + read + state.jumped - state.ahead;
      const jump = node.clock.jumpOf({ bankMs, sentAt: (read - out) * node.rate, heardAt: (read + back) * node.rate });
      if (jump !== 0) {
        state.ahead += Math.ceil(jump);
        state.corrections++;
        continue;
      }
      for (const entry of written) early = Math.max(early, bankMs - entry.bankMs - 1.02 * (read - entry.at));
      written.push({ at: read, bankMs });
      break;
    }
  }
  return { corrections: state.corrections, early };
}

test.each([-10_013, -10_000, -9_990, -10_100, -9_000, -500, -60_000, -3_600_000, 50, 10_000, 3_600_000])(
  "a jump of %i ms is put right in a few steps, and nothing that was written grows older than it is",
  (jumpMs) => {
    for (let seed = 1; seed <= 40; seed++) {
      const { corrections, early } = minute(jumpMs, seed);
      expect(corrections, `seed ${seed}`).toBeLessThanOrEqual(FEW);
      expect(early, `seed ${seed}`).toBeLessThan(READING_MS);
    }
  },
);

test("whatever the jump, the nodes do not undo what one of them has put right", () => {
  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 20_000 }), fc.integer({ min: 1, max: 1_000_000 }), (jumpMs, seed) => {
      const { corrections, early } = minute(jumpMs, seed);
      expect(corrections).toBeLessThanOrEqual(FEW);
      expect(early).toBeLessThan(READING_MS);
    }),
    { numRuns: 300 },
  );
});
