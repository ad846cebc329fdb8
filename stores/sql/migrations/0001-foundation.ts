/** Organizations, keys and what is counted of them, service tokens, the audit log and the change feed. */
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const foundation: Migration = {
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
};
