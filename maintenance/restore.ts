/** Puts a backup into an empty data directory. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { idFactory } from "../engine/id.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { RowCounts } from "../stores/sql/check.ts";
import { checkDatabaseFile } from "../stores/sqlite/check-file.ts";
import { openDatabaseFile } from "../stores/sqlite/database-file.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import { narrowToOwner } from "../stores/sqlite/private-file.ts";
import { BACKUP_FACT } from "../stores/sqlite/snapshot.ts";
import { readTrail, type TrailEntry } from "./audit-trail.ts";
import { madeAt } from "./check.ts";
import { type EndedAgain, endAgain, endsIn } from "./ended-since.ts";
import { flush } from "./new-file.ts";
import { findOwnSecret, isSecretOf } from "./own-secret.ts";

export interface RestoreOptions {
  readonly file: string;
  readonly dataDirectory: string;
  /** Exported audit logs, or other copies of the database, that tell what was revoked since. */
  readonly endedSince: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface Restored {
  /** The database, as an absolute path. */
  readonly file: string;
  /** When the backup was made, in milliseconds since the epoch; null when it does not say, as a copy that somebody else made. */
  readonly madeAt: number | null;
  /** The last change in it. */
  readonly lastChangeAt: number | null;
  readonly counts: RowCounts;
  /** Sessions in the backup, all of which have been ended: some may have ended since. */
  readonly endedSessions: number;
  /** What was ended again because `endedSince` names it; null without. */
  readonly endedAgain: EndedAgain | null;
  /** Whether the master secret is there that the database needs. One that does not match is refused. */
  readonly hasSecret: boolean;
}

/** Where the database is prepared: it gets its place when everything is done. */
const STAGE = "restoring";
/** What was valid for a while when the backup was made: sessions, sign-ins under way, the operator's codes and tokens, and running processes. */
const OF_THE_MOMENT = ["sessions", "verifications", "operator_code", "operator_tokens", "nodes"];
/** What an empty data directory may contain: the secret, what a restore that was interrupted has left, and the folder of every ext4 disk. */
const HARMLESS = ["secret", STAGE, "lost+found"];

/**
 * Everything happens or nothing: an interrupted restore leaves a directory into which the next one can restore.
 * @throws Error with one sentence: the directory is not empty, the backup is damaged, of a newer version or of another secret, the disk is full
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { file, dataDirectory, endedSince, clock } = options;
  const directory = resolve(dataDirectory);
  refuseData(directory);
  const found = await inspect(file, clock());
  const secret = await findOwnSecret(options.env, directory);
  if (secret !== undefined && !isSecretOf(found.secretFact, secret))
    throw new Error(`${file} needs another master secret than ${secret.from}; nothing was restored`);
  const trail = endedSince.length === 0 ? undefined : endedSince.flatMap((each) => readTrail(each, found));
  const isNew = !existsSync(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stage = join(directory, STAGE);
  try {
    const { endedSessions, endedAgain } = await prepare(stage, trail, options);
    renameSync(join(stage, "keyward.db"), join(directory, "keyward.db"));
    flush(directory);
    const { secretFact: _fact, ...about } = found;
    return { file: join(directory, "keyward.db"), ...about, endedSessions, endedAgain, hasSecret: secret !== undefined };
  } catch (error) {
    throw sentenceOf(error, directory);
  } finally {
    rmSync(stage, { recursive: true, force: true });
    if (isNew && readdirSync(directory).length === 0) rmdirSync(directory);
  }
}

function refuseData(directory: string): void {
  if (!existsSync(directory)) return;
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new Error(`${directory} cannot be restored into (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  const [other] = names.filter((name) => !HARMLESS.includes(name));
  if (other !== undefined)
    throw new Error(`${directory} is not empty: it has ${other}; name an empty directory with --data, for a restore replaces nothing`);
}

async function inspect(file: string, now: number) {
  const backup = openDatabaseFile(file, { mayBeInUse: false });
  try {
    const { counts, faults } = await checkDatabaseFile(backup, now);
    if (counts === undefined) throw new Error(`${file} is damaged: ${faults[0]?.detail}`);
    const secretFact = backup.prepare("select value from facts where name = 'secret'").get()?.value;
    if (secretFact === undefined) throw new Error(`${file} has never been used by a server`);
    const { last } = backup.prepare("select max(at) as last from audit").get() as { last: number | null };
    return { madeAt: madeAt(backup), lastChangeAt: last, counts, secretFact: String(secretFact) };
  } finally {
    backup.close();
  }
}

/** A database in a directory of its own, opened by nobody else, in which everything is as it shall be. */
async function prepare(stage: string, trail: readonly TrailEntry[] | undefined, { file, clock, randomBytes }: RestoreOptions) {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { mode: 0o700 });
  const database = join(stage, "keyward.db");
  for (const ending of ["", "-wal"]) {
    if (!existsSync(file + ending)) continue;
    copyFileSync(file + ending, database + ending);
    narrowToOwner(database + ending);
  }
  const endedSessions = forgetVisits(database);
  const isInBackup = entriesOf(database);
  // Also applies missing migrations, and writes the log into the file when it closes.
  const { store, close } = await openSqlite({ directory: stage });
  let endedAgain: EndedAgain | null = null;
  try {
    if (trail !== undefined) endedAgain = await endAgain(store, endsIn(trail, isInBackup), { newId: idFactory(randomBytes), now: clock() });
  } finally {
    await close();
  }
  flush(database);
  return { endedSessions, endedAgain };
}

/** A person may have signed out, or may have been signed out, since. Returns the number of sessions that this ends. */
function forgetVisits(file: string): number {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
    database.prepare("delete from facts where name = ?").run(BACKUP_FACT);
    const counts = OF_THE_MOMENT.filter((table) => tables.some(({ name }) => name === table)).map(
      (table) => [table, Number(database.prepare(`delete from ${table}`).run().changes)] as const,
    );
    return Object.fromEntries(counts).sessions ?? 0;
  } finally {
    database.close();
  }
}

function entriesOf(file: string): (id: string) => boolean {
  const database = openDatabaseFile(file, { mayBeInUse: true });
  try {
    const ids = new Set(
      database
        .prepare("select id from audit")
        .all()
        .map(({ id }) => String(id)),
    );
    return (id) => ids.has(id);
  } finally {
    database.close();
  }
}

function sentenceOf(error: unknown, directory: string): unknown {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || /disk is full/.test(message))
    return new Error(`there is not enough room in ${directory}; nothing was restored`, { cause: error });
  if (code === "EACCES" || code === "EROFS")
    return new Error(`${directory} cannot be written to (${code}); nothing was restored`, { cause: error });
  return error;
}
