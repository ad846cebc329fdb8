/** Refused requests in SQL. */
import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type { RefusalStore, RefusedRequest } from "../contract.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";

type Kept = Parameters<RefusalStore["recordRefusals"]>[1];

/** The owner of what belongs to no organization. */
const NOBODY = "";

export function sqlRefusalStore(db: Kysely<Database>, { manyRows, rowLocks }: Capabilities): RefusalStore {
  const { rowsPerStatement, rowsOf } = manyRows;

  /** The ids of those that are more than `keep` of one key or owner, the oldest of them. */
  const beyond = (column: "key_id" | "owner", values: readonly string[], keep: number) => sql`
    select id from (
      select id, row_number() over (partition by ${sql.ref(column)} order by id desc) as place
      from refusals
      where ${sql.ref(column)} in (${rowsOf([{ type: "text", values }])})
    ) as ranked
    where place > ${keep}`;

  /** In one statement that locks in the order of ids: nodes delete at the same time, and often the same rows. */
  async function dropOldest(tx: Kysely<Database>, refusals: readonly RefusedRequest[], { perKey, perOrganization }: Kept): Promise<void> {
    const keys = distinct(refusals.map(({ keyId }) => keyId));
    const owners = distinct(refusals.map(({ organizationId }) => organizationId ?? NOBODY));
    const ids = [...(keys.length === 0 ? [] : [beyond("key_id", keys, perKey)]), beyond("owner", owners, perOrganization)];
    await sql`
      delete from refusals where id in (
        select id from refusals where id in (${sql.join(ids, sql` union `)}) order by id ${rowLocks ? sql`for update` : sql``}
      )`.execute(tx);
  }

  return {
    recordRefusals: (refusals, kept) =>
      transact(db, undefined, async (tx) => {
        if (refusals.length === 0) return;
        for (let from = 0; from < refusals.length; from += rowsPerStatement) {
          const rows = refusals.slice(from, from + rowsPerStatement).map(toRow);
          await tx
            .insertInto("refusals")
            .columns(["id", "at", "owner", "key_id", "request_id", "entry"])
            .expression(
              rowsOf([
                { type: "text", values: rows.map(({ id }) => id) },
                { type: "bigint", values: rows.map(({ at }) => at) },
                { type: "text", values: rows.map(({ owner }) => owner) },
                { type: "text", values: rows.map(({ key_id }) => key_id) },
                { type: "text", values: rows.map(({ request_id }) => request_id) },
                { type: "text", values: rows.map(({ entry }) => entry) },
              ]),
            )
            .onConflict((conflict) => conflict.column("id").doNothing())
            .execute();
        }
        await dropOldest(tx, refusals, kept);
      }),

    listRefusals: (organizationId, page) =>
      read(
        db
          .selectFrom("refusals")
          .selectAll()
          .where("owner", "=", organizationId ?? NOBODY),
        page,
      ),

    listRefusalsOfKey: (keyId, page) => read(db.selectFrom("refusals").selectAll().where("key_id", "=", keyId), page),

    async findRefusals(requestId, organizationIds, page) {
      // An empty list in SQL is an extension of SQLite.
      if (organizationIds?.length === 0) return [];
      const all = db.selectFrom("refusals").selectAll().where("request_id", "=", requestId);
      return read(organizationIds === undefined ? all : all.where("owner", "in", organizationIds), page);
    },
  };
}

type Rows = SelectQueryBuilder<Database, "refusals", Database["refusals"]>;

async function read(rows: Rows, { since, before, limit }: Parameters<RefusalStore["listRefusals"]>[1]): Promise<readonly RefusedRequest[]> {
  let query = rows.where("at", ">=", since).orderBy("id", "desc").limit(limit);
  if (before !== undefined) query = query.where("id", "<", before);
  return (await query.execute()).map(({ id, at, owner, key_id, request_id, entry }) => ({
    id,
    at,
    keyId: key_id,
    organizationId: owner === NOBODY ? null : owner,
    requestId: request_id,
    ...JSON.parse(entry),
  }));
}

function toRow({ id, at, keyId, organizationId, requestId, ...rest }: RefusedRequest) {
  return { id, at, owner: organizationId ?? NOBODY, key_id: keyId, request_id: requestId, entry: JSON.stringify(rest) };
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
