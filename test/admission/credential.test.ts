/** Extraction of a credential from header lines, for places of every kind. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BEARER, extractCredential, readCredential } from "../../admission/credential.ts";
import type { CredentialPlace } from "../../platforms/define.ts";

const BOTH: readonly CredentialPlace[] = [...BEARER, { header: "x-api-key" }];
const NONE = { found: "none" };
const SEVERAL = { found: "several" };
const one = (presented: string) => ({ found: "one", presented });

describe("in a request", () => {
  // biome-ignore format: a table
  test.each<[string, string[], object]>([
    ["no header at all",                            [],                                                            NONE],
    ["other headers only",                          ["Host", "x", "Accept", "*/*"],                                NONE],
    ["a bearer token",                              ["Authorization", "Bearer k1"],                                one("k1")],
    ["a header of the platform",                    ["X-Api-Key", "k1"],                                           one("k1")],
    ["the name in capitals, the scheme too",        ["AUTHORIZATION", "BEARER k1"],                                one("k1")],
    ["spaces after the scheme",                     ["Authorization", "Bearer   k1"],                              one("k1")],
    ["another scheme: presented, and no key",       ["Authorization", "Basic k1"],                                 one("")],
    ["the scheme alone",                            ["Authorization", "Bearer"],                                   one("")],
    ["a tab after the scheme",                      ["Authorization", "Bearer\tk1"],                               one("")],
    ["an empty header",                             ["X-Api-Key", ""],                                             one("")],
    ["a scheme where none belongs: part of the key", ["X-Api-Key", "Bearer k1"],                                   one("Bearer k1")],
    ["names that only look alike",                  ["X_Api_Key", "k1", "X-Api-Keys", "k1", "X-Authorization", "k1"], NONE],
    ["a value that is a header's name",             ["X-Other", "x-api-key"],                                      NONE],
    ["one place twice",                             ["X-Api-Key", "k1", "X-Api-Key", "k1"],                        SEVERAL],
    ["one place twice, in two spellings",           ["X-Api-Key", "k1", "x-api-key", "k2"],                        SEVERAL],
    ["one place twice, empty the second time",      ["X-Api-Key", "k1", "X-Api-Key", ""],                          SEVERAL],
    ["both places",                                 ["Authorization", "Bearer k1", "X-Api-Key", "k1"],             SEVERAL],
    ["both places, one with another scheme",        ["Authorization", "Basic x", "X-Api-Key", "k1"],               SEVERAL],
    ["two lines that a proxy joined",               ["Authorization", "Bearer k1, Bearer k2"],                     SEVERAL],
    ["a comma without a space: one value",          ["X-Api-Key", "k1,k2"],                                        one("k1,k2")],
    ["a name without a value at the end",           ["X-Api-Key"],                                                 NONE],
  ])("%s", (_sentence, lines, expected) => {
    expect(extractCredential(lines, BOTH)).toEqual(expected);
  });

  test("a place that the platform does not name holds no credential", () => {
    expect(extractCredential(["X-Api-Key", "k1"], BEARER)).toEqual(NONE);
    expect(extractCredential(["Authorization", "Bearer k1", "X-Api-Key", "k2"], BEARER)).toEqual(one("k1"));
  });

  test("in any header lines, one credential is found exactly if one line has it", () => {
    const name = fc.constantFrom("Authorization", "authorization", "X-Api-Key", "x-API-key", "Host", "X-Api", "Proxy-Authorization");
    const lines = fc.array(fc.tuple(name, fc.string({ unit: fc.constantFrom("a", " ", ":") })), { maxLength: 5 });
    fc.assert(
      fc.property(lines, (drawn) => {
        const count = drawn.filter(([header]) => BOTH.some((place) => place.header === header.toLowerCase())).length;
        expect(extractCredential(drawn.flat(), BOTH).found).toBe(["none", "one"][count] ?? "several");
      }),
    );
  });
});

// biome-ignore format: a table
test.each<[string, string, CredentialPlace, string]>([
  ["the scheme in any case",               "bEaReR k1", { header: "authorization", scheme: "Bearer" }, "k1"],
  ["a scheme that begins like it",         "Bearers k1", { header: "authorization", scheme: "Bearer" }, ""],
  ["the credential keeps its own spaces",  "Bearer a b", { header: "authorization", scheme: "Bearer" }, "a b"],
  ["without a scheme the value as it is",  " k1 ", { header: "x-api-key" }, " k1 "],
])("reads a value: %s", (_sentence, value, place, expected) => {
  expect(readCredential(value, place)).toBe(expected);
});
