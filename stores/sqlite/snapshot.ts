/** A copy of a database as it is at one moment, made while it may be in use. */
import { DatabaseSync } from "node:sqlite";
import { openDatabaseFile } from "./database-file.ts";

/** The name under which a backup says when it was made, in milliseconds since the epoch. */
export const BACKUP_FACT = "backup_made_at";

/**
 * Copies the database into an empty file, with everything that is committed when it begins, and notes `madeAt` in the copy. A server may
 * run on the database: it is not locked out, and its log is read. What was deleted is not copied.
 * @throws Error of SQLite when the copy cannot be written, such as on a full disk
 */
export function copySnapshot(from: string, to: string, madeAt: number): void {
  const source = openDatabaseFile(from, { mayBeInUse: true });
  try {
    source.prepare("vacuum into ?").run(to);
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    // One file, with nothing beside it: the caller makes it durable.
    copy.exec("pragma journal_mode = memory; pragma synchronous = off");
    copy
      .prepare("insert into facts (name, value) values (?, ?) on conflict (name) do update set value = excluded.value")
      .run(BACKUP_FACT, String(madeAt));
  } finally {
    copy.close();
  }
}
