import { describe, expect, test } from "vitest";
import { refusedChange, withChanges } from "../../engine/key-changes.ts";
import { NOW, someKey } from "./some-key.ts";

const END = NOW + 1_000;
const rotated = { successorId: "key_2", expiresAt: END };

describe("when a key may be changed", () => {
  // biome-ignore format: a table
  test.each([
    ["an active key may be renamed",                            {},                        { name: "new" },                     undefined],
    ["an active key may be given an end",                       {},                        { expiresAt: END },                  undefined],
    ["its end may be put off",                                  { expiresAt: END },        { expiresAt: END + 1 },              undefined],
    ["its end may be taken away",                               { expiresAt: END },        { expiresAt: null },                 undefined],
    ["a disabled key may be enabled",                           { enabled: false },        { enabled: true },                   undefined],
    ["a key in its last millisecond may be given more",         { expiresAt: NOW + 1 },    { expiresAt: END },                  undefined],
    ["a key that has just expired may not: it stays expired",   { expiresAt: NOW },        { expiresAt: END },                  "key_not_active"],
    ["nor be renamed",                                          { expiresAt: NOW - 1 },    { name: "new" },                     "key_not_active"],
    ["a revoked key may not be enabled",                        { revokedAt: NOW },        { enabled: true },                   "key_not_active"],
    ["nor by a clock that is behind its revocation",            { revokedAt: NOW + 1 },    { enabled: true },                   "key_not_active"],
    ["a rotated key may be renamed",                            rotated,                   { name: "old" },                     undefined],
    ["a rotated key may be disabled",                           rotated,                   { enabled: false },                  undefined],
    ["a rotated key's end may come closer",                     rotated,                   { expiresAt: END - 1 },              undefined],
    ["a rotated key's end may be said again",                   rotated,                   { expiresAt: END },                  undefined],
    ["a rotated key's end may not be put off",                  rotated,                   { expiresAt: END + 1 },              "already_rotated"],
    ["a rotated key's end may not be taken away",               rotated,                   { expiresAt: null },                 "already_rotated"],
    ["a name beside it does not help",                          rotated,                   { name: "old", expiresAt: null },    "already_rotated"],
    ["a rotated key that has expired is not active",            { ...rotated, expiresAt: NOW }, { expiresAt: NOW - 1 },         "key_not_active"],
    ["a successor is changed like any key",                     { predecessorId: "key_0", expiresAt: END }, { expiresAt: null }, undefined],
  ])("%s", (_sentence, different, changes, code) => {
    expect(refusedChange(someKey(different), changes, NOW)?.code).toBe(code);
  });

  test("the refusal to put off an end names the field", () => {
    expect(refusedChange(someKey(rotated), { expiresAt: null }, NOW)).toEqual({
      code: "already_rotated",
      detail: "This key has been rotated: its expiry can only be moved to an earlier time.",
      field: "expiresAt",
    });
  });
});

describe("the key with the changes in it", () => {
  const limits = { requestsPerMinute: 1, requestsPerDay: 2, concurrentRequests: 3 };

  // biome-ignore format: a table
  test.each([
    ["nothing changes but the time",                {},                                       {}],
    ["a name can be taken away",                    { name: null },                           { name: null }],
    ["a limit that is absent stays",                { limits: { requestsPerDay: 9 } },        { limits: { ...limits, requestsPerDay: 9 } }],
    ["a limit can be taken away alone",             { limits: { requestsPerMinute: null } },  { limits: { ...limits, requestsPerMinute: null } }],
    ["limits without any stay as they are",         { limits: {} },                           { limits }],
    ["domains are replaced, not added to",          { domains: ["b.example"] },               { domains: ["b.example"] }],
    ["a restriction can be taken away",             { resources: null },                      { resources: null }],
  ])("%s", (_sentence, changes, different) => {
    const key = someKey({ limits, domains: ["a.example"], resources: ["one"] });
    const before = structuredClone(key);
    expect(withChanges(key, changes, NOW + 5)).toEqual({ ...key, ...different, updatedAt: NOW + 5 });
    expect(key).toEqual(before);
  });
});
