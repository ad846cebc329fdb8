/** Who may sign people in: a provider of OAuth 2 or OpenID Connect, as data. */

interface ProviderBase {
  /** Stands in the callback's path, and with the provider's own id of a person names an account: never change it. */
  readonly id: string;
  /** As people write it. */
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export type Provider =
  /** Everything else is read from `<issuer>/.well-known/openid-configuration`. */
  | (ProviderBase & { readonly kind: "oidc"; readonly issuer: string })
  /** GitHub, or a GitHub Enterprise Server, which is not OpenID Connect. */
  | (ProviderBase & { readonly kind: "github"; readonly url: string; readonly apiUrl: string });

/** What a provider says of a person. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly image?: string | undefined;
}

interface GitHubUser {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly avatar_url?: string;
}
interface GitHubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
}

const TIMEOUT_MS = 10_000;

/** A person at GitHub. The account is the number: a login can be given up and taken by somebody else. */
export async function gitHubProfile(apiUrl: string, accessToken: string): Promise<Profile | null> {
  const read = async (path: string): Promise<unknown> => {
    const response = await fetch(`${apiUrl}${path}`, {
      headers: { authorization: `Bearer ${accessToken}`, accept: "application/vnd.github+json", "user-agent": "keyward" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok ? response.json() : undefined;
  };
  const [user, emails] = (await Promise.all([read("/user"), read("/user/emails")])) as [GitHubUser?, GitHubEmail[]?];
  if (!Number.isSafeInteger(user?.id) || user === undefined) return null;
  const email = emails?.find(({ primary }) => primary) ?? emails?.[0];
  return {
    id: String(user.id),
    name: user.name ?? user.login,
    email: email?.email ?? null,
    emailVerified: email?.verified === true,
    image: user.avatar_url,
  };
}
