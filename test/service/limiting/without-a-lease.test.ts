/** A node that may not use what it has borrowed, because its clock or its lease cannot be trusted, still gets every admission that the limit allows. */
import { expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { Clocks } from "../../../service/clocks.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import { FaultyBank } from "./faulty-bank.ts";
import { TrueTime } from "./true-time.ts";

const LIMIT = 7;
const limits = Object.freeze({ ...NO_LIMITS, requestsPerMinute: LIMIT });

function node() {
  const time = new TrueTime();
  const bank = new FaultyBank(time, () => 0.5, { delayMs: 3, loss: 0, duplicate: 0 });
  const state = { isAwake: true };
  const limiter = new BankLimiter({
    bank: bank.storeFor({ isAlive: () => true, readAt: () => undefined, late: () => undefined }),
    clocks: new Clocks(() => 1.7e12 + time.now, { id: "one", now: () => time.now }),
    after: (milliseconds, run) => time.after(milliseconds, run),
    node: "one",
    isAwake: () => state.isAwake,
  });
  const counter = limiter.enter("counter_1", limits);
  const admit = async (): Promise<boolean> => {
    const admitsAt = limiter.admit(counter as NonNullable<typeof counter>, limits, time.now, false);
    // What it has queued is an event of the world only after a turn.
    time.after(0, () => true);
    await time.runUntil(time.now + 400);
    return (await admitsAt) === 0;
  };
  return { state, admit };
}

test.each(Array.from({ length: LIMIT + 1 }, (_, before) => before))(
  "after %i requests of seven that it could decide itself",
  async (before) => {
    const { state, admit } = node();
    let admitted = 0;
    for (let request = 0; request < 12; request++) {
      state.isAwake = request < before;
      if (await admit()) admitted++;
    }
    expect(admitted).toBe(LIMIT);
  },
);
