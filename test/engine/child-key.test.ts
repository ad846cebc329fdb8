import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../engine/api-key.ts";
import { boundByParent } from "../../engine/child-key.ts";
import { NOW, someKey } from "./some-key.ts";

const limits = (requestsPerMinute: number | null, requestsPerDay: number | null, concurrentRequests: number | null) => ({
  requestsPerMinute,
  requestsPerDay,
  concurrentRequests,
});

describe("which keys may create a child", () => {
  // biome-ignore format: a table
  test.each([
    ["an active key may",                          {},                                           true],
    ["a key in its overlap may",                   { successorId: "key_2", expiresAt: NOW + 1 }, true],
    ["a key in its last millisecond may",          { expiresAt: NOW + 1 },                       true],
    ["a key that expires now may not",             { expiresAt: NOW },                           false],
    ["a revoked key may not",                      { revokedAt: NOW },                           false],
    ["a disabled key may not",                     { enabled: false },                           false],
    ["a rotated key that is disabled may not",     { successorId: "key_2", enabled: false },     false],
  ])("%s", (_sentence, parent, may) => {
    expect(boundByParent(someKey({ id: "child" }), someKey(parent), NOW) !== undefined).toBe(may);
  });
});

describe("a child never exceeds its parent", () => {
  // biome-ignore format: a table
  test.each([
    ["it has the parent's scopes, not those it asked for", { scopes: ["a", "b"] },         { scopes: ["c"] },           { scopes: ["c"] }],
    ["a parent without scopes makes children without",     { scopes: ["a"] },              { scopes: [] },              { scopes: [] }],
    ["it lives in the parent's environment",               { environment: "live" },        { environment: "test" },     { environment: "test" }],
    ["it ends with the parent when it has no end",         { expiresAt: null },            { expiresAt: NOW + 5 },      { expiresAt: NOW + 5 }],
    ["it ends with the parent when it would live longer",  { expiresAt: NOW + 9 },         { expiresAt: NOW + 5 },      { expiresAt: NOW + 5 }],
    ["it may end earlier",                                 { expiresAt: NOW + 3 },         { expiresAt: NOW + 5 },      { expiresAt: NOW + 3 }],
    ["it keeps its end when the parent has none",          { expiresAt: NOW + 3 },         { expiresAt: null },         { expiresAt: NOW + 3 }],
    ["neither ends",                                       { expiresAt: null },            { expiresAt: null },         { expiresAt: null }],
    ["the smaller of each limit holds, one by one",        { limits: limits(9, 5, null) }, { limits: limits(7, 6, 2) }, { limits: limits(7, 5, 2) }],
    ["a child without limits has the parent's",            { limits: NO_LIMITS },          { limits: limits(1, 2, 3) }, { limits: limits(1, 2, 3) }],
    ["a parent without limits leaves the child's",         { limits: limits(1, 2, 3) },    { limits: NO_LIMITS },       { limits: limits(1, 2, 3) }],
  ] as const)("%s", (_sentence, child, parent, bound) => {
    const asked = someKey({ id: "child", name: "asked", ...child });
    expect(boundByParent(asked, someKey(parent), NOW)).toEqual({ ...asked, ...bound });
  });

  test("neither of the two records is touched", () => {
    const [child, parent] = [someKey({ scopes: ["a"] }), someKey({ scopes: ["b"], limits: limits(1, 1, 1) })];
    const before = structuredClone([child, parent]);
    boundByParent(child, parent, NOW);
    expect([child, parent]).toEqual(before);
  });
});
