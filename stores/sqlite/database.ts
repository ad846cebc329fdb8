/** The database files of one directory, in the thread that owns them: the lock, the connection and the store's methods. */
import { DatabaseSync } from "node:sqlite";
import { CompiledQuery, Kysely } from "kysely";
import type { Store } from "../contract.ts";
import { migrate } from "../sql/migrate.ts";
import type { Database } from "../sql/schema.ts";
import { sqlStore } from "../sql/store.ts";
import { refuseUnfinishedCopy } from "../sql/unfinished-copy.ts";
import { SQLITE, sqliteDialect } from "./dialect.ts";
import { makePrivateFile, narrowToOwner } from "./private-file.ts";

export interface Opening {
  readonly file: string;
  readonly lockFile: string;
  /** Maximum size of the database in pages of 4 KB. Beyond it every change fails, as on a full disk. */
  readonly maxPageCount: number | undefined;
  /** Also opens a database that is an unfinished copy of another one. */
  readonly forCopy?: boolean | undefined;
}

/** What runs in the thread: the store's methods, and `statement` for SQL of the guest with its values (see `guest-dialect.ts`). */
export type MethodName = keyof Store | "statement";

export interface OpenDatabase {
  readonly methods: Readonly<Record<MethodName, (...values: never[]) => Promise<unknown>>>;
  /** The migrations that this opening ran on a database that was there before. */
  readonly migrated: readonly string[];
  /** Closes the files and releases the lock. */
  close(): Promise<void>;
}

const SQLITE_BUSY = 5;

/** @throws Error with one clear sentence, for example when another process holds the lock. Then nothing stays open. */
export async function openDatabase(opening: Opening): Promise<OpenDatabase> {
  const lock = holdLock(opening.lockFile);
  try {
    const db = new Kysely<Database>({ dialect: sqliteDialect(connect(opening)) });
    let migrated: readonly string[];
    try {
      migrated = await migrate(db, SQLITE);
      if (opening.forCopy !== true) await refuseUnfinishedCopy(db);
    } catch (error) {
      await db.destroy();
      throw error;
    }
    // It waits for the only connection, as every method does, so it never runs inside the transaction of another.
    const statement = (text: string, values: readonly unknown[]) => db.executeQuery(CompiledQuery.raw(text, [...values]));
    return {
      methods: { ...sqlStore(db, SQLITE), statement },
      migrated,
      async close() {
        await db.destroy();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The operating system releases this lock when the process ends, however it ends. A file with a process id would stay. */
function holdLock(path: string): DatabaseSync {
  // Two processes that open at the same moment must not both give up.
  const lock = new DatabaseSync(path, { timeout: 250 });
  // SQLite creates this file. Creating it here would open and close it once more, which drops the locks that this process has on it.
  narrowFiles(path);
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error("another Keyward is running on this data directory; stop it, or name another directory with --data");
  }
  return lock;
}

/** New files beside a database get the mode of the database from SQLite. Existing files keep theirs, so they are changed here. */
function narrowFiles(database: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) narrowToOwner(database + ending);
}

/** Call it only while holding the lock. */
function connect({ file, maxPageCount }: Opening): DatabaseSync {
  makePrivateFile(file);
  narrowFiles(file);
  const database = new DatabaseSync(file);
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
  if (maxPageCount !== undefined) database.exec(`pragma max_page_count = ${maxPageCount}`);
  return database;
}
