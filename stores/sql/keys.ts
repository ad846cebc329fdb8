/** The keys in SQL. */
import type { Kysely, Transaction } from "kysely";
import type { ApiKey } from "../../engine/api-key.ts";
import { boundByParent } from "../../engine/child-key.ts";
import { refusedChange } from "../../engine/key-changes.ts";
import { keysAllowed } from "../../engine/limits.ts";
import { rotate } from "../../engine/rotation.ts";
import type { Change, CreateKeyResult, FoundKey, Idempotency, KeyStore, NewKey } from "../contract.ts";
import { trace } from "./changes.ts";
import { readOrganization, readOverrides } from "./organizations.ts";
import { changedColumns, toApiKey, toRow } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";

type Reader = Kysely<Database> | Transaction<Database>;

export function sqlKeyStore(db: Kysely<Database>, capabilities: Capabilities): KeyStore {
  return {
    createKey: (created, change) => db.transaction().execute((tx) => createKey(tx, created, change, capabilities)),

    async findKey(organizationId, id) {
      const row = await selectKeys(db)
        .where("api_keys.organization_id", "=", organizationId)
        .where("api_keys.id", "=", id)
        .executeTakeFirst();
      return row && toApiKey(row);
    },

    async findKeyOfAny(id) {
      const row = await selectKeys(db).where("api_keys.id", "=", id).executeTakeFirst();
      return row && toApiKey(row);
    },

    async findKeyByDigest(digest): Promise<FoundKey | undefined> {
      const row = await selectKeys(db)
        .innerJoin("organizations", "organizations.id", "api_keys.organization_id")
        .leftJoin("counters", "counters.counter_id", "api_keys.counter_id")
        .select(["organizations.plan", "counters.state"])
        .where("api_keys.digest", "=", digest)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        key: toApiKey(row),
        organization: { plan: row.plan, overrides: await readOverrides(db, row.organization_id) },
        counter: row.state === null ? undefined : JSON.parse(row.state),
      };
    },

    async listKeys(organizationId, { before, limit, activeAt, environment }) {
      let query = selectKeys(db).where("api_keys.organization_id", "=", organizationId).orderBy("api_keys.id", "desc").limit(limit);
      if (before !== undefined) query = query.where("api_keys.id", "<", before);
      if (environment !== undefined) query = query.where("environment", "=", environment);
      if (activeAt !== undefined)
        query = query.where("revoked_at", "is", null).where((is) => is.or([is("expires_at", "is", null), is("expires_at", ">", activeAt)]));
      return (await query.execute()).map(toApiKey);
    },

    updateKey: (organizationId, id, changes, change) =>
      db.transaction().execute(async (tx) => {
        const row = await lockKey(tx, organizationId, id, capabilities);
        if (row === undefined) return { outcome: "not_found" };
        const key = toApiKey(row);
        const problem = refusedChange(key, changes, change.at);
        if (problem !== undefined) return { outcome: "refused", problem };
        await tx
          .updateTable("api_keys")
          .set({ ...changedColumns(changes), updated_at: change.at })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .execute();
        await trace(tx, change, { action: "key.updated", kind: "key", subjectId: id, organizationId, details: changes });
        return { outcome: "updated", key: { ...key, ...changes, updatedAt: change.at } };
      }),

    revokeKey: (organizationId, id, change) =>
      db.transaction().execute(async (tx) => {
        const row = await lockKey(tx, organizationId, id, capabilities);
        if (row === undefined) return undefined;
        if (row.revoked_at !== null) return { key: toApiKey(row), wasRevoked: true };
        await tx
          .updateTable("api_keys")
          .set({ revoked_at: change.at, updated_at: change.at })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .execute();
        await trace(tx, change, { action: "key.revoked", kind: "key", subjectId: id, organizationId });
        return { key: { ...toApiKey(row), revokedAt: change.at, updatedAt: change.at }, wasRevoked: false };
      }),

    rotateKey: (organizationId, id, { digest, idempotency, ...succession }, change) =>
      db.transaction().execute(async (tx) => {
        const row = await lockKey(tx, organizationId, id, capabilities);
        if (row === undefined) return { outcome: "not_found" };
        const earlier = await findRepeated(tx, organizationId, idempotency);
        if (earlier !== undefined) return earlier;
        const rotation = rotate(toApiKey(row), succession, change.at);
        if (!rotation.ok) return { outcome: "refused", problem: rotation.problem };
        const { successor, predecessor } = rotation.value;
        await insertKey(tx, successor, digest);
        await tx
          .updateTable("api_keys")
          .set({ successor_id: successor.id, expires_at: predecessor.expiresAt, updated_at: change.at })
          .where("id", "=", id)
          .execute();
        await remember(tx, successor, change, idempotency);
        await trace(tx, change, {
          action: "key.rotated",
          kind: "key",
          subjectId: id,
          organizationId,
          details: { successorId: successor.id, expiresAt: predecessor.expiresAt },
        });
        return { outcome: "rotated", key: successor, predecessor };
      }),
  };
}

async function createKey(tx: Transaction<Database>, created: NewKey, change: Change, capabilities: Capabilities): Promise<CreateKeyResult> {
  const { key: asked, digest, keysByPlan, parentId, idempotency } = created;
  const { organizationId } = asked;
  // The organization first: where rows are locked, this makes creations of one organization wait for each other.
  const organization = await readOrganization(tx, organizationId, capabilities.rowLocks);
  if (organization === undefined) return { outcome: "no_organization" };
  const parent = parentId === undefined ? undefined : await lockKey(tx, organizationId, parentId, capabilities);
  const key = parentId === undefined ? asked : parent && boundByParent(asked, toApiKey(parent), change.at);
  if (key === undefined) return { outcome: "parent_not_active" };
  const earlier = await findRepeated(tx, organizationId, idempotency);
  if (earlier !== undefined) return earlier;
  const allowed = keysAllowed(organization.overrides, keysByPlan[organization.plan]);
  if (allowed !== null && (await countActive(tx, organizationId, change.at)) >= allowed) return { outcome: "key_limit_reached", allowed };
  const { numInsertedOrUpdatedRows } = await insertKey(tx, key, digest);
  if (numInsertedOrUpdatedRows !== 1n) return { outcome: "digest_taken" };
  await remember(tx, key, change, idempotency);
  const details = { name: key.name, environment: key.environment };
  await trace(tx, change, { action: "key.created", kind: "key", subjectId: key.id, organizationId, details });
  return { outcome: "created", key };
}

/** The row that a transaction is about to judge and change. */
function lockKey(tx: Transaction<Database>, organizationId: string, id: string, { rowLocks }: Capabilities) {
  const query = selectKeys(tx).where("api_keys.organization_id", "=", organizationId).where("api_keys.id", "=", id);
  return (rowLocks ? query.forUpdate("api_keys") : query).executeTakeFirst();
}

function selectKeys(db: Reader) {
  return db
    .selectFrom("api_keys")
    .leftJoin("last_uses", "last_uses.key_id", "api_keys.id")
    .selectAll("api_keys")
    .select("last_uses.at as last_used_at");
}

function insertKey(tx: Transaction<Database>, key: ApiKey, digest: string) {
  return tx
    .insertInto("api_keys")
    .values(toRow(key, digest))
    .onConflict((conflict) => conflict.column("digest").doNothing())
    .executeTakeFirstOrThrow();
}

/** A rotated key counts once: its successor stands for it. */
async function countActive(tx: Transaction<Database>, organizationId: string, now: number): Promise<number> {
  const { count } = await tx
    .selectFrom("api_keys")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("organization_id", "=", organizationId)
    .where("revoked_at", "is", null)
    .where("successor_id", "is", null)
    .where((is) => is.or([is("expires_at", "is", null), is("expires_at", ">", now)]))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function findRepeated(tx: Transaction<Database>, organizationId: string, idempotency: Idempotency | undefined) {
  if (idempotency === undefined) return undefined;
  const earlier = await tx
    .selectFrom("idempotency")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .where("key", "=", idempotency.key)
    .executeTakeFirst();
  if (earlier === undefined) return undefined;
  if (earlier.fingerprint !== idempotency.fingerprint) return { outcome: "idempotency_mismatch" } as const;
  const row = await selectKeys(tx).where("api_keys.id", "=", earlier.key_id).executeTakeFirstOrThrow();
  return { outcome: "repeated", key: toApiKey(row) } as const;
}

async function remember(tx: Transaction<Database>, key: ApiKey, change: Change, idempotency: Idempotency | undefined): Promise<void> {
  if (idempotency === undefined) return;
  const { key: idempotencyKey, fingerprint } = idempotency;
  await tx
    .insertInto("idempotency")
    .values({ organization_id: key.organizationId, key: idempotencyKey, fingerprint, key_id: key.id, at: change.at })
    .execute();
}
