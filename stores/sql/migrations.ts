/**
 * The migrations, in order. A released migration is never edited; a later one changes what it made. Every database runs all of them. One
 * exception: two columns of the first one were changed before PostgreSQL was supported, which changes nothing that SQLite stores (`enabled`
 * was `integer`, and `change_feed.sequence` was `integer ... autoincrement`).
 */
import { type Kysely, sql } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";
import type { Capabilities } from "./schema.ts";

const stepsFor = ({ wakeOnFeed }: Pick<Capabilities, "wakeOnFeed">): Record<string, Migration> => ({
  "0001_foundation": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("facts")
        .addColumn("name", "text", (c) => c.primaryKey())
        .addColumn("value", "text", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("organizations")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("plan", "text", (c) => c.notNull())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("updated_at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("plan_overrides")
        .addColumn("organization_id", "text", (c) => c.notNull().references("organizations.id"))
        .addColumn("limit_name", "text", (c) => c.notNull())
        .addColumn("value", "bigint")
        .addPrimaryKeyConstraint("plan_overrides_pk", ["organization_id", "limit_name"])
        .execute();
      await db.schema
        .createTable("api_keys")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("organization_id", "text", (c) => c.references("organizations.id"))
        .addColumn("name", "text")
        .addColumn("environment", "text", (c) => c.notNull())
        .addColumn("prefix", "text", (c) => c.notNull())
        .addColumn("digest", "text", (c) => c.notNull().unique())
        .addColumn("public_key", "text", (c) => c.unique())
        .addColumn("sealed", "text")
        .addColumn("domains", "text", (c) => c.notNull())
        .addColumn("resources", "text")
        .addColumn("scopes", "text", (c) => c.notNull())
        .addColumn("requests_per_minute", "bigint")
        .addColumn("requests_per_day", "bigint")
        .addColumn("concurrent_requests", "bigint")
        .addColumn("enabled", "boolean", (c) => c.notNull())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("updated_at", "bigint", (c) => c.notNull())
        .addColumn("expires_at", "bigint")
        .addColumn("revoked_at", "bigint")
        .addColumn("counter_id", "text", (c) => c.notNull())
        .addColumn("predecessor_id", "text")
        .addColumn("successor_id", "text")
        .execute();
      await db.schema.createIndex("api_keys_by_organization").on("api_keys").columns(["organization_id", "id"]).execute();
      await db.schema
        .createTable("last_uses")
        .addColumn("key_id", "text", (c) => c.primaryKey())
        .addColumn("at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("usage")
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("hour", "bigint", (c) => c.notNull())
        .addColumn("outcome", "text", (c) => c.notNull())
        .addColumn("count", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("usage_pk", ["key_id", "hour", "outcome"])
        .execute();
      await db.schema
        .createTable("counters")
        .addColumn("counter_id", "text", (c) => c.primaryKey())
        .addColumn("state", "text", (c) => c.notNull())
        .addColumn("at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("service_tokens")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("digest", "text", (c) => c.notNull().unique())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("revoked_at", "bigint")
        .execute();
      await db.schema
        .createTable("audit")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("at", "bigint", (c) => c.notNull())
        .addColumn("actor", "text", (c) => c.notNull())
        .addColumn("action", "text", (c) => c.notNull())
        .addColumn("organization_id", "text")
        .addColumn("subject_id", "text", (c) => c.notNull())
        .addColumn("details", "text", (c) => c.notNull())
        .execute();
      await db.schema.createIndex("audit_by_organization").on("audit").columns(["organization_id", "id"]).execute();
      await db.schema
        .createTable("change_feed")
        .addColumn("sequence", "bigint", (c) => c.primaryKey())
        .addColumn("kind", "text", (c) => c.notNull())
        .addColumn("subject_id", "text", (c) => c.notNull())
        .addColumn("at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("key_domains")
        .addColumn("domain", "text", (c) => c.notNull())
        .addColumn("key_id", "text", (c) => c.notNull().references("api_keys.id"))
        .addPrimaryKeyConstraint("key_domains_pk", ["domain", "key_id"])
        .execute();
      await db.schema
        .createTable("idempotency")
        .addColumn("organization_id", "text", (c) => c.notNull())
        .addColumn("key", "text", (c) => c.notNull())
        .addColumn("fingerprint", "text", (c) => c.notNull())
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("at", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("idempotency_pk", ["organization_id", "key"])
        .execute();
    },
  },

  /**
   * `users`, `sessions`, `accounts` and `verifications` are the tables of Better Auth 1.7.5 under our names; a test compares them with what
   * it requires. `timestamptz` and `boolean` are its types on PostgreSQL; SQLite accepts any type name and stores text and numbers.
   */
  "0002_people": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("users")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("email", "text", (c) => c.notNull().unique())
        .addColumn("email_verified", "boolean", (c) => c.notNull())
        .addColumn("image", "text")
        .addColumn("created_at", "timestamptz", (c) => c.notNull())
        .addColumn("updated_at", "timestamptz", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("sessions")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("token", "text", (c) => c.notNull().unique())
        .addColumn("user_id", "text", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("expires_at", "timestamptz", (c) => c.notNull())
        .addColumn("ip_address", "text")
        .addColumn("user_agent", "text")
        .addColumn("created_at", "timestamptz", (c) => c.notNull())
        .addColumn("updated_at", "timestamptz", (c) => c.notNull())
        .execute();
      await db.schema.createIndex("sessions_by_user").on("sessions").column("user_id").execute();
      await db.schema
        .createTable("accounts")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("user_id", "text", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("provider_id", "text", (c) => c.notNull())
        .addColumn("account_id", "text", (c) => c.notNull())
        .addColumn("password", "text")
        .addColumn("scope", "text")
        // Always null: Keyward does not call a provider after the sign-in, and a token that is not stored cannot leak.
        .addColumn("access_token", "text")
        .addColumn("refresh_token", "text")
        .addColumn("id_token", "text")
        .addColumn("access_token_expires_at", "timestamptz")
        .addColumn("refresh_token_expires_at", "timestamptz")
        .addColumn("created_at", "timestamptz", (c) => c.notNull())
        .addColumn("updated_at", "timestamptz", (c) => c.notNull())
        // One account for each issuer and subject, even if several callbacks arrive at once.
        .addUniqueConstraint("accounts_by_subject", ["provider_id", "account_id"])
        .execute();
      await db.schema.createIndex("accounts_by_user").on("accounts").column("user_id").execute();
      await db.schema
        .createTable("verifications")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("identifier", "text", (c) => c.notNull())
        .addColumn("value", "text", (c) => c.notNull())
        .addColumn("expires_at", "timestamptz", (c) => c.notNull())
        .addColumn("created_at", "timestamptz", (c) => c.notNull())
        .addColumn("updated_at", "timestamptz", (c) => c.notNull())
        .execute();
      await db.schema.createIndex("verifications_by_identifier").on("verifications").column("identifier").execute();
      await db.schema
        .createTable("members")
        .addColumn("organization_id", "text", (c) => c.notNull().references("organizations.id"))
        .addColumn("user_id", "text", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("role", "text", (c) => c.notNull())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("members_pk", ["organization_id", "user_id"])
        .execute();
      await db.schema.createIndex("members_by_user").on("members").column("user_id").execute();
      await db.schema
        .createTable("invitations")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("organization_id", "text", (c) => c.notNull().references("organizations.id"))
        .addColumn("role", "text", (c) => c.notNull())
        .addColumn("note", "text")
        .addColumn("digest", "text", (c) => c.notNull().unique())
        .addColumn("inviter_id", "text")
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .addColumn("accepted_by", "text")
        .execute();
      await db.schema.createIndex("invitations_by_organization").on("invitations").columns(["organization_id", "id"]).execute();
    },
  },

  /** One row: the last number of the change feed. See `trace` for why the database does not draw the numbers itself. */
  "0003_feed_head": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("feed_head")
        .addColumn("sequence", "bigint", (c) => c.notNull())
        .execute();
      await sql`insert into feed_head (sequence) select coalesce(max(sequence), 0) from change_feed`.execute(db);
    },
  },

  /** The operator's link works on every node, and its code is used up on all of them. */
  "0004_operator_code": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("operator_code")
        .addColumn("only", "bigint", (c) => c.primaryKey())
        .addColumn("digest", "text", (c) => c.notNull())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .execute();
    },
  },

  /** What other nodes must drop from memory. Nobody follows rows that are older than the column. */
  "0005_feed_state_changes": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .alterTable("change_feed")
        .addColumn("state_changes", "text", (c) => c.notNull().defaultTo("[]"))
        .execute();
    },
  },

  /** Usage by day, for as long as bills may need it. Before, there was usage by hour alone. */
  "0006_usage_days": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("usage_days")
        .addColumn("key_id", "text", (c) => c.notNull())
        .addColumn("day", "bigint", (c) => c.notNull())
        .addColumn("outcome", "text", (c) => c.notNull())
        .addColumn("count", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("usage_days_pk", ["key_id", "day", "outcome"])
        .execute();
      await sql`
        insert into usage_days (key_id, day, outcome, count)
        select key_id, hour - hour % 86400000, outcome, cast(sum(count) as bigint)
        from usage
        group by key_id, hour - hour % 86400000, outcome`.execute(db);
    },
  },

  /** The token in the `server.json` of one process is accepted by every process. */
  "0007_operator_tokens": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("operator_tokens")
        .addColumn("digest", "text", (c) => c.primaryKey())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .execute();
    },
  },

  /** Limits over several nodes (docs/decisions/0027). `replaces` is the version that a row was written over. */
  "0008_bank": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("bank_counters")
        .addColumn("counter_id", "text", (c) => c.primaryKey())
        .addColumn("version", "bigint", (c) => c.notNull())
        .addColumn("replaces", "bigint", (c) => c.notNull())
        .addColumn("state", "text", (c) => c.notNull())
        .addColumn("at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createTable("bank_clock")
        .addColumn("ahead_ms", "bigint", (c) => c.notNull())
        .execute();
      await sql`insert into bank_clock (ahead_ms) values (0)`.execute(db);
    },
  },

  /** The processes that share the database (docs/decisions/0026). `renewed_at` is by the clock of the database, for people. */
  "0009_nodes": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("nodes")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("epoch", "bigint", (c) => c.notNull())
        .addColumn("seen", "bigint", (c) => c.notNull())
        .addColumn("renewals", "bigint", (c) => c.notNull())
        .addColumn("lease_ms", "bigint", (c) => c.notNull())
        .addColumn("about", "text", (c) => c.notNull())
        .addColumn("renewed_at", "bigint", (c) => c.notNull())
        .execute();
      for (const statement of wakeOnFeed) await statement.execute(db);
    },
  },

  /** Terminals that wait for a person to let them in. */
  "0010_device_logins": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("device_logins")
        .addColumn("device_code_digest", "text", (c) => c.primaryKey())
        .addColumn("user_code_digest", "text", (c) => c.notNull().unique())
        .addColumn("client", "text", (c) => c.notNull())
        .addColumn("address", "text", (c) => c.notNull())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .addColumn("user_id", "text", (c) => c.references("users.id").onDelete("cascade"))
        .execute();
    },
  },

  /** Which request made a change. */
  "0011_request_ids": {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable("audit").addColumn("request_id", "text").execute();
    },
  },

  /** Why requests were refused (docs/decisions/0034). */
  "0012_refusals": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("refusals")
        .addColumn("id", "text", (c) => c.primaryKey())
        .addColumn("at", "bigint", (c) => c.notNull())
        .addColumn("owner", "text", (c) => c.notNull())
        .addColumn("key_id", "text")
        .addColumn("request_id", "text", (c) => c.notNull())
        .addColumn("entry", "text", (c) => c.notNull())
        .execute();
      for (const column of ["owner", "key_id", "request_id"])
        await db.schema.createIndex(`refusals_by_${column}`).on("refusals").columns([column, "id"]).execute();
      await db.schema.createIndex("refusals_by_at").on("refusals").column("at").execute();
    },
  },
});

export const migrationsFor = (capabilities: Capabilities): MigrationProvider => ({ getMigrations: async () => stepsFor(capabilities) });

/** The names of all migrations, in order. */
export function migrationNames(): readonly string[] {
  return Object.keys(stepsFor({ wakeOnFeed: [] }));
}
