/** What a node has borrowed, in memory that threads share: the same as in the memory of one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { AdmissionList, type Admissions } from "../../../service/limiting/admission-list.ts";
import { shareMemory } from "../../../service/limiting/shared/memory.ts";
import { SharedTill, SharedTills } from "../../../service/limiting/shared/shared-till.ts";
import { MUST_ASK, type Till } from "../../../service/limiting/till.ts";
import { TILL_NUMBERS, TillState } from "../../../service/limiting/till-state.ts";

const LIMITS = { ...NO_LIMITS, requestsPerMinute: 10, concurrentRequests: 4 };

const dead = (): never => {
  throw new Error("a lock was not released");
};

/** One memory, as two threads see it. */
function threads() {
  const buffer = shareMemory(1 << 14, 1 << 24);
  return [new SharedTills(buffer, 10, dead), new SharedTills(buffer, 10, dead)] as const;
}

const read = <Value>(till: Till, of: (till: Till) => Value): Value => {
  till.open();
  const value = of(till);
  till.close();
  return value;
};

const lend = (till: Till, uses: number, slots: number): void =>
  read(till, () => {
    till.comeUnder(LIMITS);
    till.add(uses, slots, 0);
  });

test("every number of a till is stored and loaded, each in its own place", () => {
  const [state, loaded] = [new TillState(), new TillState()];
  const names = Object.keys(state) as (keyof TillState)[];
  const numbers = new Float64Array(TILL_NUMBERS + 5);
  Object.assign(state, Object.fromEntries(names.map((name, at) => [name, at + 1])));
  state.store(numbers, 3);
  loaded.load(numbers, 3);
  expect(loaded).toEqual(state);
  expect([numbers[2], numbers[TILL_NUMBERS + 3]]).toEqual([0, 0]);
});

test("a list of admissions in shared memory is that of one thread, however it grows and shrinks", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), at: fc.nat() }),
    fc.record({ kind: fc.constant("drop" as const), at: fc.nat({ max: 100 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const [tills] = threads();
      // Another one in the same memory, so that what one frees the other uses.
      const [till, other] = [tills.take("one"), tills.take("other")];
      const plain = new AdmissionList();
      for (const { kind, at } of steps) {
        const run = (list: Admissions) => {
          if (kind === "push") list.push(at, at + 1);
          else list.drop(Math.min(list.length, (at >> 1) * 2));
        };
        run(plain);
        read(till, ({ used }) => run(used));
        read(other, ({ used }) => (kind === "drop" ? used.drop(used.length) : used.push(7, 1)));
      }
      expect(read(till, ({ used }) => [used.length, used.from(0)])).toEqual([plain.length, plain.from(0)]);
    }),
  );
});

describe("what one thread borrows", () => {
  test("the other one uses, and neither more than was lent", () => {
    const [main, other] = threads();
    const till = main.take("key");
    const theirs = new SharedTill(other, other.hold("key"));
    expect(theirs.admit(LIMITS, 1, false, () => true)).toBe(MUST_ASK);
    lend(till, 5, 0);
    const admitted = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? till : theirs).admit(LIMITS, 1 + at, false, () => true));
    expect(admitted.filter((at) => at !== MUST_ASK)).toHaveLength(5);
    // What was admitted within some milliseconds shares an entry, which is not in the list yet.
    expect(read(theirs, ({ latest, used }) => [latest, used.length])).toEqual([5, 0]);
  });

  test("is given up for both, and concurrent requests of both count together", () => {
    const [main, other] = threads();
    const till = main.take("key");
    const theirs = new SharedTill(other, other.hold("key"));
    lend(till, 9, 3);
    for (const each of [till, theirs, till]) expect(each.admit(LIMITS, 1, true, () => true)).not.toBe(MUST_ASK);
    expect(theirs.admit(LIMITS, 1, true, () => true)).toBe(MUST_ASK);
    expect(till.endRequest()).toBe(false);
    expect(theirs.admit(LIMITS, 1, true, () => true)).not.toBe(MUST_ASK);
    read(till, () => till.giveUp());
    expect(theirs.admit(LIMITS, 1, false, () => true)).toBe(MUST_ASK);
  });
});

describe("a till is forgotten", () => {
  test("only when no thread has a key of it and no request is under way", () => {
    const [main, other] = threads();
    const till = main.take("key");
    const theirs = new SharedTill(other, other.hold("key"));
    lend(till, 9, 3);
    expect(main.forget(till)).toBe(false);
    theirs.admit(LIMITS, 1, true, () => true);
    theirs.leave();
    expect([theirs.isHeld, main.forget(till)]).toEqual([false, false]);
    expect([theirs.endRequest(), main.forget(till), main.size]).toEqual([true, true, 0]);
  });

  test("and who still has it does not touch the one that took its place", () => {
    const [main, other] = threads();
    const handle = other.hold("key");
    const theirs = new SharedTill(other, handle);
    theirs.leave();
    expect(main.forget(main.take("key"))).toBe(true);
    const next = main.take("next");
    expect(next.id).toBe("next");
    lend(next, 5, 5);
    expect(theirs.admit(LIMITS, 1, false, () => true)).toBe(MUST_ASK);
    theirs.enter();
    expect(read(next, ({ uses, holders }) => [uses, holders])).toEqual([5, 0]);
    expect(main.size).toBe(1);
  });
});
