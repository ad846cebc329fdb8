/**
 * The tables, as Kysely sees them in both databases. `number` is a bigint column: a count, a limit, or milliseconds since the epoch, all
 * below 2^53. PostgreSQL's driver must be told to read int8 as numbers; it gives text by default. Lists and objects are JSON text.
 */
import type { ColumnType, RawBuilder } from "kysely";
import type { Environment } from "../../engine/api-key.ts";
import type { AuditAction, AuditSubject } from "../../engine/audit-actions.ts";
import type { Role } from "../../engine/roles.ts";

/** A boolean column. Write true or false. SQLite reads 0 and 1: read with `toBoolean`. */
export type BooleanColumn = ColumnType<boolean | 0 | 1, boolean, boolean>;
/** A timestamptz column, as the sign-in library stores times. Write ISO 8601. SQLite reads that text, PostgreSQL a Date: read with `toTime`. */
export type TimestampColumn = ColumnType<string | Date, string, string>;

export interface Database {
  facts: { name: string; value: string };
  organizations: { id: string; name: string; plan: string; created_at: number; updated_at: number };
  /** Limits that the operator set instead of the plan's, one row for each; a `value` of null means no limit. */
  plan_overrides: { organization_id: string; limit_name: string; value: number | null };
  api_keys: ApiKeyTable;
  /** A separate table, because it changes every second and keys hardly ever do. */
  last_uses: { key_id: string; at: number };
  usage: { key_id: string; hour: number; outcome: string; count: number };
  /** The sums of `usage` by day (in UTC), written in the same transaction and kept for longer. */
  usage_days: { key_id: string; day: number; outcome: string; count: number };
  counters: { counter_id: string; state: string; at: number };
  /** Limits over several nodes: see stores/bank-contract.ts. */
  bank_counters: { counter_id: string; version: number; replaces: number; state: string; at: number };
  /** One row: how far the clock of the database is ahead of bank time. */
  bank_clock: { ahead_ms: number };
  service_tokens: { id: string; name: string; digest: string; created_at: number; revoked_at: number | null };
  audit: {
    id: string;
    at: number;
    actor: string;
    action: AuditAction;
    organization_id: string | null;
    subject_id: string;
    details: string;
    request_id: string | null;
  };
  /** Refused requests. `owner` is the organization, "" for none; `entry` is what nobody searches for, as JSON. */
  refusals: { id: string; at: number; owner: string; key_id: string | null; request_id: string; entry: string };
  /** `state_changes`: a list of `StateChange`, as JSON. */
  change_feed: { sequence: number; kind: AuditSubject; subject_id: string; at: number; state_changes: string };
  /** One row: the last number of the change feed. */
  feed_head: { sequence: number };
  /** The domains that keys allow, indexed by domain. */
  key_domains: { domain: string; key_id: string };
  /** Also read by the sign-in library. */
  users: {
    id: string;
    name: string;
    email: string;
    email_verified: BooleanColumn;
    image: string | null;
    created_at: TimestampColumn;
    updated_at: TimestampColumn;
  };
  /** Written by the sign-in library; those of terminals by Keyward, with a digest as their token. */
  sessions: {
    id: string;
    token: string;
    user_id: string;
    expires_at: TimestampColumn;
    ip_address: string | null;
    user_agent: string | null;
    created_at: TimestampColumn;
    updated_at: TimestampColumn;
  };
  /** Waiting while `user_id` is null. */
  device_logins: {
    device_code_digest: string;
    user_code_digest: string;
    client: string;
    address: string;
    created_at: number;
    expires_at: number;
    user_id: string | null;
  };
  /** One row for each way of signing in. The sign-in library reads them, and writes a changed password. */
  accounts: {
    id: string;
    user_id: string;
    provider_id: string;
    account_id: string;
    password: string | null;
    created_at: TimestampColumn;
    updated_at: TimestampColumn;
  };
  /** Written by the sign-in library: its state between the requests of one sign-in. */
  verifications: { id: string; expires_at: string };
  /** Each process that serves has a token for the operator of its machine, which every other process accepts too. */
  operator_tokens: { digest: string; expires_at: number };
  /** At most one row, whose `only` is 1: the code of the link that signs the operator in. */
  operator_code: { only: number; digest: string; expires_at: number };
  members: { organization_id: string; user_id: string; role: Role; created_at: number };
  invitations: {
    id: string;
    organization_id: string;
    role: Role;
    note: string | null;
    digest: string;
    inviter_id: string | null;
    created_at: number;
    expires_at: number;
    accepted_by: string | null;
  };
  idempotency: { organization_id: string; key: string; fingerprint: string; key_id: string; at: number };
}

export interface ApiKeyTable {
  id: string;
  organization_id: string | null;
  name: string | null;
  environment: Environment;
  prefix: string;
  digest: string;
  public_key: string | null;
  sealed: string | null;
  domains: string;
  resources: string | null;
  scopes: string;
  requests_per_minute: number | null;
  requests_per_day: number | null;
  concurrent_requests: number | null;
  enabled: BooleanColumn;
  created_at: number;
  updated_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  counter_id: string;
  predecessor_id: string | null;
  successor_id: string | null;
}

/** The values of one column, in the order of the rows. */
export interface ColumnOfRows {
  readonly type: "text" | "bigint";
  readonly values: readonly unknown[];
}

/** How databases differ. Each database declares this where its store is defined; no query asks for the name of a database. */
export interface Capabilities {
  /** Run once: makes each new row of the change feed wake the other processes when it is committed. Empty where there are none. */
  readonly wakeOnFeed: readonly RawBuilder<unknown>[];
  /**
   * Whether transactions run concurrently, so that rows must be locked with `select ... for no key update`. Not `for update`, which also
   * waits for those who insert a row that refers to this one: a key that creates keys while it is rotated would be a deadlock.
   */
  readonly rowLocks: boolean;
  /** The server's clock in milliseconds, at a moment after the statement was sent and before it reads. Undefined where no nodes share limits. */
  readonly bankClock: RawBuilder<number> | undefined;
  /** Converts the ASCII letters of an SQL expression to lower case. Others stay, so that all databases find and sort the same names. */
  readonly lowerAscii: (text: RawBuilder<unknown>) => RawBuilder<string>;
  /** How many rows are inserted by one statement. */
  readonly manyRows: {
    readonly rowsPerStatement: number;
    /** The rows, as what follows the columns of an `insert`. They are inserted in this order. */
    readonly rowsOf: (columns: readonly ColumnOfRows[]) => RawBuilder<unknown>;
  };
}
