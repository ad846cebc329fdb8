/** Exchanges an authorization code for tokens (RFC 6749, 4.1.3, with PKCE, RFC 7636). */
import type { Provider, Returned } from "./provider.ts";
import { askProvider, describe, ProviderFailure } from "./provider-request.ts";

interface Tokens {
  readonly accessToken: string;
  readonly idToken: string | undefined;
}

export interface TokenEndpoint {
  readonly url: string;
  /** How the client's secret is sent: in the form, or in a header for providers that accept nothing else. */
  readonly authentication: "client_secret_post" | "client_secret_basic";
}

/** @throws ProviderFailure */
export async function exchangeCode(
  { clientId, clientSecret }: Pick<Provider, "clientId" | "clientSecret">,
  { url, authentication }: TokenEndpoint,
  { code, codeVerifier, redirectURI }: Returned,
): Promise<Tokens> {
  const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectURI });
  if (codeVerifier !== undefined) form.set("code_verifier", codeVerifier);
  const inForm = authentication === "client_secret_post";
  if (inForm) {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret);
  }
  const headers = inForm ? {} : { authorization: `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64")}` };
  const said = (await askProvider({ url, form, headers })) as { access_token?: unknown; id_token?: unknown };
  if (typeof said.access_token !== "string")
    throw new ProviderFailure("sign_in_failed", { asked: describe("POST", url), reason: "the response has no access token" });
  return { accessToken: said.access_token, idToken: typeof said.id_token === "string" ? said.id_token : undefined };
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
function encode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
