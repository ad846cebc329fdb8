/** Kysely's driver over the connections of `pg`, with named statements. It throws `Repeatable` and `CommitUnknown` where they apply. */
import { AbortedTransactionError, type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from "kysely";
import type pg from "pg";
import { CommitUnknown } from "../sql/transaction.ts";
import { findCommitFate } from "./commit-fate.ts";
import { isRefusal, isStalePlan, spoilsConnection, toFailure } from "./failures.ts";
import type { ConnectionPool } from "./pool.ts";
import { statementNames } from "./statement-names.ts";

const WRITES: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

export class PostgresDriver implements Driver {
  readonly #pool: ConnectionPool;
  readonly #nameOf = statementNames();

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    try {
      return new Connection(await this.#pool.take(), this.#nameOf);
    } catch (error) {
      throw toFailure(error);
    }
  }

  /** Reads the number of the transaction in the same round trip: it is needed if the response to the commit is lost. */
  async beginTransaction(connection: Connection): Promise<void> {
    const results = await connection.command("begin; select pg_current_xact_id()::text as id");
    connection.transactionId = results.at(-1)?.rows[0]?.id;
  }

  async commitTransaction(connection: Connection): Promise<void> {
    const id = connection.transactionId;
    try {
      const [result] = await connection.command("commit");
      // The server rolls back if an earlier statement of the transaction failed.
      if (result?.command !== "COMMIT") throw new AbortedTransactionError();
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      if (id === undefined || error instanceof AbortedTransactionError || isRefusal(cause)) throw error;
      throw new CommitUnknown(() => findCommitFate(this.#pool, id), error);
    }
  }

  /** The error that led here says more than one of the rollback. The server rolls back when the connection ends. */
  async rollbackTransaction(connection: Connection): Promise<void> {
    if (!connection.isSpoiled) await connection.command("rollback").catch(() => undefined);
  }

  async releaseConnection(connection: Connection): Promise<void> {
    if (connection.hasStalePlan) this.#pool.retire();
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

/** A connection for as long as one user of Kysely has it. */
class Connection implements DatabaseConnection {
  transactionId: string | undefined;
  isSpoiled = false;
  hasStalePlan = false;
  readonly #client: pg.PoolClient;
  readonly #nameOf: (text: string) => string | undefined;

  constructor(client: pg.PoolClient, nameOf: (text: string) => string | undefined) {
    this.#client = client;
    this.#nameOf = nameOf;
  }

  async executeQuery<Row>({ sql: text, parameters }: Pick<CompiledQuery, "sql" | "parameters">): Promise<QueryResult<Row>> {
    const name = this.#nameOf(text);
    const query = { text, values: parameters.map(toBound), ...(name !== undefined && { name }) };
    const { command, rowCount, rows } = await this.#failing(this.#client.query(query));
    return { rows: rows as Row[], ...(WRITES.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }) };
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator; no query of ours streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("no query of the store streams");
  }

  /** Runs commands without values, such as those that begin and end a transaction. */
  async command(text: string): Promise<readonly pg.QueryResult[]> {
    return [await this.#failing<pg.QueryResult | pg.QueryResult[]>(this.#client.query(text))].flat();
  }

  release(): void {
    this.#client.release(this.isSpoiled);
  }

  async #failing<Result>(response: Promise<Result>): Promise<Result> {
    try {
      return await response;
    } catch (error) {
      this.isSpoiled ||= spoilsConnection(error);
      this.hasStalePlan ||= isStalePlan(error);
      throw toFailure(error);
    }
  }
}

/** PostgreSQL stores no NUL in a text. Nothing that it stores has one, so a search for one must find nothing, and not fail. */
function toBound(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBound);
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}
