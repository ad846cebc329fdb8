/** Service tokens in SQL. */
import type { Kysely } from "kysely";
import { credentialIssued, serviceTokenRevoked } from "../../engine/state-change.ts";
import type { RevokeServiceTokenResult, ServiceTokenStore } from "../contract.ts";
import { trace } from "./changes.ts";
import type { Database } from "./schema.ts";
import { transact } from "./transaction.ts";

const COLUMNS = ["id", "name", "created_at as createdAt", "revoked_at as revokedAt"] as const;

export function sqlServiceTokenStore(db: Kysely<Database>): ServiceTokenStore {
  return {
    createServiceToken: ({ id, name, createdAt, revokedAt }, digest, change) =>
      transact(db, change, async (tx) => {
        await tx.insertInto("service_tokens").values({ id, name, digest, created_at: createdAt, revoked_at: revokedAt }).execute();
        await trace(tx, change, {
          action: "service_token.created",
          subjectId: id,
          organizationId: null,
          details: { name },
          changes: [credentialIssued(digest)],
        });
      }),

    findServiceTokenByDigest: (digests) =>
      db.selectFrom("service_tokens").select(COLUMNS).where("digest", "in", [digests].flat()).executeTakeFirst(),

    listServiceTokens: () => db.selectFrom("service_tokens").select(COLUMNS).orderBy("id").execute(),

    revokeServiceToken: (id, change) =>
      transact(db, change, async (tx): Promise<RevokeServiceTokenResult> => {
        // Updated before anything is read: if several revoke it at once, one of them gets the row.
        const revoked = await tx
          .updateTable("service_tokens")
          .set({ revoked_at: change.at })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .returning(COLUMNS)
          .executeTakeFirst();
        if (revoked === undefined) {
          const token = await tx.selectFrom("service_tokens").select(COLUMNS).where("id", "=", id).executeTakeFirst();
          return token === undefined ? { outcome: "not_found" } : { outcome: "already_revoked", token };
        }
        await trace(tx, change, {
          action: "service_token.revoked",
          subjectId: id,
          organizationId: null,
          changes: [serviceTokenRevoked(id)],
        });
        return { outcome: "revoked", token: revoked };
      }),
  };
}
