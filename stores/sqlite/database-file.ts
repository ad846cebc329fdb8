/** A database file that is only read: a backup, or the database of a server that may be running. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { migrationNames } from "../sql/migrations.ts";

/** https://www.sqlite.org/fileformat.html: the first bytes of every database, and where the others of its header stand. */
const MAGIC = "SQLite format 3\0";
const HEADER = { bytes: 100, pageSize: 16, changeCounter: 24, pageCount: 28, versionValidFor: 92 };

interface Reading {
  /** Whether a server may be writing to it now. Then its parts beside it (`-wal`) are read too, as SQLite does between processes. */
  readonly mayBeInUse: boolean;
  /** Whether a newer version may have migrated it. Migrations only add: what this version knows can be read. */
  readonly mayBeNewer?: boolean;
}

/**
 * Opens a database of Keyward for reading. Close it afterwards.
 * @throws Error with one sentence: no such file, not a database, cut short, not Keyward's, or made by a newer version.
 */
export function openDatabaseFile(path: string, { mayBeInUse, mayBeNewer = false }: Reading): DatabaseSync {
  refuseFragments(path, mayBeInUse);
  // Nobody writes to a backup: SQLite need not lock it, and makes no files beside it. One that was copied with its log is read with it.
  const isAlone = !mayBeInUse && !existsSync(`${path}-wal`);
  const database = new DatabaseSync(isAlone ? new URL(`${pathToFileURL(path).href}?immutable=1`) : path, { readOnly: true });
  try {
    refuseOthers(path, database, mayBeNewer);
    return database;
  } catch (error) {
    database.close();
    throw sentenceOf(error, path);
  }
}

/** The names of the migrations that a database has had, oldest first. Empty when it is not one of Keyward's. */
function appliedMigrations(database: DatabaseSync): readonly string[] {
  const has = database.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get();
  if (has === undefined) return [];
  return database
    .prepare("select name from kysely_migration order by name")
    .all()
    .map(({ name }) => String(name));
}

function refuseFragments(path: string, mayBeInUse: boolean): void {
  const header = headerOf(path);
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new Error(`${path} is not a database of Keyward`);
  const { size } = statSync(path);
  if (size < HEADER.bytes) throw new Error(`${path} is cut short: it has ${size} bytes`);
  // While a server writes its log into the file, the header may be ahead of the rest.
  if (mayBeInUse || header.readUInt32BE(HEADER.changeCounter) !== header.readUInt32BE(HEADER.versionValidFor)) return;
  const written = header.readUInt16BE(HEADER.pageSize);
  const whole = (written === 1 ? 65_536 : written) * header.readUInt32BE(HEADER.pageCount);
  if (size < whole) throw new Error(`${path} is cut short: it has ${size} of ${whole} bytes`);
}

function headerOf(path: string): Buffer {
  const header = Buffer.alloc(HEADER.bytes);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, header);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(code === "ENOENT" ? `there is no database at ${path}` : `${path} cannot be read (${code})`, { cause });
  }
  return header;
}

function refuseOthers(path: string, database: DatabaseSync, mayBeNewer: boolean): void {
  const applied = appliedMigrations(database);
  if (applied.length === 0) throw new Error(`${path} is a database, but not one of Keyward`);
  if (mayBeNewer) return;
  const known = migrationNames();
  const newer = applied.find((name) => !known.includes(name));
  if (newer !== undefined)
    throw new Error(`${path} was written by a newer version of Keyward, which made the change ${newer}; use that version or a newer one`);
}

/** SQLite's own words for a file that is not whole are not for people. */
function sentenceOf(error: unknown, path: string): unknown {
  const { errcode } = error as { errcode?: number };
  const [CORRUPT, NOT_A_DATABASE, CANNOT_OPEN] = [11, 26, 14];
  if (errcode === undefined) return error;
  if ((errcode & 0xff) === CORRUPT || errcode === NOT_A_DATABASE) return new Error(`${path} is damaged`, { cause: error });
  if ((errcode & 0xff) === CANNOT_OPEN)
    return new Error(`${path} cannot be opened; run this as the user that runs Keyward`, { cause: error });
  return error;
}
