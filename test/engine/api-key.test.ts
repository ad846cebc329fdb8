import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInForce, isRotationDue, NO_LIMITS, stateRefusals, statusOf } from "../../engine/api-key.ts";
import { conditionOf } from "../../engine/condition.ts";
import { DAY_MS } from "../../engine/duration.ts";
import { judge } from "../../engine/judge.ts";
import { NOW, someKey } from "./some-key.ts";

describe("the status of a key", () => {
  // biome-ignore format: a table
  test.each([
    ["a key without an end is active",                        {},                                                    "active"],
    ["a key that ends in a millisecond is still active",      { expiresAt: NOW + 1 },                                "active"],
    ["a key that ends exactly now has expired",               { expiresAt: NOW },                                    "expired"],
    ["a key that ended a millisecond ago has expired",        { expiresAt: NOW - 1 },                                "expired"],
    ["a key switched off is disabled",                        { enabled: false },                                    "disabled"],
    ["a key with a successor that still works is rotating",   { successorId: "key_2", expiresAt: NOW + 1 },          "rotating"],
    ["a rotated key at its end has expired",                  { successorId: "key_2", expiresAt: NOW },              "expired"],
    ["a rotated key that is switched off is disabled",        { successorId: "key_2", enabled: false },              "disabled"],
    ["a successor is active like any key",                    { predecessorId: "key_0" },                            "active"],
    ["a revoked key is revoked",                              { revokedAt: NOW - 1 },                                "revoked"],
    ["revoked counts even when the clock has gone back",      { revokedAt: NOW + 1_000 },                            "revoked"],
    ["revoked goes before expired, disabled and rotated",     { revokedAt: NOW, expiresAt: NOW, enabled: false, successorId: "key_2" }, "revoked"],
    ["disabled goes before expired, as in a verdict",         { expiresAt: NOW, enabled: false },                    "disabled"],
  ] as const)("%s", (_sentence, different, status) => {
    expect(statusOf(someKey(different), NOW)).toBe(status);
  });
});

test("AG2 status and condition agree with the refusal of a request, whatever states are true at once", () => {
  const states = [{ revokedAt: NOW }, { enabled: false }, { expiresAt: NOW }, { successorId: "key_2" }];
  fc.assert(
    fc.property(fc.subarray(states), (found) => {
      const key = someKey(Object.assign({}, ...found));
      const verdict = judge({ ...key, requiredOrigin: null }, {}, ["live"], NOW);
      const refusals = stateRefusals(key, NOW);
      expect(refusals[0] ?? "valid").toBe(verdict);
      expect(isInForce(key, NOW)).toBe(verdict === "valid");
      expect(statusOf(key, NOW)).toBe(refusals[0] ?? (key.successorId === null ? "active" : "rotating"));
      if (verdict !== "valid") expect(conditionOf(key, { rotateAfterDays: null, isRateLimited: false }, NOW)).toBe(verdict);
    }),
  );
});

test("NO_LIMITS is shared, so it is frozen", () => {
  expect(Object.isFrozen(NO_LIMITS)).toBe(true);
  expect(NO_LIMITS).toEqual({ requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null });
});

describe("whether a key has been in use for longer than the platform advises", () => {
  const old = { createdAt: NOW - 90 * DAY_MS };

  // biome-ignore format: a table
  test.each([
    ["after exactly so many days it is due",          old,                                       90,    true],
    ["a millisecond before it is not",                { createdAt: old.createdAt + 1 },          90,    false],
    ["and stays due",                                 { createdAt: 0 },                          90,    true],
    ["a fresh key is not",                            { createdAt: NOW },                        90,    false],
    ["one from a clock that runs ahead is not",       { createdAt: NOW + DAY_MS },               90,    false],
    ["never, where the platform advises nothing",     { createdAt: 0 },                          null,  false],
    ["a revoked key needs no successor",              { ...old, revokedAt: NOW },                90,    false],
    ["a rotated key has one",                         { ...old, successorId: "key_2" },          90,    false],
    ["a successor counts from its own beginning",     { predecessorId: "key_0", createdAt: NOW - DAY_MS }, 90, false],
    ["and is due like any key",                       { ...old, predecessorId: "key_0" },        90,    true],
    ["a disabled key is due: it may be enabled",      { ...old, enabled: false },                90,    true],
    ["a key that was never used is due",              { ...old, lastUsedAt: null },              90,    true],
  ])("%s", (_sentence, different, rotateAfterDays, due) => {
    expect(isRotationDue(someKey(different), rotateAfterDays, NOW)).toBe(due);
  });
});
