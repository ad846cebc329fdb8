/** Files that hold secrets, or what people keep from each other: readable and writable for their owner alone, whatever the umask says. */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";

const OWNER_ONLY = 0o600;
const OF_OTHERS = 0o077;

/**
 * Takes from group and others what they may do with a file that exists. True when there is one.
 * @throws Error with one clear sentence when it belongs to somebody else.
 */
export function narrowToOwner(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if ((found.mode & OF_OTHERS) === 0) return true;
  try {
    chmodSync(path, OWNER_ONLY);
    return true;
  } catch (cause) {
    throw new Error(`others can read ${path}, and that cannot be changed; let the user that runs Keyward own it`, { cause });
  }
}

/**
 * Makes the file, empty, when it is missing. Never opens one that is there: closing it again would drop the locks that this process has
 * on it (POSIX, `fcntl`), and SQLite's are such.
 */
export function makePrivateFile(path: string): void {
  if (!narrowToOwner(path)) closeSync(openSync(path, "wx", OWNER_ONLY));
}
