/** Messages of two threads may arrive in another order than they were sent in: that a key has left can overtake a request for it. */
import { expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { BorrowingLimiter } from "../../../service/limiting/shared/borrowing-limiter.ts";
import { shareMemory } from "../../../service/limiting/shared/memory.ts";
import { SharedTills } from "../../../service/limiting/shared/shared-till.ts";
import { quietBank } from "./quiet-bank.ts";

const ID = "counter_1";
const limits = Object.freeze({ ...NO_LIMITS, concurrentRequests: 1 });

const dead = (): never => {
  throw new Error("a lock was not released");
};

/** A node with two threads, whose messages take this long. */
function node(...messageMs: readonly [number, number]) {
  const { time, limiter, pass } = quietBank();
  const memory = shareMemory(1 << 14, 1 << 24);
  const tills = () => new SharedTills(memory, 16, dead);
  const main = limiter("one", { tills: tills() });
  const threads = messageMs.map((milliseconds) => {
    const message = (): Promise<void> =>
      new Promise((arrived) => {
        time.after(milliseconds, () => {
          arrived();
          return true;
        });
      });
    const desk = {
      admit: async (...asked: Parameters<typeof main.admitElsewhere>) => {
        await message();
        const admitsAt = await main.admitElsewhere(...asked);
        await message();
        return admitsAt;
      },
      noteLow: async (id: string) => message().then(() => main.noteLow(id)),
      noteLeft: async (id: string) => message().then(() => main.noteLeft(id)),
      standingOf: main.standingOf.bind(main),
    };
    return new BorrowingLimiter({ tills: tills(), desk, isAwake: () => true });
  }) as [BorrowingLimiter, BorrowingLimiter];
  return { time, main, threads, pass };
}

test("the slot of a request whose key left while it was asked for comes free", async () => {
  const { time, main, threads, pass } = node(3, 1);
  const [slow, fast] = threads;
  const enter = (thread: BorrowingLimiter) => thread.enter(ID, limits, undefined) as NonNullable<ReturnType<typeof thread.enter>>;
  const [counter, other] = [enter(slow), enter(fast)];
  // The main thread knows the counter, and owes the bank nothing.
  expect(await pass(100, fast.admit(other, limits, time.now, true))).toBe(0);
  fast.release(other);
  await pass(20_000);
  await pass(1_000, main.tend());

  const asked = slow.admit(counter, limits, time.now, true);
  slow.leave(counter);
  fast.leave(other);
  expect(await pass(100, asked)).toBe(0);
  expect(await pass(100, main.standingOf(ID, limits))).toMatchObject([{ limit: 1, remaining: 0 }]);
  slow.release(counter);
  await pass(100);
  expect(await pass(100, main.standingOf(ID, limits))).toMatchObject([{ limit: 1, remaining: 1 }]);
  expect([main.size, slow.size]).toEqual([0, 0]);
});
