/** Usage, last uses and counters in SQL, written in batches. */
import { type Kysely, sql } from "kysely";
import { DAY_MS, MINUTE_MS } from "../../engine/duration.ts";
import type { UseStore } from "../contract.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";
import { usageReport } from "./usage-report.ts";

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
        const countedByDay = combine(
          outcomes.map(({ hour, ...rest }) => ({ ...rest, day: hour - (hour % DAY_MS) })),
          ({ keyId, day, outcome }) => `${keyId} ${day} ${outcome}`,
          (a, b) => ({ ...a, count: a.count + b.count }),
        );
        for (const rows of inChunks(countedByDay, rowsPerStatement)) {
          await tx
            .insertInto("usage_days")
            .columns(["key_id", "day", "outcome", "count"])
            .expression(
              rowsOf([
                { type: "text", values: rows.map(({ keyId }) => keyId) },
                { type: "bigint", values: rows.map(({ day }) => day) },
                { type: "text", values: rows.map(({ outcome }) => outcome) },
                { type: "bigint", values: rows.map(({ count }) => count) },
              ]),
            )
            .onConflict((conflict) =>
              conflict.columns(["key_id", "day", "outcome"]).doUpdateSet({ count: sql`usage_days.count + excluded.count` }),
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
      const rows = await db
        .selectFrom("api_keys")
        .leftJoin("usage_days", (join) => join.onRef("usage_days.key_id", "=", "api_keys.id").on("usage_days.day", ">=", since))
        .select(["api_keys.id as keyId", "usage_days.day", "usage_days.outcome", "usage_days.count"])
        .where("api_keys.organization_id", "=", organizationId)
        .where("api_keys.id", "in", keyIds)
        .orderBy("api_keys.id")
        .orderBy("usage_days.day")
        .orderBy("usage_days.outcome")
        .execute();
      return [...Map.groupBy(rows, ({ keyId }) => keyId)].map(([keyId, ofKey]) => ({
        keyId,
        counts: ofKey.flatMap(({ day, outcome, count }) =>
          day === null || outcome === null || count === null ? [] : [{ day, outcome, count }],
        ),
      }));
    },

    usageReport: (query) => usageReport(db, query),
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
