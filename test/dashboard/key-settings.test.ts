import { type ApiKey, newIdempotencyKey } from "@keyward/sdk";
import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import { expect, test } from "vitest";
import { type Draft, draftOf, newDraft, prefillOf } from "../../dashboard/src/keys/dialogs/draft.ts";
import { nextRequest, type SentRequest } from "../../dashboard/src/keys/dialogs/idempotency.ts";
import { formatList, isSameList, parseList, toggled } from "../../dashboard/src/keys/dialogs/list-text.ts";
import { requestCount, totalsInWords, wasUsedWithin } from "../../dashboard/src/keys/dialogs/recent-use.ts";
import { changedSettings, type FormField, faultsOf, newSettings, shownInputs } from "../../dashboard/src/keys/dialogs/settings.ts";
import { readKeysSearch } from "../../dashboard/src/screens/key-list/search.ts";

const NOW = Date.parse("2026-11-20T18:00:00.000Z");
const ALL: readonly FormField[] = ["environment", "expiry", "domains", "scopes", "resources", "limits"];
const empty = newDraft({}, "live", NOW);
const limits = (requestsPerMinute: string, requestsPerDay = "", concurrentRequests = "") => ({
  requestsPerMinute,
  requestsPerDay,
  concurrentRequests,
});

const key: ApiKey = {
  id: "key_1",
  organizationId: "org_1",
  name: "Production",
  environment: "live",
  prefix: "kw_live_abc",
  status: "active",
  refusedFor: [],
  condition: "active",
  enabled: true,
  scopes: ["a", "b"],
  resources: ["agent-1"],
  publicKey: null,
  domains: ["example.com"],
  rotationDue: false,
  limits: { requestsPerMinute: 60, requestsPerDay: null, concurrentRequests: null },
  createdAt: "2026-11-01T00:00:00.000Z",
  updatedAt: "2026-11-01T00:00:00.000Z",
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  predecessorId: null,
  successorId: null,
};

test.each([
  ["", []],
  [" , ,\n", []],
  ["a.com, *.b.com", ["a.com", "*.b.com"]],
  ["a\nb,a , b", ["a", "b"]],
])("the list %j has the entries %j", (text, entries) => {
  expect(parseList(text)).toEqual(entries);
  expect(parseList(formatList(entries))).toEqual(entries);
});

test("ticking a box puts an entry in and takes it out again", () => {
  expect(toggled("a", "b")).toBe("a, b");
  expect(toggled("a, b", "a")).toBe("b");
  expect(isSameList(["a", "b"], ["b", "a"])).toBe(true);
  expect(isSameList(["a"], ["b"])).toBe(false);
});

test.each<[name: string, Partial<Draft>, fields: readonly FormField[], settings: unknown]>([
  ["nothing typed asks for nothing", {}, ["expiry", "domains", "resources", "limits"], {}],
  ["no scopes are said, since saying nothing asks for all", {}, ["scopes"], { scopes: [] }],
  ["spaces are no name", { name: "  " }, [], {}],
  ["the name is trimmed", { name: " Production Website " }, [], { name: "Production Website" }],
  ["what has no field is not sent", { domains: "a.com", scopes: "a", limits: limits("1") }, [], {}],
  ["the environment is sent where there are several", { environment: "test" }, ["environment"], { environment: "test" }],
  [
    "lists are sent as lists",
    { domains: "a.com, *.b.com", scopes: "a,b" },
    ALL,
    { environment: "live", domains: ["a.com", "*.b.com"], scopes: ["a", "b"] },
  ],
  ["a list of resources restricts", { allResources: false, resources: "x\ny" }, ["resources"], { resources: ["x", "y"] }],
  ["all resources do not", { allResources: true, resources: "x" }, ["resources"], {}],
  [
    "limits are numbers",
    { limits: limits("60", "", " 5 ") },
    ["limits"],
    { limits: { requestsPerMinute: 60, requestsPerDay: null, concurrentRequests: 5 } },
  ],
])("a new key: %s", (_name, typed, fields, settings) => {
  expect(newSettings({ ...empty, ...typed }, fields)).toEqual(settings);
});

test.each<[name: string, Partial<Draft>, changes: unknown]>([
  ["nothing changed is nothing sent", {}, {}],
  ["the order of a list is no change", { scopes: "b, a" }, {}],
  ["a new name", { name: "Staging" }, { name: "Staging" }],
  ["no name", { name: " " }, { name: null }],
  ["no domains", { domains: "" }, { domains: [] }],
  ["another scope", { scopes: "a" }, { scopes: ["a"] }],
  ["no restriction", { allResources: true }, { resources: null }],
  ["another resource", { resources: "agent-2" }, { resources: ["agent-2"] }],
  ["only the limit that changed", { limits: limits("60", "1000") }, { limits: { requestsPerDay: 1_000 } }],
  ["no limit", { limits: limits("") }, { limits: { requestsPerMinute: null } }],
  ["an end", { expiry: { choice: "30d", custom: "" } }, { expiresIn: "30d" }],
  ["no end", { expiry: { choice: "never", custom: "" } }, { expiresAt: null }],
  ["the environment stays", { environment: "test" }, {}],
])("a change: %s", (_name, typed, changes) => {
  expect(changedSettings(key, { ...draftOf(key), ...typed }, ALL)).toEqual(changes);
});

test("errors that need no server are shown beside their input", () => {
  const draft: Draft = {
    ...empty,
    expiry: { choice: "custom", custom: "" },
    allResources: false,
    resources: " ",
    limits: limits("0", "ten", "2"),
  };
  expect(Object.keys(faultsOf(draft, ALL, NOW, true)).sort()).toEqual([
    "expiresAt",
    "limits.requestsPerDay",
    "limits.requestsPerMinute",
    "resources",
    "scopes",
  ]);
  expect(faultsOf(draft, [], NOW, true)).toEqual({});
  expect(faultsOf(empty, ALL, NOW, false)).toEqual({});
  expect(shownInputs(["expiry"])).toEqual(["name", "expiresAt", "expiresIn"]);
});

test("AM7 a new key begins with no scope, or with those that the address names; where scopes are listed, one must be chosen", () => {
  expect(newSettings(empty, ["scopes"])).toEqual({ scopes: [] });
  expect(faultsOf(empty, ["scopes"], NOW, true)).toEqual({ scopes: expect.stringContaining("at least one scope") });
  const named = newDraft({ scopes: "b" }, "live", NOW);
  expect(newSettings(named, ["scopes"])).toEqual({ scopes: ["b"] });
  expect(faultsOf(named, ["scopes"], NOW, true)).toEqual({});
});

test("typed values are restored from the address, which has only those that differ from an empty form", () => {
  const prefill = {
    name: "Production Website",
    expires: "90d",
    domains: "a.com, *.b.com",
    scopes: "a, b",
    in: "test",
    resources: "0xab",
    limits: "60,,5",
  } as const;
  const typed = newDraft(prefill, "live", NOW);
  expect(typed).toMatchObject({ environment: "test", allResources: false, resources: "0xab", limits: limits("60", "", "5") });
  expect(prefillOf(typed, "live", NOW)).toEqual(prefill);
  expect(prefillOf(empty, "live", NOW)).toEqual({});
});

test("a form that grants nothing does not come back as one that grants everything", () => {
  const nothing: Draft = { ...empty, scopes: "", allResources: false, resources: "" };
  const prefill = prefillOf(nothing, "live", NOW);
  expect(readKeysSearch(defaultParseSearch(defaultStringifySearch({ create: true, ...prefill })))).toEqual({ create: true, resources: "" });
  expect(newDraft(prefill, "live", NOW)).toEqual(nothing);
});

test.each<[name: string, error: unknown, isSame: boolean, keeps: boolean]>([
  ["the same request after a refusal", { status: 403, code: "key_limit_reached" }, true, true],
  ["another request after a refusal", { status: 400, code: "invalid_request" }, false, false],
  ["another request after a lost connection", new TypeError("no response"), false, true],
  ["another request after a failure of the server", { status: 503, code: "store_unavailable" }, false, true],
  ["another request while the first is under way", { status: 409, code: "idempotency_in_progress" }, false, true],
  ["the first request", undefined, false, true],
])("%s: whether it is sent under the first Idempotency-Key", (_name, error, isSame, keeps) => {
  const before: SentRequest<{ name: string }> = { key: "first", sent: [{ name: "a" }], error };
  expect(nextRequest(before, { name: isSame ? "a" : "b" }, () => "second").key).toBe(keeps ? "first" : "second");
});

test("Idempotency-Keys are 128 bits that do not repeat", () => {
  const keys = new Set(Array.from({ length: 100 }, newIdempotencyKey));
  expect(keys.size).toBe(100);
  for (const each of keys) expect(each).toMatch(/^[0-9a-f]{32}$/);
});

test("recent use in words, the most frequent outcome first", () => {
  expect(totalsInWords({ rate_limited: 30, valid: 1_204, expired: 0 })).toBe("1,234 requests (1,204 valid, 30 rate limited)");
  expect(totalsInWords({ valid: 1 })).toBe("1 request (1 valid)");
  expect(totalsInWords({})).toBe("no requests");
  expect(requestCount({ valid: 2, disabled: 3 })).toBe(5);
});

test.each([
  [null, false],
  ["2026-11-20T17:00:00.000Z", true],
  ["2026-11-19T18:00:00.001Z", true],
  ["2026-11-19T18:00:00.000Z", false],
])("last used %j: within a day is %j", (at, isWithin) => {
  expect(wasUsedWithin(1, at, NOW)).toBe(isWithin);
});
