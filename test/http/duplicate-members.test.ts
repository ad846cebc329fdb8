/** Objects that have a member twice: where, whatever stands around it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findDuplicate } from "../../http/duplicate-members.ts";

const find = (text: string) => findDuplicate(text, JSON.parse(text));

describe("a member that stands twice is found", () => {
  // biome-ignore format: a table
  test.each<[string, string, string]>([
    ["at the top",                           '{"a":1,"a":2}',                      "a"],
    ["with the same value",                  '{"a":1,"b":2,"a":1}',                "a"],
    ["in an object inside",                  '{"limits":{"day":1,"day":2}}',       "limits.day"],
    ["in an object in an array",             '{"keys":[{"a":1},{"b":1,"b":2}]}',   "keys[1].b"],
    ["in an array of arrays",                '[[{"a":1}],[1,{"a":1,"a":2}]]',      "[1][1].a"],
    ["after an object that has it too",      '{"a":{"a":1},"a":2}',                "a"],
    ["with one of them in escapes",          '{"name":1,"n\\u0061me":2}',          "name"],
    ["with a quote in its name",             '{"a\\"b":1,"a\\"b":2}',              'a"b'],
    ["with a backslash at its end",          '{"a\\\\":1,"a\\\\":2}',              "a\\"],
    ["with colons and brackets in strings",  '{"a":"{\\"b\\":1}","c":":","a":2}',  "a"],
    ["with an empty name",                   '{"":1,"":2}',                        ""],
    ["of which one is dropped with its own", '{"a":{"x":1,"y":2},"a":{}}',         "a"],
    ["named __proto__",                      '{"__proto__":1,"__proto__":2}',      "__proto__"],
    ["named like an index",                  '{"0":1,"0":2}',                      "0"],
    ["with space around",                    '{ "a" : 1 ,\n\t"a" : 2 }',           "a"],
  ])("%s", (_sentence, text, where) => {
    expect(find(text)).toBe(where);
  });
});

describe("nothing is found where each stands once", () => {
  test.each([
    "{}",
    "[]",
    "null",
    '"a:a:a"',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
    '{"a":"\\"a\\":1"}',
    '{"__proto__":{"a":1},"a":2}',
    '{"A":1,"a":2}',
    `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  ])("%s", (text) => {
    expect(find(text)).toBe(undefined);
  });

  test("in whatever JSON.stringify makes; and with one member written again, it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true }), fc.nat(), (object, pick) => {
        const text = JSON.stringify(object);
        expect(find(text)).toBe(undefined);
        const names = Object.keys(object);
        const name = names[pick % names.length] as string;
        expect(find(`${text.slice(0, -1)},${JSON.stringify(name)}:0}`)).toBe(name);
      }),
    );
  });
});
