/** What every connection is set to before its first statement, and what its server must be. */
import type pg from "pg";
import { Repeatable } from "../sql/transaction.ts";

/** Milliseconds; 0 for no limit. */
export interface SessionLimits {
  readonly statementMs: number;
  readonly lockMs: number;
  /** A process that stops between two statements of a transaction would keep its locks. */
  readonly idleInTransactionMs: number;
}

/** The server, as one connection saw it. */
export interface ServerFacts {
  /** For example 180004. */
  readonly version: number;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly encoding: string;
}

const FACTS = `
  current_setting('server_version_num')::int as "version",
  pg_is_in_recovery() as "isStandby",
  current_setting('transaction_read_only') = 'on' as "isReadOnly",
  current_setting('server_encoding') as "encoding"`;

/** `remote_apply` is kept, because it promises more than `on`. Everything less would lose changes that were acknowledged. */
const DURABLE = "case current_setting('synchronous_commit') when 'remote_apply' then 'remote_apply' else 'on' end";

/**
 * Prepares a new connection. In one statement, and not with startup options, which PgBouncer refuses.
 * @throws Repeatable if the server is a standby: what it says may be out of date
 */
export async function beginSession(client: pg.ClientBase, limits: SessionLimits): Promise<ServerFacts> {
  // Without a listener, the end of a connection between two statements would end the process. The next statement fails instead.
  client.on("error", () => undefined);
  const settings = {
    statement_timeout: `'${limits.statementMs}'`,
    lock_timeout: `'${limits.lockMs}'`,
    idle_in_transaction_session_timeout: `'${limits.idleInTransactionMs}'`,
    default_transaction_isolation: "'read committed'",
    synchronous_commit: DURABLE,
  };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', ${value}, false)`);
  const { rows } = await client.query<ServerFacts>(`select ${FACTS}, ${set.join(", ")}`);
  const { version, isStandby, isReadOnly, encoding } = rows[0] as ServerFacts;
  if (isStandby) throw new Repeatable("the server is a standby, whose data may be out of date; Keyward needs the primary");
  return { version, isStandby, isReadOnly, encoding };
}
