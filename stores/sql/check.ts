/** Whether the rows of a database fit together, asked in SQL that every database runs. */
import { type Kysely, sql } from "kysely";
import { HOUR_MS } from "../../engine/duration.ts";
import type { Database } from "./schema.ts";

export interface Fault {
  /** What was checked. */
  readonly check: "file" | "references" | "change feed" | "usage" | "secrets" | "records";
  /** One sentence for people, without private data. */
  readonly detail: string;
}

export interface RowCounts {
  readonly organizations: number;
  readonly keys: number;
  /** Neither revoked nor expired. */
  readonly activeKeys: number;
  readonly serviceTokens: number;
  readonly people: number;
  readonly auditEntries: number;
  /** Verifications in the table of usage. */
  readonly verifications: number;
}

/** Which column names a row of which other table. Null names nothing. */
const REFERENCES: readonly (readonly [table: string, column: string, to: string, toColumn: string])[] = [
  ["plan_overrides", "organization_id", "organizations", "id"],
  ["api_keys", "organization_id", "organizations", "id"],
  ["api_keys", "predecessor_id", "api_keys", "id"],
  ["api_keys", "successor_id", "api_keys", "id"],
  ["key_domains", "key_id", "api_keys", "id"],
  ["last_uses", "key_id", "api_keys", "id"],
  ["usage", "key_id", "api_keys", "id"],
  ["usage_days", "key_id", "api_keys", "id"],
  ["counters", "counter_id", "api_keys", "counter_id"],
  ["idempotency", "key_id", "api_keys", "id"],
  ["audit", "organization_id", "organizations", "id"],
  ["members", "organization_id", "organizations", "id"],
  ["members", "user_id", "users", "id"],
  ["invitations", "organization_id", "organizations", "id"],
  ["accounts", "user_id", "users", "id"],
  ["sessions", "user_id", "users", "id"],
];

/** Run it in one read transaction: a change in between would look like a fault. A database of an older version is checked as far as it has tables. */
export async function findFaults(db: Kysely<Database>): Promise<readonly Fault[]> {
  const tables = new Set((await db.introspection.getTables()).map(({ name }) => name));
  const faults: Fault[] = [];
  for (const reference of REFERENCES.filter(([table, , to]) => tables.has(table) && tables.has(to)))
    faults.push(...(await findOrphans(db, reference)));
  if (tables.has("feed_head")) faults.push(...(await findFeedFaults(db)));
  faults.push(...(await findUsageFaults(db)));
  return faults;
}

/** How many rows there are, for people to compare. `now` is milliseconds since the epoch. */
export async function countRows(db: Kysely<Database>, now: number): Promise<RowCounts> {
  const tables = new Set((await db.introspection.getTables()).map(({ name }) => name));
  const count = async (table: string) => (tables.has(table) ? one(db, sql`select count(*) as n from ${sql.table(table)}`) : 0);
  return {
    organizations: await count("organizations"),
    keys: await count("api_keys"),
    activeKeys: await one(
      db,
      sql`select count(*) as n from api_keys where revoked_at is null and (expires_at is null or expires_at > ${now})`,
    ),
    serviceTokens: await count("service_tokens"),
    people: await count("users"),
    auditEntries: await count("audit"),
    verifications: await one(db, sql`select coalesce(sum(count), 0) as n from usage`),
  };
}

async function findOrphans(db: Kysely<Database>, [table, column, to, toColumn]: (typeof REFERENCES)[number]): Promise<readonly Fault[]> {
  const orphans = await one(
    db,
    sql`select count(*) as n from ${sql.table(table)} as child
        where ${sql.ref(`child.${column}`)} is not null
        and not exists (select 1 from ${sql.table(to)} as parent where ${sql.ref(`parent.${toColumn}`)} = ${sql.ref(`child.${column}`)})`,
  );
  if (orphans === 0) return [];
  return [{ check: "references", detail: `${rows(orphans)} of ${table} name a row of ${to} that does not exist (${column})` }];
}

/** Its numbers have no gaps, and the last one is that of `feed_head`: a reader that misses a number misses a revocation. */
async function findFeedFaults(db: Kysely<Database>): Promise<readonly Fault[]> {
  const heads = await db.selectFrom("feed_head").select("sequence").execute();
  const [head] = heads;
  if (head === undefined || heads.length > 1)
    return [{ check: "change feed", detail: `feed_head has ${heads.length} rows in place of one` }];
  const { count, first, last } = await db
    .selectFrom("change_feed")
    .select(({ fn }) => [
      fn.countAll<number>().as("count"),
      fn.min<number | null>("sequence").as("first"),
      fn.max<number | null>("sequence").as("last"),
    ])
    .executeTakeFirstOrThrow();
  if (first === null || last === null) return [];
  const missing = Number(last) - Number(first) + 1 - Number(count);
  const faults: Fault[] = [];
  if (missing > 0) faults.push({ check: "change feed", detail: `${missing} numbers between ${first} and ${last} are missing` });
  if (Number(last) !== Number(head.sequence))
    faults.push({ check: "change feed", detail: `the last number is ${last}, and feed_head says ${head.sequence}` });
  return faults;
}

async function findUsageFaults(db: Kysely<Database>): Promise<readonly Fault[]> {
  const odd = await one(db, sql`select count(*) as n from usage where count < 1 or hour % ${sql.lit(HOUR_MS)} <> 0`);
  return odd === 0 ? [] : [{ check: "usage", detail: `${rows(odd)} of usage have no count, or an hour that is none` }];
}

const rows = (count: number): string => `${count} ${count === 1 ? "row" : "rows"}`;

async function one(db: Kysely<Database>, query: ReturnType<typeof sql>): Promise<number> {
  const { rows: found } = await sql<{ n: number | string }>`${query}`.execute(db);
  return Number(found[0]?.n ?? 0);
}
