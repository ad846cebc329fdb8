/** Looks up whether a transaction was committed, when the response to its commit was lost. */
import { setTimeout as pause } from "node:timers/promises";
import type { ConnectionPool } from "./pool.ts";

/** Longer than a restart of the server, and than `idle_in_transaction_session_timeout`: a commit that never arrived is rolled back by then. */
const ASKED_FOR_MS = 4_000;
const EVERY_MS = 50;
/** Invalid_parameter_value: the server has given out no such number, so it forgot the transaction in a crash. */
const IN_THE_FUTURE = "22023";

/** `transactionId` is what `pg_current_xact_id()` returned. Undefined if the server did not say in time. */
export async function findCommitFate(pool: ConnectionPool, transactionId: string): Promise<"committed" | "rolled_back" | undefined> {
  const end = performance.now() + ASKED_FOR_MS;
  for (; performance.now() < end; await pause(EVERY_MS)) {
    const status = await askStatus(pool, transactionId);
    if (status === "committed") return "committed";
    if (status === "aborted") return "rolled_back";
  }
  return undefined;
}

/** As `pg_xact_status` says it; undefined when there is no response, or the transaction is too old to be known. */
async function askStatus(pool: ConnectionPool, transactionId: string): Promise<string | undefined> {
  try {
    const client = await pool.take();
    try {
      const { rows } = await client.query("select pg_xact_status($1::xid8) as status", [transactionId]);
      client.release();
      return rows[0]?.status ?? undefined;
    } catch (error) {
      client.release(true);
      throw error;
    }
  } catch (error) {
    return (error as { code?: string }).code === IN_THE_FUTURE ? "aborted" : undefined;
  }
}
