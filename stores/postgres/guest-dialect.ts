/**
 * PostgreSQL as a Kysely dialect for a library (the guest) that writes its own SQL: the same as on the embedded database. Every statement is
 * a transaction of its own, and every failure is `StoreUnavailable`, so that an outage is reported as one.
 */
import { type CompiledQuery, type Dialect, type Driver, PostgresDialect, type QueryResult } from "kysely";
import { StoreUnavailable } from "../contract.ts";
import { guestDriver } from "../sql/guest-driver.ts";
import { repeated } from "../sql/transaction.ts";

/** `driver` is not destroyed with the dialect: the store has it too. */
export function guestDialect(driver: Driver): Dialect {
  const forGuest = guestDriver(async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
    try {
      return await repeated(() => runAlone<Row>(driver, query));
    } catch (cause) {
      throw new StoreUnavailable(cause instanceof Error ? cause.message : "unknown", { cause });
    }
  });
  const dialect = new PostgresDialect({ pool: () => Promise.reject(new Error("the store has the pool")) });
  return {
    createDriver: () => forGuest,
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

async function runAlone<Row>(driver: Driver, query: CompiledQuery): Promise<QueryResult<Row>> {
  const connection = await driver.acquireConnection();
  try {
    return await connection.executeQuery<Row>(query);
  } finally {
    await driver.releaseConnection(connection);
  }
}
