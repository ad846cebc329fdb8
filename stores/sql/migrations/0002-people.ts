/**
 * People, their memberships and invitations. `users`, `sessions`, `accounts` and `verifications` are the tables of Better Auth 1.7.5 under our
 * names; a test compares them with what it requires. `timestamptz` and `boolean` are its types on PostgreSQL; SQLite accepts any type name and
 * stores text and numbers.
 */
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const people: Migration = {
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
};
