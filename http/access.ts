/** Finds the caller of a request from its credential. */
import { timingSafeEqual } from "node:crypto";
import { challenge } from "../admission/challenge.ts";
import type { Client } from "../admission/client-address.ts";
import { BEARER, extractCredential } from "../admission/credential.ts";
import type { PlainResponse } from "../admission/response.ts";
import { problemResponse } from "../admission/response.ts";
import type { ErrorCode, Problem } from "../engine/errors.ts";
import type { Role } from "../engine/roles.ts";
import type { Session } from "../service/index.ts";
import { type Acting, OPERATOR } from "../service/people.ts";
import { fingerprint } from "../service/secrets.ts";
import type { HttpContext } from "./context.ts";
import { readManagementJwt } from "./management-jwt.ts";

/**
 * The operator may do everything, a member what their role allows in one organization, a person what concerns their own session, and a
 * service may verify.
 */
export type Caller =
  | { readonly kind: "operator"; readonly actor: "operator"; readonly session?: Session }
  | {
      readonly kind: "member";
      readonly actor: string;
      readonly organizationId: string;
      readonly role: Role;
      /** Absent for a JWT without a session: the operator's, or one of the platform's own identity. */
      readonly session?: Session;
    }
  | { readonly kind: "person"; readonly actor: string; readonly session: Session }
  | { readonly kind: "service"; readonly actor: "service" };

export type Access = Caller["kind"];

/** The parts of a request that say who calls it, and whether from one of our own pages. */
interface Approach extends Client {
  readonly method: string;
  /** The organization of the path, if it has one, in its one spelling. */
  readonly organizationId?: string | undefined;
}

type Authenticated = { readonly caller: Caller } | { readonly response: PlainResponse };

const OPERATOR_CALLER: Caller = Object.freeze({ kind: "operator", actor: "operator" });
/** How tokens of the operator begin. */
export const OPERATOR_TOKEN_PREFIX = "kwo_";
const SERVICE: Caller = Object.freeze({ kind: "service", actor: "service" });

/**
 * The caller of a request, or the response that refuses it: 403 for a valid credential that may not do this. The operator may do whatever the
 * others may. A token takes precedence over the cookie, which browsers add by themselves; an invalid token is refused even beside a valid
 * cookie.
 */
export async function authenticate(context: HttpContext, approach: Approach, allowed: readonly Access[]): Promise<Authenticated> {
  const extracted = extractCredential(approach.rawHeaders, BEARER);
  if (extracted.found === "none")
    return allowed.includes("service") ? refuseAccess(context, MISSING) : authenticateCookie(context, approach, allowed);
  if (extracted.found === "several")
    return refuseAccess(context, { code: "multiple_credentials", detail: "Send one Authorization header." });
  const { presented } = extracted;
  const session = await context.service.deviceLogins.session(presented);
  if (session !== undefined) return authenticateSession(context, session, approach, allowed);
  if (isOperator(context, presented) || (await isOperatorElsewhere(context, presented))) return { caller: OPERATOR_CALLER };
  const caller = await findCaller(context, presented);
  if (caller === undefined) {
    const invalid = { code: "invalid_credential", detail: "The token is not valid, or has expired." } as const;
    return refuseAccess(context, await context.attempts.refuse(approach, invalid));
  }
  if (allowed.includes(caller.kind)) return { caller };
  // A JWT is for one organization: what concerns the person, such as creating other JWTs, needs the session itself.
  const detail = allowed.includes("person") ? "Only somebody who has signed in here may do this." : "This credential may not do this.";
  return refuseAccess(context, { code: "forbidden", detail });
}

async function findCaller(context: HttpContext, presented: string): Promise<Caller | undefined> {
  if (await context.service.serviceTokens.isValid(presented)) return SERVICE;
  return (await callerOfManagementJwt(context, presented)) ?? (await callerOfPlatformJwt(context, presented));
}

const MISSING: Problem = { code: "missing_credential", detail: "Sign in, or send a credential as Authorization: Bearer <token>." };

function refuseAccess(context: HttpContext, problem: Problem): { readonly response: PlainResponse } {
  const isChallenged = problem.code === "missing_credential" || problem.code === "invalid_credential";
  const headers = isChallenged ? { "www-authenticate": challenge("keyward", BEARER, problem.code) } : {};
  return { response: problemResponse(context.platform, problem, headers) };
}

/** The session and role of our own JWT are looked up on every call, so that ending a session or removing a member takes effect at once. */
async function callerOfManagementJwt(context: HttpContext, presented: string): Promise<Caller | undefined> {
  const claims = await readManagementJwt(context, presented);
  if (claims === undefined) return undefined;
  const { service } = context;
  const { organizationId, actor, sessionId } = claims;
  // The operator created it for one organization: it may do what an owner may do there.
  if (sessionId === undefined) return { kind: "member", actor, organizationId, role: "owner" };
  const session = await service.people.session({ id: sessionId });
  if (session === undefined || session.user.id !== actor) return undefined;
  const role = actor === OPERATOR.id ? "owner" : await service.people.roleOf(organizationId, actor);
  return role && { kind: "member", actor, organizationId, role, session };
}

async function callerOfPlatformJwt({ identity, service }: HttpContext, presented: string): Promise<Caller | undefined> {
  const member = await identity.platformMember(presented);
  if (member === undefined) return undefined;
  const { userId, role } = member;
  const organizationId = service.organizations.canonicalId(member.organizationId) ?? member.organizationId;
  return { kind: "member", actor: `platform:${userId}`, organizationId, role };
}

async function authenticateCookie(context: HttpContext, approach: Approach, allowed: readonly Access[]): Promise<Authenticated> {
  const { identity, platform } = context;
  const cookie = headerOf(approach.rawHeaders, "cookie");
  const session = await identity.session(cookie);
  // A cookie without a session is a failed attempt; a missing cookie is not.
  if (session === undefined)
    return refuseAccess(context, identity.presentsSession(cookie) ? await context.attempts.refuse(approach, MISSING) : MISSING);
  if (isCrossSite(approach, identity.baseUrl())) return { response: problemResponse(platform, crossSite(identity.baseUrl())) };
  return authenticateSession(context, session, approach, allowed);
}

/** The caller with this session, of a cookie or of a terminal's token: a member of the organization that the path names, or a person. */
async function authenticateSession(
  { platform, service }: HttpContext,
  session: Session,
  approach: Approach,
  allowed: readonly Access[],
): Promise<Authenticated> {
  const refused = (code: ErrorCode, detail: string) => ({ response: problemResponse(platform, { code, detail }) });
  const { user } = session;
  if (user.id === OPERATOR.id) return { caller: { kind: "operator", actor: "operator", session } };
  if (approach.organizationId !== undefined && allowed.includes("member")) {
    const role = await service.people.roleOf(approach.organizationId, user.id);
    if (role === undefined) return refused("not_found", "There is no such organization.");
    return { caller: { kind: "member", actor: user.id, organizationId: approach.organizationId, role, session } };
  }
  if (allowed.includes("person")) return { caller: { kind: "person", actor: user.id, session } };
  return refused("forbidden", allowed.includes("member") ? "Send the JWT of an organization." : "Only the operator may do this.");
}

/**
 * Whether another site's page sent a changing request, to which the browser adds our cookies. Browsers say so in `Sec-Fetch-Site` or
 * `Origin`, which pages cannot set; a request with neither was not sent by a browser.
 */
export function isCrossSite({ method, rawHeaders }: Pick<Approach, "method" | "rawHeaders">, baseUrl: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const site = headerOf(rawHeaders, "sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const origin = headerOf(rawHeaders, "origin");
  return origin !== undefined && origin !== new URL(baseUrl).origin;
}

/** Names the configured base URL: somebody who opened the server under another address learns why nothing works. */
export function crossSite(baseUrl: string): Problem {
  return {
    code: "forbidden",
    detail: `This request came from another site than ${baseUrl}. The operator sets that with KEYWARD_BASE_URL.`,
  };
}

/** The value of a header; several lines are joined. */
function headerOf(headers: readonly string[], name: string): string | undefined {
  const values = headers.filter((_value, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
  return values.length === 0 ? undefined : values.join(name === "cookie" ? "; " : ", ");
}

/** Another process on the same database may have given it out. */
async function isOperatorElsewhere({ service: { people } }: HttpContext, presented: string): Promise<boolean> {
  return presented.startsWith(OPERATOR_TOKEN_PREFIX) && (await people.isOperatorToken(presented));
}

function isOperator({ operatorFingerprint }: HttpContext, presented: string): boolean {
  return timingSafeEqual(Buffer.from(fingerprint(presented), "latin1"), Buffer.from(operatorFingerprint, "latin1"));
}

/**
 * Who acts, for the operations on members. For somebody with an account the store reads the role in the transaction of the change; without an
 * account the role is the one in the token.
 */
export function actingOf(caller: Caller): Acting {
  const { kind, actor } = caller;
  if (kind === "operator") return { by: { role: "operator" }, actor };
  if (kind === "member" && caller.session === undefined) return { by: { role: caller.role }, actor };
  return { by: { userId: actor }, actor };
}

/** Whether the caller may manage this organization. If not, it is refused like one that does not exist. */
export function mayManage(caller: Caller, organizationId: string): boolean {
  return caller.kind === "operator" || (caller.kind === "member" && caller.organizationId === organizationId);
}
