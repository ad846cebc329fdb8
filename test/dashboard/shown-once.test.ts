import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { envName, quoteForEnv, quoteForShell } from "../../dashboard/src/words/quoting.ts";
import { keySamples, serviceTokenSamples, verifySample } from "../../dashboard/src/words/samples.ts";
import { credentialOf, type Secret, secretOf } from "../../dashboard/src/words/secret.ts";

const dashboard = { sample: { method: "GET", path: "/v1/agents" } };
const platform = (name: string, header: string, scheme: string | null) =>
  ({ name, credentials: [{ header, scheme }], dashboard }) as unknown as Parameters<typeof keySamples>[0];
const keySample = (label: string, of: Parameters<typeof keySamples>[0], secret: Secret) =>
  keySamples(of, secret, "http://127.0.0.1:4000/keys").find((sample) => sample.label === label)?.text;
const single: Secret = { kind: "secret", key: "as_live_v1_abc" };
const pair: Secret = { kind: "pair", publicKey: "pk_a", secretKey: "sk_b" };

test.each(["plain", "it's", '$(id) `id` \\ "x"', "a\nb", "-n", "", "'; rm -rf /; '"])(
  "a shell reads %j as one argument, unchanged",
  (value) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quoteForShell(value)}`], { encoding: "utf8" })).toBe(value);
  },
);

test.each([
  ["as_live_v1_abc", "as_live_v1_abc"],
  ["two words # no comment", "'two words # no comment'"],
  ["it's $HOME", `"it's \\$HOME"`],
  ["", "''"],
])("in .env, %j is written %s", (value, written) => {
  expect(quoteForEnv(value)).toBe(written);
});

test.each(["as_live_v1_abc", "two words", 'it\'s $HOME `x` "y" \\', "a#b"])("a shell that reads .env finds %j unchanged", (value) => {
  expect(execFileSync("sh", ["-c", `KEY=${quoteForEnv(value)}; printf %s "$KEY"`], { encoding: "utf8" })).toBe(value);
});

test.each([
  [["agentsend", "API_KEY"], "AGENTSEND_API_KEY"],
  [["my-platform.io", "API_KEY"], "MY_PLATFORM_IO_API_KEY"],
  [["3d", "API_KEY"], "_3D_API_KEY"],
])("%j is the variable %s", (parts, name) => {
  expect(envName(...parts)).toBe(name);
});

test("a key has one line in .env, a pair has two", () => {
  expect(keySample(".env", platform("agentsend", "x-api-key", null), single)).toBe("AGENTSEND_API_KEY=as_live_v1_abc");
  expect(keySample(".env", platform("agentsgt", "authorization", "Bearer"), pair)).toBe(
    "AGENTSGT_PUBLIC_KEY=pk_a\nAGENTSGT_SECRET_KEY=sk_b",
  );
});

test.each<[name: string, platform: Parameters<typeof keySamples>[0], Secret, header: string]>([
  ["a header of its own", platform("agentsend", "x-api-key", null), single, "X-Api-Key: as_live_v1_abc"],
  ["a bearer token", platform("ampersend", "authorization", "Bearer"), single, "Authorization: Bearer as_live_v1_abc"],
  ["a pair", platform("agentsgt", "authorization", "Bearer"), pair, "Authorization: Bearer pk_a:sk_b"],
  ["a key with quotes", platform("agentpay", "x-api-key", null), { kind: "secret", key: "it's $HOME" }, "X-Api-Key: it's $HOME"],
])("the command sends %s where the platform takes it", (_name, of, secret, header) => {
  const command = keySample("curl", of, secret);
  const words = execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
  expect(words).toEqual(["-X", "GET", "http://127.0.0.1:4000/keys/v1/agents", "-H", header]);
});

test("samples hold the secret and nothing that was not given", () => {
  expect(keySamples(platform("agentsend", "x-api-key", null), single, "http://h").map(({ label }) => label)).toEqual([".env", "curl"]);
  const [env, curl] = serviceTokenSamples("kwst_1", "http://h");
  expect(env?.text).toBe("KEYWARD_TOKEN=kwst_1");
  expect(curl?.text).toContain("'http://h/keyward/v1/verify'");
});

test("the command that verifies a key takes both secrets from the environment", () => {
  const command = verifySample("http://127.0.0.1:4000/keys");
  const env = { PATH: process.env.PATH, KEYWARD_TOKEN: "kwst_1", API_KEY: "kw_live_1" };
  const words = execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: "utf8", env })
    .trimEnd()
    .split("\n");
  expect(words).toEqual([
    "-X",
    "POST",
    "http://127.0.0.1:4000/keys/keyward/v1/verify",
    "-H",
    "Authorization: Bearer kwst_1",
    "-H",
    "Content-Type: application/json",
    "-d",
    '{"key": "kw_live_1"}',
  ]);
});

test("a response without a secret has none, and a pair is not mistaken for a key", () => {
  expect(secretOf({ key: "k", publicKey: null })).toEqual({ kind: "secret", key: "k" });
  expect(secretOf({ publicKey: "pk_a", secretKey: "sk_b" })).toEqual(pair);
  expect(secretOf({ publicKey: "pk_a" })).toBeUndefined();
  expect(secretOf({ publicKey: null })).toBeUndefined();
  expect(credentialOf(pair)).toBe("pk_a:sk_b");
});
