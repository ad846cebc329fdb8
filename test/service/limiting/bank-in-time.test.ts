/** The database's clock, as look-ups of keys and readings of the bank see it. */
import { expect, test } from "vitest";
import { Clocks } from "../../../service/clocks.ts";
import { BankInTime } from "../../../service/limiting/bank-in-time.ts";
import type { BankStore } from "../../../stores/bank-contract.ts";

function world() {
  const state = { now: 0, bankMs: 1.7e12, corrected: 0 };
  const bank: Partial<BankStore> = {
    readBank: async () => ({ clockMs: state.bankMs + state.now, aheadMs: state.corrected, rows: new Map() }),
    correctBankClock: async (_from, to) => {
      state.corrected = to;
    },
  };
  const clocks = new Clocks(() => 1.7e12 + state.now, { id: "one", now: () => state.now });
  const inTime = new BankInTime({ bank: bank as BankStore, clocks, after: () => () => undefined, slept: () => undefined });
  /** What a look-up brings that took four milliseconds. */
  const lookUp = () => {
    const sent = { monotonic: state.now, wall: clocks.wall() };
    const glimpse = { clockMs: state.bankMs + state.now + 2, aheadMs: state.corrected, row: undefined };
    state.now += 4;
    return { sent, heardAt: state.now, glimpse };
  };
  return { state, inTime, lookUp };
}

test("a jump of the database's clock is noticed however late the look-up before it is used", async () => {
  const { state, inTime, lookUp } = world();
  const first = lookUp();
  state.now += 900;
  expect(inTime.accept("counter_1", first)).toMatchObject({ heardAt: state.now });
  state.bankMs += 600;
  await inTime.read([]);
  expect(inTime.counts.clockCorrections).toBe(1);
});

test("one that is older than a second is not used", () => {
  const { state, inTime, lookUp } = world();
  const first = lookUp();
  state.now += 997;
  expect(inTime.accept("counter_1", first)).toBeUndefined();
});
