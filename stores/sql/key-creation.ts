/** Creating keys in SQL: by a new or repeated request, by rotation, and by claiming an unclaimed key. */
import type { Transaction } from "kysely";
import type { ApiKey } from "../../engine/api-key.ts";
import { boundByParent } from "../../engine/child-key.ts";
import { keysAllowed } from "../../engine/limits.ts";
import { rotate } from "../../engine/rotation.ts";
import { credentialIssued, keyChanged } from "../../engine/state-change.ts";
import type {
  Change,
  ClaimKeyResult,
  CreateKeyResult,
  Idempotency,
  NewKey,
  NewSuccessor,
  Organization,
  RotateKeyResult,
} from "../contract.ts";
import { trace } from "./changes.ts";
import { countPlanned, insertKey, lockKey, selectKeys } from "./key-queries.ts";
import { readOrganization } from "./organizations.ts";
import { toApiKey } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";
import { Repeatable } from "./transaction.ts";

type Tx = Transaction<Database>;

export async function createKey(tx: Tx, created: NewKey, change: Change, capabilities: Capabilities): Promise<CreateKeyResult> {
  const { organizationId } = created.key;
  if (organizationId === null) return insertNew(tx, created, created.key, change);
  // The organization first: its lock makes concurrent creations of one organization wait for each other.
  const organization = await readOrganization(tx, organizationId, capabilities.rowLocks);
  if (organization === undefined) return { outcome: "no_organization" };
  const key = await boundKey(tx, organizationId, created, change, capabilities);
  if (key === undefined) return { outcome: "actor_not_active" };
  const earlier = await findRepeated(tx, organizationId, created.idempotency);
  if (earlier !== undefined) return earlier;
  return (await noRoom(tx, organization, created.keysByPlan, change)) ?? insertNew(tx, created, key, change);
}

/** The key, bounded by the key that creates it. */
async function boundKey(
  tx: Tx,
  organizationId: string,
  { key }: NewKey,
  change: Change,
  capabilities: Capabilities,
): Promise<ApiKey | undefined> {
  if (change.byKeyId === undefined) return key;
  const parent = await lockKey(tx, organizationId, change.byKeyId, capabilities);
  return parent && boundByParent(key, toApiKey(parent), change.at);
}

async function insertNew(
  tx: Tx,
  { digest, formerDigests, sealed, idempotency }: NewKey,
  key: ApiKey,
  change: Change,
): Promise<CreateKeyResult> {
  if ((await hasAny(tx, formerDigests)) || !(await insertKey(tx, key, digest, sealed))) return { outcome: "digest_taken" };
  await remember(tx, key, change, idempotency);
  const { id, organizationId, name, environment } = key;
  await trace(tx, change, {
    action: "key.created",
    subjectId: id,
    organizationId,
    details: { name, environment },
    changes: [credentialIssued(key.publicKey ?? digest)],
  });
  return { outcome: "created", key };
}

/** Whether a key has one of these digests. */
async function hasAny(tx: Tx, digests: readonly string[] = []): Promise<boolean> {
  if (digests.length === 0) return false;
  return (await tx.selectFrom("api_keys").select("id").where("digest", "in", digests).executeTakeFirst()) !== undefined;
}

async function noRoom(tx: Tx, { id, plan, overrides }: Organization, keysByPlan: NewKey["keysByPlan"], change: Change) {
  const allowed = keysAllowed(overrides, keysByPlan[plan]);
  if (allowed === null || (await countPlanned(tx, id, change.at)) < allowed) return undefined;
  return { outcome: "key_limit_reached", allowed } as const;
}

export async function rotateKey(
  tx: Tx,
  organizationId: string,
  id: string,
  { digest, formerDigests, sealed, idempotency, ...succession }: NewSuccessor,
  change: Change,
  capabilities: Capabilities,
): Promise<RotateKeyResult> {
  const row = await lockKey(tx, organizationId, id, capabilities);
  if (row === undefined) return { outcome: "not_found" };
  const earlier = await findRepeated(tx, organizationId, idempotency);
  if (earlier !== undefined) return earlier;
  const rotation = rotate(toApiKey(row), succession, change.at);
  if (!rotation.ok) return { outcome: "refused", problem: rotation.problem };
  const { successor, predecessor } = rotation.value;
  if ((await hasAny(tx, formerDigests)) || !(await insertKey(tx, successor, digest, sealed))) return { outcome: "digest_taken" };
  const { expiresAt } = predecessor;
  await tx
    .updateTable("api_keys")
    .set({ successor_id: successor.id, expires_at: expiresAt, updated_at: change.at })
    .where("id", "=", id)
    .execute();
  await remember(tx, successor, change, idempotency);
  const ended = await endEarlier(tx, predecessor, change);
  await trace(tx, change, {
    action: "key.rotated",
    subjectId: id,
    organizationId,
    details: { successorId: successor.id, expiresAt },
    changes: [credentialIssued(successor.publicKey ?? digest), keyChanged(id)],
  });
  for (const [at, subjectId] of ended.entries()) {
    const details = { rotatedId: id };
    await trace(tx, change, { action: "key.ended", subjectId, organizationId, details, changes: [keyChanged(subjectId)] }, at + 1);
  }
  return { outcome: "rotated", key: successor, predecessor, ended };
}

/** Ends all keys that this key has replaced, directly or indirectly: older versions let several of them work. Returns their ids, newest first. */
async function endEarlier(tx: Tx, { predecessorId }: ApiKey, { at }: Change): Promise<string[]> {
  if (predecessorId === null) return [];
  const ended = await tx
    .withRecursive("earlier", (db) =>
      db
        .selectFrom("api_keys")
        .select(["id", "predecessor_id"])
        .where("id", "=", predecessorId)
        .unionAll(
          db
            .selectFrom("earlier")
            .innerJoin("api_keys", "api_keys.id", "earlier.predecessor_id")
            .select(["api_keys.id", "api_keys.predecessor_id"]),
        ),
    )
    .updateTable("api_keys")
    .set({ expires_at: at, updated_at: at })
    .where("id", "in", (db) => db.selectFrom("earlier").select("earlier.id"))
    .where("revoked_at", "is", null)
    .where((is) => is.or([is("expires_at", "is", null), is("expires_at", ">", at)]))
    .returning("id")
    .execute();
  return ended.map(({ id }) => id).sort((a, b) => (a < b ? 1 : -1));
}

export async function claimKey(
  tx: Tx,
  organizationId: string,
  digests: readonly string[],
  keysByPlan: NewKey["keysByPlan"],
  change: Change,
  { rowLocks }: Capabilities,
): Promise<ClaimKeyResult> {
  const organization = await readOrganization(tx, organizationId, rowLocks);
  const query = selectKeys(tx).where("api_keys.digest", "in", digests);
  const row = await (rowLocks ? query.forNoKeyUpdate("api_keys") : query).executeTakeFirst();
  if (organization === undefined || row === undefined) return { outcome: "not_claimable" };
  if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= change.at)) return { outcome: "not_claimable" };
  if (row.organization_id !== null)
    return row.organization_id === organizationId ? { outcome: "already_claimed", key: toApiKey(row) } : { outcome: "not_claimable" };
  const full = await noRoom(tx, organization, keysByPlan, change);
  if (full !== undefined) return full;
  await tx
    .updateTable("api_keys")
    .set({ organization_id: organizationId, updated_at: change.at })
    .where("id", "=", row.id)
    .where("organization_id", "is", null)
    .execute();
  await trace(tx, change, {
    action: "key.claimed",
    subjectId: row.id,
    organizationId,
    changes: [credentialIssued(row.public_key ?? row.digest), keyChanged(row.id)],
  });
  return { outcome: "claimed", key: { ...toApiKey(row), organizationId, updatedAt: change.at } };
}

async function findRepeated(tx: Tx, organizationId: string, idempotency: Idempotency | undefined) {
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

async function remember(tx: Tx, { id, organizationId }: ApiKey, change: Change, idempotency: Idempotency | undefined): Promise<void> {
  if (idempotency === undefined || organizationId === null) return;
  const { key, fingerprint } = idempotency;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("idempotency")
    .values({ organization_id: organizationId, key, fingerprint, key_id: id, at: change.at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  // It was not there a moment ago: a rotation of another key has taken it meanwhile. The repetition will find it.
  if (numInsertedOrUpdatedRows === 0n) throw new Repeatable("another request has used this idempotency key");
}
