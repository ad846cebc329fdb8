/** Memberships and invitations in SQL. Each change runs inside the caller's transaction. */
import type { Kysely, Transaction } from "kysely";
import { may, type Role, refusedMembershipChange } from "../../engine/roles.ts";
import type { AcceptResult, Change, Invitation, InviteResult, Member, MembershipActor, MembershipResult } from "../contract.ts";
import { trace } from "./changes.ts";
import { readOrganization } from "./organizations.ts";
import type { Capabilities, Database } from "./schema.ts";

type Reader = Kysely<Database> | Transaction<Database>;

export async function readRole(db: Reader, organizationId: string, userId: string): Promise<Role | undefined> {
  const row = await db
    .selectFrom("members")
    .select("role")
    .where("organization_id", "=", organizationId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row?.role;
}

export async function readMembers(db: Reader, organizationId: string): Promise<Member[]> {
  const rows = await db
    .selectFrom("members")
    .innerJoin("users", "users.id", "members.user_id")
    .select(["users.id", "users.name", "users.email", "users.image", "members.role", "members.created_at"])
    .where("organization_id", "=", organizationId)
    .orderBy("members.created_at")
    .orderBy("users.id")
    .execute();
  return rows.map(({ role, created_at, ...user }) => ({ user, role, createdAt: created_at }));
}

interface AskedChange {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role | null;
  readonly by: MembershipActor;
}

export async function changeMember(
  tx: Transaction<Database>,
  { organizationId, userId, role, by }: AskedChange,
  change: Change,
  capabilities: Capabilities,
): Promise<MembershipResult> {
  // The lock on the organization's row lets changes run one after another: the last two owners cannot both leave.
  await readOrganization(tx, organizationId, capabilities.rowLocks);
  const members = await readMembers(tx, organizationId);
  const member = members.find(({ user }) => user.id === userId);
  if (member === undefined) return { outcome: "not_found" };
  const problem = refusedMembershipChange({
    by: "role" in by ? by.role : members.find(({ user }) => user.id === by.userId)?.role,
    from: member.role,
    to: role,
    owners: members.filter(({ role: held }) => held === "owner").length,
    isOwn: "userId" in by && by.userId === userId,
  });
  if (problem !== undefined) return { outcome: "refused", problem };
  const membership = { organization_id: organizationId, user_id: userId };
  if (role === null)
    await tx
      .deleteFrom("members")
      .where((is) => is.and(membership))
      .execute();
  else
    await tx
      .updateTable("members")
      .set({ role })
      .where((is) => is.and(membership))
      .execute();
  if (role === null || !may(role, "members"))
    await tx
      .deleteFrom("invitations")
      .where((is) => is.and({ organization_id: organizationId, inviter_id: userId }))
      .where("accepted_by", "is", null)
      .execute();
  // Somebody who is no longer an owner must not make new owners by an invitation either.
  if (role !== "owner")
    await tx
      .deleteFrom("invitations")
      .where((is) => is.and({ organization_id: organizationId, inviter_id: userId, role: "owner" }))
      .where("accepted_by", "is", null)
      .execute();
  const action = role === null ? "member.removed" : "member.updated";
  await trace(tx, change, { action, subjectId: userId, organizationId, details: { from: member.role, to: role }, changes: [] });
  return { outcome: "changed", member: role === null ? member : { ...member, role } };
}

export async function createInvitation(
  tx: Transaction<Database>,
  { invitation, digest, by }: { readonly invitation: Invitation; readonly digest: string; readonly by: MembershipActor },
  change: Change,
  capabilities: Capabilities,
): Promise<InviteResult> {
  const { id, organizationId, role, note, inviterId, createdAt, expiresAt } = invitation;
  if ((await readOrganization(tx, organizationId, capabilities.rowLocks)) === undefined) return { outcome: "not_found" };
  const inviter = "role" in by ? by.role : await readRole(tx, organizationId, by.userId);
  const problem = refusedMembershipChange({ by: inviter, from: null, to: role, owners: 1 });
  if (problem !== undefined) return { outcome: "refused", problem };
  await tx
    .insertInto("invitations")
    .values({
      id,
      organization_id: organizationId,
      role,
      note,
      digest,
      inviter_id: inviterId,
      created_at: createdAt,
      expires_at: expiresAt,
      accepted_by: null,
    })
    .execute();
  await trace(tx, change, { action: "invitation.created", subjectId: id, organizationId, details: { role, note }, changes: [] });
  return { outcome: "created" };
}

export async function acceptInvitation(tx: Transaction<Database>, digest: string, userId: string, change: Change): Promise<AcceptResult> {
  // Updated before anything is read: if several people accept at once, one of them gets the row.
  const taken = await tx
    .updateTable("invitations")
    .set({ accepted_by: userId })
    .where("digest", "=", digest)
    .where("accepted_by", "is", null)
    .where("expires_at", ">", change.at)
    .returning(["id", "organization_id", "role"])
    .executeTakeFirst();
  if (taken === undefined) return acceptedBefore(tx, digest, userId);
  const { id, organization_id: organizationId, role } = taken;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("members")
    .values({ organization_id: organizationId, user_id: userId, role, created_at: change.at })
    .onConflict((conflict) => conflict.columns(["organization_id", "user_id"]).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) {
    await tx.updateTable("invitations").set({ accepted_by: null }).where("id", "=", id).execute();
    return { outcome: "already_member" };
  }
  await trace(tx, change, {
    action: "member.joined",
    subjectId: userId,
    organizationId,
    details: { role, invitationId: id },
    changes: [],
  });
  return { outcome: "accepted", organizationId, role };
}

/** The result when the same person accepts again, for example because the first response was lost. Nobody who was removed since comes back. */
async function acceptedBefore(tx: Transaction<Database>, digest: string, userId: string): Promise<AcceptResult> {
  const membership = await tx
    .selectFrom("invitations")
    .innerJoin("members", (join) =>
      join.onRef("members.organization_id", "=", "invitations.organization_id").onRef("members.user_id", "=", "invitations.accepted_by"),
    )
    .select(["members.organization_id as organizationId", "members.role"])
    .where("digest", "=", digest)
    .where("accepted_by", "=", userId)
    .executeTakeFirst();
  return membership === undefined ? { outcome: "not_found" } : { outcome: "accepted", ...membership };
}

/** Whether this person has ever accepted an invitation. */
export async function wasInvited(tx: Transaction<Database>, userId: string): Promise<boolean> {
  return (await tx.selectFrom("invitations").select("id").where("accepted_by", "=", userId).limit(1).executeTakeFirst()) !== undefined;
}
