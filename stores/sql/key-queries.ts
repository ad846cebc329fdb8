/** The queries that the methods for keys use. */
import type { Compilable, ExpressionBuilder, Insertable, Kysely, RawBuilder, Transaction } from "kysely";
import { type ApiKey, isInForce } from "../../engine/api-key.ts";
import type { BankGlimpse } from "../bank-contract.ts";
import type { Change, FindCredentialResult, VerificationRecord } from "../contract.ts";
import { DECOY } from "./decoy-row.ts";
import { fixedStatement } from "./fixed-statement.ts";
import type { FoundRow } from "./found-row.ts";
import { toOverrides } from "./organizations.ts";
import { toApiKey, toRow } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";

type Reader = Kysely<Database> | Transaction<Database>;

export function selectKeys(db: Reader) {
  return db
    .selectFrom("api_keys")
    .leftJoin("last_uses", "last_uses.key_id", "api_keys.id")
    .selectAll("api_keys")
    .select("last_uses.at as last_used_at");
}

/** Selects the row that a transaction is about to check and change, and locks it. */
export function lockKey(tx: Transaction<Database>, organizationId: string | null, id: string, { rowLocks }: Capabilities) {
  const query = selectKeys(tx)
    .where("api_keys.organization_id", organizationId === null ? "is" : "=", organizationId)
    .where("api_keys.id", "=", id);
  return (rowLocks ? query.forNoKeyUpdate("api_keys") : query).executeTakeFirst();
}

type KeyRow = Awaited<ReturnType<typeof lockKey>>;

/**
 * The row that a key (the actor) asks to change, and whether the actor is still in force: it may have been revoked since it was verified.
 * Both rows are locked, always the newer one first, so that two keys that revoke each other do not deadlock.
 */
export async function lockForActor(
  tx: Transaction<Database>,
  organizationId: string | null,
  id: string,
  { byKeyId, at }: Change,
  capabilities: Capabilities,
): Promise<{ row: KeyRow; isActorActive: boolean }> {
  const rows = new Map<string, KeyRow>();
  for (const each of [...new Set([id, byKeyId ?? id])].sort().reverse())
    rows.set(each, await lockKey(tx, organizationId, each, capabilities));
  const actor = byKeyId === undefined ? undefined : rows.get(byKeyId);
  return { row: rows.get(id), isActorActive: byKeyId === undefined || (actor !== undefined && isInForce(toApiKey(actor), at)) };
}

type FindPresented = (
  db: Reader,
  column: "digest" | "public_key",
  values: readonly string[],
  organizationId: string | undefined,
) => Promise<FindCredentialResult>;

/**
 * Makes the function that reads what a verification needs, in one statement. If no key has one of the values, the statement reads the next key in the
 * index instead, and the decoy is made from it: a record of the same size without anything that identifies that key. So an unknown credential takes the
 * same steps as a revoked one. With several values it reads a key for each of them, whichever of them is found.
 */
export function presentedFinder({ bankClock }: Pick<Capabilities, "bankClock">): FindPresented {
  const select = (db: Reader, column: "digest" | "public_key", values: readonly string[]): SelectFound => {
    const found = selectNearest(db, column, values);
    return bankClock === undefined ? found : withBank(found, bankClock);
  };
  const selectOne = {
    digest: fixedStatement((db, { value }: { value: string }) => select(db, "digest", [value])),
    public_key: fixedStatement((db, { value }: { value: string }) => select(db, "public_key", [value])),
  };
  return async (db, column, values, organizationId) => {
    const [value] = values;
    const isOne = value !== undefined && values.length === 1;
    const rows = isOne ? (await selectOne[column](db, { value })).rows : await select(db, column, values).execute();
    const row = rows.find((each) => values.includes(each[column] ?? "")) ?? rows[0] ?? DECOY;
    const isFound = values.includes(row[column] ?? "") && (organizationId === undefined || row.organization_id === organizationId);
    const ofKey = isOne ? rows : rows.filter(({ id }) => id === row.id);
    const record = toRecord(row, ofKey, isFound ? row : DECOY);
    return isFound ? { outcome: "found", ...record } : { outcome: "not_found", decoy: record };
  };
}

interface SelectFound extends Compilable<FoundRow> {
  execute(): Promise<readonly FoundRow[]>;
}

/** For each of the values the row of the key that has it, or else of the next one in the index. */
function selectNearest(db: Reader, column: "digest" | "public_key", values: readonly string[]) {
  return selectKeys(db)
    .leftJoin("organizations", "organizations.id", "api_keys.organization_id")
    .leftJoin("plan_overrides", "plan_overrides.organization_id", "api_keys.organization_id")
    .leftJoin("counters", "counters.counter_id", "api_keys.counter_id")
    .select(["organizations.plan", "counters.state"])
    .select(["plan_overrides.limit_name", "plan_overrides.value as limit_value"])
    .where((is) => is.or(values.map((value) => is(`api_keys.${column}`, "=", nearestTo(is, column, value)))));
}

/** Adds what the bank has of the counter of each key, and its clock. */
function withBank(found: ReturnType<typeof selectNearest>, bankClock: RawBuilder<number>) {
  return found
    .leftJoin("bank_counters", "bank_counters.counter_id", "api_keys.counter_id")
    .leftJoin("bank_clock", (join) => join.onTrue())
    .select(["bank_counters.version as bank_version", "bank_counters.state as bank_state", "bank_clock.ahead_ms as bank_ahead_ms"])
    .select(bankClock.as("bank_clock_ms"));
}

/** The value itself if a key has it, or else the next one in the index, and the first one after the last. */
function nearestTo({ fn, selectFrom }: ExpressionBuilder<Database, "api_keys">, column: "digest" | "public_key", value: string) {
  return fn.coalesce(
    selectFrom("api_keys as nearest")
      .select(`nearest.${column}`)
      .where(`nearest.${column}`, ">=", value)
      .orderBy(`nearest.${column}`)
      .limit(1),
    selectFrom("api_keys as first").select((eb) => eb.fn.min(`first.${column}`).as("value")),
  );
}

/** Makes the record of a row. Ids, digest and `revokedAt` come from `named`: the row itself, or the decoy row. */
function toRecord(row: FoundRow, rows: readonly FoundRow[], named: FoundRow): VerificationRecord {
  return {
    key: {
      ...toApiKey(row),
      id: named.id,
      organizationId: named.organization_id,
      name: named.name,
      prefix: named.prefix,
      publicKey: named.public_key,
      counterId: named.counter_id,
      revokedAt: named.revoked_at,
    },
    digest: named.digest,
    organization: row.plan === null || row.organization_id === null ? undefined : { plan: row.plan, overrides: toOverrides(rows) },
    counter: row.state ?? undefined,
    ...(row.bank_clock_ms !== undefined && { bank: glimpseOf(row, row.bank_clock_ms) }),
  };
}

function glimpseOf({ bank_version: version, bank_state: state, bank_ahead_ms: aheadMs }: FoundRow, clockMs: number): BankGlimpse {
  const hasRow = version != null && state != null;
  return { clockMs, aheadMs: aheadMs ?? 0, row: hasRow ? { version, state } : undefined };
}

/** Adds the key. False if its digest or public key belongs to another key. */
export async function insertKey(tx: Transaction<Database>, key: ApiKey, digest: string, sealed: string | undefined): Promise<boolean> {
  const { numAffectedRows } = await insertRow(tx, toRow(key, digest, sealed));
  if (numAffectedRows !== 1n) return false;
  await addDomains(tx, key.id, key.domains);
  return true;
}

const insertRow = fixedStatement((db, row: Insertable<Database["api_keys"]>) =>
  db
    .insertInto("api_keys")
    .values(row)
    .onConflict((conflict) => conflict.doNothing()),
);

/** Replaces the domains of a key. */
export async function writeDomains(tx: Transaction<Database>, keyId: string, domains: readonly string[]): Promise<void> {
  await tx.deleteFrom("key_domains").where("key_id", "=", keyId).execute();
  await addDomains(tx, keyId, domains);
}

async function addDomains(tx: Transaction<Database>, keyId: string, domains: readonly string[]): Promise<void> {
  if (domains.length === 0) return;
  const rows = domains.map((domain) => ({ domain, key_id: keyId }));
  await tx.insertInto("key_domains").values(rows).execute();
}

/** The number of keys that count toward the plan. A rotated key and its successor count as one while the successor is active. */
export async function countPlanned(tx: Transaction<Database>, organizationId: string, now: number): Promise<number> {
  const { count } = await selectActive(tx, organizationId, now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("api_keys as successors")
            .select("successors.id")
            .whereRef("successors.id", "=", "api_keys.successor_id")
            .where("successors.revoked_at", "is", null)
            .where((is) => is.or([is("successors.expires_at", "is", null), is("successors.expires_at", ">", now)])),
        ),
      ),
    )
    .executeTakeFirstOrThrow();
  return count;
}

export async function countActive(db: Reader, organizationId: string, now: number): Promise<number> {
  return (await selectActive(db, organizationId, now).executeTakeFirstOrThrow()).count;
}

function selectActive(db: Reader, organizationId: string, now: number) {
  return db
    .selectFrom("api_keys")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("api_keys.organization_id", "=", organizationId)
    .where("api_keys.revoked_at", "is", null)
    .where((is) => is.or([is("api_keys.expires_at", "is", null), is("api_keys.expires_at", ">", now)]));
}
