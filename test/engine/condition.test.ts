import { describe, expect, test } from "vitest";
import type { ApiKey } from "../../engine/api-key.ts";
import { type Circumstances, CONDITIONS, conditionOf } from "../../engine/condition.ts";
import { DAY_MS } from "../../engine/duration.ts";
import { NOW, someKey } from "./some-key.ts";

const PLAIN: Circumstances = { rotateAfterDays: 90, isRateLimited: false };
const LIMITED = { isRateLimited: true };
const ago = (days: number) => NOW - days * DAY_MS;
const inDays = (days: number) => NOW + days * DAY_MS;

describe("the condition of a key is the first thing to know about it", () => {
  // biome-ignore format: a table
  test.each<[string, Partial<ApiKey>, Partial<Circumstances>, string]>([
    ["in use, without an end",                        {},                                                        {},                        "active"],
    ["revoked, whatever else",                        { revokedAt: NOW, expiresAt: NOW, enabled: false },        LIMITED,                   "revoked"],
    ["expires exactly now",                           { expiresAt: NOW, successorId: "key_2" },                  LIMITED,                   "expired"],
    ["disabled, though expired",                      { expiresAt: NOW, enabled: false, successorId: "key_2" },  LIMITED,                   "disabled"],
    ["expires in a millisecond",                      { expiresAt: NOW + 1 },                                    {},                        "expiring"],
    ["disabled, though rotated",                      { enabled: false, successorId: "key_2" },                  LIMITED,                   "disabled"],
    ["disabled, though expiring",                     { enabled: false, expiresAt: NOW + 1 },                    {},                        "disabled"],
    ["rotated, though expiring and limited",          { successorId: "key_2", expiresAt: NOW + 1 },              LIMITED,                   "rotating"],
    ["limited, though expiring",                      { expiresAt: NOW + 1 },                                    LIMITED,                   "rate_limited"],
    ["limited, though unused and due",                { createdAt: ago(400), lastUsedAt: null },                 LIMITED,                   "rate_limited"],
    ["ends in exactly 7 days",                        { expiresAt: inDays(7) },                                  {},                        "expiring"],
    ["ends a millisecond later",                      { expiresAt: inDays(7) + 1 },                              {},                        "active"],
    ["expiring, though due and unused",               { expiresAt: inDays(7), createdAt: ago(400), lastUsedAt: null }, {},                  "expiring"],
    ["made exactly as long ago as is advised",        { createdAt: ago(90) },                                    {},                        "rotation_due"],
    ["made a millisecond later",                      { createdAt: ago(90) + 1 },                                {},                        "active"],
    ["due, though unused",                            { createdAt: ago(90), lastUsedAt: null },                  {},                        "rotation_due"],
    ["old where rotation is never advised",           { createdAt: ago(4_000) },                                 { rotateAfterDays: null }, "active"],
    ["last used exactly 30 days ago",                 { createdAt: ago(31), lastUsedAt: ago(30) },               {},                        "unused"],
    ["last used a millisecond later",                 { createdAt: ago(31), lastUsedAt: ago(30) + 1 },           {},                        "active"],
    ["never used, made exactly 30 days ago",          { createdAt: ago(30), lastUsedAt: null },                  {},                        "unused"],
    ["never used, made a millisecond later",          { createdAt: ago(30) + 1, lastUsedAt: null },              {},                        "active"],
    ["used in 1970",                                  { createdAt: ago(31), lastUsedAt: 0 },                     {},                        "unused"],
  ])("%s", (_sentence, different, circumstances, condition) => {
    expect(conditionOf(someKey(different), { ...PLAIN, ...circumstances }, NOW)).toBe(condition);
    expect(CONDITIONS).toContain(condition);
  });
});
