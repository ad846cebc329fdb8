/** What the look-up of a key has read of a limit can be a second old: a node admits by it, and never refuses by it. */
import { expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import type { FirstReading } from "../../../service/limiting/limiter.ts";
import { quietBank } from "./quiet-bank.ts";

const limits = Object.freeze({ ...NO_LIMITS, requestsPerMinute: 1 });
const ID = "counter_1";
/** Longer than a node needs to decide. */
const DECIDED_MS = 20;

function world() {
  const { time, clocks, store, limiter: limiterOf, pass } = quietBank();
  const node = (name: string) => {
    const limiter = limiterOf(name);
    return {
      limiter,
      async lookUp(): Promise<FirstReading> {
        const sent = { monotonic: time.now, wall: clocks.wall() };
        const { clockMs, aheadMs, rows } = await pass(DECIDED_MS, store().readBank([ID]));
        return { sent, heardAt: time.now, glimpse: { clockMs, aheadMs, row: rows.get(ID) } };
      },
      /** As `Limiter.admit`, for one request of a key that comes into memory for it. */
      async admit(first?: FirstReading): Promise<number> {
        const counter = limiter.enter(ID, limits, undefined, first) as NonNullable<ReturnType<typeof limiter.enter>>;
        const admitsAt = await pass(DECIDED_MS, limiter.admit(counter, limits, time.now, false));
        limiter.leave(counter);
        return admitsAt;
      },
    };
  };
  return { time, node };
}

test("room that it brings is used without another reading", async () => {
  const { node } = world();
  const one = node("one");
  expect(await one.admit(await one.lookUp())).toBe(0);
  expect(one.limiter.counts.reads).toBe(0);
});

test("room that there is since the look-up is used", async () => {
  const { time, node } = world();
  expect(await node("one").admit()).toBe(0);
  await time.runUntil(59_900);
  const other = node("other");
  const first = await other.lookUp();
  await time.runUntil(60_200);
  expect(await other.admit(first)).toBe(0);
});

test("a refusal knows what another node has admitted since the look-up", async () => {
  const { time, node } = world();
  const one = node("one");
  expect(await one.admit()).toBe(0);
  await time.runUntil(59_900);
  const other = node("other");
  const first = await other.lookUp();
  await time.runUntil(60_200);
  expect(await one.admit()).toBe(0);
  const admittedAt = time.now;
  await time.runUntil(60_400);
  expect(await other.admit(first)).toBeGreaterThan(admittedAt + 59_900);
});
