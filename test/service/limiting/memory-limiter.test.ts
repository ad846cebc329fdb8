/** The limiter of a single process, as tables: what it keeps, what it hands on, and when it forgets. */
import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { DAY_MS } from "../../../engine/duration.ts";
import { Clocks } from "../../../service/clocks.ts";
import { MemoryLimiter } from "../../../service/limiting/memory-limiter.ts";
import type { CounterState } from "../../../stores/contract.ts";

type Counter = NonNullable<ReturnType<MemoryLimiter["enter"]>>;
const NOW = Date.UTC(2026, 10, 20, 12);
const LIMITS = { ...NO_LIMITS, requestsPerMinute: 3, concurrentRequests: 2 };

function world({ clockId = "one", wall = NOW, stored = {} as Record<string, CounterState> } = {}) {
  const time = { wall, monotonic: 5_000.5 };
  const clocks = new Clocks(() => time.wall, { id: clockId, now: () => time.monotonic });
  const forgotten: string[] = [];
  const limiter = new MemoryLimiter({
    clocks,
    store: { findCounter: async (id) => stored[id] },
    forgotten: (id) => void forgotten.push(id),
  });
  const enter = (id = "key_1", limits = LIMITS, saved?: CounterState) => {
    const counter = limiter.enter(id, limits, saved && JSON.stringify(saved));
    if (counter === undefined) throw new Error("it has no limits");
    return counter;
  };
  const admit = (counter: Counter, holds = false) => limiter.admit(counter, LIMITS, time.monotonic, holds);
  /** As one batch of the recorder: what it wrote. */
  const save = (isWritten = true) => {
    const taken = limiter.takeUnsaved();
    const states = limiter.statesOf(taken, 0);
    if (isWritten) limiter.saved(taken);
    else limiter.notSaved(taken);
    return states;
  };
  const remaining = (counter: Counter) => limiter.standing(counter, LIMITS, time.monotonic).map(({ remaining: left }) => left);
  return { time, limiter, forgotten, enter, admit, save, remaining };
}

describe("what enters", () => {
  test.each([
    ["no limits", NO_LIMITS, undefined],
    ["a limit per minute", { ...NO_LIMITS, requestsPerMinute: 1 }, "key_1"],
    ["a limit per day", { ...NO_LIMITS, requestsPerDay: 1 }, "key_1"],
    ["concurrent requests", { ...NO_LIMITS, concurrentRequests: 1 }, "key_1"],
  ])("a key with %s", (_name, limits, expected) => {
    expect(world().limiter.enter("key_1", limits, undefined)?.id).toBe(expected);
  });

  test("keys with one counter id share a counter", () => {
    const { enter, admit, remaining, limiter } = world();
    const [old, successor] = [enter(), enter()];
    admit(old);
    expect([remaining(successor), limiter.size]).toEqual([[2, 2], 1]);
  });

  test("a saved counter is used only if memory has nothing newer", () => {
    const { enter, admit, remaining } = world();
    const saved: CounterState = { minute: [NOW, 3], day: [], clock: { id: "one", wallAheadMs: NOW - 5_000 } };
    admit(enter());
    expect(remaining(enter("key_1", LIMITS, saved))[0]).toBe(2);
    expect(remaining(enter("key_2", LIMITS, saved))[0]).toBe(0);
  });
});

describe("a restored window ends", () => {
  const [saved] = (() => {
    const { enter, admit, save } = world();
    const counter = enter();
    for (let request = 0; request < 3; request++) admit(counter);
    return save();
  })();
  test.each([
    ["with the same clock, exactly", { clockId: "one", wall: NOW }, 60],
    ["with the same clock, whatever the wall clock did", { clockId: "one", wall: NOW + DAY_MS }, 60],
    ["with another clock, by the wall clock, saved a millisecond late at most", { clockId: "two", wall: NOW + 20_001 }, 40],
    ["with another clock and a wall clock that went back, one window from now at most", { clockId: "two", wall: NOW - DAY_MS }, 60],
    ["with another clock, already", { clockId: "two", wall: NOW + 61_000 }, undefined],
  ])("%s", (_name, clocks, resetSeconds) => {
    const { enter, limiter, time } = world(clocks);
    const counter = enter("key_1", LIMITS, saved?.state);
    const [minute] = limiter.standing(counter, LIMITS, time.monotonic);
    expect(minute).toMatchObject(resetSeconds === undefined ? { remaining: 3 } : { remaining: 0, resetSeconds });
  });
});

describe("what is handed to the store", () => {
  test("each counter that admitted something since the last batch, once, with all that it admitted", () => {
    const { enter, admit, save } = world();
    const [used, idle] = [enter("used"), enter("idle")];
    for (let request = 0; request < 2; request++) admit(used);
    expect(
      save().map(({ counterId, state }) => [counterId, state.minute.filter((_each, at) => at % 2 === 1).reduce((a, b) => a + b, 0)]),
    ).toEqual([["used", 2]]);
    expect(save()).toEqual([]);
    admit(idle);
    expect(save().map(({ counterId }) => counterId)).toEqual(["idle"]);
  });

  test("nothing for a request that was refused", () => {
    const { enter, admit, save } = world();
    const counter = enter();
    for (let request = 0; request < 3; request++) admit(counter);
    save();
    expect(admit(counter)).toBeGreaterThan(0);
    expect(save()).toEqual([]);
  });

  test("usage that could not be written is written once by the next batch, with what was admitted meanwhile", () => {
    const { enter, admit, save, limiter } = world();
    const counter = enter();
    admit(counter);
    const taken = limiter.takeUnsaved();
    limiter.statesOf(taken, 0);
    admit(counter);
    limiter.notSaved(taken);
    expect(save().map(({ counterId, state }) => [counterId, state.minute.at(-1)])).toEqual([["key_1", 2]]);
    expect(save()).toEqual([]);
  });

  test("usage that was taken but never reached a batch is taken again", () => {
    const { enter, admit, save, limiter } = world();
    admit(enter());
    limiter.notSaved(limiter.takeUnsaved());
    expect(save()).toHaveLength(1);
  });
});

describe("a counter leaves memory", () => {
  const gone = ({ forgotten, limiter }: ReturnType<typeof world>) => [forgotten, limiter.size];
  test.each([
    [
      "once its last key has left and the store knows all of it",
      (at: ReturnType<typeof world>) => {
        const counter = at.enter();
        at.admit(counter);
        at.limiter.leave(counter);
        at.save();
      },
      [["key_1"], 0],
    ],
    [
      "with the next batch when it was never used",
      (at: ReturnType<typeof world>) => {
        at.limiter.leave(at.enter());
        at.save();
      },
      [["key_1"], 0],
    ],
    [
      "not while another key counts with it",
      (at: ReturnType<typeof world>) => {
        const [counter] = [at.enter(), at.enter()];
        at.admit(counter);
        at.limiter.leave(counter);
        at.save();
      },
      [[], 1],
    ],
    [
      "not while a request holds it",
      (at: ReturnType<typeof world>) => {
        const counter = at.enter();
        at.admit(counter, true);
        at.limiter.leave(counter);
        at.save();
      },
      [[], 1],
    ],
    [
      "not when the batch failed",
      (at: ReturnType<typeof world>) => {
        const counter = at.enter();
        at.admit(counter);
        at.limiter.leave(counter);
        at.save(false);
      },
      [[], 1],
    ],
    [
      "not when its key came back before the batch",
      (at: ReturnType<typeof world>) => {
        at.limiter.leave(at.enter());
        at.enter();
        at.save();
      },
      [[], 1],
    ],
  ] as const)("%s", (_name, run, expected) => {
    const at = world();
    run(at);
    expect(gone(at)).toEqual(expected);
  });
});

test("looking at a counter that is not in memory reads the store and keeps nothing", async () => {
  const stored = { key_1: { minute: [NOW, 2], day: [], clock: { id: "one", wallAheadMs: NOW - 5_000 } } };
  const { limiter, enter, admit } = world({ stored });
  expect((await limiter.standingOf("key_1", LIMITS)).map(({ remaining }) => remaining)).toEqual([1, 2]);
  expect(limiter.size).toBe(0);
  // One that comes into memory during the read has admitted more than was saved.
  const looking = limiter.standingOf("key_1", LIMITS);
  admit(enter("key_1", LIMITS, stored.key_1), true);
  expect((await looking).map(({ remaining }) => remaining)).toEqual([0, 1]);
});
