/** Databases that need no migrations: a test whose point is another starts in a fifth of the time. Servers of tests begin with nothing. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { traceDirectory } from "./root.ts";

const FILE = "keyward.db";
let made: Promise<string> | undefined;

/** Puts one into a directory that has no database: a copy of one that this process migrated, closed and has not used. */
export async function putMigratedDatabase(directory: string): Promise<void> {
  const file = join(directory, FILE);
  if (!existsSync(directory) || existsSync(file)) return;
  made ??= migrateOne();
  copyFileSync(await made, file);
}

async function migrateOne(): Promise<string> {
  const directory = traceDirectory("migrated");
  const { close } = await openSqlite({ directory });
  await close();
  return join(directory, FILE);
}
