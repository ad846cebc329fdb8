/** Limits that were raised are in force on every node, also while a request that began under the old ones is under way on one of them. */
import { describe, expect, test } from "vitest";
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import type { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import { quietBank } from "./quiet-bank.ts";

const ID = "counter_1";
type Counter = NonNullable<ReturnType<BankLimiter["enter"]>>;

function world() {
  const { time, limiter: limiterOf, pass } = quietBank();
  const node = (name: string) => {
    const limiter = limiterOf(name);
    const tend = (): boolean => {
      void limiter.tend();
      time.after(1_000, tend);
      return true;
    };
    time.after(1_000, tend);
    return {
      limiter,
      enter: (limits: Limits) => limiter.enter(ID, limits) as Counter,
      admits: async (counter: Counter, limits: Limits) => (await pass(300, limiter.admit(counter, limits, time.now, true))) === 0,
    };
  };
  return { time, one: node("one"), other: node("other") };
}

const concurrentRequests = 10;

describe.each<[what: string, old: Partial<Limits>, raised: Partial<Limits>]>([
  ["requests per minute", { requestsPerMinute: 1, concurrentRequests }, { requestsPerMinute: 5, concurrentRequests }],
  ["requests per minute, of any number at once", { requestsPerMinute: 1 }, { requestsPerMinute: 5 }],
  ["requests per day", { requestsPerDay: 1, concurrentRequests }, { requestsPerDay: 5, concurrentRequests }],
  ["concurrent requests", { concurrentRequests: 1 }, { concurrentRequests: 5 }],
])("%s", (_what, before, after) => {
  const [old, raised] = [Object.freeze({ ...NO_LIMITS, ...before }), Object.freeze({ ...NO_LIMITS, ...after })];

  test.each<[string, moments: readonly number[]]>([
    ["at once", [500, 600, 700]],
    ["as long as the old request lasts", [9_000, 30_000, 59_000]],
  ])("%s", async (_when, moments) => {
    const { time, one, other } = world();
    const [busy, counter] = [one.enter(old), other.enter(raised)];
    expect(await one.admits(busy, old)).toBe(true);
    one.limiter.leave(busy);
    for (const at of moments) {
      await time.runUntil(at);
      expect(await other.admits(counter, raised), `at ${at}`).toBe(true);
    }
  });
});

test("slots that are released under the old limits are used by nobody who has not asked", async () => {
  const [old, raised, lowered] = [1, 10, 5].map((most) => Object.freeze({ ...NO_LIMITS, concurrentRequests: most })) as [
    Limits,
    Limits,
    Limits,
  ];
  const { time, one, other } = world();
  const [busy, counter] = [one.enter(old), other.enter(raised)];
  expect(await one.admits(busy, old)).toBe(true);
  one.limiter.leave(busy);
  // It has just said what is under way, and says so again after three seconds.
  await time.runUntil(3_100);
  for (let number = 0; number < 9; number++) expect(await other.admits(counter, raised)).toBe(true);
  const again = one.enter(lowered);
  one.limiter.release(busy);
  expect(await one.admits(again, lowered)).toBe(false);
});
