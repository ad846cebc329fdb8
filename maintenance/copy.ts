/** Moves a whole Keyward from the embedded database to PostgreSQL, or back. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { OpenStore } from "../stores/open-store.ts";
import { openPostgres, type PostgresOptions } from "../stores/postgres/open.ts";
import { type CopiedTable, copyRows, type OnRows, rowsOf } from "../stores/sql/copy.ts";
import { openSqlite } from "../stores/sqlite/open.ts";

export interface CopyOptions {
  readonly dataDirectory: string;
  readonly postgres: Pick<PostgresOptions, "url" | "variables">;
  /** Which of the two is copied into. */
  readonly to: "postgres" | "embedded";
  readonly onRows: OnRows;
}

/**
 * Copies every row, and compares both databases at the end. Changes nothing in the one that is copied. If it was interrupted, the same call
 * goes on where it stopped; until it has ended, no server starts on the copy.
 * @throws Error with one sentence, for example when a server runs on one of them, or the new one is not empty
 */
export async function copyDatabase({ dataDirectory, postgres, to, onRows }: CopyOptions): Promise<readonly CopiedTable[]> {
  if (to === "postgres" && !existsSync(join(dataDirectory, "keyward.db")))
    throw new Error(`there is no database in ${dataDirectory}; name the data directory of the server with --data`);
  await using opened = new AsyncDisposableStack();
  const open = async (opening: Promise<OpenStore>) => {
    const store = await opening;
    opened.defer(store.close);
    return rowsOf(store);
  };
  const embedded = await open(openSqlite({ directory: dataDirectory, forCopy: to === "embedded" }));
  const elsewhere = await open(openPostgres({ ...postgres, forCopy: to === "postgres" }));
  const [source, target] = to === "postgres" ? [embedded, elsewhere] : [elsewhere, embedded];
  // Awaited here: both are closed when this function ends.
  return await copyRows({ source, target }, onRows);
}
