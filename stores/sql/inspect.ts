/** What `keyward doctor` asks a database about itself. */
import { type Dialect, Kysely, sql } from "kysely";
import type { DatabaseFacts, PostgresFacts } from "../../engine/diagnosis-facts.ts";
import type { OpenStore } from "../open-store.ts";
import { appliedMigrations } from "./migrate.ts";
import { migrationNames } from "./migrations.ts";
import type { Database } from "./schema.ts";

/** As a guest of the database, which need not know of it. @throws StoreUnavailable */
export async function inspectDatabase({ guest }: Pick<OpenStore, "guest">): Promise<DatabaseFacts> {
  const { dialect, type } = await guest();
  const db = new Kysely<Database>({ dialect: dialect as Dialect });
  // Ids grow with time: no index on the time is needed.
  const newest = await db.selectFrom("audit").select("at").orderBy("id", "desc").limit(1).executeTakeFirst();
  const known = migrationNames();
  return {
    newestEntryAt: newest === undefined ? null : Number(newest.at),
    unknownMigrations: (await appliedMigrations(db)).filter((name) => !known.includes(name)),
    postgres: type === "postgres" ? await inspectPostgres(db) : undefined,
  };
}

async function inspectPostgres(db: Kysely<Database>): Promise<PostgresFacts> {
  const setting = (name: string) => sql`current_setting(${name})`;
  const { rows } = await sql<Record<keyof PostgresFacts, string>>`select
    split_part(${setting("server_version")}, ' ', 1) as "version",
    extract(epoch from clock_timestamp()) * 1000 as "now",
    ${setting("max_connections")} as "maxConnections",
    ${setting("synchronous_commit")} as "synchronousCommit",
    ${setting("synchronous_standby_names")} as "synchronousStandbys",
    (select count(*) from pg_stat_replication) as "standbys"`.execute(db);
  const row = rows[0] as Record<keyof PostgresFacts, string>;
  return { ...row, now: Number(row.now), maxConnections: Number(row.maxConnections), standbys: Number(row.standbys) };
}
