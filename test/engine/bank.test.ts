/** The bank's rules as tables: one counter, several nodes, and a bank time that is given. */
import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../engine/api-key.ts";
import { type BankAsk, DRIFT, decide } from "../../engine/bank/bank.ts";
import { merged, totalOf } from "../../engine/bank/entries.ts";
import { type BankState, EMPTY_BANK, LOAN_MS, SLOTS_MS } from "../../engine/bank/ledger.ts";
import { fromText, toText } from "../../engine/bank/saved-state.ts";
import { bankRateLimits } from "../../engine/bank/standing.ts";
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";

const NOW = 1_000_000;
const LIMITS = { ...NO_LIMITS, requestsPerMinute: 10 };
const SLOTS = { ...NO_LIMITS, concurrentRequests: 4 };

let asks = 0;
const ask = (node: string, given: Partial<BankAsk> = {}): BankAsk => ({
  node,
  id: `${node}.${++asks}`,
  limits: LIMITS,
  settle: [],
  keep: { uses: 0, slots: 0, spareSlots: 0 },
  waiting: { requests: 0, holding: 0 },
  want: { uses: 0, slots: 0 },
  isLeft: false,
  ...given,
});
const waits = (requests: number, holding = 0) => ({ waiting: { requests, holding } });
/** A node that keeps so many admissions, and wants more than there are. */
const keeps = (node: string, uses: number) => ask(node, { keep: { uses, slots: 0, spareSlots: 0 }, ...wants(100) });
const wants = (uses: number, slots = 0) => ({ want: { uses, slots } });

/** Asks one after the other, each at its time; the last answer and what the bank has then. */
function history(...steps: (readonly [ask: BankAsk, now?: number])[]) {
  let state: BankState = EMPTY_BANK;
  let answer: ReturnType<typeof decide>["answer"] | undefined;
  for (const [each, now = NOW] of steps) ({ state, answer } = decide(fromText(toText(state, 0), { aheadMs: 0, now }).state, each, now));
  return { state, answer: answer as NonNullable<typeof answer> };
}

describe("requests that wait", () => {
  // biome-ignore format: a table
  test.each([
    ["are admitted while there is room",                  [ask("a", waits(3))],                                           { admitted: 3, roomInMs: 0 }],
    ["are admitted as far as there is room",              [ask("a", waits(12))],                                          { admitted: 10, roomInMs: MINUTE_MS }],
    ["are refused when the window is full",               [ask("a", waits(10)), ask("b", waits(1))],                      { admitted: 0, roomInMs: MINUTE_MS, lenders: [] }],
    ["are refused for what others have borrowed",         [ask("a", { ...waits(1), ...wants(9) }), ask("b", waits(5))],   { admitted: 4, lenders: ["a"] }],
    ["count in the day too",                              [ask("a", { limits: { ...LIMITS, requestsPerDay: 2 }, ...waits(3) })], { admitted: 2, roomInMs: DAY_MS }],
    ["are not limited by limits that are not set",        [ask("a", { limits: NO_LIMITS, ...waits(500) })],               { admitted: 500 }],
    ["with slots are admitted while slots are free",      [ask("a", { limits: SLOTS, ...waits(6, 6) })],                  { admitted: 4, slotsForWaiting: 4, slots: 4, roomInMs: 0 }],
    ["without slots pass beside those that lack them",    [ask("a", { limits: SLOTS, ...waits(7, 6) })],                  { admitted: 5, slotsForWaiting: 4 }],
    ["charge nothing when another limit refuses",         [ask("a", { limits: { ...SLOTS, requestsPerMinute: 2 }, ...waits(3, 3) })], { admitted: 2, slots: 2 }],
  ])("%s", (_sentence, given, expected) => {
    expect(history(...given.map((each) => [each] as const)).answer).toMatchObject(expected);
  });
});

describe("a loan", () => {
  test.each<[string, steps: Parameters<typeof history>, uses: number]>([
    ["is half of what is free for the first node", [[ask("a", wants(100))]], 5],
    ["is a third of all for the second, of what is left", [[ask("a", wants(100))], [ask("b", wants(100))]], 4],
    ["is what is left for the third", [[ask("a", wants(100))], [ask("b", wants(100))], [ask("c", wants(100))]], 1],
    ["is no more than what is wanted", [[ask("a", wants(2))]], 2],
    ["adds to what is kept as much as makes it an equal share", [[ask("b", wants(4))], [keeps("a", 1)]], 3],
    ["adds nothing to a share that is larger", [[ask("b", wants(4))], [keeps("a", 5)]], 0],
  ])("%s", (_sentence, steps, uses) => {
    expect(history(...steps).answer.uses).toBe(uses);
  });

  test("counts whole until its window has passed after its end, and not a moment longer", () => {
    const lent = [ask("a", wants(6))] as const;
    const end = NOW + LOAN_MS + MINUTE_MS;
    expect(history(lent, [ask("b", waits(10)), end - 1]).answer.admitted).toBe(5);
    expect(history(lent, [ask("b", waits(10)), end]).answer.admitted).toBe(10);
  });

  test("counts in the day after the minute has forgotten it", () => {
    const limits = { ...LIMITS, requestsPerDay: 10 };
    const later = NOW + LOAN_MS + 2 * MINUTE_MS;
    const { answer } = history([ask("a", { limits, ...wants(6) })], [ask("b", { limits, ...waits(10) }), later]);
    expect([answer.admitted, answer.roomInMs]).toEqual([5, LOAN_MS + DAY_MS - (later - NOW)]);
  });

  test("is replaced by what was used of it, at the latest time at which that can have been", () => {
    const lent = ask("a", wants(6));
    const settled = ask("a", { settle: [{ loan: lent.id, used: [1_000, 2] }] });
    const { state } = history([lent], [settled, NOW + 5_000]);
    expect(state).toMatchObject({ minute: [NOW + 5_000 - 1_000 * (1 - DRIFT), 2], loans: [] });
  });

  test("is settled once: when the bank has a later one, what was used of that counts", () => {
    const [first, second] = [ask("a", wants(6)), ask("a", { keep: { uses: 6, slots: 0, spareSlots: 0 } })];
    const settle = [
      { loan: first.id, used: [2_000, 3, 1_000, 1] },
      { loan: second.id, used: [1_000, 1] },
    ];
    const third = ask("a", { settle });
    expect(totalOf(history([first], [second], [third, NOW + 3_000]).state.minute)).toBe(1);
    expect(totalOf(history([first], [third, NOW + 3_000]).state.minute)).toBe(4);
    expect(totalOf(history([third, NOW + 3_000]).state.minute)).toBe(0);
  });

  test("counts in the windows of the limits under which it was used, whatever the limits of who settles it", () => {
    const lent = ask("a", wants(4));
    const settle = [{ loan: lent.id, used: [1_000, 4] }];
    const daily = { ...NO_LIMITS, requestsPerDay: 100 };
    const { answer } = history([lent], [ask("a", { limits: daily, settle, ...waits(1) }), NOW + 2_000], [ask("b", waits(20)), NOW + 3_000]);
    expect(answer).toMatchObject({ admitted: 6, lenders: [] });
  });

  test("under stricter limits binds those who ask under others, as long as it lasts", () => {
    const strict = [ask("a", wants(6))] as const;
    const loose = { limits: { ...LIMITS, requestsPerMinute: 100 }, ...waits(50) };
    expect(history(strict, [ask("b", loose)]).answer).toMatchObject({ admitted: 5, lenders: ["a"] });
    expect(history(strict, [ask("b", loose), NOW + LOAN_MS]).answer.admitted).toBe(50);
  });

  test("of which only slots are left binds nobody's windows, and one whose key has left no slots either", () => {
    const strict = { ...SLOTS, requestsPerMinute: 3 };
    const loose = { ...NO_LIMITS, requestsPerMinute: 100, concurrentRequests: 50 };
    const held = ask("a", { limits: strict, ...waits(3, 3) });
    const left = ask("a", { limits: strict, isLeft: true, keep: { uses: 0, slots: 3, spareSlots: 0 } });
    const next = ask("b", { limits: loose, ...waits(80, 60) });
    expect(history([held], [next]).answer).toMatchObject({ admitted: 21, slotsForWaiting: 1 });
    expect(history([held], [left], [next]).answer).toMatchObject({ admitted: 67, slotsForWaiting: 47 });
  });

  test("leaves slots to others as soon as its slots end", () => {
    const lent = [ask("a", { limits: SLOTS, ...waits(4, 4) })] as const;
    const next = ask("b", { limits: SLOTS, ...waits(1, 1) });
    expect(history(lent, [next, NOW + SLOTS_MS - 1]).answer).toMatchObject({ admitted: 0, lenders: ["a"], roomInMs: 0 });
    expect(history(lent, [next, NOW + SLOTS_MS]).answer.admitted).toBe(1);
  });
});

test("spare slots that a node says it keeps decide nothing once they have ended and are lent to another", () => {
  const keep = { uses: 0, slots: 3, spareSlots: 2 };
  const late = ask("a", { limits: SLOTS, keep, ...waits(2, 2) });
  const [lent, taken] = [ask("a", { limits: SLOTS, ...waits(3, 3) }), ask("b", { limits: SLOTS, ...waits(4, 4) })];
  expect(history([lent], [late, NOW + 1_000]).answer).toMatchObject({ admitted: 2, slotsForWaiting: 2 });
  const { answer } = history([lent], [taken, NOW + SLOTS_MS], [late, NOW + SLOTS_MS + 1_000]);
  expect(answer).toMatchObject({ admitted: 0, slotsForWaiting: 0, lenders: ["b"] });
});

test("nothing is written where nothing changes", () => {
  const full = history([ask("a", waits(10))]).state;
  expect(decide(full, ask("b", waits(1)), NOW + 1).state).toBe(full);
});

test("slots in use above a limit that was lowered are to come down to it", () => {
  const limits = { ...SLOTS, concurrentRequests: 2 };
  const { answer } = history(
    [ask("a", { limits: SLOTS, ...waits(1, 1) })],
    [ask("b", { limits, keep: { uses: 0, slots: 3, spareSlots: 0 }, ...waits(1, 1) })],
  );
  expect(answer).toMatchObject({ admitted: 0, slotsAtMost: 1 });
});

test("a day of 100,000 stays small, and is never more than 1 % below", () => {
  const limits = { ...NO_LIMITS, requestsPerDay: 100_000 };
  let state: BankState = EMPTY_BANK;
  let admitted = 0;
  for (let now = NOW; now < NOW + DAY_MS; now += 43_000) {
    const decided = decide(state, ask("a", { limits, ...waits(61) }), now);
    state = decided.state;
    admitted += decided.answer.admitted;
  }
  expect(admitted).toBe(100_000);
  expect(state.day.length / 2).toBeLessThan(210);
  expect(toText(state, 0).length).toBeLessThan(4_000);
});

test("entries are merged in the order of time, and grouped at the later time", () => {
  expect(merged([1, 1, 5, 1], [3, 1, 5, 2], 10)).toEqual([1, 1, 3, 1, 5, 3]);
  expect(merged([1, 5, 9, 5], [3, 5], 1_400)).toEqual([3, 10, 9, 5]);
});

test("the standing tells what is neither admitted nor lent", () => {
  const limits = { requestsPerMinute: 10, requestsPerDay: 20, concurrentRequests: 4 };
  const { state } = history([ask("a", { limits, ...waits(2, 1), ...wants(3, 1) })]);
  expect(bankRateLimits(state, limits, NOW + 1_000)).toEqual([
    { name: "minute", limit: 10, remaining: 5, resetSeconds: 59, windowSeconds: 60 },
    { name: "day", limit: 20, remaining: 15, resetSeconds: 86_399, windowSeconds: 86_400 },
    { name: "concurrent", limit: 4, remaining: 2, resetSeconds: 0, windowSeconds: 0 },
  ]);
});

describe("a state that was written under another correction of the clock", () => {
  const loan = { node: "a", id: "a.1", uses: 3, end: NOW + 9_000, slots: 1, slotsEnd: NOW + 2_000, limits: LIMITS };
  const text = toText({ minute: [NOW - 50_000, 2, NOW - 1_000, 1], day: [], loans: [loan] }, 5_000);
  const at = (aheadMs: number) => fromText(text, { aheadMs, now: NOW });

  test("is read as it was written under the same", () => {
    expect(at(5_000)).toMatchObject({ isMoved: false, state: { minute: [NOW - 50_000, 2, NOW - 1_000, 1], loans: [loan] } });
  });

  test("moves forward with bank time, up to now, and as far as a loan can last", () => {
    const { state, isMoved } = at(5_000 - 20_000);
    expect([isMoved, state.minute]).toEqual([true, [NOW - 30_000, 2, NOW, 1]]);
    expect(state.loans).toEqual([{ ...loan, end: NOW + LOAN_MS, slotsEnd: NOW + SLOTS_MS }]);
  });

  test("moves nowhere when bank time was put back, but for what would lie in the future", () => {
    const { state, isMoved } = at(9_000);
    expect([isMoved, state.minute]).toEqual([true, [NOW - 50_000, 2, NOW - 1_000, 1]]);
    expect(fromText(toText({ minute: [NOW + 4_000, 1], day: [], loans: [] }, 5_000), { aheadMs: 9_000, now: NOW }).state.minute).toEqual([
      NOW,
      1,
    ]);
  });

  test("that an older version wrote is read as it is", () => {
    const { aheadMs: _unknown, ...older } = JSON.parse(text);
    expect(fromText(JSON.stringify(older), { aheadMs: -7, now: NOW })).toMatchObject({ isMoved: false, state: { loans: [loan] } });
  });
});
