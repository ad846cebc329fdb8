/** A provider that signs people in, with OAuth 2 or OpenID Connect, as data. */

interface ProviderBase {
  /** Part of the callback's path, and of the identity of an account together with the person's id at the provider. Never change it. */
  readonly id: string;
  /** The name as people write it. */
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export type OpenIdProvider =
  /** Everything else is read from `<issuer>/.well-known/openid-configuration`. */
  ProviderBase & { readonly kind: "oidc"; readonly issuer: string };

export type GitHubProvider =
  /** GitHub, or a GitHub Enterprise Server, which is not OpenID Connect. */
  ProviderBase & { readonly kind: "github"; readonly url: string; readonly apiUrl: string };

export type Provider = OpenIdProvider | GitHubProvider;

/** What a provider says about a person, unchecked. */
export interface Profile {
  /** The person's id at the provider, which never changes. */
  readonly id: string;
  /** Possible names, the best first. */
  readonly names: readonly unknown[];
  readonly email: unknown;
  readonly emailVerified: boolean;
  readonly image: unknown;
}

/** What a browser brings back from a provider, and what was kept meanwhile. */
export interface Returned {
  readonly code: string;
  readonly codeVerifier: string | undefined;
  readonly redirectURI: string;
  /** The nonce that we sent, which the ID token must contain. */
  readonly nonce: string | undefined;
  /** The issuer named in the authorization response (RFC 9207). */
  readonly issuer: string | undefined;
}

/** The requests to a provider. Both may throw `ProviderFailure`. */
export interface ProviderClient {
  readonly scopes: readonly string[];
  /** The URL where a browser signs in. */
  authorizationEndpoint(): Promise<string>;
  /** Identifies the person who has come back. */
  identify(returned: Returned): Promise<Profile>;
}
