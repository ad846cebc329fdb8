import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toCsv } from "../../engine/csv.ts";

describe("a cell", () => {
  // biome-ignore format: a table
  test.each([
    ["of plain text stays",                      "production-backend",       "production-backend"],
    ["of nothing is nothing",                    "",                         ""],
    ["with a comma is quoted",                   "a,b",                      '"a,b"'],
    ["with quotes has each twice",               'the "one"',                '"the ""one"""'],
    ["with a line break is quoted",              "a\nb",                     '"a\nb"'],
    ["with CR LF is quoted",                     "a\r\nb",                   '"a\r\nb"'],
    ["of another script stays",                  "ключ 鍵 🔑",                "ключ 鍵 🔑"],
    ["with spaces around it keeps them",         " a ",                      " a "],
    ["with = in front is text",                  "=1+1",                     "'=1+1"],
    ["with + in front is text",                  "+1",                       "'+1"],
    ["with - in front is text",                  "-1",                       "'-1"],
    ["with @ in front is text",                  "@SUM(A1)",                 "'@SUM(A1)"],
    ["with a tab in front is text",              "\t=1",                     `"'\t'=1"`],
    ["with CR in front is text, and quoted",     "\r=1",                     `"'\r'=1"`],
    ["with a line break in front is text",       "\na",                      `"'\na"`],
    ["with spaces before = is text",             " \u3000=1",                "' \u3000=1"],
    ["with a full-width = in front is text",     "\uff1d1",                  "'\uff1d1"],
    ["with a full-width @ in front is text",     "\uff20SUM(A1)",            "'\uff20SUM(A1)"],
    ["with ; is quoted",                         "a;b",                      '"a;b"'],
    ["with ; before a formula has it as text",   "a;=1; +2",                 `"a;'=1;' +2"`],
    ["with a tab before one has it as text",     "a\t=1",                    `"a\t'=1"`],
    ["with a line that is one has it as text",   "a\r\n=1",                  `"a\r\n'=1"`],
    ["that calls a program is text, and quoted", '=cmd|"/c calc"!A1,x',      '"\'=cmd|""/c calc""!A1,x"'],
    ["with a formula further on stays",          "a=1",                      "a=1"],
    ["with an apostrophe in front stays",        "'=1",                      "'=1"],
    ["of JSON is quoted",                        '{"name":"a"}',             '"{""name"":""a""}"'],
  ])("%s", (_sentence, text, cell) => {
    expect(toCsv([[text]])).toBe(`${cell}\r\n`);
  });
});

test("rows are lines that end with CR LF, the last one too; none is nothing", () => {
  expect(
    toCsv([
      ["a", "b"],
      ["1", "2,3"],
    ]),
  ).toBe('a,b\r\n1,"2,3"\r\n');
  expect(toCsv([])).toBe("");
});

/** A reader that knows RFC 4180 and nothing else. */
function parse(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = "", end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test("any table is read back as it was written, except for the apostrophes before formulas", () => {
  const cell = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: fc.constantFrom(..."=+-@\uff1d\t\r\n;\",' a") }));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const read = parse(toCsv(rows));
      const bare = (table: string[][]) => table.map((cells) => cells.map((text) => text.replaceAll("'", "")));
      expect(bare(read)).toEqual(bare(rows));
      for (const [row, cells] of rows.entries())
        for (const [at, text] of cells.entries())
          if (!/[=+\-@\uff0b\uff0d\uff1d\uff20\t\r\n]/.test(text)) expect(read[row]?.[at]).toBe(text);
    }),
  );
});

test("no cell is a formula, nor any part of one that a spreadsheet with other separators takes for a cell", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."=+-@\uff0b\uff0d\uff1d\uff20\t\r\n;, a") }), (text) => {
      for (const part of [...(parse(toCsv([[text]]))[0] ?? []), ...toCsv([[text]]).split(/[;\t\r\n]/)])
        expect(part).not.toMatch(/^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/);
    }),
  );
});
