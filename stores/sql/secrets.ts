/** The change of the master secret, in SQL. */
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { DigestMove, SecretStore } from "../contract.ts";
import type { Database } from "./schema.ts";
import { transact } from "./transaction.ts";

const TABLES = { key: "api_keys", service_token: "service_tokens" } as const satisfies Record<DigestMove["kind"], keyof Database>;

export function sqlSecretStore(db: Kysely<Database>): SecretStore {
  return {
    resettle: (name, from, to) =>
      transact(db, undefined, async (tx) => {
        await tx.updateTable("facts").set({ value: to }).where("name", "=", name).where("value", "=", from).execute();
        return (await tx.selectFrom("facts").select("value").where("name", "=", name).executeTakeFirstOrThrow()).value;
      }),

    moveDigests: (secretId, moves) =>
      transact(db, undefined, async (tx) => {
        const fact = await tx.selectFrom("facts").select("value").where("name", "=", "secret").executeTakeFirst();
        if (fact?.value.startsWith(`${secretId}:`) !== true) return;
        // In order, so that two nodes that move the same keys do not wait for each other.
        for (const { kind, from, to } of [...moves].sort((a, b) => (a.from < b.from ? -1 : 1))) {
          const table = sql.table(TABLES[kind]);
          await sql`update ${table} set digest = ${to}
            where digest = ${from} and not exists (select 1 from ${table} as taken where taken.digest = ${to})`.execute(tx);
        }
      }),

    listSealed: (secretId, after, limit) =>
      db
        .selectFrom("api_keys")
        .select(["id", "sealed"])
        .where("sealed", "is not", null)
        .where("sealed", "not like", `${secretId}:%`)
        .where("revoked_at", "is", null)
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .$narrowType<{ sealed: string }>()
        .execute(),

    reseal: (resealings) =>
      transact(db, undefined, async (tx) => {
        for (const { id, from, to } of [...resealings].sort((a, b) => (a.id < b.id ? -1 : 1)))
          await tx.updateTable("api_keys").set({ sealed: to }).where("id", "=", id).where("sealed", "=", from).execute();
      }),

    async countUnder(secretId, now) {
      const under = `${secretId}:%`;
      const [keys, serviceTokens, invitations, sealedKeys] = await Promise.all([
        db
          .selectFrom("api_keys")
          .select(count)
          .where("digest", "like", under)
          .where("revoked_at", "is", null)
          .where(notExpired(now))
          .execute(),
        db.selectFrom("service_tokens").select(count).where("digest", "like", under).where("revoked_at", "is", null).execute(),
        db
          .selectFrom("invitations")
          .select(count)
          .where("digest", "like", under)
          .where("accepted_by", "is", null)
          .where("expires_at", ">", now)
          .execute(),
        db.selectFrom("api_keys").select(count).where("sealed", "like", under).where("revoked_at", "is", null).execute(),
      ]);
      const of = (rows: readonly { n: number }[]) => rows[0]?.n ?? 0;
      return { keys: of(keys), serviceTokens: of(serviceTokens), invitations: of(invitations), sealedKeys: of(sealedKeys) };
    },

    listUnder: (secretId, now, limit) =>
      db
        .selectFrom("api_keys")
        .leftJoin("last_uses", "last_uses.key_id", "api_keys.id")
        .select(["api_keys.id", "organization_id as organizationId", "name", "last_uses.at as lastUsedAt"])
        .where("digest", "like", `${secretId}:%`)
        .where("revoked_at", "is", null)
        .where(notExpired(now))
        .orderBy("api_keys.id")
        .limit(limit)
        .execute(),
  };
}

const count = sql<number>`cast(count(*) as bigint)`.as("n");

const notExpired = (now: number) => (is: ExpressionBuilder<Database, "api_keys">) =>
  is.or([is("expires_at", "is", null), is("expires_at", ">", now)]);
