/**
 * The embedded database as a Kysely dialect, for a library (the guest) that writes its own SQL. Every statement is one message to the thread
 * and one transaction: a transaction of several messages would make every method of the store wait for the guest.
 */
import { type Dialect, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { guestDriver } from "../sql/guest-driver.ts";

/** Runs one statement with its values. @throws StoreUnavailable */
type RunStatement = (text: string, values: readonly unknown[]) => Promise<unknown>;

export function guestDialect(run: RunStatement): Dialect {
  const driver = guestDriver(
    async <Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) => (await run(sql, parameters)) as QueryResult<Row>,
  );
  return {
    createDriver: () => driver,
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
