/**
 * Sets up Better Auth: accounts, passwords, OAuth and sessions on Keyward's own tables. No other file loads it, and it is loaded when somebody
 * signs in for the first time: verification does not need it.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import { StoreUnavailable } from "../service/index.ts";
import { OPERATOR, type People } from "../service/people.ts";
import type { SignInLog } from "./log.ts";
import { PASSWORD_LENGTH } from "./password-length.ts";
import { passwordSignUp } from "./password-sign-up.ts";
import { ADDRESS_HEADER, AUTH_PATH, pathPrefix, SIGN_IN_PAGE } from "./paths.ts";
import type { Provider } from "./provider.ts";
import { providerSignIn } from "./provider-sign-in.ts";
import { COOKIE_PREFIX, cookiePath, SESSION_SECONDS } from "./session-cookie.ts";

export interface SignInOptions {
  readonly database: NonNullable<BetterAuthOptions["database"]>;
  /** The base URL at which people reach the server, without a slash at its end. */
  readonly baseUrl: string;
  readonly secret: string;
  readonly providers: readonly Provider[];
  /** E-mail and password: for everybody, for those who hold an invitation, or not at all. */
  readonly password: "open" | "invited" | undefined;
  /** A new id for a record of this model. */
  readonly newId: (model: string) => string;
  /** Called before each new session of a person. If it throws, the sign-in fails. */
  readonly beforeSession: (user: { readonly id: string; readonly name: string }) => Promise<void>;
  readonly people: Pick<People, "add" | "invitationDigest" | "ensureOperator" | "takeOperatorCode">;
  readonly clock: () => number;
  readonly log: SignInLog;
}

export type SignIn = ReturnType<typeof signIn>;

export function signIn(options: SignInOptions) {
  const { database, baseUrl, secret, password, newId, log } = options;
  /** The `iss` parameter of the current callback, which Better Auth does not pass on. */
  const issuers = new AsyncLocalStorage<string | undefined>();
  const auth = betterAuth({
    appName: "Keyward",
    // With the path: Better Auth appends no basePath to a URL that has one.
    baseURL: `${baseUrl}${AUTH_PATH}`,
    basePath: AUTH_PATH,
    secret,
    database,
    ...tables,
    session: { ...tables.session, expiresIn: SESSION_SECONDS, disableSessionRefresh: true },
    // An account is found by issuer and subject only. An account with the same e-mail address may belong to somebody else.
    account: { ...tables.account, accountLinking: { enabled: false }, updateAccountOnSignIn: false },
    emailAndPassword: {
      enabled: password !== undefined,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.minimum,
      maxPasswordLength: PASSWORD_LENGTH.maximum,
      revokeSessionsOnPasswordReset: true,
    },
    plugins: [providerSignIn({ ...options, returnedIssuer: () => issuers.getStore() }), passwordSignUp(options), operatorLink(options)],
    databaseHooks: {
      session: {
        create: {
          before: async ({ userId }) => {
            if (userId === OPERATOR.id) return;
            const user = await (await auth.$context).internalAdapter.findUserById(userId);
            if (user !== null) await options.beforeSession(user);
          },
        },
      },
    },
    // Attempts are limited before a request gets here, for each client and account: http/sign-in/attempts.ts.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: baseUrl.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: cookiePath(pathPrefix(baseUrl)) },
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // Keyward's migrations create the tables. A test compares them with what Better Auth requires.
      database: { generateId: ({ model }) => newId(model), validateSchema: false },
    },
    onAPIError: { throw: true, errorURL: `${baseUrl}${SIGN_IN_PAGE}` },
    telemetry: { enabled: false },
    logger: { level: "warn", log: (_level, message, ...details) => tell(log, message, details) },
  });
  return {
    options: auth.options,
    /** Resolves when requests can be handled. */
    ready: auth.$context,
    handle: (request: Request): Promise<Response> =>
      issuers.run(new URL(request.url).searchParams.get("iss") ?? undefined, () => auth.handler(request)),
  };
}

/**
 * Logs a message of Better Auth. Its messages are about requests, which anybody can send, so they are logged as `debug`; only an outage of
 * the store is an error. Details are never logged: they may contain a provider's token.
 */
function tell(log: SignInLog, message: string, details: readonly unknown[]): void {
  const outage = details.find((detail) => detail instanceof StoreUnavailable);
  if (outage !== undefined) log.error({ failure: outage.message }, "the store is not available");
  else log.debug({ said: message.slice(0, 200) }, "signing in was refused");
}

const times = { createdAt: "created_at", updatedAt: "updated_at" };
const tables = {
  user: { modelName: "users", fields: { ...times, emailVerified: "email_verified" } },
  session: {
    modelName: "sessions",
    fields: { ...times, expiresAt: "expires_at", ipAddress: "ip_address", userAgent: "user_agent", userId: "user_id" },
  },
  account: {
    modelName: "accounts",
    fields: {
      ...times,
      accountId: "account_id",
      providerId: "provider_id",
      userId: "user_id",
      accessToken: "access_token",
      refreshToken: "refresh_token",
      idToken: "id_token",
      accessTokenExpiresAt: "access_token_expires_at",
      refreshTokenExpiresAt: "refresh_token_expires_at",
    },
  },
  verification: { modelName: "verifications", fields: { ...times, expiresAt: "expires_at" } },
} satisfies BetterAuthOptions;

/** Signs in with the link that the server prints on its first start, when there is no other way to sign in. */
function operatorLink({ people, baseUrl }: SignInOptions): BetterAuthPlugin {
  const query = z.object({ code: z.string().max(100) });
  return {
    id: "operator-link",
    endpoints: {
      signInOperator: createAuthEndpoint("/operator", { method: "GET", query }, async (c) => {
        if (!(await people.takeOperatorCode(c.query.code)))
          throw new APIError("UNAUTHORIZED", { message: "This link has been used, or has expired." });
        await people.ensureOperator();
        const { internalAdapter } = c.context;
        const session = await internalAdapter.createSession(OPERATOR.id);
        const user = await internalAdapter.findUserById(OPERATOR.id);
        if (user === null) throw new APIError("INTERNAL_SERVER_ERROR");
        await setSessionCookie(c, { session, user });
        throw c.redirect(`${baseUrl}/keyward/`);
      }),
    },
  };
}
