/** Keys that people choose: what is refused because somebody else would try it, and what is not. */
import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEasyToGuess } from "../../service/key-strength.ts";

describe("AP3 a chosen key is refused when it is", () => {
  test.each([
    ["a common password with digits", "password12345678"],
    ["another one", "iloveyou12345678"],
    ["a common password twice", "passwordpassword"],
    ["a common password thrice", "letmeinletmeinletmein"],
    ["two common passwords", "dragonmonkey1234"],
    ["a common password with a sign", "Password!Password!"],
    ["a common password spelled with signs", "P@ssw0rd12345678"],
    ["the digits in order", "1234567890123456"],
    ["the letters in order", "abcdefghijklmnop"],
    ["the letters in reverse order", "zyxwvutsrqponmlk"],
    ["the hexadecimal digits in order", "0123456789abcdef"],
    ["the printable characters in order", Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at)).join("")],
    ["one character repeated", "aaaaaaaaaaaaaaaa"],
    ["one character, and another", "0000000000000001"],
    ["two characters repeated one by one", "aaaaaaaabbbbbbbb"],
    ["two characters in turn", "aZaZaZaZaZaZaZaZ"],
    ["three letters again and again", "abcabcabcabcabcabc"],
    ["four digits again and again", "12341234123412341234"],
    ["a word again and again", "test_test_test_test"],
    ["two rows of the keyboard", "qwertyuiopasdfgh"],
    ["a row of the keyboard twice", "asdfghjklasdfghjkl"],
    ["the keyboard up and down", "1q2w3e4r5t6y7u8i"],
    ["a common password behind the prefix", "pk_password12345678"],
    ["digits in order behind the prefix", "pk_1234567890123456"],
    ["letters in order behind the prefix", "pk_abcdefghijklmnop"],
    ["one character behind the prefix", "pk_aaaaaaaaaaaaaaaa"],
    ["a keyboard row behind the prefix", "pk_qwertyuiop123456"],
    ["a common password behind another prefix", "sk_live_password1"],
    ["the prefix again and again", "pk_pk_pk_pk_pk_pk_pk_"],
    ["words that everybody would try", "my_secret_password"],
    ["a common password, 256 characters long", "password12345678".repeat(16)],
    ["letters in order, 256 characters long", "abcdefghijklmnopqrstuvwxyz".repeat(10).slice(0, 256)],
  ])("%s: %s", async (_sentence, key) => expect(await isEasyToGuess(key)).toBe(true));
});

describe("AP3 a chosen key is accepted when it is", () => {
  test.each([
    ["the page's own example", "pk_my_custom_value"],
    ["several words of one's own", "pk_my_other_value1"],
    ["words of a purpose", "pk_travel_agent_eu_7"],
    ["words that do not belong together", "blue-otter-runs-north-7"],
    ["a passphrase", "correct-horse-battery-staple"],
    ["a project and a year", "acme-billing-agent-2026"],
    ["16 random letters and digits", "gJnSoMC7ViezBGpJ"],
    ["16 random hexadecimal digits", "372ef0310e4bc4fc"],
    ["16 random digits", "8305729164820573"],
    ["a UUID", "f47ac10b-58cc-4372-a567-0e02b2c3d479"],
    ["an MD5 sum", "9f86d081884c7d659a2feaa0c55ad015"],
    ["random signs", "mK2#pQ9!vL5@xN8$"],
    ["random after the prefix", "pk_7f3Kq9ZtLm2WxR8v"],
    ["random after a weak beginning", `${"a".repeat(60)}7f3Kq9ZtLm2WxR8vgJnSoMC7`],
    ["random before a weak end", `gJnSoMC7ViezBGpJ7f3Kq9ZtL${"1234567890".repeat(8)}`],
  ])("%s: %s", async (_sentence, key) => expect(await isEasyToGuess(key)).toBe(false));

  test("anything that was drawn at random", async () => {
    // A digest of what was drawn: fast-check itself prefers repetitions, which are refused.
    const drawn = fc
      .tuple(fc.nat(), fc.integer({ min: 16, max: 43 }))
      .map(([seed, length]) => hash("sha256", String(seed), "base64url").slice(0, length));
    await fc.assert(
      fc.asyncProperty(drawn, async (key) => {
        expect(await isEasyToGuess(key)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

test("checking an allowed key never takes long, because sending one needs no credential", async () => {
  const cpuMs = async (run: () => Promise<unknown>) => {
    const before = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  const worst = ["4@8(3[{<6|1!i0$5+7%2z", "p4$$w0rd", "19912012", "password1", "1/1/1991", "aA1!", "qwerty4@8"].map((text) =>
    text.repeat(256).slice(0, 256),
  );
  for (const key of worst) await isEasyToGuess(key);
  for (const key of worst)
    expect(
      await cpuMs(async () => {
        for (let turn = 0; turn < 5; turn++) await isEasyToGuess(key);
      }),
      key.slice(0, 24),
    ).toBeLessThan(250);
});
