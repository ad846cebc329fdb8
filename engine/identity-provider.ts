/** The platform's own sign-in, as data: who issues its JWTs, and which claims Keyward reads. */
export interface IdentityProvider {
  /** The exact `iss` of its JWTs. */
  readonly issuer: string;
  /** The URL of its public keys (JWKS). https, except on this machine. */
  readonly jwksUri: string;
  /** The required `aud` of its JWTs. */
  readonly audience: string;
  /** The names of the claims. */
  readonly claims: {
    /** The claim that has Keyward's id of the organization. */
    readonly organizationId: string;
    readonly userId: string;
    /** The claim that has the role. Any value but owner, admin or member means viewer. If no claim is named here, everybody is a member. */
    readonly role?: string;
  };
}

/** What is wrong with a description, in a sentence; undefined if nothing is. */
export function identityFault({ issuer, jwksUri, audience, claims }: IdentityProvider): string | undefined {
  const url = URL.parse(jwksUri);
  const isHere = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isHere))) return "identity.jwksUri must be an https URL";
  if (issuer === "" || audience === "") return "identity needs an issuer and an audience";
  if (claims.organizationId === "" || claims.userId === "") return "identity.claims needs organizationId and userId";
  return undefined;
}
