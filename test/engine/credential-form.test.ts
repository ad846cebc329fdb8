import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  fromSecret,
  generateCredential,
  type KeyForm,
  longestCredential,
  parseCredential,
  parseCustomKey,
  weakKey,
} from "../../engine/credential-form.ts";
import { BASE36, BASE62, type KeyFormat } from "../../engine/key-format.ts";

const checked: KeyFormat = {
  prefixes: { live: "kw_live_", test: "kw_test_" },
  alphabet: BASE62,
  randomLength: 24,
  separator: "_",
  checksumLength: 6,
};
const plain = (prefix: string, randomLength: number): KeyFormat => ({
  prefixes: { live: prefix },
  alphabet: BASE36,
  randomLength,
  separator: "",
  checksumLength: 0,
});

const SECRET: KeyForm = { kind: "secret", format: checked };
const CUSTOM: KeyForm = { kind: "secret", format: plain("pk_", 32), custom: { minimumLength: 16, maximumLength: 256 } };
const PAIR: KeyForm = { kind: "pair", publicKey: plain("pk_", 32), secretKey: plain("sk_", 64) };

const PUBLIC = `pk_${"a1".repeat(16)}`;
const SECRET_HALF = `sk_${"b2".repeat(32)}`;

describe("a fresh credential", () => {
  // biome-ignore format: a table
  test.each([
    ["one secret",                 SECRET, "live", /^kw_live_[0-9A-Za-z]{24}_[0-9A-Za-z]{6}$/],
    ["of the test environment",    SECRET, "test", /^kw_test_[0-9A-Za-z]{24}_[0-9A-Za-z]{6}$/],
    ["AP2 where one may be brought", CUSTOM, "live", /^pk_[0-9a-z]{32}$/],
    ["AG1 a pair",                 PAIR,   "live", /^pk_[0-9a-z]{32}:sk_[0-9a-z]{64}$/],
  ] as const)("%s is recognized when it is presented, and is the longest there is", (_sentence, form, environment, shape) => {
    const { presented, secret, publicKey } = generateCredential(form, environment, randomBytes);
    expect(presented).toMatch(shape);
    expect(parseCredential(form, presented)).toEqual({ wellFormed: true, environment, publicKey: publicKey ?? undefined, secret });
    expect(presented.length).toBeLessThanOrEqual(longestCredential(form));
  });

  test("of one secret shows it, and has no public half", () => {
    const { shown, secret, publicKey, presented } = generateCredential(SECRET, "live", randomBytes);
    expect({ shown, publicKey, presented }).toEqual({ shown: { key: secret }, publicKey: null, presented: secret });
    expect(fromSecret("mine")).toEqual({ shown: { key: "mine" }, secret: "mine", publicKey: null, presented: "mine" });
  });

  test("of a pair shows both halves, which are drawn apart", () => {
    const { shown, secret, publicKey, presented } = generateCredential(PAIR, "live", randomBytes);
    expect({ shown, presented }).toEqual({ shown: { publicKey, secretKey: secret }, presented: `${publicKey}:${secret}` });
    expect(secret).not.toContain(publicKey?.slice(3));
  });

  test.each([
    ["one secret", SECRET],
    ["a custom one", CUSTOM],
    ["a pair", PAIR],
  ])("%s is never drawn twice", (_sentence, form) => {
    expect(new Set(Array.from({ length: 200 }, () => generateCredential(form, "live", randomBytes).presented)).size).toBe(200);
  });
});

test.each([
  ["one secret", SECRET, 8 + 24 + 1 + 6],
  ["the longest that somebody may bring", CUSTOM, 256],
  ["a pair with its colon", PAIR, 35 + 1 + 67],
])("the longest credential: %s", (_sentence, form, length) => {
  expect(longestCredential(form)).toBe(length);
});

describe("AG1 a presented pair", () => {
  test.each([
    ["both halves", `${PUBLIC}:${SECRET_HALF}`, SECRET_HALF],
    ["the public half alone", PUBLIC, undefined],
  ])("%s", (_sentence, presented, secret) => {
    expect(parseCredential(PAIR, presented)).toEqual({ wellFormed: true, environment: "live", publicKey: PUBLIC, secret });
  });

  test.each([
    ["nothing", ""],
    ["a colon", ":"],
    ["the secret half alone", SECRET_HALF],
    ["the secret half after a colon", `:${SECRET_HALF}`],
    ["an empty secret half: not public use", `${PUBLIC}:`],
    ["the halves in the other order", `${SECRET_HALF}:${PUBLIC}`],
    ["the public half twice", `${PUBLIC}:${PUBLIC}`],
    ["a third part", `${PUBLIC}:${SECRET_HALF}:x`],
    ["an empty third part", `${PUBLIC}:${SECRET_HALF}:`],
    ["two colons", `${PUBLIC}::${SECRET_HALF}`],
    ["a space after the colon", `${PUBLIC}: ${SECRET_HALF}`],
    ["another separator", `${PUBLIC}.${SECRET_HALF}`],
    ["a public half cut short", `${PUBLIC.slice(0, -1)}:${SECRET_HALF}`],
    ["a secret half cut short", `${PUBLIC}:${SECRET_HALF.slice(0, -1)}`],
    ["a secret half that is too long", `${PUBLIC}:${SECRET_HALF}a`],
    ["capital letters", `${PUBLIC.toUpperCase()}:${SECRET_HALF}`],
    ["a line feed at the end", `${PUBLIC}:${SECRET_HALF}\n`],
  ])("%s is malformed", (_sentence, presented) => {
    expect(parseCredential(PAIR, presented)).toEqual({ wellFormed: false });
  });
});

describe("a presented secret", () => {
  // biome-ignore format: a table
  test.each([
    ["where keys are only generated, another string is malformed",      SECRET, "my_own_secret_value",     false],
    ["where they may be brought, it may be a key",                       CUSTOM, "my_own_secret_value",     true],
    ["also with the prefix of generated ones",                           CUSTOM, "pk_my_custom_value",      true],
    ["16 characters",                                                    CUSTOM, "0123456789abcdef",        true],
    ["15 characters",                                                    CUSTOM, "0123456789abcde",         false],
    ["256 characters",                                                   CUSTOM, "ab".repeat(128),          true],
    ["257 characters",                                                   CUSTOM, `${"ab".repeat(128)}c`,    false],
    ["a space inside",                                                   CUSTOM, "my own secret value",     false],
    ["a letter that is not ASCII",                                       CUSTOM, "my_own_s\u00e9cret_value", false],
    ["a line feed at the end",                                           CUSTOM, "my_own_secret_value\n",   false],
    ["nothing",                                                          CUSTOM, "",                        false],
  ])("%s", (_sentence, form, presented, wellFormed) => {
    const expected = wellFormed ? { wellFormed, environment: "live", publicKey: undefined, secret: presented } : { wellFormed };
    expect(parseCredential(form, presented)).toEqual(expected);
  });
});

describe("AP3 a secret that somebody brings", () => {
  const parse = (text: string) => parseCustomKey(CUSTOM as Extract<KeyForm, { kind: "secret" }>, text, "key");

  test.each([
    ["that very value is the key", "pk_my_custom_value"],
    ["16 characters", "0123456789abcdef"],
    ["256 characters", "ab".repeat(128)],
    ["every printable character", Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at)).join("")],
    ["one character and another one", `${"a".repeat(15)}b`],
  ])("%s", (_sentence, text) => {
    expect(parse(text)).toEqual({ ok: true, value: text });
    expect(parseCredential(CUSTOM, text).wellFormed).toBe(true);
  });

  const length = "key must be 16 to 256 characters";
  const printable = "key must be printable ASCII characters without spaces";
  // biome-ignore format: a table
  test.each([
    ["nothing",                              "",                           printable],
    ["15 characters",                        "0123456789abcde",            length],
    ["257 characters",                       "a".repeat(257),              length],
    ["a space inside",                       "my own secret value",        printable],
    ["a space around it",                    " my_own_secret_value",       printable],
    ["a tab",                                "my\town_secret_value",       printable],
    ["a line feed at the end",               "my_own_secret_value\n",      printable],
    ["a control character",                  "my_own_secret_value\u007f",  printable],
    ["a letter that is not ASCII",           "my_own_s\u00e9cret_value",   printable],
    ["full-width letters",                   "\uff4dy_own_secret_value",   printable],
    ["an emoji",                             "my_own_secret_value\u{1f511}", printable],
    ["one character repeated",               "a".repeat(32),               "key is too easy to guess; choose another value"],
    ["the shortest repetition",              "-".repeat(16),               "key is too easy to guess; choose another value"],
  ])("%s is refused, and the response does not repeat it", (_sentence, text, detail) => {
    expect(parse(text)).toEqual({ ok: false, problem: { code: "invalid_request", detail, field: "key" } });
  });

  test("a value in use gets the refusal of one that is too easy to guess", () => {
    expect(weakKey("key")).toEqual(parse("a".repeat(32)));
  });

  test("where keys are only generated none can be brought", () => {
    expect(parseCustomKey(SECRET as Extract<KeyForm, { kind: "secret" }>, "pk_my_custom_value", "key")).toEqual({
      ok: false,
      problem: { code: "invalid_request", detail: "key cannot be chosen", field: "key" },
    });
  });
});
