/** Reads the configuration of an OpenID provider (OpenID Connect Discovery 1.0). */
import { z } from "zod";
import type { TokenEndpoint } from "./code-exchange.ts";
import { askProvider, describe, ProviderFailure } from "./provider-request.ts";

export interface Discovered {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly token: TokenEndpoint;
  readonly userinfoEndpoint: string | undefined;
  readonly jwksUri: string;
  /** Whether every authorization response of this provider has `iss` (RFC 9207). */
  readonly announcesIssuer: boolean;
}

const KEPT_MS = 3_600_000;
const address = z.url({ protocol: /^https?$/ });
const document = z.object({
  issuer: z.string(),
  authorization_endpoint: address,
  token_endpoint: address,
  userinfo_endpoint: address.optional(),
  jwks_uri: address,
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/**
 * Reads the document on the first call, and again after an hour. Concurrent calls share one request. After a failure, the next call tries
 * again.
 * @throws ProviderFailure
 */
export function discovery(issuer: string, clock: () => number): () => Promise<Discovered> {
  let kept: { readonly found: Promise<Discovered>; readonly at: number } | undefined;
  return () => {
    if (kept !== undefined && clock() - kept.at < KEPT_MS && clock() >= kept.at) return kept.found;
    const reading = { found: read(issuer), at: clock() };
    kept = reading;
    reading.found.catch(() => {
      if (kept === reading) kept = undefined;
    });
    return reading.found;
  };
}

async function read(issuer: string): Promise<Discovered> {
  const url = `${withoutSlash(issuer)}/.well-known/openid-configuration`;
  const asked = describe("GET", url);
  const parsed = document.safeParse(await askProvider({ url }));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProviderFailure("sign_in_failed", { asked, reason: `the document's ${String(issue?.path[0] ?? "form")} is not readable` });
  }
  const said = parsed.data;
  // Discovery, 4.3: otherwise one provider's document could speak for another.
  if (withoutSlash(said.issuer) !== withoutSlash(issuer))
    throw new ProviderFailure("sign_in_failed", { asked, reason: "the document is another issuer's" });
  const endpoints = [said.authorization_endpoint, said.token_endpoint, said.jwks_uri, said.userinfo_endpoint ?? said.jwks_uri];
  if (issuer.startsWith("https:") && !endpoints.every((endpoint) => endpoint.startsWith("https:")))
    throw new ProviderFailure("sign_in_failed", { asked, reason: "the document names an address without TLS" });
  const methods = said.token_endpoint_auth_methods_supported ?? ["client_secret_post"];
  return {
    issuer: said.issuer,
    authorizationEndpoint: said.authorization_endpoint,
    token: {
      url: said.token_endpoint,
      authentication: methods.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic",
    },
    userinfoEndpoint: said.userinfo_endpoint,
    jwksUri: said.jwks_uri,
    announcesIssuer: said.authorization_response_iss_parameter_supported === true,
  };
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, "");
}
