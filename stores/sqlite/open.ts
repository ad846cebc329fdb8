/** The embedded database: one directory, one process. */
import { mkdir } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { type Store, StoreUnavailable } from "../contract.ts";
import type { OpenStore } from "../open-store.ts";
import { openJournal } from "./journal.ts";
import { joinThread } from "./thread.ts";

export interface SqliteOptions {
  /** Created if it is missing, readable only for its owner. */
  readonly directory: string;
  /** Maximum size of the database in pages of 4 KB. No limit when absent. */
  readonly maxPageCount?: number;
  /** For `keyward copy` alone: also opens a database that is an unfinished copy. */
  readonly forCopy?: boolean;
}

/**
 * Opens the database in a directory. Creates it if it is missing, and applies missing migrations.
 * @throws StoreUnavailable with one clear sentence, for example when another process has the directory open.
 * @example
 * const { store, close } = await openSqlite({ directory: "./data" });
 */
export async function openSqlite({ directory, maxPageCount, forCopy }: SqliteOptions): Promise<OpenStore> {
  // Installed packages also start on versions that they do not name, and the thread would fail with a stack trace.
  if (!isBuiltin("node:sqlite")) throw new StoreUnavailable(`the embedded database needs Node.js 24 or newer; this is ${process.version}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const database = await joinThread({
    file: join(directory, "keyward.db"),
    lockFile: join(directory, "keyward.lock"),
    maxPageCount,
    forCopy,
  });
  const store = Object.fromEntries(database.methods.map((method) => [method, (...values: unknown[]) => database.run(method, values)]));
  const guest: OpenStore["guest"] = async () => {
    const { guestDialect } = await import("./guest-dialect.ts");
    const dialect = guestDialect((text, values) => database.run("statement", [text, values]));
    return { dialect, type: "sqlite", transaction: false };
  };
  const journal = openJournal(directory);
  const close = async (): Promise<void> => {
    await database.close();
    journal.close();
  };
  const { migrated } = database;
  return { store: store as unknown as Store, guest, journal, connect: () => database.connect(), migrated, close };
}
