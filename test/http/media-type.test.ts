/** Which content types are JSON, at every route that takes a body. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMediaType } from "../../http/media-type.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";

describe("a body is JSON by its content type", () => {
  // biome-ignore format: a table
  const TYPES: [sentence: string, contentType: string | null, isJson: boolean][] = [
    ["the type alone",                          "application/json",                                   true],
    ["in capitals",                             "Application/JSON",                                   true],
    ["with its charset",                        "application/json; charset=utf-8",                    true],
    ["with its charset, quoted and in capitals", 'application/json;CHARSET="UTF-8"',                  true],
    ["with a parameter that nobody knows",      "application/json; foo=bar",                          true],
    ["with several, spaced in every way",       "application/json\t; a=b ;c=d;  charset=utf-8",       true],
    ["with a quoted parameter",                 'application/json; foo="b;a=\\"r"; charset=utf-8',    true],
    ["with an empty quoted parameter",          'application/json; foo=""',                           true],
    ["with an empty parameter",                 "application/json;; charset=utf-8;",                  true],
    ["with another charset",                    "application/json; charset=iso-8859-1",               false],
    ["with two charsets, one of them another",  "application/json; charset=utf-8; charset=utf-16",    false],
    ["with another charset, quoted",            'application/json; charset="utf-7"',                  false],
    ["with a parameter without a value",        "application/json; foo",                              false],
    ["with a space before '='",                 "application/json; foo =bar",                         false],
    ["with a quote that is left open",          'application/json; foo="bar',                         false],
    ["with text after a quote",                 'application/json; foo="a"b',                         false],
    ["with two types",                          "application/json, text/plain",                       false],
    ["a longer type",                           "application/jsonp",                                  false],
    ["a structured suffix",                     "application/merge-patch+json",                       false],
    ["text",                                    "text/plain",                                         false],
    ["no type at all",                          "json",                                               false],
    ["nothing",                                 null,                                                 false],
  ];

  test.each(["/keyward/v1/verify", "/keyward/v1/verify?x=1", "/keyward/v1/organizations"])("%s", async (path) => {
    const { url, operatorToken, newOrganization, newKey } = await inProcess();
    const { key } = await newKey(await newOrganization());
    const body = JSON.stringify(path.includes("verify") ? { key } : { name: "Acme" });
    const answered = [];
    for (const [sentence, contentType] of TYPES) {
      const head = [
        `POST ${path} HTTP/1.1`,
        `Authorization: Bearer ${operatorToken}`,
        `Content-Length: ${body.length}`,
        ...(contentType === null ? [] : [`Content-Type: ${contentType}`]),
      ];
      answered.push([sentence, (await sendRaw(url, head, body)).status !== 415]);
    }
    expect(answered).toEqual(TYPES.map(([sentence, , isJson]) => [sentence, isJson]));
  });
});

test("every parameter that can be written is read back", () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,8}$/);
  const space = fc.stringMatching(/^[\t ]{0,2}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(space, space, token, value)), (drawn) => {
      const text = drawn.map(([before, after, name, each]) => `${before};${after}${name}="${each.replaceAll(/["\\]/g, "\\$&")}"`).join("");
      expect(parseMediaType(`a/b${text}`)).toEqual({
        essence: "a/b",
        parameters: drawn.map(([, , name, each]) => [name.toLowerCase(), each]),
      });
    }),
  );
});

test("a long run of spaces takes no longer to read than its length", () => {
  const spaces = " ".repeat(1_000_000);
  for (const text of [`a/b${spaces}x`, `a/b;${spaces}x`, `a/b;${spaces};${spaces}x`]) expect(parseMediaType(text)).toBeUndefined();
}, 5_000);
