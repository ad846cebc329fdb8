/**
 * The migrations, in order. A released migration is never edited; a later one changes what it made. Every database runs all of them. One
 * exception: two columns of the first one were changed before PostgreSQL was supported, which changes nothing that SQLite stores (`enabled`
 * was `integer`, and `change_feed.sequence` was `integer ... autoincrement`).
 */
import { type Kysely, sql } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";
import { foundation } from "./migrations/0001-foundation.ts";
import { people } from "./migrations/0002-people.ts";
import type { Capabilities } from "./schema.ts";

const stepsFor = ({ wakeOnFeed }: Pick<Capabilities, "wakeOnFeed">): Record<string, Migration> => ({
  "0001_foundation": foundation,
  "0002_people": people,

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
