/** Settings whose value is in a file, as container platforms mount secrets: `NAME_FILE` names it in place of `NAME`. */
import { readFile } from "node:fs/promises";
import type { Env } from "./config-values.ts";

/** The settings that may be given by a file. */
const FROM_FILES = [
  "KEYWARD_SECRET",
  "KEYWARD_SECRET_PREVIOUS",
  "KEYWARD_DATABASE_URL",
  "GITHUB_CLIENT_SECRET",
  "GOOGLE_CLIENT_SECRET",
  "OIDC_CLIENT_SECRET",
];

/**
 * The environment with the contents of those files, without the white space around them, which most editors add.
 * @throws Error with one sentence that names the setting and the file, never a content.
 */
export async function withSecretFiles(env: Env): Promise<Env> {
  const read: Record<string, string> = {};
  for (const name of FROM_FILES) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) throw new Error(`${name} and ${name}_FILE are both set; set one of them`);
    read[name] = await contentOf(file, `${name}_FILE`);
  }
  return { ...env, ...read };
}

async function contentOf(file: string, setting: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${setting} names ${file}, which cannot be read (${cause.code ?? "unknown"})`, { cause });
  });
  const content = text.trim();
  if (content === "") throw new Error(`${setting} names ${file}, which is empty`);
  return content;
}
