/**
 * Profiles: Keywards elsewhere that somebody has signed in to, each with the token of its session. They are in one file that only its owner can
 * read.
 */
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { configDirectory } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { didYouMean } from "./nearest.ts";

interface Profile {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** When the session ends: ISO 8601. */
  readonly expiresAt: string;
}

export interface Profiles {
  /** The name of the one that commands use; null for none. */
  readonly current: string | null;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const NONE: Profiles = { current: null, profiles: {} };

export function profilesPath(): string {
  return join(configDirectory(), "keyward/profiles.json");
}

/** @throws Failure when others can read the file, or it is not what this program writes; it repeats nothing of the file */
export async function readProfiles(): Promise<Profiles> {
  const path = profilesPath();
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new Failure(`${path} cannot be read (${error.code ?? error.message})`);
  });
  if (text === undefined) return NONE;
  const read = parsed(text);
  if (read === undefined) throw new Failure(`${path} is not what \`keyward login\` writes`, { next: "remove it, and sign in again" });
  return read;
}

function parsed(text: string): Profiles | undefined {
  try {
    const { current, profiles } = JSON.parse(text);
    const isWhole = Object.values(profiles).every((each) => {
      const { url, token } = each as Partial<Profile>;
      return typeof url === "string" && typeof token === "string";
    });
    return isWhole ? { current: typeof current === "string" ? current : null, profiles } : undefined;
  } catch {
    return undefined;
  }
}

/** In one step, so that a process that ends in the middle leaves the earlier file. */
export async function writeProfiles(profiles: Profiles): Promise<void> {
  const path = profilesPath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(`${path}.new`, { force: true });
  await writeFile(`${path}.new`, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

/** @throws Failure for a name that is none */
export function profileNamed({ profiles }: Profiles, name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return profile;
  throw new Failure(`there is no profile ${JSON.stringify(name)}.${didYouMean(name, Object.keys(profiles))}`, {
    exitCode: EXIT.notFound,
    next: "`keyward profiles list` shows them, and `keyward login` makes one",
  });
}
