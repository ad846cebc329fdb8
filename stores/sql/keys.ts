/** The store's methods for keys, in SQL. */
import type { Kysely } from "kysely";
import { refusedChange, withChanges } from "../../engine/key-changes.ts";
import { keyChanged } from "../../engine/state-change.ts";
import type { KeyStore } from "../contract.ts";
import { trace } from "./changes.ts";
import { claimKey, createKey, rotateKey } from "./key-creation.ts";
import { countListed, listKeys } from "./key-lists.ts";
import { countActive, lockForActor, lockKey, presentedFinder, selectKeys, writeDomains } from "./key-queries.ts";
import { changedColumns, toApiKey } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";

export function sqlKeyStore(db: Kysely<Database>, capabilities: Capabilities): KeyStore {
  const findPresented = presentedFinder(capabilities);
  return {
    createKey: (created, change) => transact(db, change, (tx) => createKey(tx, created, change, capabilities)),

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

    findKeyByDigest: (digests, organizationId) => findPresented(db, "digest", [digests].flat(), organizationId),

    findKeyByPublicKey: (publicKey, organizationId) => findPresented(db, "public_key", [publicKey], organizationId),

    listKeys: (organizationId, page) => listKeys(db, organizationId, page, capabilities),

    countKeys: (organizationId, activeAt) => countActive(db, organizationId, activeAt),

    countListed: (organizationId, filter) => countListed(db, organizationId, filter, capabilities),

    async isDomainAllowed(domains, now) {
      if (domains.length === 0) return false;
      const row = await db
        .selectFrom("key_domains")
        .innerJoin("api_keys", "api_keys.id", "key_domains.key_id")
        .select("api_keys.id")
        .where("key_domains.domain", "in", domains)
        .where("revoked_at", "is", null)
        .where("enabled", "=", true)
        .where((is) => is.or([is("expires_at", "is", null), is("expires_at", ">", now)]))
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    updateKey: (organizationId, id, changes, change) =>
      transact(db, change, async (tx) => {
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
        if (changes.domains !== undefined) await writeDomains(tx, id, changes.domains);
        await trace(tx, change, { action: "key.updated", subjectId: id, organizationId, details: changes, changes: [keyChanged(id)] });
        return { outcome: "updated", key: withChanges(key, changes, change.at) };
      }),

    revokeKey: (organizationId, id, change) =>
      transact(db, change, async (tx) => {
        const { row, isActorActive } = await lockForActor(tx, organizationId, id, change, capabilities);
        if (!isActorActive) return { outcome: "actor_not_active" };
        if (row === undefined) return { outcome: "not_found" };
        if (row.revoked_at !== null) return { outcome: "already_revoked", key: toApiKey(row) };
        await tx
          .updateTable("api_keys")
          .set({ revoked_at: change.at, updated_at: change.at })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .execute();
        await trace(tx, change, { action: "key.revoked", subjectId: id, organizationId, changes: [keyChanged(id)] });
        return { outcome: "revoked", key: { ...toApiKey(row), revokedAt: change.at, updatedAt: change.at } };
      }),

    claimKey: (organizationId, digests, keysByPlan, change) =>
      transact(db, change, (tx) => claimKey(tx, organizationId, [digests].flat(), keysByPlan, change, capabilities)),

    showSealedKey: (organizationId, id, change) =>
      transact(db, change, async (tx) => {
        const row = await lockKey(tx, organizationId, id, capabilities);
        if (row === undefined || row.sealed === null || row.revoked_at !== null) return { outcome: "not_found" };
        await trace(tx, change, { action: "key.shown", subjectId: id, organizationId, changes: [] });
        return { outcome: "shown", sealed: row.sealed };
      }),

    rotateKey: (organizationId, id, successor, change) =>
      transact(db, change, (tx) => rotateKey(tx, organizationId, id, successor, change, capabilities)),
  };
}
