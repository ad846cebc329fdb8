/**
 * The thread that owns the database files and runs the store's methods, so that an fsync holds up no verification. One message is one
 * method call, because a message between threads costs several times what a statement does.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { CompiledQuery, type Driver, Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from "kysely";
import type { Store } from "../contract.ts";
import type { Database } from "../sql/schema.ts";
import { migrate, sqlStore } from "../sql/store.ts";
import { makePrivateFile, narrowToOwner } from "./private-file.ts";
import { toSendable } from "./worker-error.ts";

export interface Opening {
  readonly file: string;
  readonly lockFile: string;
  /** Upper bound of the database's size in pages of 4 KB; beyond it every change fails as on a full disk. */
  readonly maxPageCount: number | undefined;
}

export interface Request {
  readonly id: number;
  /** `statement`: SQL of the guest and its values (see `guest-dialect.ts`). */
  readonly method: keyof Store | "statement";
  readonly values: readonly unknown[];
}

/** The first response has the id 0 and belongs to no request: its value is the list of methods, or its error why the store cannot be opened. */
export type Response = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: Error };

const SQLITE_BUSY = 5;

class KeywardDialect extends SqliteDialect {
  readonly #database: DatabaseSync;

  constructor(opened: { database: DatabaseSync; statements: SqliteDatabase }) {
    super({ database: opened.statements });
    this.#database = opened.database;
  }

  /** SQLite's data definition is transactional; Kysely's own adapter leaves it off. Migrations happen whole or not at all. */
  override createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true;
      }
    })();
  }

  /** On a full disk SQLite rolls back by itself: a second rollback would hide why. */
  override createDriver(): Driver {
    const driver = super.createDriver();
    const rollback = driver.rollbackTransaction.bind(driver);
    driver.rollbackTransaction = async (connection) => {
      if (this.#database.isTransaction) await rollback(connection);
    };
    return driver;
  }
}

if (parentPort === null) throw new Error("this file runs as a worker thread");
const port = parentPort;
const opening = workerData as Opening;
// Kysely's own calls fill the ten frames that a stack has by default, and the method that failed would not be among them.
Error.stackTraceLimit = 40;

try {
  const lock = holdLock(opening.lockFile);
  const db = new Kysely<Database>({ dialect: new KeywardDialect(openDatabase(opening)) });
  await migrate(db);
  const store = sqlStore(db, { rowLocks: false });
  // It waits for the one connection as every method does, so it never runs inside another's transaction.
  const statement = (text: string, values: readonly unknown[]) => db.executeQuery(CompiledQuery.raw(text, [...values]));
  port.on("message", async (request: Request) => port.postMessage(await respond({ ...store, statement }, request)));
  // The lock is held for as long as its connection is reachable: it must not look like garbage.
  port.on("close", () => lock.close());
  port.postMessage({ id: 0, value: Object.keys(store) } satisfies Response);
} catch (error) {
  port.postMessage({ id: 0, error: toSendable(error) } satisfies Response);
}

async function respond(methods: Record<Request["method"], unknown>, { id, method, values }: Request): Promise<Response> {
  try {
    const run = methods[method] as (...values: readonly unknown[]) => Promise<unknown>;
    return { id, value: await run(...values) };
  } catch (error) {
    return { id, error: toSendable(error) };
  }
}

/** The operating system lets go of this lock when the process ends, however it ends; a file with a process id in it would stay. */
function holdLock(path: string): DatabaseSync {
  // Two that open at the same instant must not both give up.
  const lock = new DatabaseSync(path, { timeout: 250 });
  // Made by SQLite and empty: made here, it would be opened and closed once more, which drops the locks that this process has on it.
  narrowFiles(path);
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error("another Keyward is running on this data directory; stop it, or name another directory with --data");
  }
  return lock;
}

/** SQLite gives the files that it makes beside a database the mode of the database itself; those that are there keep theirs. */
function narrowFiles(database: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) narrowToOwner(database + ending);
}

/** node:sqlite in the shape that Kysely expects of a driver, each statement prepared once. Only for the holder of the lock. */
function openDatabase({ file, maxPageCount }: Opening) {
  makePrivateFile(file);
  narrowFiles(file);
  const database = new DatabaseSync(file);
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
  if (maxPageCount !== undefined) database.exec(`pragma max_page_count = ${maxPageCount}`);
  const prepared = new Map<string, ReturnType<typeof prepare>>();

  function prepare(sql: string) {
    const statement: StatementSync = database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (values: readonly unknown[]) => statement.all(...(values as SQLInputValue[])),
      run: (values: readonly unknown[]) => statement.run(...(values as SQLInputValue[])),
      iterate: (values: readonly unknown[]) => statement.iterate(...(values as SQLInputValue[])),
    };
  }

  const statements: SqliteDatabase = {
    prepare(sql: string) {
      const statement = prepared.get(sql) ?? prepare(sql);
      // Batches have as many texts as sizes: too many to keep for good.
      if (prepared.size >= 200) prepared.clear();
      prepared.set(sql, statement);
      return statement;
    },
    close: () => database.close(),
  };
  return { database, statements };
}
