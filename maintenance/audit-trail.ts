/** What was changed after a backup was made, from exported audit logs and other copies of the database. */
import { readFileSync } from "node:fs";
import { readKnownSecrets } from "../service/known-secrets.ts";
import { openDatabaseFile } from "../stores/sqlite/database-file.ts";

/** One entry of an audit log, with what a restore needs of it. */
export interface TrailEntry {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: string;
  readonly subjectId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Known {
  /** The fact `secret` of the backup. A copy of another Keyward is refused by it. */
  readonly secretFact: string;
}

/**
 * The entries of a file, in no order. The file is a database of the same Keyward, or what `keyward audit --all --json` printed: one document
 * of the management API, a list of entries, or one of these on each line.
 * @throws Error with one sentence when it is neither, or not the whole log
 */
export function readTrail(file: string, known: Known): readonly TrailEntry[] {
  const bytes = contentOf(file);
  return bytes.toString("latin1", 0, 15) === "SQLite format 3"
    ? entriesOfDatabase(file, known)
    : entriesOfExport(bytes.toString("utf8"), file);
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Error(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function entriesOfDatabase(file: string, { secretFact }: Known): readonly TrailEntry[] {
  // Of a newer version, when this one is to take its place again.
  const database = openDatabaseFile(file, { mayBeInUse: false, mayBeNewer: true });
  try {
    const fact = database.prepare("select value from facts where name = 'secret'").get();
    if (fact === undefined || !haveOneInCommon(String(fact.value), secretFact)) throw new Error(`${file} belongs to another Keyward`);
    return database
      .prepare("select id, at, action, subject_id, details from audit")
      .all()
      .map(({ id, at, action, subject_id, details }) => ({
        id: String(id),
        at: Number(at),
        action: String(action),
        subjectId: String(subject_id),
        details: JSON.parse(String(details)),
      }));
  } finally {
    database.close();
  }
}

/** Two copies of one database know the same first secret, whatever has replaced it since. */
function haveOneInCommon(one: string, other: string): boolean {
  const checks = new Set(readKnownSecrets(one).map(({ check }) => check));
  return readKnownSecrets(other).some(({ check }) => checks.has(check));
}

function entriesOfExport(text: string, file: string): readonly TrailEntry[] {
  const entries = documentsIn(text, file).flatMap((document) => entriesOfDocument(document, file));
  return entries.map((entry, at) => toEntry(entry, `entry ${at + 1} of ${file}`));
}

function documentsIn(text: string, file: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, at) => {
      try {
        return JSON.parse(line);
      } catch {
        // Its own words would repeat parts of the file.
        throw new Error(`line ${at + 1} of ${file} is no JSON; export the log with: keyward audit --org ID --all --json`);
      }
    });
  }
}

function entriesOfDocument(document: unknown, file: string): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const { data, nextCursor } = (document ?? {}) as { data?: unknown; nextCursor?: unknown };
  if (!Array.isArray(data)) return [document];
  if (typeof nextCursor === "string") throw new Error(`${file} has one page of the audit log and not the others; export it with --all`);
  return data;
}

function toEntry(value: unknown, name: string): TrailEntry {
  const { id, at, action, subjectId, details } = (value ?? {}) as Record<string, unknown>;
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  for (const [field, isGiven] of Object.entries({
    id: typeof id === "string",
    at: !Number.isNaN(time),
    action: typeof action === "string",
    subjectId: typeof subjectId === "string",
    details: typeof details === "object" && details !== null,
  }))
    if (!isGiven) throw new Error(`${name} has no ${field}: it is not from an audit log of Keyward`);
  return { id, at: time, action, subjectId, details } as TrailEntry;
}
