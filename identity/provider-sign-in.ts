/**
 * Signing in with a provider. Better Auth keeps the state while the browser is at the provider, and creates the session. This file finds out
 * who has signed in; the store adds new people in one transaction.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, addOAuthServerContext, createAuthMiddleware, getOAuthState } from "better-auth/api";
import { createAuthorizationURL, type OAuthProvider } from "better-auth/oauth2";
import { cleanName } from "../engine/name.ts";
import type { People } from "../service/people.ts";
import { gitHubClient } from "./github.ts";
import type { SignInLog } from "./log.ts";
import { openIdClient } from "./openid.ts";
import type { Profile, Provider, ProviderClient, Returned } from "./provider.ts";
import { ProviderFailure } from "./provider-request.ts";
import { refusal, unwrap } from "./refusal.ts";

interface ProviderSignInOptions {
  readonly providers: readonly Provider[];
  readonly people: Pick<People, "add" | "invitationDigest">;
  readonly clock: () => number;
  readonly baseUrl: string;
  /** The `iss` parameter of the current callback. */
  readonly returnedIssuer: () => string | undefined;
  readonly log: SignInLog;
}

/** What is kept while somebody is at a provider, besides what Better Auth keeps. */
interface Kept {
  readonly provider?: unknown;
  /** The digest of the invitation, if there is one. */
  readonly invitation?: unknown;
}

export function providerSignIn(options: ProviderSignInOptions): BetterAuthPlugin {
  const keep = createAuthMiddleware(async ({ body }) => {
    const { provider, invitation } = body as { provider?: unknown; invitation?: unknown };
    const digest = typeof invitation === "string" ? unwrap(await options.people.invitationDigest(invitation)) : undefined;
    await addOAuthServerContext({ provider, ...(digest !== undefined && { invitation: digest }) });
  });
  return {
    id: "providers",
    init: () => ({ context: { socialProviders: options.providers.map((provider) => toOAuthProvider(provider, options)) } }),
    hooks: { before: [{ matcher: ({ path }) => path === "/sign-in/social", handler: keep }] },
  };
}

type Handed = Omit<Returned, "nonce" | "issuer">;

function toOAuthProvider(provider: Provider, options: ProviderSignInOptions): OAuthProvider<{ id: string }> {
  const { id, name, clientId } = provider;
  const client: ProviderClient = provider.kind === "oidc" ? openIdClient(provider, options.clock) : gitHubClient(provider);
  const telling = <Value>(asking: Promise<Value>): Promise<Value> =>
    asking.catch((error) => {
      if (error instanceof ProviderFailure) options.log.warn({ provider: id, ...error.details }, "signing in with a provider failed");
      throw error;
    });
  return {
    id,
    name,
    requiresIdTokenNonce: provider.kind === "oidc",
    async createAuthorizationURL({ state, codeVerifier, redirectURI, idTokenNonce }) {
      const authorizationEndpoint = await telling(client.authorizationEndpoint()).catch((error) => {
        if (!(error instanceof ProviderFailure)) throw error;
        throw refusal({ code: "identity_unavailable", detail: "The provider cannot be reached. Try again in a moment." });
      });
      const scopes = [...client.scopes];
      const asking = { id, options: { clientId }, authorizationEndpoint, state, codeVerifier, scopes, redirectURI };
      return createAuthorizationURL({ ...asking, ...(idTokenNonce !== undefined && { nonce: idTokenNonce }) });
    },
    // Better Auth reports all failures of an exchange alike, so the code is exchanged later, when it asks for the person.
    validateAuthorizationCode: async ({ code, codeVerifier, redirectURI }) => ({
      raw: { code, codeVerifier, redirectURI } satisfies Handed,
    }),
    async getUserInfo({ raw, expectedIdTokenNonce }) {
      const { provider: begunAt, invitation } = await keptState();
      // A state belongs to the provider at which it began. Another one must neither get the code nor send one.
      if (begunAt !== id) throw await backWith("state_mismatch", options);
      const returned = { ...(raw as unknown as Handed), nonce: expectedIdTokenNonce, issuer: options.returnedIssuer() };
      const profile = await telling(client.identify(returned)).catch(async (error) => {
        throw error instanceof ProviderFailure ? await backWith(error.code, options) : error;
      });
      const email = await admit(id, profile, typeof invitation === "string" ? invitation : undefined, options);
      return { user: { email, emailVerified: profile.emailVerified }, data: { id: profile.id } };
    },
    accountSubject: ({ profile }) => profile.id,
    // New people were added above. Somebody who is still unknown has the e-mail address of another person.
    options: { disableSignUp: true },
  };
}

/** Adds a new person. Returns the e-mail address in lower case; null if the provider has none. */
async function admit(
  providerId: string,
  { id: accountId, names, email, emailVerified, image }: Profile,
  invitation: string | undefined,
  options: ProviderSignInOptions,
): Promise<string | null> {
  if (typeof email !== "string" || email === "") return null;
  const name = [...names, email.split("@")[0]].map(readName).find((readable) => readable !== undefined) ?? "";
  const newcomer = { name, email, emailVerified, image: readImage(image), account: { providerId, accountId } };
  const added = await options.people.add(newcomer, invitation);
  // The address belongs to somebody else: Better Auth refuses that, because it finds no account.
  if (added.ok || added.problem.code === "already_exists") return email.toLowerCase();
  options.log.warn({ provider: providerId, reason: added.problem.detail }, "somebody whom a provider sent was not added");
  throw await backWith(added.problem.code === "forbidden" ? "invitation_gone" : "email_not_valid", options);
}

function readName(said: unknown): string | undefined {
  return typeof said === "string" ? cleanName(said) : undefined;
}

function readImage(said: unknown): string | null {
  const url = typeof said === "string" && said.length <= 2_000 ? URL.parse(said) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}

async function keptState(): Promise<Kept> {
  return ((await getOAuthState())?.serverContext ?? {}) as Kept;
}

/** Redirects the browser to the error target that was given at the start, with a code and no text. */
async function backWith(code: string, { baseUrl }: ProviderSignInOptions): Promise<APIError> {
  const url = new URL((await getOAuthState())?.errorURL ?? baseUrl, baseUrl);
  url.searchParams.set("error", code);
  return new APIError("FOUND", undefined, { location: url.pathname + url.search + url.hash });
}
