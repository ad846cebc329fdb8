/**
 * The embedded database as a Kysely dialect, for a library (the guest) that writes its own SQL. Every statement is one message to the thread
 * and one transaction: a transaction of several messages would make every method of the store wait for the guest.
 */
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Runs one statement with its values. @throws StoreUnavailable */
type RunStatement = (text: string, values: readonly unknown[]) => Promise<unknown>;

export function guestDialect(run: RunStatement): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) =>
      (await run(sql, parameters)) as QueryResult<Row>,
    // biome-ignore lint/correctness/useYield: Kysely asks for a generator; there is nothing to give
    async *streamQuery() {
      throw new Error("a guest of the embedded database cannot stream");
    },
  };
  const refuseTransaction = async () => {
    throw new Error("a guest of the embedded database has no transactions that span statements");
  };
  const driver: Driver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
  return {
    createDriver: () => driver,
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
