/** Management JWTs, which let their holder manage one organization for a limited time. HS256, signed with a derived key. */
import { HOUR_MS, parseDuration, SECOND_MS } from "../engine/duration.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import { OPERATOR } from "../service/people.ts";
import type { HttpContext } from "./context.ts";
import { jose } from "./jose.ts";

const ISSUER = "keyward";
const AUDIENCE = "keyward:management";
const ALGORITHM = "HS256";
const TTL_DEFAULT = "15m";
export const TTL_RANGE = { minimumMs: SECOND_MS, maximumMs: 24 * HOUR_MS };

interface ManagementClaims {
  readonly organizationId: string;
  /** The actor for the audit log: a user's id, or `operator` for a JWT that the operator created. */
  readonly actor: string;
  /** The session that created the JWT; when it ends, so does the JWT. Undefined for the operator's. */
  readonly sessionId?: string | undefined;
}

type Signer = Pick<HttpContext, "managementKey" | "service">;

/** Signs a JWT for one organization. `ttl` is a duration from `1s` to `24h`, `15m` when absent. */
export async function signManagementJwt(
  { managementKey, service }: Signer,
  claims: ManagementClaims,
  ttl = TTL_DEFAULT,
): Promise<Outcome<{ token: string; expiresAt: number }>> {
  const duration = parseDuration(ttl, "ttl", TTL_RANGE);
  if (!duration.ok) return duration;
  const issuedAt = Math.floor(service.clock() / SECOND_MS);
  const expiresAt = issuedAt + duration.value / SECOND_MS;
  const { SignJWT } = await jose();
  const token = await new SignJWT({ org: claims.organizationId, ...(claims.sessionId !== undefined && { sid: claims.sessionId }) })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(claims.actor)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(managementKey);
  return ok({ token, expiresAt: expiresAt * SECOND_MS });
}

/** The claims of a JWT that Keyward signed and that has not expired; undefined for anything else. Does not check the session. */
export async function readManagementJwt({ managementKey, service }: Signer, token: string): Promise<ManagementClaims | undefined> {
  try {
    const { jwtVerify } = await jose();
    const { payload } = await jwtVerify(token, managementKey, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: "JWT",
      requiredClaims: ["sub", "org", "iat", "exp"],
      currentDate: new Date(service.clock()),
    });
    const { sub, org, sid } = payload;
    if (typeof sub !== "string" || typeof org !== "string") return undefined;
    // Only the operator's JWTs have no session: it must be possible to end a person's.
    if (sid === undefined) return sub === OPERATOR.id ? { organizationId: org, actor: sub } : undefined;
    return typeof sid === "string" ? { organizationId: org, actor: sub, sessionId: sid } : undefined;
  } catch {
    return undefined;
  }
}
