/** Who a JWT of the platform's own sign-in names. */
import type { Role } from "../engine/roles.ts";

export interface PlatformMember {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
}

/** The platform's public keys could not be read, so the token could not be checked. */
export class IdentityUnavailable extends Error {
  override readonly name = "IdentityUnavailable";
}
