/** Which master secrets were made at random and which by hand. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isWeakSecret } from "../../engine/secret-strength.ts";

// biome-ignore format: a table
test.each([
  ["one character",                      "a".repeat(32)],
  ["one character, very often",          "a".repeat(4_000)],
  ["two characters in turn",             "ab".repeat(20)],
  ["a short word again and again",       "letmein-".repeat(6)],
  ["a repetition that ends in another",  `${"hunter2".repeat(8)}!`],
  ["the alphabet",                       "abcdefghijklmnopqrstuvwxyz012345"],
  ["digits backwards",                   "98765432109876543210987654321098"],
  ["hexadecimal digits in order",        "0123456789abcdef0123456789abcdef"],
  ["a placeholder",                      "change-me-change-me-change-me-please"],
  ["another placeholder",                "please-replace-this-production-secret"],
  ["a test's secret",                    "test-secret-test-secret-test-secret"],
  ["half of it random",                  `${"x7Gq2LpZ9"}${"0".repeat(40)}`],
])("weak: %s", (_sentence, secret) => {
  expect(isWeakSecret(secret)).toBe(true);
});

test.each([
  ["base64 of 32 bytes", "base64", 32],
  ["base64url of 24 bytes", "base64url", 24],
  ["hexadecimal digits of 16 bytes", "hex", 16],
  ["hexadecimal digits of 32 bytes", "hex", 32],
] as const)("strong, every one of 2,000: %s", (_sentence, encoding, bytes) => {
  const weak = Array.from({ length: 2_000 }, () => randomBytes(bytes).toString(encoding)).filter(isWeakSecret);
  expect(weak).toEqual([]);
});

test.each([
  ["a UUID", "6ba1c2f4-90d3-4f7e-8b25-1de07c94a3f8"],
  ["random digits with an unlikely repetition", "328bd128b38b38b2d42901b93e02a234"],
  ["a passphrase of many words", "umbrella kettle forty violins under a quiet glacier"],
])("strong: %s", (_sentence, secret) => {
  expect(isWeakSecret(secret)).toBe(false);
});
