/** What an error of `pg` says about the statement that failed. */
import { Repeatable } from "../sql/transaction.ts";

/** SQLSTATEs after which nothing has happened and the next attempt may succeed, each with its name in PostgreSQL's manual. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "25006", // read_only_sql_transaction: a primary that became a standby; the name of the host may lead to the new primary
  "25P03", // idle_in_transaction_session_timeout
  "26000", // invalid_sql_statement_name: somebody between us and the server forgot a prepared statement
  "42P05", // duplicate_prepared_statement
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now: it is starting or shutting down
]);
/** After these the connection is of no use, although it may be open. */
const SPOILED: ReadonlySet<string> = new Set(["25006", "26000", "42P05"]);
const SYSTEM_ERRORS: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EAI_AGAIN", "EHOSTUNREACH"]);
/** `pg` has no codes for these. */
const LOST = /^Connection terminated|is not queryable$/;
const SLOW = /^Query read timeout$|connection timeout$|^timeout e/;
const STALE_PLAN = /^cached plan must not change result type$/;

/** SQLSTATEs that end a connection. The error's severity says the same, but in the language of the server. */
const ENDING = /^(?:08...|57P0[1-5]|25P0[34]|XX...)$/;

/** What errors of PostgreSQL, of `pg` and of Node's sockets have in common. A code of five characters is the server's SQLSTATE. */
function told(error: unknown): { readonly message: string; readonly code: string } {
  const { message = "", code = "" } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown };
  return { message: String(message), code: String(code) };
}

/** Whether the server itself refused the statement, and the connection goes on. */
export function isRefusal(error: unknown): boolean {
  const { code } = told(error);
  return code.length === 5 && !code.startsWith("E") && !ENDING.test(code);
}

/** Whether the connection must not be used again. */
export function spoilsConnection(error: unknown): boolean {
  return !isRefusal(error) || SPOILED.has(told(error).code);
}

/** Another node changed a table since this statement was prepared. All statements on all connections are suspect then. */
export function isStalePlan(error: unknown): boolean {
  return STALE_PLAN.test(told(error).message);
}

/** The server took too long, or could not be reached in time. To repeat it would double the wait. */
function isTooSlow(error: unknown): boolean {
  return SLOW.test(told(error).message);
}

/** The error to throw for an error of `pg`: a copy without values, which may be logged, or a `Repeatable` with that as the cause. */
export function toFailure(error: unknown): Error {
  if (error instanceof Repeatable) return error;
  const { message, code } = told(error);
  const isRepeatable = REPEATABLE.has(code) || code.startsWith("08") || SYSTEM_ERRORS.has(code) || LOST.test(message) || isStalePlan(error);
  const cause = withoutValues(error);
  return isRepeatable && !isTooSlow(error) ? new Repeatable(message, { cause }) : cause;
}

/** PostgreSQL says in other properties which row it refused, with the values of its columns. */
function withoutValues(error: unknown): Error {
  const { message, code } = told(error);
  const copy = Object.assign(new Error(message), code === "" ? {} : { code });
  if (error instanceof Error && error.stack !== undefined) copy.stack = error.stack;
  return copy;
}
