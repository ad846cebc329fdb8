/** Files that appear whole or not at all, and never in place of another. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

const OWNER_ONLY = 0o600;
/** The file system has no hard links. */
const WITHOUT_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];
const ENDING = ".partial";
/** What SQLite makes beside a database while it writes. */
const BESIDE = ["-journal", "-wal", "-shm"];

/**
 * Creates a file with what `write` puts under a temporary name beside it. Only the owner may read it. When `write` fails, or the process
 * ends, there is no file of that name; what an ended process has left is removed the next time.
 * @throws Error with one sentence when the file exists or cannot be created, and whatever `write` throws
 */
export async function writeNewFile<Result>(path: string, write: (partial: string) => Promise<Result>): Promise<Result> {
  const file = resolve(path);
  if (existsSync(file)) throw new Error(`${path} exists already; give the name of a new file`);
  removeAbandoned(file);
  const partial = `${file}.${process.pid}${ENDING}`;
  try {
    closeSync(openSync(partial, "wx", OWNER_ONLY));
  } catch (cause) {
    throw new Error(`${path} cannot be created (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  try {
    const result = await write(partial);
    flush(partial);
    giveName(partial, file, path);
    flush(dirname(file));
    return result;
  } finally {
    for (const ending of ["", ...BESIDE]) rmSync(partial + ending, { force: true });
  }
}

/** Makes a file, or the names in a directory, durable. */
export function flush(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** A link is refused when the name is taken, in one step; a renaming would replace the other file. */
function giveName(partial: string, file: string, path: string): void {
  try {
    linkSync(partial, file);
    unlinkSync(partial);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || existsSync(file)) throw new Error(`${path} exists already; give the name of a new file`, { cause: error });
    if (!WITHOUT_LINKS.includes(code)) throw error;
    renameSync(partial, file);
  }
}

function removeAbandoned(file: string): void {
  const directory = dirname(file);
  if (!existsSync(directory)) return;
  const beginning = `${basename(file)}.`;
  for (const name of readdirSync(directory)) {
    const process = name.startsWith(beginning)
      ? /^(\d+)\.partial(?:-(?:journal|wal|shm))?$/.exec(name.slice(beginning.length))?.[1]
      : undefined;
    if (process !== undefined && !isRunning(Number(process))) rmSync(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
