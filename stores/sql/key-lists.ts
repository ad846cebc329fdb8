/** Lists of keys in SQL: filters, order and cursors. */
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import { type ApiKey, STATE_RULES, type StateRefusal } from "../../engine/api-key.ts";
import type { ConditionBounds, KeyFilterName } from "../../engine/condition.ts";
import type { KeyFilter, KeyOrder, KeyPage, KeySort } from "../contract.ts";
import { selectKeys } from "./key-queries.ts";
import { toApiKey } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";

type Condition = RawBuilder<SqlBool>;

const NEWEST_FIRST: KeyOrder = { by: "createdAt", descending: true };

/** What each order compares: a column, and the value of a cursor. */
const SORTED: Readonly<Record<KeySort, { column: RawBuilder<unknown>; isText?: true }>> = {
  createdAt: { column: sql`api_keys.id` },
  name: { column: sql`api_keys.name`, isText: true },
  lastUsedAt: { column: sql`last_uses.at` },
  expiresAt: { column: sql`api_keys.expires_at` },
};

function sorted(by: KeySort, { lowerAscii }: Capabilities) {
  const { column, isText } = SORTED[by];
  const comparable = isText ? lowerAscii : (value: RawBuilder<unknown>) => value;
  return { column: comparable(column), comparable: (value: unknown) => comparable(sql`${value}`) };
}

export async function listKeys(
  db: Kysely<Database>,
  organizationId: string,
  page: KeyPage,
  capabilities: Capabilities,
): Promise<readonly ApiKey[]> {
  const { before, offset, limit, order = NEWEST_FIRST, ...filter } = page;
  let query = selectKeys(db).where("api_keys.organization_id", "=", organizationId).limit(limit);
  for (const condition of conditions(filter, capabilities)) query = query.where(condition);
  if (offset !== undefined) query = query.offset(offset);
  if (before !== undefined) query = query.where("api_keys.id", "<", before);
  if (order.after !== undefined) query = query.where(following(order, order.after, capabilities));
  const direction = order.descending ? "desc" : "asc";
  if (order.by !== "createdAt") query = query.orderBy(sorted(order.by, capabilities).column, (by) => by[direction]().nullsLast());
  return (await query.orderBy("api_keys.id", direction).execute()).map(toApiKey);
}

export async function countListed(
  db: Kysely<Database>,
  organizationId: string,
  filter: KeyFilter,
  capabilities: Capabilities,
): Promise<number> {
  let query = db
    .selectFrom("api_keys")
    .leftJoin("last_uses", "last_uses.key_id", "api_keys.id")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("api_keys.organization_id", "=", organizationId);
  for (const condition of conditions(filter, capabilities)) query = query.where(condition);
  return (await query.executeTakeFirstOrThrow()).count;
}

function conditions({ activeAt, environment, search, condition }: KeyFilter, capabilities: Capabilities): Condition[] {
  return [
    ...(environment === undefined ? [] : [sql<SqlBool>`api_keys.environment = ${environment}`]),
    ...(activeAt === undefined ? [] : [NOT_REVOKED, endsAfter(activeAt)]),
    ...(search === undefined ? [] : [holding(search, capabilities)]),
    ...(condition === undefined ? [] : CONDITIONS[condition.is](condition.bounds)),
  ];
}

const NOT_REVOKED: Condition = sql`api_keys.revoked_at is null`;
const ENABLED: Condition = sql`api_keys.enabled = ${true}`;
const NEVER: Condition = sql`1 = 0`;
const endsAfter = (time: number): Condition => sql`(api_keys.expires_at is null or api_keys.expires_at > ${time})`;
/** The engine's `STATE_RULES` in SQL: for each rule, the condition of keys that it refuses and of keys that it does not. */
const STATES: Readonly<Record<StateRefusal, (bounds: ConditionBounds) => { refused: Condition; passed: Condition }>> = {
  revoked: () => ({ refused: sql`api_keys.revoked_at is not null`, passed: NOT_REVOKED }),
  disabled: () => ({ refused: sql`api_keys.enabled = ${false}`, passed: ENABLED }),
  expired: ({ now }) => ({ refused: sql`api_keys.expires_at <= ${now}`, passed: endsAfter(now) }),
};
const inForce = (bounds: ConditionBounds): Condition[] => STATE_RULES.map(({ code }) => STATES[code](bounds).passed);
/** The condition of keys that this rule is the first to refuse. */
const refusedFor =
  (state: StateRefusal) =>
  (bounds: ConditionBounds): Condition[] => {
    const earlier = STATE_RULES.slice(
      0,
      STATE_RULES.findIndex(({ code }) => code === state),
    );
    return [...earlier.map(({ code }) => STATES[code](bounds).passed), STATES[state](bounds).refused];
  };
const active = (bounds: ConditionBounds): Condition[] => [...inForce(bounds), sql`api_keys.successor_id is null`];

/** The engine's `KEY_FILTERS` in SQL. */
const CONDITIONS: Readonly<Record<KeyFilterName, (bounds: ConditionBounds) => Condition[]>> = {
  current: () => [NOT_REVOKED],
  revoked: refusedFor("revoked"),
  disabled: refusedFor("disabled"),
  expired: refusedFor("expired"),
  rotating: (bounds) => [...inForce(bounds), sql`api_keys.successor_id is not null`],
  active,
  expiring: (bounds) => [...active(bounds), sql`api_keys.expires_at <= ${bounds.expiresUntil}`],
  rotation_due: (bounds) => [...active(bounds), bounds.dueSince === null ? NEVER : sql`api_keys.created_at <= ${bounds.dueSince}`],
  unused: (bounds) => [...active(bounds), sql`coalesce(last_uses.at, api_keys.created_at) <= ${bounds.unusedSince}`],
};

function holding(search: string, { lowerAscii }: Capabilities): Condition {
  // No stored text has one, and `like` of SQLite ends the pattern there.
  if (search.includes("\0")) return NEVER;
  const pattern = sql`${`%${search.replaceAll(/[\\%_]/g, "\\$&")}%`}`;
  const columns = [sql`api_keys.name`, sql`api_keys.id`, sql`api_keys.prefix`, sql`api_keys.public_key`];
  const likes = columns.map((column) => sql`${lowerAscii(column)} like ${lowerAscii(pattern)} escape '\\'`);
  return sql`(${sql.join(likes, sql` or `)})`;
}

/** The condition of keys that come after a value and an id. Keys without a value come last, so only such keys can follow one of them. */
function following({ by, descending }: KeyOrder, { value, id }: NonNullable<KeyOrder["after"]>, capabilities: Capabilities): Condition {
  const beyond = descending ? sql`<` : sql`>`;
  const laterId = sql<SqlBool>`api_keys.id ${beyond} ${id}`;
  if (by === "createdAt") return laterId;
  const { column, comparable } = sorted(by, capabilities);
  if (value === null) return sql`(${column} is null and ${laterId})`;
  const than = comparable(value);
  return sql`(${column} ${beyond} ${than} or (${column} = ${than} and ${laterId}) or ${column} is null)`;
}
