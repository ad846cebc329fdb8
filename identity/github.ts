/** GitHub and GitHub Enterprise Server: OAuth 2 without OpenID Connect. The profile is read with the access token. */
import { exchangeCode } from "./code-exchange.ts";
import type { GitHubProvider, Profile, ProviderClient } from "./provider.ts";
import { askProvider, describe, ProviderFailure } from "./provider-request.ts";

interface GitHubUser {
  readonly id?: unknown;
  readonly login?: unknown;
  readonly name?: unknown;
  readonly avatar_url?: unknown;
}
interface GitHubEmail {
  readonly email?: unknown;
  readonly primary?: unknown;
  readonly verified?: unknown;
}

export function gitHubClient(provider: GitHubProvider): ProviderClient {
  const { url, apiUrl } = provider;
  return {
    scopes: ["read:user", "user:email"],
    authorizationEndpoint: async () => `${url}/login/oauth/authorize`,
    async identify(returned) {
      const endpoint = { url: `${url}/login/oauth/access_token`, authentication: "client_secret_post" } as const;
      const { accessToken } = await exchangeCode(provider, endpoint, returned);
      return readProfile(apiUrl, accessToken);
    },
  };
}

/** The number identifies the account: somebody else can take a login that was given up. */
async function readProfile(apiUrl: string, accessToken: string): Promise<Profile> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/vnd.github+json" };
  const read = (path: string) => askProvider({ url: `${apiUrl}${path}`, headers });
  const [user, emails] = (await Promise.all([read("/user"), read("/user/emails")])) as [GitHubUser, unknown];
  if (!Number.isSafeInteger(user.id))
    throw new ProviderFailure("sign_in_failed", { asked: describe("GET", `${apiUrl}/user`), reason: "the response has no id" });
  const listed: readonly GitHubEmail[] = Array.isArray(emails) ? emails : [];
  const email = listed.find(({ primary }) => primary === true) ?? listed[0];
  return {
    id: String(user.id),
    names: [user.name, user.login],
    email: email?.email,
    emailVerified: email?.verified === true,
    image: user.avatar_url,
  };
}
