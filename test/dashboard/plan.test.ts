/** Plans in words, the form of an organization's own limits, and the filter of the audit log. */
import { describe, expect, it } from "vitest";
import { auditFilter } from "../../dashboard/src/screens/audit-log/audit-filter.ts";
import { readTest } from "../../dashboard/src/screens/key-page/test-form.ts";
import { formOf, overridesOf } from "../../dashboard/src/screens/plan/override-form.ts";
import { grantedLimits, keysSentence, keysTone, type OfferedPlan, type Overrides, planTitle } from "../../dashboard/src/words/plan.ts";

const starter: OfferedPlan = {
  title: "Starter",
  requestsPerMinute: 60,
  requestsPerDay: 10_000,
  concurrentRequests: 5,
  keys: null,
  customLimits: [],
};
const enterprise: OfferedPlan = {
  ...starter,
  title: "Enterprise",
  customLimits: ["requestsPerMinute", "requestsPerDay", "concurrentRequests"],
};

describe("a plan", () => {
  // biome-ignore format: a table
  it.each<[string, OfferedPlan | undefined, Overrides, [string, string | null, string | null]]>([
    ["as planned",                     starter,    {},                           ["60", null, null]],
    ["the organization's own number",  starter,    { requestsPerMinute: 1_200 }, ["1,200", "60", null]],
    ["the organization has none",      starter,    { requestsPerMinute: null },  ["No limit", "60", null]],
    ["AW5 custom, and not set yet",    enterprise, {},                           ["Custom", null, "60"]],
    ["AW5 custom, and another is set", enterprise, { requestsPerDay: 5 },        ["Custom", null, "60"]],
    ["AW5 custom, and set",            enterprise, { requestsPerMinute: 5_000 }, ["5,000", "Custom", null]],
    ["a plan that is not known",       undefined,  {},                           ["Not known", null, null]],
    ["its own beside no known plan",   undefined,  { requestsPerMinute: 9 },     ["9", "Not known", null]],
  ])("%s", (_name, planned, overrides, [words, instead, meanwhile]) =>
    expect(grantedLimits(planned, overrides)[0]).toMatchObject({ name: "requestsPerMinute", words, instead, meanwhile }),
  );

  it("AW5 has the title of the platform's page, or its name if the plan no longer exists", () => {
    expect(["starter", "gone", "toString"].map((name) => planTitle({ starter }, name))).toEqual(["Starter", "gone", "toString"]);
  });

  // biome-ignore format: a table
  it.each<[number, number | null, string, string]>([
    [0, 5,    "0 of 5 keys; 5 more can be created",  "good"],
    [4, 5,    "4 of 5 keys; 1 more can be created",  "warn"],
    [5, 5,    "5 of 5 keys; no more can be created", "bad"],
    [6, 5,    "6 of 5 keys; no more can be created", "bad"],
    [0, 1,    "0 of 1 key; 1 more can be created",   "good"],
    [1, null, "1 key",                               "good"],
  ])("%i active of %j", (active, allowed, sentence, tone) => {
    expect(keysSentence({ active, allowed })).toBe(sentence);
    expect(keysTone({ active, allowed })).toBe(tone);
  });
});

describe("the form of an organization's own limits", () => {
  it.each<Overrides>([{}, { requestsPerMinute: 5 }, { requestsPerDay: null, keys: 3 }])(
    "gives back %j when nothing is changed",
    (overrides) => expect(overridesOf(formOf(overrides))).toEqual(overrides),
  );

  it.each([
    ["1,200", 1_200],
    ["1 200", 1_200],
    ["", 0],
    ["many", 0],
    ["-1", -1],
    ["1.5", 1.5],
  ])("%j is sent as %d", (text, value) => expect(overridesOf({ ...formOf({}), keys: { kind: "own", text } })).toEqual({ keys: value }));
});

describe("the filter of the audit log", () => {
  it("takes whole days where the person is: from the start of the first to the end of the last", () => {
    expect(auditFilter({ from: "2026-11-20", to: "2026-11-20" })).toEqual({
      from: new Date(2026, 10, 20).toISOString(),
      to: new Date(2026, 10, 21).toISOString(),
    });
  });

  it("leaves out a date that is none, and keeps the rest", () => {
    expect(auditFilter({ from: "yesterday", to: "20-11-2026", action: "key.created" })).toEqual({ action: "key.created" });
  });
});

describe("testing a key", () => {
  it.each([
    ["empty fields are not asked about", { credential: " k ", origin: " ", scopes: "" }, { credential: "k" }],
    ["a copied scheme is left out", { credential: "bearer pk:sk", origin: "", scopes: "" }, { credential: "pk:sk" }],
    ["scopes with commas or spaces", { credential: "k", origin: "", scopes: "a, b  c," }, { credential: "k", scopes: ["a", "b", "c"] }],
    ["the origin as it is", { credential: "k", origin: "https://a.com ", scopes: "" }, { credential: "k", origin: "https://a.com" }],
  ])("%s", (_name, form, asked) => expect(readTest(form)).toEqual(asked));
});
