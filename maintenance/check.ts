/** Checks the database of a Keyward, or a backup, and changes nothing. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Kysely } from "kysely";
import { withSecretFiles } from "../secret-files.ts";
import { countRows, type Fault, findFaults, type RowCounts } from "../stores/sql/check.ts";
import { appliedMigrations } from "../stores/sql/migrate.ts";
import { migrationNames } from "../stores/sql/migrations.ts";
import type { Database } from "../stores/sql/schema.ts";
import { checkDatabaseFile } from "../stores/sqlite/check-file.ts";
import { openDatabaseFile } from "../stores/sqlite/database-file.ts";
import { BACKUP_FACT } from "../stores/sqlite/snapshot.ts";
import { findSecretFaults } from "./check-secrets.ts";
import { findOwnSecret } from "./own-secret.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface CheckOptions {
  readonly dataDirectory: string;
  /** A backup. Undefined: the database of the data directory, on which a server may be running. */
  readonly file: string | undefined;
  readonly clock: () => number;
  /** The settings of the server, for its master secret. */
  readonly env?: Env;
}

export interface Check {
  /** Where the database is: an absolute path, or `PostgreSQL`. */
  readonly file: string;
  /** When the backup was made, in milliseconds since the epoch; null for a database that is none. */
  readonly backupMadeAt: number | null;
  /** The name of the last migration. */
  readonly schema: string;
  /** Null when the file is damaged. */
  readonly counts: RowCounts | null;
  /** Whether the master secret was there to be compared. */
  readonly hasSecret: boolean;
  /** Empty when nothing is wrong. */
  readonly faults: readonly Fault[];
}

/** Reads a file, also of a database in use. @throws Error with one sentence when there is no database to check */
export async function check({ dataDirectory, file, clock, env = {} }: CheckOptions): Promise<Check> {
  const path = file ?? join(dataDirectory, "keyward.db");
  if (file === undefined && !existsSync(path))
    throw new Error(`there is no database in ${dataDirectory}; name the data directory of the server with --data`);
  // The secret in the directory may be of another database than a backup that lies elsewhere.
  const own = await findOwnSecret(env, file === undefined ? dataDirectory : undefined);
  const database = openDatabaseFile(path, { mayBeInUse: file === undefined });
  try {
    const {
      counts = null,
      faults,
      looked,
    } = await checkDatabaseFile(database, clock(), async (db) => ({
      schema: (await appliedMigrations(db)).at(-1) ?? "",
      faults: await findSecretFaults(db, own),
    }));
    return {
      file: resolve(path),
      backupMadeAt: counts === null ? null : madeAt(database),
      schema: looked?.schema ?? "",
      counts,
      hasSecret: own !== undefined,
      faults: [...faults, ...(looked?.faults ?? [])],
    };
  } finally {
    database.close();
  }
}

/** Reads the PostgreSQL database of KEYWARD_DATABASE_URL as it is at one moment. Its pages are checked by its own programs. */
export async function checkPostgres(clock: () => number, env: Env): Promise<Check> {
  const { KEYWARD_DATABASE_URL: url = "" } = await withSecretFiles(env);
  const { readSnapshot } = await import("../stores/postgres/read-snapshot.ts");
  const own = await findOwnSecret(env, undefined);
  return readSnapshot({ url, variables: env }, async (db: Kysely<Database>) => {
    const applied = await appliedMigrations(db);
    if (applied.length === 0) throw new Error("this PostgreSQL database is not one of Keyward");
    if (applied.some((name) => !migrationNames().includes(name)))
      throw new Error("this database was migrated by a newer version of Keyward; use that version");
    const counts = await countRows(db, clock());
    const faults = [...(await findFaults(db)), ...(await findSecretFaults(db, own))];
    return { file: "PostgreSQL", backupMadeAt: null, schema: applied.at(-1) ?? "", counts, hasSecret: own !== undefined, faults };
  });
}

/** When a backup was made; null for a database that is none. */
export function madeAt(database: ReturnType<typeof openDatabaseFile>): number | null {
  const fact = database.prepare("select value from facts where name = ?").get(BACKUP_FACT);
  return fact === undefined ? null : Number(fact.value);
}
