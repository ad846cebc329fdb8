import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEmail } from "../../engine/email.ts";
import { codePoint } from "../support/code-points.ts";

describe("an e-mail address is kept in lower case", () => {
  // biome-ignore format: a table
  test.each([
    ["a plain one",                         "ada@example.com",                   "ada@example.com"],
    ["capitals",                            "Ada@Example.COM",                   "ada@example.com"],
    ["what may stand before the at sign",   "ada.l+keys_1-x!#$%&'*/=?^`{|}~@example.com", "ada.l+keys_1-x!#$%&'*/=?^`{|}~@example.com"],
    ["a host without a dot",                "ada@intranet",                      "ada@intranet"],
    ["letters that are not ASCII",          "Ädä@BÜCHER.example",                "ädä@bücher.example"],
    ["the longest",                         `${"a".repeat(242)}@example.com`,    `${"a".repeat(242)}@example.com`],
  ])("%s", (_what, text, email) => expect(parseEmail(text)).toEqual({ ok: true, value: email }));
});

describe("text that is no address, or would be several in a header, is refused with the field's name", () => {
  test.each([
    ["nothing", ""],
    ["no at sign", "ada.example.com"],
    ["two at signs", "ada@evil@example.com"],
    ["nothing before the at sign", "@example.com"],
    ["nothing after it", "ada@"],
    ["CR and LF", "ada@example.com\r\nbcc: eve@example.com"],
    ["LF at the end", "ada@example.com\n"],
    ["CR before the at sign", "ada\r@example.com"],
    ["NUL", "ada@example.com\u0000"],
    ["an escape", "\u001b[31mada@example.com"],
    ["a line separator", "ada@example.com\u2028"],
    ["a space", "ada lovelace@example.com"],
    ["a no-break space", "ada\u00a0@example.com"],
    ["a zero-width space", "ada\u200b@example.com"],
    ["a right-to-left override", "ada\u202e@example.com"],
    ["a lone surrogate", "ada\ud800@example.com"],
    ["a list", "ada@example.com,eve@example.com".replace("eve@", "eve")],
    ["a display name", "Ada<ada@example.com>"],
    ["a quoted part", '"a b"@example.com'],
    ["the Kelvin sign, which lower case turns into k", "ada@\u212aeyward.example"],
    ["one character too many", `${"a".repeat(254 - 11)}@example.com`],
  ])("%s", (_what, text) =>
    expect(parseEmail(text, "to")).toEqual({
      ok: false,
      problem: { code: "invalid_request", detail: "to must be an e-mail address", field: "to" },
    }),
  );
});

test.each(["operator@keyward.invalid", "Ada@X.INVALID", "ada@invalid"])("%s, below a name that cannot exist, is nobody's", (text) => {
  expect(parseEmail(text)).toEqual({
    ok: false,
    problem: { code: "invalid_request", detail: "email cannot exist: .invalid is reserved", field: "email" },
  });
});

test("an address that was taken holds nothing that ends a line, and is taken again unchanged", () => {
  const character = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("a", "@", ".", "\r", "\n", " ", "\u2028", "K", "\u212a", "İ") },
    { weight: 1, arbitrary: fc.string({ unit: codePoint, minLength: 1, maxLength: 1 }) },
  );
  fc.assert(
    fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
      const once = parseEmail(characters.join(""));
      if (!once.ok) return;
      expect(once.value).not.toMatch(/[\p{Cc}\p{Z}\s]/u);
      expect(parseEmail(once.value)).toEqual(once);
    }),
    { numRuns: 5_000 },
  );
});
