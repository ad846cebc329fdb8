/** The platform's own identity, as data: who issues the JWTs of its people, and where they say what Keyward needs to know. */
export interface IdentityProvider {
  /** The exact `iss` of its JWTs. */
  readonly issuer: string;
  /** Where its public keys are; https, except on this machine. */
  readonly jwksUri: string;
  /** The `aud` that its JWTs must have. */
  readonly audience: string;
  /** The names of the claims. */
  readonly claims: {
    /** Holds Keyward's id of the organization. */
    readonly organizationId: string;
    readonly userId: string;
    /** Holds owner, admin, member or viewer. Anything else is a viewer; without this line everybody is a member. */
    readonly role?: string;
  };
}

/** The contradiction in a description, if there is one. */
export function identityFault({ issuer, jwksUri, audience, claims }: IdentityProvider): string | undefined {
  const url = URL.parse(jwksUri);
  const isHere = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isHere))) return "identity.jwksUri must be an https URL";
  if (issuer === "" || audience === "") return "identity needs an issuer and an audience";
  if (claims.organizationId === "" || claims.userId === "") return "identity.claims needs organizationId and userId";
  return undefined;
}
