/** A Kysely dialect for node:sqlite, and the capabilities of SQLite. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { type Dialect, type Driver, type RawBuilder, SqliteAdapter, type SqliteDatabase, SqliteDialect, sql } from "kysely";
import type { Capabilities, ColumnOfRows } from "../sql/schema.ts";
import { groupCommit } from "./group-commit.ts";

export const SQLITE: Capabilities = {
  wakeOnFeed: [],
  bankClock: undefined,
  // There is one connection, so transactions never run concurrently.
  rowLocks: false,
  // `lower` of SQLite changes only ASCII letters.
  lowerAscii: (text) => sql`lower(${text})`,
  // It allows 32,766 parameters, and other requests run between short statements.
  manyRows: { rowsPerStatement: 500, rowsOf: (columns) => sql`values ${sql.join(rowsIn(columns))}` },
};

function rowsIn([first, ...others]: readonly ColumnOfRows[]): RawBuilder<unknown>[] {
  return (first?.values ?? []).map((value, row) => sql`(${sql.join([value, ...others.map(({ values }) => values[row])])})`);
}

/** Batches of different sizes have different texts: too many to keep all of them. */
const MOST_PREPARED = 200;

/** Runs Kysely's statements on an open database, each prepared once. */
export function sqliteDialect(database: DatabaseSync): Dialect {
  return new KeywardDialect(database);
}

class KeywardDialect extends SqliteDialect {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    super({ database: preparingDatabase(database) });
    this.#database = database;
  }

  /** Data definition is transactional in SQLite, but Kysely's adapter does not use it. With this, a migration happens completely or not at all. */
  override createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true;
      }

      /** Users of the only connection wait for each other in `groupCommit`, which knows when one that waits for its commit may be passed. */
      override get supportsMultipleConnections(): boolean {
        return true;
      }
    })();
  }

  override createDriver(): Driver {
    return groupCommit(super.createDriver(), this.#database);
  }
}

function preparingDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, ReturnType<typeof prepare>>();

  function prepare(text: string) {
    const statement: StatementSync = database.prepare(text);
    return {
      reader: statement.columns().length > 0,
      all: (values: readonly unknown[]) => statement.all(...values.map(toBound)),
      run: (values: readonly unknown[]) => statement.run(...values.map(toBound)),
      iterate: (values: readonly unknown[]) => statement.iterate(...values.map(toBound)),
    };
  }

  return {
    prepare(text: string) {
      const statement = prepared.get(text) ?? prepare(text);
      if (prepared.size >= MOST_PREPARED) prepared.clear();
      prepared.set(text, statement);
      return statement;
    },
    close: () => database.close(),
  };
}

/** SQLite has no boolean values: columns of that type hold 1 and 0. */
function toBound(value: unknown): SQLInputValue {
  return typeof value === "boolean" ? Number(value) : (value as SQLInputValue);
}
