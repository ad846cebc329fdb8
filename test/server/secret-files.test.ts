/** Settings from files: which file was meant, and what is wrong with it, in one sentence that has no content of any file. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withSecretFiles } from "../../secret-files.ts";
import { traceDirectory } from "../support/root.ts";

function file(content: string): string {
  const path = join(traceDirectory("secret-file"), "secret");
  writeFileSync(path, content);
  return path;
}

test.each([
  "KEYWARD_SECRET",
  "KEYWARD_SECRET_PREVIOUS",
  "KEYWARD_DATABASE_URL",
  "GITHUB_CLIENT_SECRET",
  "GOOGLE_CLIENT_SECRET",
  "OIDC_CLIENT_SECRET",
])("%s may be in a file, whose last line break does not count", async (name) => {
  const env = await withSecretFiles({ PORT: "1", [`${name}_FILE`]: file("a value\r\n") });
  expect(env).toMatchObject({ PORT: "1", [name]: "a value" });
});

test("a file that is named by an empty setting is not read", async () => {
  expect(await withSecretFiles({ KEYWARD_SECRET: "x", KEYWARD_SECRET_FILE: "" })).toMatchObject({ KEYWARD_SECRET: "x" });
});

test.each([
  ["both", { KEYWARD_SECRET: "x", KEYWARD_SECRET_FILE: "/y" }, /^KEYWARD_SECRET and KEYWARD_SECRET_FILE are both set; set one of them$/],
  ["no file", { OIDC_CLIENT_SECRET_FILE: "/no/file" }, /^OIDC_CLIENT_SECRET_FILE names \/no\/file, which cannot be read \(ENOENT\)$/],
  ["a directory", { KEYWARD_SECRET_FILE: "/" }, /^KEYWARD_SECRET_FILE names \/, which cannot be read \(EISDIR\)$/],
  ["an empty file", { KEYWARD_SECRET_FILE: file(" \n") }, /^KEYWARD_SECRET_FILE names \S+, which is empty$/],
])("refused: %s", async (_sentence, env, sentence) => {
  await expect(withSecretFiles(env)).rejects.toThrow(sentence);
});
