/** Signing in on a device without a browser, in SQL. */
import type { Kysely, Transaction } from "kysely";
import type { DeviceLoginStore } from "../contract.ts";
import type { Database } from "./schema.ts";
import { transact } from "./transaction.ts";

export function sqlDeviceLoginStore(db: Kysely<Database>): DeviceLoginStore {
  return {
    beginDeviceLogin: ({ userCodeDigest, deviceCodeDigest, client, address, createdAt, expiresAt }) =>
      transact(db, undefined, async (tx) => {
        await tx
          .insertInto("device_logins")
          .values({
            device_code_digest: deviceCodeDigest,
            user_code_digest: userCodeDigest,
            client,
            address,
            created_at: createdAt,
            expires_at: expiresAt,
            user_id: null,
          })
          .execute();
      }),

    findDeviceLogin: (userCodeDigests, now) =>
      db
        .selectFrom("device_logins")
        .select(["client", "address", "created_at as createdAt", "expires_at as expiresAt"])
        .where("user_code_digest", "in", userCodeDigests)
        .where("user_id", "is", null)
        .where("expires_at", ">", now)
        .executeTakeFirst(),

    settleDeviceLogin: (userCodeDigests, userId, now) =>
      transact(db, undefined, async (tx) => {
        const changed = userId === null ? refuse(tx, userCodeDigests, now) : letIn(tx, userCodeDigests, userId, now);
        return { outcome: (await changed) > 0n ? "settled" : "not_found" };
      }),

    takeDeviceLogin: (deviceCodeDigests, session, now) =>
      transact(db, undefined, async (tx) => {
        const login = await tx
          .selectFrom("device_logins")
          .select(["device_code_digest", "client", "address", "user_id"])
          .where("device_code_digest", "in", deviceCodeDigests)
          .where("expires_at", ">", now)
          .executeTakeFirst();
        if (login === undefined) return { outcome: "not_found" };
        if (login.user_id === null) return { outcome: "waiting" };
        const { numDeletedRows } = await tx
          .deleteFrom("device_logins")
          .where("device_code_digest", "=", login.device_code_digest)
          .executeTakeFirst();
        // Another one was faster.
        if (numDeletedRows === 0n) return { outcome: "not_found" };
        const createdAt = new Date(session.createdAt).toISOString();
        await tx
          .insertInto("sessions")
          .values({
            id: session.id,
            token: session.tokenDigest,
            user_id: login.user_id,
            expires_at: new Date(session.expiresAt).toISOString(),
            ip_address: login.address,
            user_agent: login.client,
            created_at: createdAt,
            updated_at: createdAt,
          })
          .execute();
        return { outcome: "taken", userId: login.user_id };
      }),
  };
}

async function letIn(tx: Transaction<Database>, userCodeDigests: readonly string[], userId: string, now: number): Promise<bigint> {
  const { numUpdatedRows } = await tx
    .updateTable("device_logins")
    .set({ user_id: userId })
    .where("user_code_digest", "in", userCodeDigests)
    .where("user_id", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return numUpdatedRows;
}

async function refuse(tx: Transaction<Database>, userCodeDigests: readonly string[], now: number): Promise<bigint> {
  const { numDeletedRows } = await tx
    .deleteFrom("device_logins")
    .where("user_code_digest", "in", userCodeDigests)
    .where("user_id", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return numDeletedRows;
}
