/** The files of a server in its data directory, beside the database: the master secret that it made, and where it can be found. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { narrowToOwner } from "./stores/sqlite/private-file.ts";

const ANNOUNCEMENT = "server.json";

/** Makes it where it is missing. Returns the absolute path. @throws Error with one sentence when it cannot be made */
export async function makeDataDirectory(path: string): Promise<string> {
  const directory = resolve(path);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file is in the way" : cause.message;
    throw new Error(`the data directory ${directory} cannot be made: ${reason}`, { cause });
  });
  return directory;
}

/** The master secret for development. It is created before the database, and kept in the data directory. */
export async function ownSecret(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, "secret");
  if (narrowToOwner(file)) return (await readFile(file, "utf8")).trim();
  // A new one could verify no key of the database, and would hide that the old one is missing.
  if (existsSync(join(dataDirectory, "keyward.db")))
    throw new Error(
      `the master secret of this database is missing: put ${file} back, or set KEYWARD_SECRET to the one that it was made with`,
    );
  const made = randomBytes(32).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
  return made;
}

/** Writes server.json in one step. The commands on this machine find the server by it. */
export async function announce(dataDirectory: string, server: { url: string; pid: number; token: string }): Promise<void> {
  const file = join(dataDirectory, ANNOUNCEMENT);
  // A file that exists would keep its mode.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, JSON.stringify(server), { mode: 0o600, flag: "wx" });
  await rename(`${file}.new`, file);
}

export function withdraw(dataDirectory: string): Promise<void> {
  return rm(join(dataDirectory, ANNOUNCEMENT), { force: true });
}

/** A run that ends by itself withdraws its announcement. */
export function wasInterrupted(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, ANNOUNCEMENT));
}
