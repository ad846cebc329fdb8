/** Brings the tables of a database up to date. */
import type { Kysely } from "kysely";
import { DEFAULT_MIGRATION_TABLE, Migrator } from "kysely/migration";
import { StoreUnavailable } from "../contract.ts";
import { migrationsFor } from "./migrations.ts";
import type { Capabilities, Database } from "./schema.ts";

/**
 * Runs the missing migrations. Several processes may do so at once: the dialect holds a lock meanwhile. Migrations only add, so a process
 * that has the database open goes on working while a newer version migrates it.
 * Returns the names of those that it ran, without those of a new database.
 * @throws StoreUnavailable if the database was migrated by a newer version, or with the migration that failed; earlier ones stay applied
 */
export async function migrate(db: Kysely<Database>, capabilities: Capabilities): Promise<readonly string[]> {
  const provider = migrationsFor(capabilities);
  const known = Object.keys(await provider.getMigrations());
  const applied = await appliedMigrations(db);
  refuseNewer(applied, known);
  if (applied.length === known.length) return [];
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined) return applied.length === 0 ? [] : (results ?? []).map(({ migrationName }) => migrationName);
  // While this process waited for the lock.
  refuseNewer(await appliedMigrations(db), known);
  const failed = results?.find(({ status }) => status === "Error")?.migrationName ?? "the first step";
  const reason = error instanceof Error ? error.message : "unknown";
  throw new StoreUnavailable(`the database could not be migrated: ${failed} failed: ${reason}`, { cause: error });
}

/** Empty if the table is not there yet, or cannot be read: then the migrator says why. */
export async function appliedMigrations(db: Kysely<Database>): Promise<readonly string[]> {
  const query = (db as unknown as Kysely<Record<string, { name: string }>>).selectFrom(DEFAULT_MIGRATION_TABLE).select("name");
  return query.execute().then(
    (rows) => rows.map(({ name }) => name),
    () => [],
  );
}

function refuseNewer(applied: readonly string[], known: readonly string[]): void {
  if (applied.some((name) => !known.includes(name)))
    throw new StoreUnavailable("the database was migrated by a newer version of Keyward; start that version");
}
