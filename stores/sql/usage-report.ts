/** Usage from one moment to another, added up in SQL. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { UsageReportQuery, UsageReportRow } from "../contract.ts";
import type { Database } from "./schema.ts";

export async function usageReport(db: Kysely<Database>, query: UsageReportQuery): Promise<readonly UsageReportRow[]> {
  const { organizationId, keyIds, outcome, starts, each, after, limit } = query;
  // An empty list in SQL is an extension of SQLite.
  if (keyIds?.length === 0) return [];
  const time = sql.ref<number>("counted.at");
  const at = starts === undefined ? time : intervalOf(time, starts);
  const { id, name } = OWNERS[each ?? "all"];
  let rows = db
    .selectFrom(counts(db, query).as("counted"))
    .innerJoin("api_keys", "api_keys.id", "counted.key_id")
    .leftJoin("organizations", "organizations.id", "api_keys.organization_id")
    .select([at.as("at"), id.as("id"), name.as("name"), "counted.outcome", sql<number>`cast(sum(counted.count) as bigint)`.as("count")])
    // By their places: PostgreSQL does not take two expressions with parameters for the same one.
    .groupBy([sql`1`, sql`2`, "counted.outcome"])
    .orderBy(sql`1`)
    .orderBy(sql`2`)
    .orderBy("counted.outcome")
    .limit(limit);
  if (organizationId !== undefined) rows = rows.where("api_keys.organization_id", "=", organizationId);
  if (keyIds !== undefined) rows = rows.where("api_keys.id", "in", keyIds);
  if (outcome !== undefined) rows = rows.where("counted.outcome", "=", outcome);
  if (after !== undefined)
    rows = rows.where(({ eb, or, and }) =>
      or([
        eb(at, ">", after.at),
        and([eb(at, "=", after.at), eb(id, ">", after.id)]),
        and([eb(at, "=", after.at), eb(id, "=", after.id), eb("counted.outcome", ">", after.outcome)]),
      ]),
    );
  return rows.execute();
}

/** Both tables under the same names. */
function counts(db: Kysely<Database>, { unit, from, to }: UsageReportQuery) {
  return unit === "hour"
    ? db.selectFrom("usage").select(["key_id", "hour as at", "outcome", "count"]).where("hour", ">=", from).where("hour", "<", to)
    : db.selectFrom("usage_days").select(["key_id", "day as at", "outcome", "count"]).where("day", ">=", from).where("day", "<", to);
}

/** Names are grouped with their ids, of which each has one: any of them is the name. */
const OWNERS: Readonly<Record<"key" | "organization" | "all", { id: RawBuilder<string>; name: RawBuilder<string | null> }>> = {
  key: { id: sql`api_keys.id`, name: sql`min(api_keys.name)` },
  organization: { id: sql`coalesce(api_keys.organization_id, '')`, name: sql`min(organizations.name)` },
  all: { id: sql`''`, name: sql`cast(null as text)` },
};

/** The start of the interval that the time is in. */
function intervalOf(time: RawBuilder<number>, starts: readonly number[]): RawBuilder<number> {
  const cases = starts.toReversed().map((start) => sql`when ${time} >= ${start} then cast(${start} as bigint)`);
  return sql<number>`case ${sql.join(cases, sql` `)} end`;
}
