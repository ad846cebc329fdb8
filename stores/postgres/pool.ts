/** The connections to one database: a pool of `pg` whose connections are set up before use and discarded when they have become stale. */
import pg from "pg";
import { beginSession, type SessionLimits } from "./session.ts";

const INT8 = 20;
const CONNECT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** The server's own limit ends a statement first, unless the server cannot be reached. */
const NO_RESPONSE_AFTER_MS = 2_000;

interface PoolOptions {
  readonly connection: pg.ClientConfig;
  /** The maximum number of connections. */
  readonly size: number;
  readonly limits: SessionLimits;
  /** How long a connection that nobody uses stays open. 0 for ever. */
  readonly idleMs: number;
}

export class ConnectionPool {
  readonly #pool: pg.Pool;
  readonly #generations = new WeakMap<pg.PoolClient, number>();
  #generation = 0;

  constructor({ connection, size, limits, idleMs }: PoolOptions) {
    this.#pool = new pg.Pool({
      ...connection,
      types: { getTypeParser },
      max: size,
      idleTimeoutMillis: idleMs,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      ...(limits.statementMs > 0 && { query_timeout: limits.statementMs + NO_RESPONSE_AFTER_MS }),
      onConnect: async (client) => {
        await beginSession(client, limits);
      },
    });
    // A connection that fails while nobody uses it: the pool has removed it.
    this.#pool.on("error", () => undefined);
  }

  async take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      const generation = this.#generations.get(client);
      if (generation === undefined) this.#generations.set(client, this.#generation);
      if (generation === undefined || generation === this.#generation) return client;
      client.release(true);
    }
  }

  /** Discards all connections that are open now, each when it is taken next. */
  retire(): void {
    this.#generation++;
  }

  /** Call it once, when nobody takes connections any more. */
  async end(): Promise<void> {
    await this.#pool.end();
  }
}

/** Every bigint of the schema is below 2^53, so it is read as a number. */
export const getTypeParser = ((type: number, format?: "text") =>
  type === INT8 ? Number : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser;
