/** JWTs of the platform's own identity: whoever it signs in manages keys without an account at Keyward. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import type { IdentityProvider } from "../engine/identity-provider.ts";
import { isRole, type Role } from "../engine/roles.ts";

/** The platform's keys could not be read. Nothing is known of the token. */
export class IdentityUnavailable extends Error {
  override readonly name = "IdentityUnavailable";
}

export interface PlatformMember {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
}

/** Asymmetric ones alone: with HS256 among them, the public key would sign (RFC 8725, 3.1). */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const TIMEOUT_MS = 5_000;
/** Keys are read again after ten minutes, and for a key that is not known at most twice a minute. */
const CACHE_MS = 600_000;
const COOLDOWN_MS = 30_000;

/** Reads a JWT; undefined when it is not this platform's, altered, expired or incomplete. @throws IdentityUnavailable */
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

/** Whether jose says no to the token, as opposed to having been unable to look at the keys. */
export function isVerdict(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC";
}
