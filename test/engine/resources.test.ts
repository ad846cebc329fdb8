import { describe, expect, test } from "vitest";
import { parseResources } from "../../engine/resources.ts";

describe("what a key is restricted to", () => {
  // biome-ignore format: a table
  test.each([
    ["nothing: it may be used for all",              null,                                null],
    ["one",                                          ["billing@agents.example"],          ["billing@agents.example"]],
    ["several, in the order given",                  ["b", "a"],                          ["b", "a"]],
    ["each once",                                    ["a", "b", "a"],                     ["a", "b"]],
    ["two that differ in case",                      ["a", "A"],                          ["a", "A"]],
    ["any printable character",                      ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'], ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']],
    ["128 characters",                               ["a".repeat(128)],                   ["a".repeat(128)]],
    ["100 of them",                                  Array.from({ length: 100 }, (_, at) => `a${at}`), Array.from({ length: 100 }, (_, at) => `a${at}`)],
  ])("%s", (_sentence, given, resources) => {
    expect(parseResources(given)).toEqual({ ok: true, value: resources });
  });

  test.each([
    ["an empty list would be a key for nothing", [], "allowed", "allowed must name at least one, or be null for no restriction"],
    ["101 of them", Array(101).fill("a"), "allowed", "allowed must be at most 100"],
    ["an empty name", ["a", ""], "allowed[1]", "allowed[1] must be 1 to 128 printable ASCII characters without spaces"],
    ["129 characters", ["a".repeat(129)], "allowed[0]", "allowed[0] must be 1 to 128 printable ASCII characters without spaces"],
    ["a space", ["a b"], "allowed[0]", "allowed[0] must be 1 to 128 printable ASCII characters without spaces"],
    ["a line feed at the end", ["a\n"], "allowed[0]", "allowed[0] must be 1 to 128 printable ASCII characters without spaces"],
    [
      "a letter that is not ASCII",
      ["ok", "ok", "\u0430"],
      "allowed[2]",
      "allowed[2] must be 1 to 128 printable ASCII characters without spaces",
    ],
    ["a zero-width space", ["a\u200b"], "allowed[0]", "allowed[0] must be 1 to 128 printable ASCII characters without spaces"],
    ["a control character", ["a\u0000"], "allowed[0]", "allowed[0] must be 1 to 128 printable ASCII characters without spaces"],
  ])("%s is refused by name", (_sentence, given, field, detail) => {
    expect(parseResources(given, "allowed")).toEqual({ ok: false, problem: { code: "invalid_request", detail, field } });
  });

  test("the list that is given stays as it is, and the one that comes back cannot be changed", () => {
    const given = ["a", "a"];
    const parsed = parseResources(given);
    expect(parsed.ok && Object.isFrozen(parsed.value)).toBe(true);
    expect(given).toEqual(["a", "a"]);
  });
});
