/** Checks the embedded database of a data directory, or a backup. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Fault, RowCounts } from "../stores/sql/check.ts";
import { checkDatabaseFile } from "../stores/sqlite/check-file.ts";
import { appliedMigrations, openDatabaseFile } from "../stores/sqlite/database-file.ts";
import { BACKUP_FACT } from "../stores/sqlite/snapshot.ts";
import { findSecretFaults } from "./check-secrets.ts";
import { findOwnSecret } from "./own-secret.ts";

export interface CheckOptions {
  readonly dataDirectory: string;
  /** A backup. Undefined: the database of the data directory, on which a server may be running. */
  readonly file: string | undefined;
  readonly clock: () => number;
  /** The settings of the server, for its master secret. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Check {
  /** An absolute path. */
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

/** Changes nothing. @throws Error with one sentence when there is no database to check */
export async function check({ dataDirectory, file, clock, env = {} }: CheckOptions): Promise<Check> {
  const path = file ?? join(dataDirectory, "keyward.db");
  if (file === undefined && !existsSync(path))
    throw new Error(`there is no database in ${dataDirectory}; name the data directory of the server with --data`);
  const database = openDatabaseFile(path, { mayBeInUse: file === undefined });
  try {
    const { counts = null, faults } = await checkDatabaseFile(database, clock());
    // The secret in the directory may be of another database than a backup that lies elsewhere.
    const own = await findOwnSecret(env, file === undefined ? dataDirectory : undefined);
    return {
      file: resolve(path),
      backupMadeAt: counts === null ? null : madeAt(database),
      schema: appliedMigrations(database).at(-1) ?? "",
      counts,
      hasSecret: own !== undefined,
      faults: counts === null ? faults : [...faults, ...findSecretFaults(database, own)],
    };
  } finally {
    database.close();
  }
}

/** When a backup was made; null for a database that is none. */
export function madeAt(database: ReturnType<typeof openDatabaseFile>): number | null {
  const fact = database.prepare("select value from facts where name = ?").get(BACKUP_FACT);
  return fact === undefined ? null : Number(fact.value);
}
