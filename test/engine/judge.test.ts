import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Environment } from "../../engine/api-key.ts";
import { type Judged, judge, REFUSALS, reasonsAgainst } from "../../engine/judge.ts";
import { NOW, someKey } from "./some-key.ts";

/** A key whose secret was presented, unless the row says otherwise. */
const judged = (different: Partial<Judged> = {}): Judged => ({ ...someKey(), requiredOrigin: null, ...different });

describe("whether this key may do this now", () => {
  test.each([
    ["a key in force passes", {}, {}, "valid"],
    ["it expires in a millisecond", { expiresAt: NOW + 1 }, {}, "valid"],
    ["it expires exactly now", { expiresAt: NOW }, {}, "expired"],
    ["it expired a millisecond ago", { expiresAt: NOW - 1 }, {}, "expired"],
    ["it is disabled", { enabled: false }, {}, "disabled"],
    ["it is revoked", { revokedAt: NOW - 1 }, {}, "revoked"],
    ["it was revoked by a clock that runs ahead", { revokedAt: NOW + 60_000 }, {}, "revoked"],
    ["it is a test key at a live deployment", { environment: "test" }, {}, "wrong_environment"],
    ["it has the scope that is asked", { scopes: ["a", "b"] }, { scopes: ["b"] }, "valid"],
    ["it has one of two that are asked", { scopes: ["a"] }, { scopes: ["a", "b"] }, "insufficient_scope"],
    ["it has no scope, and none is asked", { scopes: [] }, { scopes: [] }, "valid"],
    ["it has no scope, and the question is not put", { scopes: [] }, { scopes: undefined }, "valid"],
    ["it has no scope, and one is asked", { scopes: [] }, { scopes: ["a"] }, "insufficient_scope"],
  ] as const)("%s", (_sentence, different, ask, verdict) => {
    expect(judge(judged(different), ask, ["live"], NOW)).toBe(verdict);
  });
});

describe("AG2 the first reason counts, and the order is a promise", () => {
  const reasons = [
    ["wrong_environment", { environment: "test" }],
    ["revoked", { revokedAt: NOW }],
    ["disabled", { enabled: false }],
    ["expired", { expiresAt: NOW }],
    ["origin_not_allowed", { requiredOrigin: [] }],
    ["insufficient_scope", { scopes: [] }],
    ["resource_not_allowed", { resources: ["another@agents.example"] }],
  ] as const;

  test("whichever of them are true at once", () => {
    fc.assert(
      fc.property(fc.subarray([...reasons], { minLength: 1 }), (found) => {
        const key = judged(Object.assign({}, ...found.map(([, different]) => different)));
        const ask = { scopes: ["agents:read"], origin: "https://example.com", resource: "one@agents.example" };
        expect(judge(key, ask, ["live"], NOW)).toBe(found[0]![0]);
        expect(reasonsAgainst(key, ask, ["live"], NOW)).toEqual(found.map(([reason]) => reason));
      }),
    );
  });

  test("a refusal is one of the words that the platform's services know", () => {
    for (const [reason] of reasons) expect(REFUSALS).toContain(reason);
    expect(new Set(REFUSALS).size).toBe(REFUSALS.length);
  });
});

describe("AM2 a key is served only where its environment is", () => {
  // biome-ignore format: a table
  test.each([
    ["a live key at a live deployment",             "live", ["live"],         "valid"],
    ["a test key at a test deployment",             "test", ["test"],         "valid"],
    ["a live key at a test deployment",             "live", ["test"],         "wrong_environment"],
    ["a test key where both are served",            "test", ["live", "test"], "valid"],
    ["any key where nothing is served",             "live", [],               "wrong_environment"],
  ] as [string, Environment, Environment[], string][])("%s", (_sentence, environment, environments, verdict) => {
    expect(judge(judged({ environment }), {}, environments, NOW)).toBe(verdict);
  });
});

describe("AG2 a public key alone is used from its own websites", () => {
  const domains = ["example.com", "*.example.org"];

  // biome-ignore format: a table
  test.each([
    ["the secret was presented: the origin does not matter",  null,     "https://evil.com",             "valid"],
    ["the secret was presented, and there is no origin",      null,     undefined,                      "valid"],
    ["the website is one of the domains",                     domains,  "https://example.com",          "valid"],
    ["the website is below a wildcard",                       domains,  "http://a.b.example.org:8080",  "valid"],
    ["a Referer counts by its origin",                        domains,  "https://example.com/page?a=b", "valid"],
    ["the apex is not below its wildcard",                    domains,  "https://example.org",          "origin_not_allowed"],
    ["a host below an exact domain",                          domains,  "https://www.example.com",      "origin_not_allowed"],
    ["another website",                                       domains,  "https://evil.com",             "origin_not_allowed"],
    ["no origin",                                             domains,  undefined,                      "origin_not_allowed"],
    ["an empty origin",                                       domains,  "",                             "origin_not_allowed"],
    ["a sandboxed frame says null",                           domains,  "null",                         "origin_not_allowed"],
    ["two origins, joined as Node joins them",                domains,  "https://example.com, https://example.com", "origin_not_allowed"],
    ["no domain is set",                                      [],       "https://example.com",          "origin_not_allowed"],
    ["no domain is set, and there is no origin",              [],       undefined,                      "origin_not_allowed"],
  ])("%s", (_sentence, requiredOrigin, origin, verdict) => {
    expect(judge(judged({ requiredOrigin }), { origin }, ["live"], NOW)).toBe(verdict);
  });
});

describe("a key may be restricted to some resources", () => {
  // biome-ignore format: a table
  test.each([
    ["it is not restricted",                                null,          "one",      "valid"],
    ["it is not restricted, and none is named",             null,          undefined,  "valid"],
    ["it has the one that is named",                        ["two", "one"], "one",     "valid"],
    ["the request is about none",                           ["one"],       undefined,  "valid"],
    ["it has another one",                                  ["one"],       "two",      "resource_not_allowed"],
    ["they are compared exactly, in case too",              ["one"],       "One",      "resource_not_allowed"],
    ["nor is a part of one enough",                         ["one"],       "on",       "resource_not_allowed"],
    ["nor is a star a wildcard",                            ["*"],         "one",      "resource_not_allowed"],
    ["an empty name is a name",                             ["one"],       "",         "resource_not_allowed"],
  ])("%s", (_sentence, resources, resource, verdict) => {
    expect(judge(judged({ resources }), { resource }, ["live"], NOW)).toBe(verdict);
  });
});
