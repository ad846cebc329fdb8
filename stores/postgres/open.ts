/** A PostgreSQL database. Any number of processes may have it open. */
import { type Driver, Kysely, sql } from "kysely";
import { StoreUnavailable } from "../contract.ts";
import { SHARED } from "../node-contract.ts";
import type { OpenStore } from "../open-store.ts";
import { migrate } from "../sql/migrate.ts";
import type { Database } from "../sql/schema.ts";
import { sqlStore } from "../sql/store.ts";
import { refuseUnfinishedCopy } from "../sql/unfinished-copy.ts";
import { postgresBank } from "./bank.ts";
import { Calls } from "./calls.ts";
import { type ConnectionSettings, type PostgresVariables, readConnectionSettings } from "./connection-settings.ts";
import { POSTGRES, postgresDialect } from "./dialect.ts";
import { PostgresDriver } from "./driver.ts";
import { NodeConnection } from "./node-connection.ts";
import { postgresNodes } from "./nodes.ts";
import { readPasswordFile } from "./password-file.ts";
import { ConnectionPool } from "./pool.ts";
import { probe } from "./probe.ts";
import { refusalSentence } from "./refusal.ts";
import type { SessionLimits } from "./session.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of PostgreSQL's own programs, such as `?sslmode=verify-full`. */
  readonly url: string;
  /** `PGHOST`, `PGPASSWORD` and so on, for what the URL leaves out. For example `process.env`. */
  readonly variables?: PostgresVariables | undefined;
  /** The maximum number of connections for requests. One more is opened at times, for migrations and for deleting old rows. */
  readonly connections?: number | undefined;
  /** For `keyward copy` alone: also opens a database that is an unfinished copy. */
  readonly forCopy?: boolean;
}

const CONNECTIONS = 8;
/** A process that is stopped in the middle of a transaction holds up others for a second at most. */
const FOR_REQUESTS: SessionLimits = { statementMs: 10_000, lockMs: 5_000, idleInTransactionMs: 1_000 };
/** Migrations, and deletions of many rows. They wait for locks no longer than requests: while they wait, requests wait behind them. */
const FOR_UPKEEP: SessionLimits = { statementMs: 0, lockMs: 5_000, idleInTransactionMs: 60_000 };
const UPKEEP_IDLE_MS = 10_000;

/**
 * Opens a PostgreSQL database and applies missing migrations.
 * @throws StoreUnavailable with one clear sentence, which never repeats the password.
 * @example
 * const { close, ...opened } = await openPostgres({ url: "postgres://keyward:secret@127.0.0.1:5432/keyward" });
 * const kw = await keyward({ platform: platforms.keyward, ...opened, secret });
 */
export async function openPostgres({ url, variables, connections = CONNECTIONS, forCopy }: PostgresOptions): Promise<OpenStore> {
  const { settings, password } = await readSettings(url, variables);
  const refuse = (cause: unknown): never => {
    throw new StoreUnavailable(refusalSentence(cause, { ...settings, password }), { cause });
  };
  const connection = await probe(settings, password, FOR_REQUESTS).catch(refuse);
  const upkeep = openDriver(new ConnectionPool({ connection, size: 1, limits: FOR_UPKEEP, idleMs: UPKEEP_IDLE_MS }));
  const requests = openDriver(new ConnectionPool({ connection, size: connections, limits: FOR_REQUESTS, idleMs: 0 }));
  const closeAll = async () => {
    // Not through Kysely, which knows nothing of connections that only the guest has used.
    await upkeep.driver.destroy();
    await requests.driver.destroy();
  };
  let migrated: readonly string[];
  try {
    migrated = await migrate(upkeep.db, POSTGRES);
    if (forCopy !== true) await refuseUnfinishedCopy(upkeep.db);
  } catch (error) {
    await closeAll();
    return refuse(error);
  }
  const notify = (channel: string, payload: string) => sql`select pg_notify(${channel}, ${payload})`.execute(requests.db);
  const node = new NodeConnection({ connection, notify });
  const bank = postgresBank({ db: requests.db, notify, wakeups: node.wakeups });
  const calls = new Calls();
  const counted = calls.counting({ ...sqlStore(requests.db, POSTGRES), prune: sqlStore(upkeep.db, POSTGRES).prune });
  let closed: Promise<void> | undefined;
  return {
    store: Object.assign(counted, { [SHARED]: true }),
    nodes: postgresNodes(node),
    bank: { ...calls.counting(bank), hearNodes: bank.hearNodes },
    async guest() {
      const { guestDialect } = await import("./guest-dialect.ts");
      return { dialect: guestDialect(requests.driver), type: "postgres", transaction: false };
    },
    connections,
    migrated,
    close() {
      closed ??= Promise.all([calls.close(), node.close()]).then(closeAll);
      return closed;
    },
  };
}

/** @throws StoreUnavailable when the address is not one */
export async function readSettings(url: string, variables: PostgresVariables | undefined) {
  try {
    const settings: ConnectionSettings = readConnectionSettings(url, variables);
    const { password, passwordFile } = settings;
    return { settings, password: password ?? (passwordFile === undefined ? undefined : await readPasswordFile(passwordFile, settings)) };
  } catch (cause) {
    throw new StoreUnavailable((cause as Error).message, { cause });
  }
}

function openDriver(pool: ConnectionPool): { readonly driver: Driver; readonly db: Kysely<Database> } {
  const driver = new PostgresDriver(pool);
  return { driver, db: new Kysely<Database>({ dialect: postgresDialect(driver) }) };
}
