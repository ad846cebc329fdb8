/** The store's methods for people, their sessions and memberships, in SQL. */
import type { Kysely, Transaction } from "kysely";
import type { PeopleStore } from "../contract.ts";
import { trace } from "./changes.ts";
import { acceptInvitation, changeMember, createInvitation, readMembers, readRole, wasInvited } from "./memberships.ts";
import { insertOrganization, traceCreation } from "./organizations.ts";
import { addPerson } from "./person-creation.ts";
import { toTime } from "./rows.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";

const HALF_MADE_MS = 600_000;
const INVITATION = [
  "invitations.id",
  "organization_id as organizationId",
  "role",
  "note",
  "inviter_id as inviterId",
  "invitations.created_at as createdAt",
  "expires_at as expiresAt",
] as const;

export function sqlPeopleStore(db: Kysely<Database>, capabilities: Capabilities): PeopleStore {
  return {
    async hasUsers() {
      return (await db.selectFrom("users").select("id").limit(1).executeTakeFirst()) !== undefined;
    },

    async ensureUser({ id, name, email, image }, at) {
      const time = new Date(at).toISOString();
      await db
        .insertInto("users")
        .values({ id, name, email, image, email_verified: false, created_at: time, updated_at: time })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
    },

    addPerson: (newcomer, invitationDigest, change) => addPerson(db, newcomer, invitationDigest, change),

    async findSession(by, now) {
      const row = await db
        .selectFrom("sessions")
        .innerJoin("users", "users.id", "sessions.user_id")
        .select(["sessions.id", "sessions.expires_at", "users.id as user_id", "users.name", "users.email", "users.image"])
        .where((is) => ("id" in by ? is("sessions.id", "=", by.id) : is("sessions.token", "=", by.token)))
        .where("sessions.expires_at", ">", new Date(now).toISOString())
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { id, expires_at, user_id, name, email, image } = row;
      return { id, user: { id: user_id, name, email, image }, expiresAt: toTime(expires_at) };
    },

    async listSessions(userId, now) {
      const rows = await db
        .selectFrom("sessions")
        .select(["id", "created_at", "expires_at", "ip_address", "user_agent"])
        .where("user_id", "=", userId)
        .where("expires_at", ">", new Date(now).toISOString())
        .orderBy("created_at", "desc")
        .orderBy("id")
        .execute();
      return rows.map(({ id, created_at, expires_at, ip_address, user_agent }) => ({
        id,
        createdAt: toTime(created_at),
        expiresAt: toTime(expires_at),
        ipAddress: ip_address === "" ? null : ip_address,
        userAgent: user_agent === "" ? null : user_agent,
      }));
    },

    endSession: (id, userId) =>
      transact(db, undefined, async (tx) => {
        const query = tx.deleteFrom("sessions").where("id", "=", id);
        const { numDeletedRows } = await (userId === undefined ? query : query.where("user_id", "=", userId)).executeTakeFirst();
        return { outcome: numDeletedRows > 0n ? "ended" : "not_found" };
      }),

    async endSessionsOf(userId) {
      await db.deleteFrom("sessions").where("user_id", "=", userId).execute();
    },

    async offerOperatorToken(digest, expiresAt) {
      await db
        .insertInto("operator_tokens")
        .values({ digest, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column("digest").doUpdateSet({ expires_at: expiresAt }))
        .execute();
    },

    async withdrawOperatorToken(digest) {
      await db.deleteFrom("operator_tokens").where("digest", "=", digest).execute();
    },

    async isOperatorToken(digest, now) {
      const row = await db
        .selectFrom("operator_tokens")
        .select("digest")
        .where("digest", "=", digest)
        .where("expires_at", ">", now)
        .executeTakeFirst();
      return row !== undefined;
    },

    offerOperatorCode: (digest, expiresAt) =>
      transact(db, undefined, async (tx) => {
        await tx
          .insertInto("operator_code")
          .values({ only: 1, digest, expires_at: expiresAt })
          .onConflict((conflict) => conflict.column("only").doUpdateSet({ digest, expires_at: expiresAt }))
          .execute();
      }),

    takeOperatorCode: (digest, now) =>
      transact(db, undefined, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom("operator_code")
          .where("digest", "=", digest)
          .where("expires_at", ">", now)
          .executeTakeFirst();
        return { outcome: numDeletedRows > 0n ? "taken" : "not_found" };
      }),

    roleOf: (organizationId, userId) => readRole(db, organizationId, userId),

    organizationsOf: (userId) =>
      db
        .selectFrom("members")
        .innerJoin("organizations", "organizations.id", "members.organization_id")
        .select(["organizations.id", "organizations.name", "members.role"])
        .where("user_id", "=", userId)
        .orderBy("members.created_at")
        .orderBy("organizations.id")
        .execute(),

    ensureOrganization: (userId, organization, change) =>
      transact(db, change, async (tx) => {
        // The lock on the person's row lets two sign-ins at once run one after the other.
        const person = tx.selectFrom("users").select("id").where("id", "=", userId);
        await (capabilities.rowLocks ? person.forUpdate() : person).executeTakeFirstOrThrow();
        const member = await tx.selectFrom("members").select("role").where("user_id", "=", userId).limit(1).executeTakeFirst();
        if (member !== undefined || (await wasInvited(tx, userId))) return { outcome: "not_needed" };
        await insertOrganization(tx, organization);
        await tx
          .insertInto("members")
          .values({ organization_id: organization.id, user_id: userId, role: "owner", created_at: change.at })
          .execute();
        await traceCreation(tx, organization, change);
        return { outcome: "created" };
      }),

    listMembers: (organizationId) => readMembers(db, organizationId),

    changeMember: (organizationId, userId, role, by, change) =>
      transact(db, change, (tx) => changeMember(tx, { organizationId, userId, role, by }, change, capabilities)),

    createInvitation: (invitation, digest, by, change) =>
      transact(db, change, (tx) => createInvitation(tx, { invitation, digest, by }, change, capabilities)),

    listInvitations: (organizationId, now) =>
      db
        .selectFrom("invitations")
        .select(INVITATION)
        .where("organization_id", "=", organizationId)
        .where("accepted_by", "is", null)
        .where("expires_at", ">", now)
        .orderBy("id", "desc")
        .execute(),

    findInvitationByDigest: (digest, now) =>
      db
        .selectFrom("invitations")
        .innerJoin("organizations", "organizations.id", "invitations.organization_id")
        .select([...INVITATION, "organizations.name as organizationName"])
        .where("digest", "=", digest)
        .where("accepted_by", "is", null)
        .where("expires_at", ">", now)
        .executeTakeFirst(),

    revokeInvitation: (organizationId, id, change) =>
      transact(db, change, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom("invitations")
          .where("organization_id", "=", organizationId)
          .where("id", "=", id)
          .where("accepted_by", "is", null)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return { outcome: "not_found" };
        await trace(tx, change, { action: "invitation.revoked", subjectId: id, organizationId, changes: [] });
        return { outcome: "revoked" };
      }),

    acceptInvitation: (digest, userId, change) => transact(db, change, (tx) => acceptInvitation(tx, digest, userId, change)),
  };
}

/**
 * Deletes expired sessions and unfinished sign-ins. Also users without an account, who would block their e-mail address: older versions
 * could leave them behind in a crash, because they added user and account in two statements.
 */
export async function prunePeople(tx: Transaction<Database>, now: number): Promise<void> {
  const time = new Date(now).toISOString();
  await tx.deleteFrom("sessions").where("expires_at", "<", time).execute();
  await tx.deleteFrom("verifications").where("expires_at", "<", time).execute();
  await tx.deleteFrom("operator_tokens").where("expires_at", "<", now).execute();
  await tx.deleteFrom("device_logins").where("expires_at", "<", now).execute();
  await tx
    .deleteFrom("users")
    .where("created_at", "<", new Date(now - HALF_MADE_MS).toISOString())
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("accounts").select("accounts.id").whereRef("accounts.user_id", "=", "users.id"))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("sessions").select("sessions.id").whereRef("sessions.user_id", "=", "users.id"))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("members").select("members.role").whereRef("members.user_id", "=", "users.id"))),
    )
    .where("email", "not like", "%.invalid")
    .execute();
}
