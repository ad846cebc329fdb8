import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanName, NAME_MAX_CHARACTERS, parseName } from "../../engine/name.ts";
import { codePoint } from "../support/code-points.ts";

describe("a name is kept as people write it, without the spaces around it", () => {
  // biome-ignore format: a table
  test.each([
    ["a plain one",                                "CI",                      "CI"],
    ["one character",                              "x",                       "x"],
    ["spaces around it",                           "  CI  ",                  "CI"],
    ["no-break and ideographic spaces around it",  "\u00a0\u3000CI\u3000\u00a0", "CI"],
    ["spaces within it",                           "my  key",                 "my  key"],
    ["marks and quotes",                           `"'<b>&%;--`,              `"'<b>&%;--`],
    ["accents, put together or apart",             "é e\u0301",               "é e\u0301"],
    ["Arabic, without direction marks",            "مفتاح",                   "مفتاح"],
    ["an emoji",                                   "🔑",                      "🔑"],
    ["an emoji of several, with joiners",          "👩‍👩‍👧",                      "👩‍👩‍👧"],
    ["an emoji with a variation selector",         "❤\ufe0f",                 "❤\ufe0f"],
    ["Persian with a non-joiner",                  "می\u200cخواهم",           "می\u200cخواهم"],
    ["a character of U+1F000 and beyond",          "𝔎𝔢𝔶",                     "𝔎𝔢𝔶"],
  ])("%s", (_sentence, text, name) => {
    expect(parseName(text)).toEqual({ ok: true, value: name });
  });
});

describe("characters that make names look alike, or break a log or a terminal, are refused with the field's name", () => {
  test.each([
    ["a NUL", "\u0000"],
    ["a tab", "\t"],
    ["a line feed", "\n"],
    ["a carriage return", "\r"],
    ["an escape", "\u001b[31m"],
    ["a delete", "\u007f"],
    ["a control of Latin-1", "\u0085"],
    ["a soft hyphen", "\u00ad"],
    ["a zero-width space", "\u200b"],
    ["a left-to-right mark", "\u200e"],
    ["a right-to-left mark", "\u200f"],
    ["an Arabic letter mark", "\u061c"],
    ["a right-to-left override", "\u202e"],
    ["a left-to-right embedding", "\u202a"],
    ["a bidi isolate", "\u2066"],
    ["the end of one", "\u2069"],
    ["a word joiner", "\u2060"],
    ["a byte order mark", "\ufeff"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
    ["an interlinear annotation", "\ufff9"],
    ["a tag character", "\u{e0041}"],
    ["a private character", "\ue000"],
    ["a private character of plane 16", "\u{10fffd}"],
    ["a non-character of Arabic forms", "\ufdd0"],
    ["a non-character at the end of a plane", "\u{1ffff}"],
    ["U+FFFF", "\uffff"],
    ["a lone high surrogate", "\ud800"],
    ["a lone low surrogate", "\udc00"],
    ["surrogates the wrong way round", "\udd11\ud83d"],
    ["an unassigned character", "\u0378"],
  ])("%s, anywhere", (_sentence, character) => {
    for (const text of [character, `${character}ab`, `a${character}b`, `ab${character}`]) {
      expect(parseName(text, "label")).toEqual({
        ok: false,
        problem: { code: "invalid_request", detail: "label must not hold control, invisible or text-direction characters", field: "label" },
      });
    }
  });
});

describe("a name that shows nothing is no name", () => {
  test.each([
    ["nothing", ""],
    ["a space", " "],
    ["spaces of many kinds", "\u00a0\u2003\u3000 "],
    ["a joiner alone", "\u200d"],
    ["non-joiners and spaces", "\u200c \u200c"],
    ["a Hangul filler", "\u3164"],
  ])("%s", (_sentence, text) => {
    const outcome = parseName(text);
    expect(outcome.ok).toBe(false);
    if (!outcome.ok) expect(outcome.problem).toMatchObject({ code: "invalid_request", field: "name" });
  });
});

describe("a name has at most 128 characters, counted as code points", () => {
  // biome-ignore format: a table
  test.each([
    ["128 letters",                                "a".repeat(128),           true],
    ["129 letters",                                "a".repeat(129),           false],
    ["128 emoji of two code units each",           "🔑".repeat(128),          true],
    ["129 emoji",                                  "🔑".repeat(129),          false],
    ["128 letters with spaces around them",        ` ${"a".repeat(128)} `,    true],
    ["128 letters and a space within",             `a ${"a".repeat(127)}`,    false],
    ["a very long one",                            "a".repeat(1_000_000),     false],
  ])("%s", (_sentence, text, isAllowed) => {
    const outcome = parseName(text);
    expect(outcome.ok).toBe(isAllowed);
    if (!outcome.ok) expect(outcome.problem.detail).toBe("name must be at most 128 characters");
  });
});

test("a name that was taken is taken again, unchanged, whatever it is", () => {
  const point = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 20, arbitrary: fc.integer({ min: 0x1f300, max: 0x1f5ff }) },
    fc.integer({ min: 0, max: 0x10ffff }),
  );
  const someText = fc.array(point, { maxLength: NAME_MAX_CHARACTERS + 10 }).map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(someText, (text) => {
      const once = parseName(text);
      if (!once.ok) return;
      expect(parseName(once.value)).toEqual(once);
      expect(once.value.isWellFormed()).toBe(true);
      expect([...once.value].length).toBeLessThanOrEqual(NAME_MAX_CHARACTERS);
    }),
    { numRuns: 500 },
  );
});

describe("a name that nobody can correct is cleaned", () => {
  // biome-ignore format: a table
  test.each<[string, string, string | undefined]>([
    ["a good one stays",                         "Ada Lovelace",                "Ada Lovelace"],
    ["spaces around it go",                      "  Ada  ",                     "Ada"],
    ["a line break becomes a space",             "Ada\nLovelace",               "Ada Lovelace"],
    ["a line separator becomes a space",         "Ada\u2028Lovelace",           "Ada Lovelace"],
    ["a text direction goes",                    "Ada\u202e\u2066Lovelace",     "AdaLovelace"],
    ["what is invisible goes",                   "A\u200bd\ufeffa",             "Ada"],
    ["a lone surrogate goes",                    "Ada\ud800",                   "Ada"],
    ["joiners of an emoji stay",                 "👩‍👩‍👧",                           "👩‍👩‍👧"],
    ["a long one is cut between characters",     "🔑".repeat(200),               "🔑".repeat(128)],
    ["a space at the cut goes",                  `${"a".repeat(127)} b`,        "a".repeat(127)],
    ["nothing stays nothing",                    "",                            undefined],
    ["nothing that is seen is nothing",          "\u200b \u2066\r\n",           undefined],
    ["invisible characters before a name that is far away are all that is looked at", `${"\u200b".repeat(1_000_000)}Ada`, undefined],
  ])("%s", (_sentence, text, name) => expect(cleanName(text)).toBe(name));

  test("into one that is taken unchanged, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
        const name = cleanName(text);
        if (name !== undefined) expect(parseName(name)).toEqual({ ok: true, value: name });
        const parsed = parseName(text);
        if (parsed.ok) expect(name).toBe(parsed.value);
      }),
      { numRuns: 1_000 },
    );
  });
});
