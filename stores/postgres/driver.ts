/** Kysely's driver over the connections of `pg`, with named statements. */
import { AbortedTransactionError, type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from "kysely";
import type pg from "pg";
import { statementNames } from "./statement-names.ts";

type NameOf = ReturnType<typeof statementNames>;

const WRITES: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

export class PostgresDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #nameOf = statementNames();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new Connection(await this.#pool.connect(), this.#nameOf);
  }

  async beginTransaction(connection: Connection): Promise<void> {
    await connection.run("begin");
  }

  async commitTransaction(connection: Connection): Promise<void> {
    // The command is ROLLBACK if an earlier statement of the transaction failed.
    if ((await connection.run("commit")) !== "COMMIT") throw new AbortedTransactionError();
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    try {
      await connection.run("rollback");
    } catch {
      // The server rolls back when the connection ends. The error that led here says more than this one.
      connection.isBroken = true;
    }
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

/** A connection for as long as one user of Kysely has it. */
class Connection implements DatabaseConnection {
  isBroken = false;
  readonly #client: pg.PoolClient;
  readonly #nameOf: NameOf;

  constructor(client: pg.PoolClient, nameOf: NameOf) {
    this.#client = client;
    this.#nameOf = nameOf;
  }

  async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const name = this.#nameOf(text);
    const query = { text, values: parameters.map(toBound), ...(name !== undefined && { name }) };
    const { command, rowCount, rows } = await this.#client.query(query);
    return { rows: rows as Row[], ...(WRITES.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }) };
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for a generator; no query of ours streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error("no query of the store streams");
  }

  /** Runs a command that begins or ends a transaction, and returns what the server says it did. */
  async run(command: string): Promise<string> {
    return (await this.#client.query(command)).command;
  }

  release(): void {
    this.#client.release(this.isBroken);
  }
}

/** PostgreSQL stores no NUL in a text. Nothing that it stores has one, so a search for one must find nothing, and not fail. */
function toBound(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}
