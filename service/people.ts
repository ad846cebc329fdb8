/** The operations on people: their sessions, the organizations they belong to, and invitations. */
import { parseEmail } from "../engine/email.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { type IdFormat, type NewId, parseId } from "../engine/id.ts";
import { BASE62, generateKey, type KeyFormat, parseKey, type RandomBytes } from "../engine/key-format.ts";
import { parseName } from "../engine/name.ts";
import type { Role } from "../engine/roles.ts";
import type {
  Change,
  Invitation,
  ListedSession,
  Member,
  MembershipActor,
  Newcomer,
  PeopleStore,
  Person,
  Session,
} from "../stores/contract.ts";
import type { Organizations } from "./organizations.ts";
import type { Secrets } from "./secrets.ts";

const USER_ID: IdFormat = { prefix: "usr_", spelling: "ulid" };
const ACCOUNT_ID: IdFormat = { prefix: "acc_", spelling: "ulid" };
const INVITATION_ID: IdFormat = { prefix: "inv_", spelling: "ulid" };
const INVITATION_TOKEN: KeyFormat = { prefixes: { live: "kwi_" }, alphabet: BASE62, randomLength: 43, separator: "_", checksumLength: 6 };
const INVITATION_TTL_MS = 7 * 86_400_000;

/** A process offers its token again and again; one that was killed leaves a token that ends by itself. */
const OPERATOR_TOKEN_TTL_MS = 2 * 3_600_000;
const OPERATOR_CODE_TTL_MS = 15 * 60_000;

/**
 * The one user who manages everything, and who signs in with a link that only the output of the server shows. No other user can get this
 * id, and no provider has addresses under `.invalid` (RFC 2606).
 */
export const OPERATOR: Person = Object.freeze({ id: "operator", name: "Operator", email: "operator@keyward.invalid", image: null });

interface PeopleOptions {
  readonly store: PeopleStore;
  readonly organizations: Organizations;
  readonly secrets: Secrets;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  readonly changeBy: (actor: string, now: number) => Change;
}

export type People = ReturnType<typeof peopleOperations>;

/** A person who signs in for the first time, as they or their provider describe them. */
export interface NewcomerInput {
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly image: string | null;
  /** How they sign in from now on. `accountId` is the provider's id of the person, which never changes. */
  readonly account: { readonly passwordHash: string } | { readonly providerId: string; readonly accountId: string };
}

export interface InvitationInput {
  readonly role: Role;
  /** For whom the invitation is meant; shown to the members who manage invitations. */
  readonly note?: string | null | undefined;
}

/** Who acts, and their name in the audit log. */
export interface Acting {
  readonly by: MembershipActor;
  readonly actor: string;
}

export function peopleOperations({ store, organizations, secrets, clock, randomBytes, newId, changeBy }: PeopleOptions) {
  const noMember = () => refuse("not_found", "There is no such member.");
  const noInvitation = () => refuse("not_found", "There is no such invitation; it may have been used, withdrawn, or have expired.");
  const notInForce = () => refuse("forbidden", "This invitation is not in force: it may have been used or withdrawn, or have expired.");
  const digestsOf = (token: string) => (parseKey(INVITATION_TOKEN, token).wellFormed ? secrets.digests(token) : []);
  const change = ({ actor }: Acting) => changeBy(actor, clock());

  async function setRole(organizationId: string, userId: string, role: Role | null, acting: Acting): Promise<Outcome<Member>> {
    const result = await store.changeMember(organizationId, userId, role, acting.by, change(acting));
    if (result.outcome === "not_found") return noMember();
    return result.outcome === "changed" ? ok(result.member) : { ok: false, problem: result.problem };
  }

  /** Under each master secret: an invitation is valid for seven days, and is not worth moving. */
  async function findInvitation(token: string) {
    for (const digest of digestsOf(token)) {
      const invitation = await store.findInvitationByDigest(digest, clock());
      if (invitation !== undefined) return { digest, invitation };
    }
    return undefined;
  }

  function prepare({ account, ...said }: NewcomerInput, now: number): Outcome<Newcomer> {
    const name = parseName(said.name);
    if (!name.ok) return name;
    const email = parseEmail(said.email);
    if (!email.ok) return email;
    const id = newId(USER_ID, now);
    const ofAccount =
      "passwordHash" in account ? { providerId: "credential", accountId: id, ...account } : { passwordHash: null, ...account };
    const { emailVerified, image } = said;
    return ok({ id, name: name.value, email: email.value, emailVerified, image, account: { id: newId(ACCOUNT_ID, now), ...ofAccount } });
  }

  return {
    /**
     * Adds a person with their account and, with an invitation, their membership; the invitation is then used up. All of this happens, or
     * nothing. The result is the id of the person, or undefined if the account of the provider exists already. Refusals: `invalid_request`
     * (names the field), `forbidden` for an invitation that is not valid, `already_exists` for an e-mail address that is taken.
     */
    async add(input: NewcomerInput, invitationDigest?: string): Promise<Outcome<string | undefined>> {
      const now = clock();
      const newcomer = prepare(input, now);
      if (!newcomer.ok) return newcomer;
      const { id } = newcomer.value;
      const { outcome } = await store.addPerson(newcomer.value, invitationDigest, changeBy(id, now));
      if (outcome === "invitation_gone") return notInForce();
      if (outcome === "email_taken")
        return refuse("already_exists", "An account here has this e-mail address already.", { field: "email" });
      return ok(outcome === "added" ? id : undefined);
    },

    /** The digest of a valid invitation: enough to use it up, not enough to rebuild its link. Refusal: `forbidden`. */
    async invitationDigest(token: string): Promise<Outcome<string>> {
      const found = await findInvitation(token);
      return found === undefined ? notInForce() : ok(found.digest);
    },

    /** Whether there is any user. */
    hasUsers: (): Promise<boolean> => store.hasUsers(),
    /** Adds the user `OPERATOR` if it is missing. */
    ensureOperator: (): Promise<void> => store.ensureUser(OPERATOR, clock()),
    /** Lets this token act as the operator in every process on this database, for two hours from now. Only its digest is stored. */
    offerOperatorToken: (token: string): Promise<void> => store.offerOperatorToken(secrets.digest(token), clock() + OPERATOR_TOKEN_TTL_MS),
    withdrawOperatorToken: (token: string): Promise<void> => store.withdrawOperatorToken(secrets.digest(token)),
    /** Whether any process on this database has offered this token. */
    isOperatorToken: async (token: string): Promise<boolean> => {
      for (const digest of secrets.digests(token)) if (await store.isOperatorToken(digest, clock())) return true;
      return false;
    },
    /** Makes a code that signs the operator in once, within 15 minutes. It replaces the previous one. Only its digest is stored. */
    async operatorCode(): Promise<{ readonly code: string; readonly expiresAt: number }> {
      const code = Buffer.from(randomBytes(32)).toString("base64url");
      const expiresAt = clock() + OPERATOR_CODE_TTL_MS;
      await store.offerOperatorCode(secrets.digest(code), expiresAt);
      return { code, expiresAt };
    },
    /** Uses up a code. True if it was the latest one, and has neither been used nor expired. */
    takeOperatorCode: async (code: string): Promise<boolean> =>
      (await store.takeOperatorCode(secrets.digest(code), clock())).outcome === "taken",

    /** The active session with this id or token. Read from the store on every call: a session that was ended is gone at once. */
    session: (by: { readonly id: string } | { readonly token: string }): Promise<Session | undefined> => store.findSession(by, clock()),
    /** The active sessions of a person, newest first. */
    sessions: (userId: string): Promise<readonly ListedSession[]> => store.listSessions(userId, clock()),
    /** Ends one of the person's own sessions. Refusal: `not_found`. */
    async endOwnSession(userId: string, id: string): Promise<Outcome<undefined>> {
      const { outcome } = await store.endSession(id, userId);
      return outcome === "ended" ? ok(undefined) : refuse("not_found", "There is no such session.");
    },
    /** Ends a session of anybody. False if there is none with this id. */
    endSession: async (id: string): Promise<boolean> => (await store.endSession(id)).outcome === "ended",
    /** Ends all sessions of a person. */
    endSessionsOf: (userId: string): Promise<void> => store.endSessionsOf(userId),

    /** The current role of a person; undefined if they are not a member. */
    roleOf: (organizationId: string, userId: string): Promise<Role | undefined> => store.roleOf(organizationId, userId),
    /** The organizations that a person belongs to, with their role, oldest membership first. */
    organizationsOf: (userId: string) => store.organizationsOf(userId),

    /**
     * Creates an organization for a person who belongs to none and was not invited to one. Concurrent sign-ins create only one. Returns the id
     * of an organization that this call created.
     */
    async ensureOrganization({ id, name }: Pick<Person, "id" | "name">): Promise<string | undefined> {
      const parsed = parseName([...name].slice(0, 100).join(""));
      const prepared = organizations.prepare({ name: parsed.ok ? parsed.value : "Personal" });
      if (!prepared.ok) throw new Error(prepared.problem.detail);
      const { outcome } = await store.ensureOrganization(id, prepared.value, changeBy(id, prepared.value.createdAt));
      return outcome === "created" ? prepared.value.id : undefined;
    },

    /** The members of an organization, oldest membership first. */
    members: (organizationId: string): Promise<readonly Member[]> => store.listMembers(organizationId),
    /** Changes the role of a member. Refusals: `not_found`, `forbidden`, `last_owner`. */
    changeRole: (organizationId: string, userId: string, role: Role, acting: Acting) => setRole(organizationId, userId, role, acting),
    /** Removes a member. Once this has resolved, the person can no longer manage anything of the organization. */
    remove: (organizationId: string, userId: string, acting: Acting) => setRole(organizationId, userId, null, acting),

    /** Creates an invitation, valid for seven days. The result has its record and the token of its link, which cannot be read again. */
    async invite(
      organizationId: string,
      { role, note }: InvitationInput,
      acting: Acting,
    ): Promise<Outcome<{ invitation: Invitation; token: string }>> {
      const parsedNote = note === undefined || note === null ? ok(null) : parseName(note, "note");
      if (!parsedNote.ok) return parsedNote;
      const createdAt = clock();
      const token = generateKey(INVITATION_TOKEN, "live", randomBytes);
      const invitation: Invitation = {
        id: newId(INVITATION_ID, createdAt),
        organizationId,
        role,
        note: parsedNote.value,
        inviterId: "userId" in acting.by ? acting.by.userId : null,
        createdAt,
        expiresAt: createdAt + INVITATION_TTL_MS,
      };
      const result = await store.createInvitation(invitation, secrets.digest(token), acting.by, change(acting));
      if (result.outcome === "not_found") return refuse("not_found", "There is no such organization.");
      return result.outcome === "created" ? ok({ invitation, token }) : { ok: false, problem: result.problem };
    },

    /** The invitations that can be accepted now, newest first. */
    invitations: (organizationId: string): Promise<readonly Invitation[]> => store.listInvitations(organizationId, clock()),

    /** The invitation of a link. Refusal: `not_found`. */
    async invitation(token: string): Promise<Outcome<Invitation & { readonly organizationName: string }>> {
      const found = await findInvitation(token);
      return found === undefined ? noInvitation() : ok(found.invitation);
    },

    /** Withdraws an invitation. Refusal: `not_found`. */
    async revokeInvitation(organizationId: string, presentedId: string, acting: Acting): Promise<Outcome<undefined>> {
      const id = parseId(INVITATION_ID, presentedId);
      if (id === undefined) return noInvitation();
      const { outcome } = await store.revokeInvitation(organizationId, id, change(acting));
      return outcome === "revoked" ? ok(undefined) : noInvitation();
    },

    /** Makes the person a member. The same person may repeat it. Refusals: `not_found`, `already_exists` for a member. */
    async accept(token: string, userId: string): Promise<Outcome<{ organizationId: string; role: Role }>> {
      for (const digest of digestsOf(token)) {
        const result = await store.acceptInvitation(digest, userId, changeBy(userId, clock()));
        if (result.outcome === "not_found") continue;
        if (result.outcome === "already_member") return refuse("already_exists", "You belong to this organization already.");
        return ok({ organizationId: result.organizationId, role: result.role });
      }
      return noInvitation();
    },
  };
}
