import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { missingScopes, parseScopes } from "../../engine/scopes.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, number) => `scope:${number}`);

describe("scopes are a set in the order of the alphabet", () => {
  // biome-ignore format: a table
  test.each([
    ["none",                              [],                                      []],
    ["one",                               ["agents:read"],                         ["agents:read"]],
    ["in order",                          ["b", "a", "c"],                         ["a", "b", "c"]],
    ["each once",                         ["a", "b", "a"],                         ["a", "b"]],
    ["every character that may be",       ["a0:._/-z"],                            ["a0:._/-z"]],
    ["a digit alone",                     ["7"],                                   ["7"]],
    ["64 characters",                     ["a".repeat(64)],                        ["a".repeat(64)]],
    ["64 of them",                        numbered(64),                            numbered(64).sort()],
  ])("%s", (_sentence, scopes, parsed) => {
    expect(parseScopes(scopes)).toEqual({ ok: true, value: parsed });
  });

  test("the list is frozen, and the caller's own is not touched", () => {
    const given = ["b", "a"];
    const outcome = parseScopes(given);
    expect(outcome.ok && Object.isFrozen(outcome.value)).toBe(true);
    expect(given).toEqual(["b", "a"]);
  });
});

describe("an invalid scope is refused with its place in the list", () => {
  test.each([
    ["nothing", ""],
    ["65 characters", "a".repeat(65)],
    ["capitals", "Agents:read"],
    ["a wildcard", "agents:*"],
    ["a space", "agents read"],
    ["a colon at the end", "agents:"],
    ["a colon at the beginning", ":read"],
    ["a comma", "a,b"],
    ["a line feed after", "read\n"],
    ["a letter outside of ASCII", "größe"],
    ["the Kelvin sign", "\u212a"],
    ["a lone surrogate", "a\ud800a"],
    ["a very long text", "a".repeat(100_000)],
  ])("%s", (_sentence, scope) => {
    expect(parseScopes(["ok", scope, ""], "scopes")).toEqual({
      ok: false,
      problem: {
        code: "invalid_request",
        detail: "scopes[1] must be 1 to 64 characters of a-z, 0-9 and : . _ / -, with a letter or digit at both ends",
        field: "scopes[1]",
      },
    });
  });

  test("more than 64 are refused as a whole, repeated or not", () => {
    for (const scopes of [numbered(65), new Array(65).fill("a")]) {
      expect(parseScopes(scopes, "grants")).toEqual({
        ok: false,
        problem: { code: "invalid_request", detail: "grants must be at most 64 scopes", field: "grants" },
      });
    }
  });
});

describe("scopes match exactly", () => {
  // biome-ignore format: a table
  test.each([
    ["nothing is required",                        ["a"],              [],                  []],
    ["what is required is granted",                ["a", "b"],         ["b", "a"],          []],
    ["one is missing",                             ["a"],              ["a", "b"],          ["b"]],
    ["nothing is granted",                         [],                 ["a"],               ["a"]],
    ["a longer scope does not hold a shorter one", ["agents:read"],    ["agents"],          ["agents"]],
    ["nor a shorter one a longer one",             ["agents"],         ["agents:read"],     ["agents:read"]],
    ["a star in a record grants nothing but itself", ["*"],            ["agents:read"],     ["agents:read"]],
    ["case counts",                                ["agents:read"],    ["Agents:read"],     ["Agents:read"]],
    ["an object's own members are no scopes",      [],                 ["constructor"],     ["constructor"]],
  ])("%s", (_sentence, granted, required, missing) => {
    expect(missingScopes(granted, required)).toEqual(missing);
  });

  test("nothing is missing exactly when all that is required is granted", () => {
    const scopes = fc.array(fc.constantFrom("a", "b", "c", "d"));
    fc.assert(
      fc.property(scopes, scopes, (granted, required) => {
        expect(missingScopes(granted, required).length === 0).toBe(new Set(required).isSubsetOf(new Set(granted)));
      }),
    );
  });
});
