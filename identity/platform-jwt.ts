/** JWTs of the platform's own sign-in: people who have signed in there manage keys without an account at Keyward. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import type { IdentityProvider } from "../engine/identity-provider.ts";
import { isRole, type Role } from "../engine/roles.ts";
import { IdentityUnavailable, type PlatformMember } from "./platform-member.ts";

/** Only asymmetric algorithms: with HS256, the public key could be used to sign (RFC 8725, 3.1). */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const TIMEOUT_MS = 5_000;
/** Keys are read again after ten minutes; for an unknown key at most twice a minute. */
const CACHE_MS = 600_000;
const COOLDOWN_MS = 30_000;

/** Makes a function that reads a JWT. Undefined if it is not this platform's, altered, expired or incomplete. @throws IdentityUnavailable */
export function platformJwtReader(
  { issuer, jwksUri, audience, claims }: IdentityProvider,
  clock: () => number,
): (token: string) => Promise<PlatformMember | undefined> {
  const keys = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: TIMEOUT_MS, cacheMaxAge: CACHE_MS, cooldownDuration: COOLDOWN_MS });
  const roleOf = (payload: JWTPayload): Role => {
    if (claims.role === undefined) return "member";
    const role = payload[claims.role];
    return isRole(role) ? role : "viewer";
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ["exp", claims.organizationId, claims.userId],
        currentDate: new Date(clock()),
      });
      const { [claims.organizationId]: organizationId, [claims.userId]: userId } = payload;
      if (typeof organizationId !== "string" || typeof userId !== "string" || userId === "") return undefined;
      return { organizationId, userId, role: roleOf(payload) };
    } catch (error) {
      if (isVerdict(error)) return undefined;
      throw new IdentityUnavailable("the platform's identity keys could not be read", { cause: error });
    }
  };
}

/** Whether jose refused the token itself. False if it could not read the keys. */
export function isVerdict(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC";
}
