/** A PostgreSQL database: any number of processes may have it open. */
import { Kysely } from "kysely";
import pg from "pg";
import type { OpenStore } from "../open-store.ts";
import type { Database } from "../sql/schema.ts";
import { migrate, sqlStore } from "../sql/store.ts";
import { POSTGRES, postgresDialect } from "./dialect.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The maximum number of connections. */
  readonly connections?: number;
}

const CONNECTIONS = 8;
const INT8 = 20;

/**
 * Opens a PostgreSQL database and applies missing migrations.
 * @throws StoreUnavailable
 * @example
 * const { store, close } = await openPostgres({ url: "postgres://keyward:secret@127.0.0.1:5432/keyward" });
 */
export async function openPostgres({ url, connections = CONNECTIONS }: PostgresOptions): Promise<OpenStore> {
  const pool = new pg.Pool({ connectionString: url, max: connections, types: { getTypeParser } });
  // A connection that fails while nobody uses it: the pool has removed it.
  pool.on("error", () => undefined);
  const dialect = postgresDialect(pool);
  const db = new Kysely<Database>({ dialect });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  let closed: Promise<void> | undefined;
  return {
    store: sqlStore(db, POSTGRES),
    guest: async () => ({ dialect, type: "postgres", transaction: false }),
    close: () => {
      closed ??= db.destroy();
      return closed;
    },
  };
}

/** Every bigint of the schema is below 2^53, so it is read as a number. */
const getTypeParser = ((type: number, format?: "text" | "binary") =>
  type === INT8 ? Number : pg.types.getTypeParser(type, format as "text")) as typeof pg.types.getTypeParser;
