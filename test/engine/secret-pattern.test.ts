/** Which texts hold a secret of a platform: whole ones wherever they stand, and nothing that people search for. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateCredential } from "../../engine/credential-form.ts";
import { mayBeChosenSecret, secretPattern, secretRefuser } from "../../engine/secret-pattern.ts";
import { PLATFORMS, type Platform } from "../../platforms/index.ts";

const platform = (name: string) => PLATFORMS.get(name) as Platform;
const secretOf = (name: string, text: string) => new RegExp(secretPattern(platform(name).keyForm)).exec(text)?.[0];
const random = (length: number) => "aB3".repeat(40).slice(0, length);

describe.each([...PLATFORMS.values()].map((each) => [each.name, each] as const))(
  "%s",
  (name, { keyForm, environments, prefixOf, keyId }) => {
    const drawn = fc.constantFrom(...environments).map((environment) => generateCredential(keyForm, environment, randomBytes));

    test("a new credential is found in a text, whatever stands around it", () => {
      // What follows the secret is what no secret can go on with.
      const around = fc.tuple(fc.constantFrom("", "Bearer ", "export KEY=", '"', "x-api-key: "), fc.constantFrom("", " ", "\n", " # mine"));
      fc.assert(
        fc.property(drawn, around, ({ presented, secret }, [before, after]) => {
          expect(secretOf(name, before + presented + after)).toBe(presented);
          expect(secretOf(name, before + secret + after)).toBe(secret);
        }),
      );
    });

    test("a credential without some of its last characters counts as one; its shown part, its id and its public key do not", () => {
      fc.assert(
        fc.property(drawn, fc.integer({ min: 1, max: 12 }), ({ presented, publicKey }, missing) => {
          expect(secretOf(name, presented.slice(0, -missing))).toBe(presented.slice(0, -missing));
          for (const harmless of [prefixOf(presented), `${keyId.prefix}01m7x4yn56vfnkq4925gf9a45e`, publicKey ?? ""])
            expect(secretOf(name, harmless)).toBeUndefined();
        }),
      );
    });
  },
);

// biome-ignore format: a table
test.each<[string, string, string, string | undefined]>([
  ["15 characters behind the prefix",             "keyward",   `kw_live_${random(15)}`,             undefined],
  ["16 characters behind the prefix",             "keyward",   `kw_live_${random(16)}`,             `kw_live_${random(16)}`],
  ["a name that begins like a key",               "ampersend", "sk_live_production-backend-eu-1",   undefined],
  ["the other environment's key",                 "ampersend", `sk_test_${random(43)}`,             `sk_test_${random(43)}`],
  ["another platform's key",                      "keyward",   `awx_${random(43)}`,                 undefined],
  ["the secret half alone",                       "agentsgt",  `sk_${"a1".repeat(32)}`,             `sk_${"a1".repeat(32)}`],
  ["a chosen key with the prefix, 15 characters", "agentpay",  "pk_my_custom_va",                   undefined],
  ["a chosen key with the prefix, 16 characters", "agentpay",  "pk_my_custom_val",                  "pk_my_custom_val"],
  ["a chosen key without the prefix",             "agentpay",  "my-own-secret-value-1",             undefined],
])("%s", (_sentence, name, text, found) => expect(secretOf(name, text)).toBe(found));

test.each<[string, string, boolean]>([
  ["agentpay", "my-own-secret-value-1", true],
  ["agentpay", "fifteen-letters", false],
  ["agentpay", "has a space in between", false],
  ["keyward", "my-own-secret-value-1", false],
  ["agentsgt", "my-own-secret-value-1", false],
])("%s: %j may be a chosen secret: %j", (name, text, may) => expect(mayBeChosenSecret(platform(name).keyForm, text)).toBe(may));

test("a refusal names the parameter and the other way, and does not repeat the value", () => {
  const value = `kw_live_${random(43)}`;
  const refused = secretRefuser(platform("keyward").keyForm)("search", value);
  expect(refused).toMatchObject({
    ok: false,
    problem: { code: "invalid_request", field: "search", detail: expect.stringContaining("POST") },
  });
  expect(JSON.stringify(refused)).not.toContain(random(16));
});
