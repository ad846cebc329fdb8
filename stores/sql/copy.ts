/**
 * All rows of one database into another, page by page in the order of their primary keys. A copy that was interrupted goes on where it
 * stopped; at its end both databases are read once more and compared.
 */
import { hash } from "node:crypto";
import { type Dialect, Kysely, type RawBuilder, sql } from "kysely";
import type { OpenStore } from "../open-store.ts";
import { COPY_FACT } from "./unfinished-copy.ts";

/** Values as drivers give them, by column. */
type Row = Readonly<Record<string, unknown>>;

/** Only table and column names are known of the databases: rows are not looked into. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely names a table by its type
type AnyDatabase = Kysely<any>;

/** Called after each page. `of` is the number of rows of the table. */
export type OnRows = (table: string, rows: number, of: number) => void;

interface Copying {
  readonly from: AnyDatabase;
  readonly to: AnyDatabase;
  readonly onRows: OnRows;
}

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  /** Of all rows, whichever order they are in: the same in both databases. SHA-256 in hexadecimal. */
  readonly digest: string;
}

/** Tables with their primary keys, those that others refer to first. */
const TABLES: readonly (readonly [table: string, key: readonly string[]])[] = [
  ["facts", ["name"]],
  ["organizations", ["id"]],
  ["plan_overrides", ["organization_id", "limit_name"]],
  ["api_keys", ["id"]],
  ["key_domains", ["domain", "key_id"]],
  ["idempotency", ["organization_id", "key"]],
  ["last_uses", ["key_id"]],
  ["usage", ["key_id", "hour", "outcome"]],
  ["usage_days", ["key_id", "day", "outcome"]],
  ["counters", ["counter_id"]],
  ["service_tokens", ["id"]],
  ["audit", ["id"]],
  ["users", ["id"]],
  ["sessions", ["id"]],
  ["accounts", ["id"]],
  ["verifications", ["id"]],
  ["members", ["organization_id", "user_id"]],
  ["invitations", ["id"]],
];

/** What stays behind, and why. */
export const NOT_COPIED: Readonly<Record<string, string>> = {
  bank_counters:
    "what nodes have counted and lent, in the time of the database that they share: after a copy out of it, windows begin anew",
  bank_clock: "belongs to the clock of one database",
  change_feed: "tells running nodes of changes, and none runs during a copy",
  feed_head: "the number of the last change in that feed",
  operator_tokens: "those of running servers, and none runs during a copy",
  nodes: "the processes that share the database, and none runs during a copy",
  refusals: "what was refused within the last day, for whoever looks into it now",
  device_logins: "terminals that wait for minutes; a new attempt is easily made",
  operator_code: "a link that is valid for minutes; a new one is easily made",
};

export const COPIED: readonly string[] = TABLES.map(([table]) => table);

const ROWS_PER_PAGE = 500;
/** Where a copy has come: the table, and the key of the last row that was written. */
interface Position {
  readonly source: string;
  readonly table: string;
  readonly after: readonly unknown[] | null;
}

/**
 * Copies everything. `target` has either no rows or those of an earlier, interrupted copy of the same database. No server uses either of them.
 * @throws Error with one sentence; what was copied stays, and the next call goes on from there
 */
export async function copyRows(
  { source: from, target: to }: { readonly source: AnyDatabase; readonly target: AnyDatabase },
  onRows: OnRows,
): Promise<readonly CopiedTable[]> {
  const source = await sourceOf(from);
  const begun = await positionOf(to);
  if (begun === undefined) await refuseRows(to);
  else if (begun.source !== source) throw new Error("a copy of another database was begun into this one; give it an empty database");
  const start = begun === undefined ? 0 : TABLES.findIndex(([table]) => table === begun.table);
  for (const [table, key] of TABLES.slice(start)) {
    const after = begun?.table === table ? begun.after : null;
    await copyTable({ from, to, onRows }, { table, key, after, source });
  }
  const copied = await compare(from, to);
  await to.deleteFrom("facts").where("name", "=", COPY_FACT).execute();
  return copied;
}

async function copyTable(
  { from, to, onRows }: Copying,
  { table, key, after, source }: Position & { readonly key: readonly string[] },
): Promise<void> {
  const of = await countOf(from, table);
  let last = after;
  let rows = last === null ? 0 : await countOf(to, table);
  await notePosition(to, { source, table, after: last });
  for (;;) {
    const page: readonly Row[] = await readPage(from, table, key, last);
    if (page.length === 0) return;
    await to
      .insertInto(table)
      .values(page.map(toPlain))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    last = keyOf(page.at(-1) as Row, key);
    rows += page.length;
    await notePosition(to, { source, table, after: last });
    onRows(table, rows, of);
  }
}

function readPage(db: AnyDatabase, table: string, key: readonly string[], after: readonly unknown[] | null): Promise<readonly Row[]> {
  const refs = key.map((column) => sql.ref(column));
  let query = db.selectFrom(table).selectAll().limit(ROWS_PER_PAGE);
  // The mark of a copy under way is this copy's own.
  if (table === "facts") query = query.where("name", "!=", COPY_FACT);
  for (const ref of refs) query = query.orderBy(ref as RawBuilder<unknown>);
  if (after !== null) query = query.where(sql<boolean>`(${sql.join(refs)}) > (${sql.join(after)})`);
  return query.execute() as Promise<readonly Row[]>;
}

/** Reads all of both databases again. @throws Error that names a table whose rows differ */
async function compare(from: AnyDatabase, to: AnyDatabase): Promise<readonly CopiedTable[]> {
  const copied: CopiedTable[] = [];
  for (const [table, key] of TABLES) {
    const [read, written] = [await digestOf(from, table, key), await digestOf(to, table, key)];
    if (read.rows !== written.rows || read.digest !== written.digest)
      throw new Error(
        `${table} has ${read.rows} rows in one database and ${written.rows} in the other, or they differ; was one of them in use? Empty the new database and copy again`,
      );
    copied.push({ table, ...read });
  }
  return copied;
}

/** The digests of all rows, added bit by bit: databases need not agree on an order. No row is there twice. */
async function digestOf(db: AnyDatabase, table: string, key: readonly string[]): Promise<{ rows: number; digest: string }> {
  const sum = Buffer.alloc(32);
  let rows = 0;
  for (
    let page = await readPage(db, table, key, null);
    page.length > 0;
    page = await readPage(db, table, key, keyOf(page.at(-1) as Row, key))
  ) {
    for (const row of page) {
      const bytes = hash("sha256", canonical(row), "buffer");
      for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) ^ (bytes[at] as number);
    }
    rows += page.length;
  }
  return { rows, digest: sum.toString("hex") };
}

const keyOf = (row: Row, key: readonly string[]) => key.map((column) => row[column]);

/** A time as text and a boolean as a number, which both databases accept for their own types. */
function toPlain(row: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "boolean" || typeof value === "bigint" ? Number(value) : value;
}

/** The same text for the same row, whichever database it comes from. */
function canonical(row: Row): string {
  return JSON.stringify(
    Object.entries(row)
      .map(([column, value]) => [column, plain(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Tells one database from another: what was settled in it when it was made, and the first entry of its audit log. */
async function sourceOf(db: AnyDatabase): Promise<string> {
  const facts = await db.selectFrom("facts").select(["name", "value"]).orderBy("name").execute();
  if (facts.length === 0) throw new Error("there is nothing to copy: no server has ever used this database");
  if (facts.some(({ name }) => name === COPY_FACT)) throw new Error("this database is itself an unfinished copy; finish that one first");
  const first = await db.selectFrom("audit").select("id").orderBy("id").limit(1).executeTakeFirst();
  return hash("sha256", JSON.stringify([facts, first?.id]), "base64url");
}

async function positionOf(db: AnyDatabase): Promise<Position | undefined> {
  const fact = await db.selectFrom("facts").select("value").where("name", "=", COPY_FACT).executeTakeFirst();
  return fact === undefined ? undefined : JSON.parse(fact.value);
}

async function notePosition(db: AnyDatabase, position: Position): Promise<void> {
  const value = JSON.stringify({ ...position, after: position.after?.map(plain) ?? null });
  await db
    .insertInto("facts")
    .values({ name: COPY_FACT, value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

async function refuseRows(db: AnyDatabase): Promise<void> {
  for (const [table] of TABLES)
    if ((await db.selectFrom(table).select(sql.lit(1).as("one")).limit(1).execute()).length > 0)
      throw new Error(`the new database is not empty: ${table} has rows; name an empty one`);
}

async function countOf(db: AnyDatabase, table: string): Promise<number> {
  const { rows } = await db.selectFrom(table).select(sql<number>`count(*)`.as("rows")).executeTakeFirstOrThrow();
  return Number(rows);
}

/** The rows of an open store. Do not destroy it: closing is up to whoever opened the store. */
export async function rowsOf({ guest }: Pick<OpenStore, "guest">): Promise<AnyDatabase> {
  // The type of a dialect is not named in OpenStore, so that applications need not have Kysely.
  const { dialect } = await guest();
  // biome-ignore lint/suspicious/noExplicitAny: Kysely names a table by its type
  return new Kysely<any>({ dialect: dialect as Dialect });
}
