/** Who may sign people in: a provider of OAuth 2 or OpenID Connect, as data. */

interface ProviderBase {
  /** Stands in the callback's path, and with the provider's own id of a person names an account: never change it. */
  readonly id: string;
  /** As people write it. */
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

/** What a provider says of a person; nothing in it has been checked or cleaned. */
export interface Profile {
  /** The provider's own id of the person, which never changes. */
  readonly id: string;
  /** What may serve as a name, the best first. */
  readonly names: readonly unknown[];
  readonly email: unknown;
  readonly emailVerified: boolean;
  readonly image: unknown;
}

/** What has come back from a provider with a browser, and what was kept meanwhile. */
export interface Returned {
  readonly code: string;
  readonly codeVerifier: string | undefined;
  readonly redirectURI: string;
  /** What we sent, for the ID token to hold. */
  readonly nonce: string | undefined;
  /** RFC 9207: whom the authorization response says it is from. */
  readonly issuer: string | undefined;
}

/** How a provider is asked. Both throw `ProviderFailure`. */
export interface ProviderClient {
  readonly scopes: readonly string[];
  /** Where a browser goes to sign in. */
  authorizationEndpoint(): Promise<string>;
  /** Who has come back. */
  identify(returned: Returned): Promise<Profile>;
}
