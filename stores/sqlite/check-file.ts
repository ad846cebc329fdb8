/** Checks a database file: its pages, its rows and its counts. */
import type { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { countRows, type Fault, findFaults, type RowCounts } from "../sql/check.ts";
import type { Database } from "../sql/schema.ts";
import { sqliteDialect } from "./dialect.ts";

/** As many of SQLite's own sentences about one file as anybody reads. */
const MOST_SENTENCES = 10;

/** Columns with JSON: a row with another text cannot be read at all. */
const JSON_COLUMNS = [
  ["api_keys", "domains"],
  ["api_keys", "scopes"],
  ["api_keys", "resources"],
  ["counters", "state"],
  ["audit", "details"],
] as const;

interface CheckedFile<Looked> {
  /** Undefined when the file is damaged. */
  readonly counts: RowCounts | undefined;
  /** Empty when nothing is wrong. */
  readonly faults: readonly Fault[];
  /** The result of `look`; undefined when the file is damaged. */
  readonly looked: Looked | undefined;
}

/**
 * Reads the whole file as it is at one moment. Damaged pages end the check: what they hold cannot be judged. `look` looks at the same
 * moment.
 */
export async function checkDatabaseFile<Looked = undefined>(
  database: DatabaseSync,
  now: number,
  look?: (db: Kysely<Database>) => Promise<Looked>,
): Promise<CheckedFile<Looked>> {
  const damages = findDamages(database);
  if (damages.length > 0) return { counts: undefined, faults: damages, looked: undefined };
  const db = new Kysely<Database>({ dialect: sqliteDialect(database) });
  database.exec("begin");
  try {
    const counts = await countRows(db, now);
    return { counts, faults: [...findUnreadable(database), ...(await findFaults(db))], looked: await look?.(db) };
  } finally {
    database.exec("rollback");
  }
}

function findDamages(database: DatabaseSync): readonly Fault[] {
  return sentencesOfSqlite(database)
    .filter((sentence) => sentence !== "ok")
    .map((sentence) => ({ check: "file", detail: sentence.replace(/\s+/g, " ") }));
}

/** Of some damages SQLite tells by failing. */
function sentencesOfSqlite(database: DatabaseSync): readonly string[] {
  try {
    const found = database.prepare(`pragma integrity_check(${MOST_SENTENCES})`).all();
    return found.map(({ integrity_check }) => String(integrity_check));
  } catch (error) {
    return [error instanceof Error ? error.message : "it cannot be read"];
  }
}

function findUnreadable(database: DatabaseSync): readonly Fault[] {
  return JSON_COLUMNS.flatMap(([table, column]): Fault[] => {
    const { n } = database.prepare(`select count(*) as n from ${table} where not json_valid(${column})`).get() as { n: number };
    return n === 0 ? [] : [{ check: "records", detail: `${n} ${n === 1 ? "row" : "rows"} of ${table} have no JSON in ${column}` }];
  });
}
