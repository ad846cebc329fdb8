/** Files with secrets or private data: only their owner may read and write them, whatever the umask is. */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";

const OWNER_ONLY = 0o600;
const OF_OTHERS = 0o077;

/**
 * Removes all permissions of group and others from a file. False if there is no such file.
 * @throws Error with one clear sentence if the file belongs to another user.
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
 * Creates an empty file if it is missing. Does not open an existing one: closing it again would drop the locks of this process on it
 * (POSIX `fcntl` locks, which SQLite uses).
 */
export function makePrivateFile(path: string): void {
  if (!narrowToOwner(path)) closeSync(openSync(path, "wx", OWNER_ONLY));
}
