import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS as FORM_LIMITS } from "../../dashboard/src/keys/dialogs/draft.ts";
import { PLAN_LIMITS } from "../../dashboard/src/words/plan.ts";
import { type Limits, NO_LIMITS } from "../../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import { byLimitField, LIMIT_FIELDS, LIMITS } from "../../engine/limit-fields.ts";
import {
  admit,
  Counter,
  effectiveLimits,
  keysAllowed,
  least,
  limitSource,
  parseLimits,
  rateLimits,
  secondsUntil,
  wouldAdmit,
} from "../../engine/limits.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const limits = (
  requestsPerMinute: number | null,
  requestsPerDay: number | null = null,
  concurrentRequests: number | null = null,
): Limits => ({ requestsPerMinute, requestsPerDay, concurrentRequests });

/** A counter that has admitted `requests` at each of these times, each request over at once. */
function counterAfter(times: readonly number[], under: Limits): Counter {
  const counter = new Counter();
  for (const at of times) expect(admit(counter, under, at, false)).toBe(0);
  return counter;
}

describe("which of the three decides a limit", () => {
  // biome-ignore format: a table
  test.each<[string, number | null, number | null | undefined, number | null, string]>([
    ["the plan, where nobody says more",                    5,    undefined, null, "plan"],
    ["the plan, where the key's own is larger",             5,    undefined, 6,    "plan"],
    ["the plan, where the key's own says the same",         5,    undefined, 5,    "plan"],
    ["the key, where its own is smaller",                   5,    undefined, 4,    "key"],
    ["the key, where the plan has none",                    null, undefined, 9,    "key"],
    ["the key, where the operator takes the limit away",    5,    null,      9,    "key"],
    ["the organization, where the operator grants more",    5,    50,        null, "organization"],
    ["the organization, where the operator grants less",    5,    2,         4,    "organization"],
    ["the organization, where the plan has none",           null, 7,         null, "organization"],
  ])("%s", (_sentence, planned, override, own, source) => {
    for (const [name, limit] of [
      ["minute", "requestsPerMinute"],
      ["day", "requestsPerDay"],
      ["concurrent", "concurrentRequests"],
    ] as const) {
      const overrides = override === undefined ? {} : { [limit]: override };
      const granted = { plan: { ...NO_LIMITS, [limit]: planned }, overrides, ofKey: { ...NO_LIMITS, [limit]: own } };
      expect(limitSource(name, granted)).toBe(source);
      expect(effectiveLimits(granted.plan, overrides, granted.ofKey)[limit]).toBe(
        { plan: planned, organization: override, key: own }[source],
      );
    }
  });
});

describe("one request against every limit", () => {
  test("passes when there is none", () => {
    const counter = new Counter();
    for (let request = 0; request < 10_000; request++) expect(admit(counter, NO_LIMITS, NOW, false)).toBe(0);
    expect([counter.minute, counter.day, counter.active]).toEqual([undefined, undefined, 0]);
  });

  test.each([
    ["the minute is full: when the first of it is a minute old", limits(2), [NOW, NOW + 10], NOW + 20, NOW + MINUTE_MS],
    ["the day is full: when the first of it is a day old", limits(null, 2), [NOW, NOW + 10], NOW + 20, NOW + DAY_MS],
    ["both are full: the later of the two", limits(2, 2), [NOW, NOW + 10], NOW + 20, NOW + DAY_MS],
    ["the day is full and the minute not", limits(2, 2), [NOW, NOW + MINUTE_MS], NOW + MINUTE_MS + 1, NOW + DAY_MS],
    ["the minute is full and the day not", limits(1, 9), [NOW], NOW + MINUTE_MS - 1, NOW + MINUTE_MS],
  ])("%s", (_sentence, under, times, now, at) => {
    expect(admit(counterAfter(times, under), under, now, false)).toBe(at);
  });

  test("a request that lasts counts as under way until it is over, and a second is the soonest that anybody can promise", () => {
    const counter = new Counter();
    const under = limits(null, null, 2);
    expect([admit(counter, under, NOW, true), admit(counter, under, NOW, true), admit(counter, under, NOW, true)]).toEqual([
      0,
      0,
      NOW + 1_000,
    ]);
    counter.active--;
    expect(admit(counter, under, NOW, true)).toBe(0);
    expect(counter.active).toBe(2);
  });

  test("a request that does not last is neither counted as under way nor refused for those that are", () => {
    const counter = new Counter();
    const under = limits(null, null, 1);
    expect([admit(counter, under, NOW, true), admit(counter, under, NOW, false)]).toEqual([0, 0]);
    expect(counter.active).toBe(1);
  });

  test("a request that lasts is counted even while no limit asks, so that a limit set now knows of it", () => {
    const counter = new Counter();
    admit(counter, NO_LIMITS, NOW, true);
    expect(admit(counter, limits(null, null, 1), NOW, true)).toBe(NOW + 1_000);
  });
});

describe("all limits or none", () => {
  test.each([
    ["a full minute charges neither the day nor those under way", limits(1, 9, 9)],
    ["a full day charges neither the minute nor those under way", limits(9, 1, 9)],
    ["too many under way charge neither the minute nor the day", limits(9, 9, 1)],
  ])("%s", (_sentence, under) => {
    const counter = new Counter();
    expect(admit(counter, under, NOW, true)).toBe(0);
    const before = rateLimits(counter, under, NOW + 1);
    for (let attempt = 0; attempt < 20; attempt++) expect(admit(counter, under, NOW + 1, true)).not.toBe(0);
    expect(rateLimits(counter, under, NOW + 1)).toEqual(before);
  });

  test("in any sequence, an admission counts once in each window, a refusal in none, and its time is true", () => {
    const limit = fc.option(fc.integer({ min: 1, max: 5 }));
    const arrival = fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.constant(MINUTE_MS), fc.constant(DAY_MS)),
      holds: fc.boolean(),
      ends: fc.boolean(),
      waits: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.record({ requestsPerMinute: limit, requestsPerDay: limit, concurrentRequests: limit }),
        fc.array(arrival, { maxLength: 40 }),
        (under, arrivals) => {
          const counter = new Counter();
          let now = NOW;
          const left = () => rateLimits(counter, under, now).map(({ remaining }) => remaining);
          const counts = (holds: boolean) => rateLimits(counter, under, now).map(({ name }) => (name === "concurrent" && !holds ? 0 : 1));
          for (const { afterMs, holds, ends, waits } of arrivals) {
            now += afterMs;
            counter.active = Math.max(0, counter.active - Number(ends));
            const [before, active] = [left(), counter.active];
            const at = admit(counter, under, now, holds);
            if (at === 0) {
              expect(left()).toEqual(before.map((remaining, index) => remaining - counts(holds)[index]!));
              expect(counter.active).toBe(active + Number(holds));
              continue;
            }
            expect([left(), counter.active]).toEqual([before, active]);
            expect(at).toBeGreaterThan(now);
            if (!waits) continue;
            now = at;
            counter.active = 0;
            expect(admit(counter, under, now, holds)).toBe(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("where the limits stand", () => {
  test("limits that are not set are not told", () => {
    expect(rateLimits(new Counter(), NO_LIMITS, NOW)).toEqual([]);
  });

  test("before the first request all is left", () => {
    expect(rateLimits(new Counter(), limits(60, 1_000, 5), NOW)).toEqual([
      { name: "minute", limit: 60, remaining: 60, resetSeconds: 60, windowSeconds: 60 },
      { name: "day", limit: 1_000, remaining: 1_000, resetSeconds: 86_400, windowSeconds: 86_400 },
      { name: "concurrent", limit: 5, remaining: 5, resetSeconds: 0, windowSeconds: 0 },
    ]);
  });

  test("the reset is when the first request leaves the window, in whole seconds, rounded up", () => {
    const under = limits(60, 1_000, 5);
    const counter = counterAfter([NOW, NOW + 5_000], under);
    counter.active = 2;
    expect(rateLimits(counter, under, NOW + 5_001)).toEqual([
      { name: "minute", limit: 60, remaining: 58, resetSeconds: 55, windowSeconds: 60 },
      { name: "day", limit: 1_000, remaining: 998, resetSeconds: 86_395, windowSeconds: 86_400 },
      { name: "concurrent", limit: 5, remaining: 3, resetSeconds: 0, windowSeconds: 0 },
    ]);
    expect(rateLimits(counter, under, NOW + MINUTE_MS)[0]).toMatchObject({ remaining: 59, resetSeconds: 5 });
    expect(rateLimits(counter, under, NOW + 2 * MINUTE_MS)[0]).toMatchObject({ remaining: 60, resetSeconds: 60 });
  });

  test("nothing is left, and not less, when a limit was lowered or more requests are under way than are allowed now", () => {
    const counter = counterAfter([NOW, NOW, NOW], limits(3));
    counter.active = 3;
    expect(rateLimits(counter, limits(2, null, 1), NOW).map(({ remaining }) => remaining)).toEqual([0, 0]);
  });

  test("after a limit was lowered the reset is when a request passes again, as Retry-After says", () => {
    const times = [0, 10, 20, 30].map((seconds) => NOW + seconds * 1_000);
    const counter = counterAfter(times, limits(10));
    const now = NOW + 30_000;
    const retryAfter = secondsUntil(admit(counter, limits(2), now, false), now);
    expect(retryAfter).toBe(50);
    expect(rateLimits(counter, limits(2), now)).toEqual([
      { name: "minute", limit: 2, remaining: 0, resetSeconds: retryAfter, windowSeconds: 60 },
    ]);
  });
});

describe("Retry-After", () => {
  test.each([
    ["a whole number of seconds", 5_000, 5],
    ["a part of a second is rounded up", 4_001, 5],
    ["a millisecond is a second", 1, 1],
    ["now is a second", 0, 1],
    ["the past is a second", -9_999, 1],
  ])("%s", (_sentence, afterMs, seconds) => {
    expect(secondsUntil(NOW + afterMs, NOW)).toBe(seconds);
  });
});

describe("which limits hold for a key", () => {
  test.each([
    ["the plan's", limits(60, 1_000, 5), {}, NO_LIMITS, limits(60, 1_000, 5)],
    ["the key's, where they are smaller", limits(60, 1_000, 5), {}, limits(6, 9_999, 1), limits(6, 1_000, 1)],
    ["an override that is larger than the plan's", limits(60, 1_000, 5), { requestsPerMinute: 600 }, NO_LIMITS, limits(600, 1_000, 5)],
    ["an override that is smaller", limits(60, 1_000, 5), { requestsPerDay: 10 }, NO_LIMITS, limits(60, 10, 5)],
    ["an override that takes a limit away", limits(60, 1_000, 5), { requestsPerMinute: null }, NO_LIMITS, limits(null, 1_000, 5)],
    ["an override that sets one where the plan has none", NO_LIMITS, { concurrentRequests: 2 }, NO_LIMITS, limits(null, null, 2)],
    ["the key's own, where an override takes the plan's away", limits(60), { requestsPerMinute: null }, limits(7), limits(7)],
    ["the key's own never widens", limits(60), {}, limits(600), limits(60)],
    ["none", NO_LIMITS, {}, NO_LIMITS, NO_LIMITS],
  ])("%s", (_sentence, plan, overrides, ofKey, effective) => {
    expect(effectiveLimits(plan, overrides, ofKey)).toEqual(effective);
  });
});

describe("how many keys an organization may have", () => {
  // biome-ignore format: a table
  test.each([
    ["as many as its plan says",                          {},             3,         3],
    ["any number where the plan says so",                 {},             null,      null],
    ["an override goes before the plan",                  { keys: 9 },    3,         9],
    ["a smaller override too",                            { keys: 1 },    3,         1],
    ["an override of null is any number",                 { keys: null }, 3,         null],
    ["a plan that is not known allows none",              {},             undefined, 0],
    ["unless an override says how many",                  { keys: 2 },    undefined, 2],
    ["an override of other limits changes nothing",       { requestsPerDay: 1 }, 3,  3],
  ])("%s", (_sentence, overrides, planned, allowed) => {
    expect(keysAllowed(overrides, planned)).toBe(allowed);
  });
});

test.each([
  [1, 2, 1],
  [2, 1, 1],
  [null, 1, 1],
  [1, null, 1],
  [null, null, null],
  [0, null, 0],
])("the smaller of %s and %s is %s, where null is no bound", (a, b, smaller) => {
  expect(least(a, b)).toBe(smaller);
});

describe("a limit from outside is a whole number from 1 to a billion, or null", () => {
  test.each([
    ["null", null, true],
    ["1", 1, true],
    ["60", 60, true],
    ["a billion", 1_000_000_000, true],
    ["a billion and one", 1_000_000_001, false],
    ["0", 0, false],
    ["-0", -0, false],
    ["-1", -1, false],
    ["1.5", 1.5, false],
    ["just over 1", 1.000_000_1, false],
    ["NaN", Number.NaN, false],
    ["Infinity", Number.POSITIVE_INFINITY, false],
    ["-Infinity", Number.NEGATIVE_INFINITY, false],
    ["2 ** 53", 2 ** 53, false],
    ["a text of digits", "5" as unknown as number, false],
    ["true", true as unknown as number, false],
    ["a list", [5] as unknown as number, false],
  ])("%s", (_sentence, value, isAllowed) => {
    const outcome = parseLimits({ requestsPerDay: value }, ["requestsPerDay"]);
    if (isAllowed) expect(outcome).toEqual({ ok: true, value: { requestsPerDay: value } });
    else
      expect(outcome).toEqual({
        ok: false,
        problem: {
          code: "invalid_request",
          detail: "limits.requestsPerDay must be a whole number from 1 to 1000000000, or null for no limit",
          field: "limits.requestsPerDay",
        },
      });
  });
});

describe("limits from outside", () => {
  test.each([
    ["absent ones stay absent", {}, {}],
    ["undefined is absent", { requestsPerDay: undefined }, {}],
    ["null is said", { requestsPerDay: null }, { requestsPerDay: null }],
    [
      "all of them",
      { requestsPerMinute: 1, requestsPerDay: 2, concurrentRequests: 3 },
      { requestsPerMinute: 1, requestsPerDay: 2, concurrentRequests: 3 },
    ],
    ["what is no limit is left out", { requestsPerDay: 2, keys: 0 }, { requestsPerDay: 2 }],
  ])("%s", (_sentence, given, parsed) => {
    const outcome = parseLimits(given, LIMIT_FIELDS);
    expect(outcome).toEqual({ ok: true, value: parsed });
    expect(outcome.ok && Object.keys(outcome.value)).toEqual(Object.keys(parsed));
  });

  test("a wrong one is refused by its name, below the field", () => {
    expect(parseLimits({ requestsPerMinute: 1, requestsPerDay: 0 }, LIMIT_FIELDS)).toMatchObject({
      ok: false,
      problem: { field: "limits.requestsPerDay" },
    });
    expect(parseLimits({ keys: -1 }, ["keys"], "overrides")).toMatchObject({ ok: false, problem: { field: "overrides.keys" } });
  });
});

describe("`wouldAdmit` charges nothing", () => {
  // biome-ignore format: a table
  test.each<[string, Limits, readonly number[], number, number, boolean]>([
    ["nothing was ever counted",              limits(1, 1, 1),      [],           0, NOW,                 true],
    ["without limits",                        NO_LIMITS,            [NOW],        9, NOW,                 true],
    ["one of the minute is left",             limits(2),            [NOW],        0, NOW,                 true],
    ["none of the minute is left",            limits(2),            [NOW, NOW],   0, NOW,                 false],
    ["a millisecond before the minute ends",  limits(1),            [NOW],        0, NOW + MINUTE_MS - 1, false],
    ["the minute has ended",                  limits(1),            [NOW],        0, NOW + MINUTE_MS,     true],
    ["none of the day is left",               limits(null, 1),      [NOW],        0, NOW + DAY_MS - 1,    false],
    ["the day has ended",                     limits(null, 1),      [NOW],        0, NOW + DAY_MS,        true],
    ["one may still be under way",            limits(null, null, 2), [],          1, NOW,                 true],
    ["as many are under way as may be",       limits(null, null, 2), [],          2, NOW,                 false],
  ])("%s", (_sentence, under, times, active, now, expected) => {
    const counter = counterAfter(times, under);
    counter.active = active;
    const before = rateLimits(counter, under, now);
    for (let look = 0; look < 3; look++) expect(wouldAdmit(counter, under, now)).toBe(expected);
    expect(rateLimits(counter, under, now)).toEqual(before);
    expect(admit(counter, under, now, true) === 0).toBe(expected);
  });
});

describe("the table of limits", () => {
  test("has a row for each limit that is counted, with the name and window that responses tell", () => {
    const one = byLimitField(() => 1);
    const told = rateLimits(new Counter(), one, 0).map(({ name, windowSeconds }) => ({ name, windowMs: windowSeconds * 1_000 }));
    expect(told).toEqual(LIMITS.map(({ name, windowMs }) => ({ name, windowMs })));
  });

  test.each(LIMITS)("$field alone refuses the second request at once", ({ field }) => {
    const counter = new Counter();
    const limits = { ...byLimitField(() => null), [field]: 1 };
    expect([admit(counter, limits, 0, true) === 0, wouldAdmit(counter, limits, 0), admit(counter, limits, 0, true) === 0]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("is what the dashboard's forms show, in its order", () => {
    expect(FORM_LIMITS.map(({ name }) => name)).toEqual(LIMIT_FIELDS);
    expect(PLAN_LIMITS).toEqual([...LIMIT_FIELDS, "keys"]);
  });
});
