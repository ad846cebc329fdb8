/**
 * An OpenID provider. A person is identified by a verified ID token and nothing else: without one, or without our nonce in it, there is no
 * session.
 */
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { exchangeCode } from "./code-exchange.ts";
import { type Discovered, discovery } from "./openid-discovery.ts";
import { isVerdict } from "./platform-jwt.ts";
import type { OpenIdProvider, Profile, ProviderClient, Returned } from "./provider.ts";
import { askProvider, describe, ProviderFailure } from "./provider-request.ts";

/** Only asymmetric algorithms: with HS256, the public key could be used to sign (RFC 8725, 3.1). */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const TIMEOUT_MS = 10_000;
/** How far the provider's clock may differ from ours. */
const CLOCK_TOLERANCE_SECONDS = 30;

export function openIdClient(provider: OpenIdProvider, clock: () => number): ProviderClient {
  const discover = discovery(provider.issuer, clock);
  const keysAt = keySets();

  async function verify(idToken: string, nonce: string, found: Discovered): Promise<JWTPayload & { sub: string }> {
    const asked = "the ID token";
    try {
      const { payload } = await jwtVerify(idToken, keysAt(found.jwksUri), {
        algorithms: ALGORITHMS,
        issuer: found.issuer,
        audience: provider.clientId,
        requiredClaims: ["exp", "iat", "sub", "nonce"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock()),
      });
      const reason = faultOf(payload, provider.clientId, nonce);
      if (reason !== undefined) throw new ProviderFailure("id_token_invalid", { asked, reason });
      return payload as JWTPayload & { sub: string };
    } catch (error) {
      if (error instanceof ProviderFailure) throw error;
      const code = (error as { code?: string }).code;
      if (isVerdict(error)) throw new ProviderFailure("id_token_invalid", { asked, code, reason: "it is not valid" });
      const keys = describe("GET", found.jwksUri);
      throw new ProviderFailure("identity_unavailable", { asked: keys, code, reason: "the provider's keys could not be read" });
    }
  }

  return {
    scopes: ["openid", "email", "profile"],
    authorizationEndpoint: async () => (await discover()).authorizationEndpoint,
    async identify(returned) {
      const found = await discover();
      checkIssuer(found, returned);
      const { accessToken, idToken } = await exchangeCode(provider, found.token, returned);
      const asked = describe("POST", found.token.url);
      if (idToken === undefined) throw new ProviderFailure("id_token_invalid", { asked, reason: "the response has no ID token" });
      // A sign-in that began here always has one.
      if (returned.nonce === undefined) throw new ProviderFailure("id_token_invalid", { asked, reason: "no nonce was sent" });
      const claims = await verify(idToken, returned.nonce, found);
      return toProfile(claims, claims.email === undefined ? await userinfo(found, accessToken, claims.sub) : claims);
    },
  };
}

/** RFC 9207, 2.4: a response from another provider than the requested one is refused before its code is sent anywhere. */
function checkIssuer({ issuer, announcesIssuer }: Discovered, returned: Returned): void {
  const asked = "the authorization response";
  if (returned.issuer === undefined && announcesIssuer)
    throw new ProviderFailure("issuer_missing", { asked, reason: "it has no iss, which the provider announces" });
  if (returned.issuer !== undefined && returned.issuer !== issuer)
    throw new ProviderFailure("issuer_mismatch", { asked, reason: "its iss is another provider's" });
}

/** The checks of OpenID Connect Core, 3.1.3.7, that a JWT library does not make. Returns what is wrong, or undefined. */
function faultOf({ aud, azp, nonce: held, sub }: JWTPayload, clientId: string, nonce: string): string | undefined {
  if (held !== nonce) return "its nonce is not ours";
  if (typeof sub !== "string" || sub === "" || sub.length > 255) return "its sub is not readable";
  if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== clientId) return "it was made for another client";
  return undefined;
}

/** Reads claims that the ID token lacks. They are used only if they belong to the same person (Core, 5.3.2). */
async function userinfo({ userinfoEndpoint }: Discovered, accessToken: string, sub: string): Promise<JWTPayload> {
  if (userinfoEndpoint === undefined) return {};
  const said = (await askProvider({ url: userinfoEndpoint, headers: { authorization: `Bearer ${accessToken}` } })) as JWTPayload;
  if (said.sub === sub) return said;
  throw new ProviderFailure("sign_in_failed", { asked: describe("GET", userinfoEndpoint), reason: "its sub is not the ID token's" });
}

function toProfile({ sub, name }: JWTPayload & { sub: string }, claims: JWTPayload): Profile {
  return {
    id: sub,
    names: [name, claims.name, claims.preferred_username],
    email: claims.email,
    // Some providers send it as a string.
    emailVerified: claims.email_verified === true || claims.email_verified === "true",
    image: claims.picture,
  };
}

/** One cached set of keys for each address. */
function keySets(): (jwksUri: string) => JWTVerifyGetKey {
  let current: { readonly uri: string; readonly keys: JWTVerifyGetKey } | undefined;
  return (uri) => {
    if (current?.uri !== uri) current = { uri, keys: createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_MS }) };
    return current.keys;
  };
}
