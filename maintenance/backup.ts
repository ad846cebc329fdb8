/** Backs up the embedded database of a data directory, whether a server runs on it or not. */
import { existsSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LAST_BACKUP_FILE } from "../engine/diagnosis-facts.ts";
import type { RowCounts } from "../stores/sql/check.ts";
import { checkDatabaseFile } from "../stores/sqlite/check-file.ts";
import { openDatabaseFile } from "../stores/sqlite/database-file.ts";
import { copySnapshot } from "../stores/sqlite/snapshot.ts";
import { writeNewFile } from "./new-file.ts";

export interface BackupOptions {
  readonly dataDirectory: string;
  /** A new file. */
  readonly file: string;
  readonly clock: () => number;
}

export interface Backup {
  /** An absolute path. */
  readonly file: string;
  /** Milliseconds since the epoch. Everything that was acknowledged before is in it. */
  readonly madeAt: number;
  readonly bytes: number;
  readonly counts: RowCounts;
  /** The master secret is a file of the data directory, which the backup does not contain. Undefined when it is elsewhere. */
  readonly secretFile: string | undefined;
}

/**
 * Writes everything that is committed in the database into a new file, and reads it back before it gets its name. Usage that is still in the
 * memory of a running server, of the last second, is not in it.
 * @throws Error with one sentence; then there is no such file
 */
export async function backUp({ dataDirectory, file, clock }: BackupOptions): Promise<Backup> {
  const source = join(dataDirectory, "keyward.db");
  if (!existsSync(source)) throw new Error(`there is no database in ${dataDirectory}; name the data directory of the server with --data`);
  const madeAt = clock();
  const { bytes, counts } = await writeNewFile(file, async (partial) => {
    try {
      copySnapshot(source, partial, madeAt);
    } catch (error) {
      throw sentenceOf(error, file);
    }
    return { bytes: statSync(partial).size, counts: await readBack(partial, madeAt, file) };
  });
  await noteBackup(dataDirectory, madeAt);
  const secret = resolve(dataDirectory, "secret");
  return { file: resolve(file), madeAt, bytes, counts, secretFile: existsSync(secret) ? secret : undefined };
}

/** For `keyward doctor`. A directory that only the backup's user cannot write to is no reason to call the backup failed. */
async function noteBackup(dataDirectory: string, madeAt: number): Promise<void> {
  const file = join(dataDirectory, LAST_BACKUP_FILE);
  await rm(file, { force: true })
    .then(() => writeFile(file, `${JSON.stringify({ madeAt })}\n`, { mode: 0o600, flag: "wx" }))
    .catch(() => undefined);
}

async function readBack(partial: string, now: number, file: string): Promise<RowCounts> {
  const written = openDatabaseFile(partial, { mayBeInUse: false });
  try {
    const { counts, faults } = await checkDatabaseFile(written, now);
    // Rows that do not fit together are those of the database itself: `keyward check` names them, and a backup is all the more needed.
    const [damage] = faults.filter(({ check }) => check === "file");
    if (counts === undefined || damage !== undefined)
      throw new Error(`the backup could not be read back, and ${file} was not created: ${damage?.detail}`);
    return counts;
  } finally {
    written.close();
  }
}

/** SQLite says of a full disk that the "database or disk is full", and of other failed writes that there was a "disk I/O error". */
function sentenceOf(error: unknown, file: string): unknown {
  const { errcode } = error as { errcode?: number };
  const [IO_ERROR, FULL] = [10, 13];
  if (errcode === FULL) return new Error(`there is not enough room for ${file}; nothing was written`, { cause: error });
  if (errcode !== undefined && (errcode & 0xff) === IO_ERROR)
    return new Error(`${file} could not be written, or the database not be read (${(error as Error).message}); nothing was kept`, {
      cause: error,
    });
  return error;
}
