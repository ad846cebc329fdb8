/** Usage, last uses and counters in SQL, written in batches. */
import { type Kysely, sql } from "kysely";
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import type { UseStore } from "../contract.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";

export function sqlUseStore(db: Kysely<Database>, capabilities: Capabilities): UseStore {
  return {
    recordUse: ({ outcomes, lastUses, counters, madeAt = Number.MAX_SAFE_INTEGER }) =>
      transact(db, undefined, async (tx) => {
        const { rowsPerStatement, rowsOf } = capabilities.manyRows;
        const counted = combine(
          outcomes,
          ({ keyId, hour, outcome }) => `${keyId} ${hour} ${outcome}`,
          (a, b) => ({ ...a, count: a.count + b.count }),
        );
        for (const rows of inChunks(counted, rowsPerStatement)) {
          await tx
            .insertInto("usage")
            .columns(["key_id", "hour", "outcome", "count"])
            .expression(
              rowsOf([
                { type: "text", values: rows.map(({ keyId }) => keyId) },
                { type: "bigint", values: rows.map(({ hour }) => hour) },
                { type: "text", values: rows.map(({ outcome }) => outcome) },
                { type: "bigint", values: rows.map(({ count }) => count) },
              ]),
            )
            .onConflict((conflict) =>
              conflict.columns(["key_id", "hour", "outcome"]).doUpdateSet({ count: sql`usage.count + excluded.count` }),
            )
            .execute();
        }
        const latest = combine(
          lastUses,
          ({ keyId }) => keyId,
          (a, b) => (a.at > b.at ? a : b),
        );
        for (const rows of inChunks(latest, rowsPerStatement)) {
          await tx
            .insertInto("last_uses")
            .columns(["key_id", "at"])
            .expression(
              rowsOf([
                { type: "text", values: rows.map(({ keyId }) => keyId) },
                { type: "bigint", values: rows.map(({ at }) => at) },
              ]),
            )
            .onConflict((conflict) =>
              conflict.column("key_id").doUpdateSet({
                at: sql`case when excluded.at > last_uses.at or last_uses.at - ${MINUTE_MS} > ${madeAt} then excluded.at else last_uses.at end`,
              }),
            )
            .execute();
        }
        const saved = combine(
          counters,
          ({ counterId }) => counterId,
          (_earlier, later) => later,
        );
        for (const rows of inChunks(saved, rowsPerStatement)) {
          await tx
            .insertInto("counters")
            .columns(["counter_id", "state", "at"])
            .expression(
              rowsOf([
                { type: "text", values: rows.map(({ counterId }) => counterId) },
                { type: "text", values: rows.map(({ state }) => JSON.stringify(state)) },
                { type: "bigint", values: rows.map(({ at }) => at) },
              ]),
            )
            .onConflict((conflict) => conflict.column("counter_id").doUpdateSet({ state: sql`excluded.state`, at: sql`excluded.at` }))
            .execute();
        }
      }),

    async findCounter(counterId) {
      const row = await db.selectFrom("counters").select("state").where("counter_id", "=", counterId).executeTakeFirst();
      return row && JSON.parse(row.state);
    },

    usageOf: (keyId, since) =>
      db
        .selectFrom("usage")
        .select(["hour", "outcome", "count"])
        .where("key_id", "=", keyId)
        .where("hour", ">=", since)
        .orderBy("hour")
        .orderBy("outcome")
        .execute(),

    async usageByDay(organizationId, keyIds, since) {
      if (keyIds.length === 0) return [];
      const day = sql<number>`usage.hour - usage.hour % ${sql.lit(DAY_MS)}`;
      const rows = await db
        .selectFrom("api_keys")
        .leftJoin("usage", (join) => join.onRef("usage.key_id", "=", "api_keys.id").on("usage.hour", ">=", since))
        .select(["api_keys.id as keyId", day.as("day"), "usage.outcome", sql<number>`cast(sum(usage.count) as bigint)`.as("count")])
        .where("api_keys.organization_id", "=", organizationId)
        .where("api_keys.id", "in", keyIds)
        .groupBy(["api_keys.id", day, "usage.outcome"])
        .orderBy("api_keys.id")
        .orderBy(day)
        .orderBy("usage.outcome")
        .execute();
      return [...Map.groupBy(rows, ({ keyId }) => keyId)].map(([keyId, ofKey]) => ({
        keyId,
        counts: ofKey.flatMap(({ day, outcome, count }) => (outcome === null ? [] : [{ day, outcome, count }])),
      }));
    },
  };
}

/**
 * Merges rows with the same name, and sorts them by name. A key that left the cache and came back is in a batch twice, and PostgreSQL refuses
 * to upsert a row twice in one statement. Concurrent batches must lock rows in the same order.
 */
function combine<Row>(rows: readonly Row[], nameOf: (row: Row) => string, both: (a: Row, b: Row) => Row): Row[] {
  const byName = new Map<string, Row>();
  for (const row of rows) {
    const earlier = byName.get(nameOf(row));
    byName.set(nameOf(row), earlier === undefined ? row : both(earlier, row));
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function* inChunks<Row>(rows: readonly Row[], size: number): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}
