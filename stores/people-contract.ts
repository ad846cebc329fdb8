/** The part of the store contract that concerns people: sessions, memberships and invitations. Import it from `contract.ts`. */
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

/** A new person with the account that they sign in with. */
export interface Newcomer extends Person {
  readonly emailVerified: boolean;
  readonly account: {
    readonly id: string;
    /** The provider, such as `github`; `credential` for a password. */
    readonly providerId: string;
    /** The person's id at the provider; for a password, our own id of the person. */
    readonly accountId: string;
    readonly passwordHash: string | null;
  };
}

export type AddPersonResult =
  | { readonly outcome: "added" }
  /** A person with this account exists already. */
  | { readonly outcome: "known" }
  | { readonly outcome: "email_taken" }
  /** The invitation was used or withdrawn, or has expired. */
  | { readonly outcome: "invitation_gone" };

/** A person's session that is in force. */
export interface Session {
  readonly id: string;
  readonly user: Person;
  readonly expiresAt: number;
}

/** A session in the list that its owner sees. */
export interface ListedSession {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Address and browser of the request that began the session, if known. */
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
  /** A note on whom it is for, written by the inviter. Anybody who has the link may use it. */
  readonly note: string | null;
  /** Null if the operator or a person who signed in at the platform itself made it. */
  readonly inviterId: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who changes a membership: a user, whose role is read inside the transaction, or somebody who has no account here and only a role. */
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
  /** The organization has no such invitation, or it was accepted already. */
  | { readonly outcome: "not_found" };

export type TakeOperatorCodeResult =
  | { readonly outcome: "taken" }
  /** It is not the latest code, was taken before, or has expired. */
  | { readonly outcome: "not_found" };

export type EndSessionResult = { readonly outcome: "ended" } | { readonly outcome: "not_found" };

export type EnsureOrganizationResult =
  | { readonly outcome: "created" }
  /** The person belongs to an organization or came to one by an invitation; nothing was changed. */
  | { readonly outcome: "not_needed" };

/**
 * People, their sessions and their memberships. The sign-in library writes sessions; these methods are what Keyward needs of them for every
 * management request. The role of a user who makes a change (`by`) is read inside the transaction, so that somebody who was removed a moment
 * ago cannot change anything. Times are milliseconds since the epoch.
 * @example
 * const result = await store.changeMember("org_1", "usr_2", null, { userId: "usr_1" }, { auditId, actor: "usr_1", at: now });
 * if (result.outcome === "refused") console.log(result.problem.detail);
 */
export interface PeopleStore {
  /** Whether there is any user. */
  hasUsers(): Promise<boolean>;
  /** Adds this person, unless the id exists already. */
  ensureUser(person: Person, at: number): Promise<void>;
  /**
   * Adds a person with their account and, if they were invited, their membership, in one transaction. An invitation can be used once: if
   * several people use it at the same time, one of them is added.
   */
  addPerson(newcomer: Newcomer, invitationDigest: string | undefined, change: Change): Promise<AddPersonResult>;
  /** The session with this id or token, if it has neither ended nor expired at `now`. */
  findSession(by: { readonly id: string } | { readonly token: string }, now: number): Promise<Session | undefined>;
  /** The sessions of one person that have not expired at `now`, newest first. */
  listSessions(userId: string, now: number): Promise<readonly ListedSession[]>;
  /** Ends a session. With `userId`, only if it belongs to that person. */
  endSession(id: string, userId?: string): Promise<EndSessionResult>;
  /** Ends all sessions of a person. */
  endSessionsOf(userId: string): Promise<void>;
  /** Lets the token with this digest act as the operator, in every process, until it expires. Repeated, it moves the expiry. */
  offerOperatorToken(digest: string, expiresAt: number): Promise<void>;
  /** Ends a token of the operator. */
  withdrawOperatorToken(digest: string): Promise<void>;
  /** Whether this is the digest of a token of the operator that has not expired at `now`. */
  isOperatorToken(digest: string, now: number): Promise<boolean>;
  /** Makes this digest that of the only code that signs the operator in. An earlier code is gone. */
  offerOperatorCode(digest: string, expiresAt: number): Promise<void>;
  /** Uses up the code with this digest, if it has not expired at `now`. Of several calls at once, one takes it. */
  takeOperatorCode(digest: string, now: number): Promise<TakeOperatorCodeResult>;
  /** The current role of a person in an organization; undefined if they are not a member. */
  roleOf(organizationId: string, userId: string): Promise<Role | undefined>;
  /** The organizations that a person belongs to, oldest membership first. */
  organizationsOf(userId: string): Promise<readonly { readonly id: string; readonly name: string; readonly role: Role }[]>;
  /** Adds an organization with this person as its owner, unless they belong to one already or have ever accepted an invitation to one. */
  ensureOrganization(userId: string, organization: Organization, change: Change): Promise<EnsureOrganizationResult>;
  /** The members of an organization, oldest membership first. */
  listMembers(organizationId: string): Promise<readonly Member[]>;
  /**
   * Changes the role of a member; null removes the member. `refusedMembershipChange` of the engine may refuse. Invitations are withdrawn if
   * their inviter may no longer invite people.
   */
  changeMember(organizationId: string, userId: string, role: Role | null, by: MembershipActor, change: Change): Promise<MembershipResult>;
  /** Adds an invitation. `digest` is what its link is found by. */
  createInvitation(invitation: Invitation, digest: string, by: MembershipActor, change: Change): Promise<InviteResult>;
  /** The invitations that can be accepted at `now`, newest first. */
  listInvitations(organizationId: string, now: number): Promise<readonly Invitation[]>;
  /** The invitation with this digest, if it can be accepted at `now`. */
  findInvitationByDigest(digest: string, now: number): Promise<(Invitation & { readonly organizationName: string }) | undefined>;
  /** Withdraws an invitation. */
  revokeInvitation(organizationId: string, id: string, change: Change): Promise<RevokeInvitationResult>;
  /** Makes the person a member; each invitation works once. If the same person repeats it, resolves to the existing membership. */
  acceptInvitation(digest: string, userId: string, change: Change): Promise<AcceptResult>;
}
