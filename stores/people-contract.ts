/** What Keyward asks of a database about people: sessions, memberships and invitations. Part of `contract.ts`, which is what others import. */
import type { Problem } from "../engine/errors.ts";
import type { Role } from "../engine/roles.ts";
import type { Change } from "./change.ts";
import type { Organization } from "./organization.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly image: string | null;
}

/** Somebody who is not known yet, and the one way in which they sign in. */
export interface Newcomer extends Person {
  readonly emailVerified: boolean;
  readonly account: {
    readonly id: string;
    /** A provider's id, or `credential` for a password. */
    readonly providerId: string;
    /** The provider's own id of the person; for a password, the person's id. */
    readonly accountId: string;
    readonly passwordHash: string | null;
  };
}

export type AddPersonResult =
  | { readonly outcome: "added" }
  /** Somebody has this account already. */
  | { readonly outcome: "known" }
  | { readonly outcome: "email_taken" }
  /** It was used, withdrawn, or has expired. */
  | { readonly outcome: "invitation_gone" };

/** A person's session that is in force. */
export interface Session {
  readonly id: string;
  readonly user: Person;
  readonly expiresAt: number;
}

/** A session as its owner sees it in a list. */
export interface ListedSession {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** From where it was begun, and with what, as far as the request said. */
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export interface Member {
  readonly user: Person;
  readonly role: Role;
  readonly createdAt: number;
}

export interface Invitation {
  readonly id: string;
  readonly organizationId: string;
  readonly role: Role;
  /** For whom it is meant, as its maker wrote it. Whoever has the link may use it. */
  readonly note: string | null;
  /** Null for the operator, and for somebody whom the platform's own identity signed in. */
  readonly inviterId: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who changes a membership: a user, whose role is looked up inside the transaction, or somebody known by a role alone. */
export type MembershipActor = { readonly userId: string } | { readonly role: Role | "operator" };

export type MembershipResult =
  | { readonly outcome: "changed"; readonly member: Member }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "refused"; readonly problem: Problem };

export type InviteResult =
  | { readonly outcome: "created" }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "refused"; readonly problem: Problem };

export type AcceptResult =
  | { readonly outcome: "accepted"; readonly organizationId: string; readonly role: Role }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "already_member" };

export type RevokeInvitationResult =
  | { readonly outcome: "revoked" }
  /** The organization has no such invitation, or it was accepted. */
  | { readonly outcome: "not_found" };

export type EndSessionResult = { readonly outcome: "ended" } | { readonly outcome: "not_found" };

export type EnsureOrganizationResult =
  | { readonly outcome: "created" }
  /** The person belongs to an organization, or has been invited to one; nothing was changed. */
  | { readonly outcome: "not_needed" };

/**
 * People, their sessions and where they belong. Sessions are written by the library that signs people in; here stands what Keyward asks
 * of them on every management call. A user who makes a change (`by`) is looked up again inside the transaction:
 * somebody who was removed a moment ago changes nothing.
 */
export interface PeopleStore {
  /** Whether anybody has ever signed in. */
  hasUsers(): Promise<boolean>;
  /** Adds this person, unless the id is there already. */
  ensureUser(person: Person, at: number): Promise<void>;
  /**
   * Adds a person with their account and, by an invitation, their membership, which uses the invitation up: all of it, or nothing. Of
   * several who come by one invitation, one is added.
   */
  addPerson(newcomer: Newcomer, invitationDigest: string | undefined, change: Change): Promise<AddPersonResult>;
  /** The session with this id or token, if it has neither been ended nor run out at `now`. */
  findSession(by: { readonly id: string } | { readonly token: string }, now: number): Promise<Session | undefined>;
  /** Those of one person that are in force at `now`, newest first. */
  listSessions(userId: string, now: number): Promise<readonly ListedSession[]>;
  /** With `userId`, only a session of that person. */
  endSession(id: string, userId?: string): Promise<EndSessionResult>;
  endSessionsOf(userId: string): Promise<void>;
  roleOf(organizationId: string, userId: string): Promise<Role | undefined>;
  /** Oldest membership first. */
  organizationsOf(userId: string): Promise<readonly { readonly id: string; readonly name: string; readonly role: Role }[]>;
  /** Adds the organization with this person as its owner, unless the person belongs to one already or has ever been invited to one. */
  ensureOrganization(userId: string, organization: Organization, change: Change): Promise<EnsureOrganizationResult>;
  /** Oldest membership first. */
  listMembers(organizationId: string): Promise<readonly Member[]>;
  /** A role, or null to remove; `refusedMembershipChange` may refuse. Invitations of somebody who may invite no longer are withdrawn. */
  changeMember(organizationId: string, userId: string, role: Role | null, by: MembershipActor, change: Change): Promise<MembershipResult>;
  createInvitation(invitation: Invitation, digest: string, by: MembershipActor, change: Change): Promise<InviteResult>;
  /** Those that can be accepted at `now`, newest first. */
  listInvitations(organizationId: string, now: number): Promise<readonly Invitation[]>;
  findInvitationByDigest(digest: string, now: number): Promise<(Invitation & { readonly organizationName: string }) | undefined>;
  revokeInvitation(organizationId: string, id: string, change: Change): Promise<RevokeInvitationResult>;
  /** Makes the person a member, once for each invitation. Repeated by the same person, it answers the membership that there is. */
  acceptInvitation(digest: string, userId: string, change: Change): Promise<AcceptResult>;
}
