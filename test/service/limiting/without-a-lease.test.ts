/** A node that may not use what it has borrowed, because its clock or its lease cannot be trusted, still gets every admission that the limit allows. */
import { expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { quietBank } from "./quiet-bank.ts";

const LIMIT = 7;
const limits = Object.freeze({ ...NO_LIMITS, requestsPerMinute: LIMIT });

function node() {
  const { time, limiter: limiterOf, pass } = quietBank();
  const state = { isAwake: true };
  const limiter = limiterOf("one", { isAwake: () => state.isAwake });
  const counter = limiter.enter("counter_1", limits) as NonNullable<ReturnType<typeof limiter.enter>>;
  const admit = async (): Promise<boolean> => (await pass(400, limiter.admit(counter, limits, time.now, false))) === 0;
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
