/** One look at everything in a PostgreSQL database, as it is at one moment. */
import { Kysely, PostgresDialect, type PostgresPoolClient } from "kysely";
import pg from "pg";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "../sql/schema.ts";
import { type PostgresOptions, readSettings } from "./open.ts";
import { getTypeParser } from "./pool.ts";
import { probe } from "./probe.ts";
import { refusalSentence } from "./refusal.ts";

/** A look at many rows takes as long as it takes, and holds up nobody. */
const LIMITS = { statementMs: 0, lockMs: 5_000, idleInTransactionMs: 60_000 };

/**
 * Runs `read` in one read-only transaction. Changes nothing: missing migrations are not applied.
 * @throws StoreUnavailable with one clear sentence, which never repeats the password
 */
export async function readSnapshot<Result>(
  { url, variables }: Pick<PostgresOptions, "url" | "variables">,
  read: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  const { settings, password } = await readSettings(url, variables);
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ ...(await probe(settings, password, LIMITS)), types: { getTypeParser } });
    await client.connect();
    await client.query("begin isolation level repeatable read, read only");
    return await read(overClient(client));
  } catch (cause) {
    if (cause instanceof Error && (cause as { code?: unknown }).code === undefined) throw cause;
    throw new StoreUnavailable(refusalSentence(cause, { ...settings, password }), { cause });
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Its one connection, which is in a transaction already: nobody takes another, and nobody gives it back. */
function overClient(client: pg.Client): Kysely<Database> {
  const connection = { query: client.query.bind(client), release: () => undefined } as unknown as PostgresPoolClient;
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: { options: {}, connect: async () => connection, end: async () => undefined } }),
  });
}
