/** How a library (the guest) that writes its own SQL runs on a store's database: each statement alone, for a transaction would make the store wait. */
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";

/** Runs one statement. @throws StoreUnavailable */
type RunAlone = <Row>(query: CompiledQuery) => Promise<QueryResult<Row>>;

/** A driver of Kysely without transactions. The database behind it is not closed with it. */
export function guestDriver(run: RunAlone): Driver {
  const connection: DatabaseConnection = {
    executeQuery: run,
    // biome-ignore lint/correctness/useYield: Kysely asks for a generator; there is nothing to give
    async *streamQuery() {
      throw new Error("a guest of the database cannot stream");
    },
  };
  const refuseTransaction = async () => {
    throw new Error("a guest of the database has no transactions that span statements");
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
