/** The master secret of a data directory, for commands that check whether a database belongs to it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withSecretFiles } from "../secret-files.ts";
import { readKnownSecrets } from "../service/known-secrets.ts";
import { checkOf, SECRET_MIN_CHARACTERS } from "../service/secrets.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface OwnSecret {
  readonly secret: string;
  /** The one that it replaces. */
  readonly previous: string | undefined;
  /** Where it was found, for sentences. */
  readonly from: string;
}

/** KEYWARD_SECRET, its file, or the file in the data directory if one is named, as the server looks for it. Undefined when there is none. */
export async function findOwnSecret(env: Env, dataDirectory: string | undefined): Promise<OwnSecret | undefined> {
  const { KEYWARD_SECRET: secret, KEYWARD_SECRET_PREVIOUS: previous } = await withSecretFiles(env);
  if (secret) return { secret, previous: previous || undefined, from: "KEYWARD_SECRET" };
  if (dataDirectory === undefined) return undefined;
  const file = join(dataDirectory, "secret");
  return existsSync(file) ? { secret: readFileSync(file, "utf8").trim(), previous: undefined, from: file } : undefined;
}

/** Whether a database, whose fact `secret` this is, was last used with this secret or the one that it replaces. */
export function isSecretOf(secretFact: string, { secret, previous }: OwnSecret): boolean {
  const last = readKnownSecrets(secretFact)[0]?.check;
  return [secret, previous].some((each) => each !== undefined && each.length >= SECRET_MIN_CHARACTERS && checkOf(each) === last);
}
