/** People and their sessions: finds who presents a cookie or a JWT of the platform, and signs people in. */
import { randomBytes } from "node:crypto";
import type { BetterAuthOptions } from "better-auth";
import { idFactory } from "../engine/id.ts";
import type { IdentityProvider } from "../engine/identity-provider.ts";
import type { Keyward, Session } from "../service/index.ts";
import { deviceCookie, readDeviceCookie } from "./device-cookie.ts";
import type { SignInLog } from "./log.ts";
import { pathPrefix, SIGN_IN_PAGE } from "./paths.ts";
import type { platformJwtReader } from "./platform-jwt.ts";
import type { PlatformMember } from "./platform-member.ts";
import type { Provider } from "./provider.ts";
import { clearedSessionCookie, presentsSessionCookie, readSessionCookie, signSessionAnew } from "./session-cookie.ts";
import type { SignIn } from "./sign-in.ts";

export type { SignInLog } from "./log.ts";
export { IdentityUnavailable } from "./platform-member.ts";
export type { Provider } from "./provider.ts";

export interface IdentityOptions {
  readonly service: Pick<Keyward, "people" | "clock">;
  /** Signs session cookies, and encrypts what the sign-in library stores. */
  readonly sessionSecret: string;
  /** Signed the session cookies of people who signed in before the secret was replaced. */
  readonly previousSessionSecret?: string | undefined;
  /** Opens Keyward's own database for Better Auth. Called when somebody signs in for the first time. */
  readonly database: () => Promise<object>;
  /** Returns the configured base URL, without a slash at its end. A function, because a free port is known only after the start. */
  readonly baseUrl: () => string;
  readonly providers: readonly Provider[];
  /** E-mail and password: for everybody, for those who hold an invitation, or not at all. */
  readonly password: "open" | "invited" | undefined;
  /** The platform's own sign-in, whose JWTs are accepted too. */
  readonly platform: IdentityProvider | undefined;
  /** Called once for each organization that a first sign-in has created, with its owner, so that a first key can be created. */
  readonly onOrganizationMade?: ((organizationId: string, userId: string) => Promise<void>) | undefined;
  readonly log: SignInLog;
}

export interface Identity {
  readonly providers: readonly Pick<Provider, "id" | "name">[];
  readonly password: "open" | "invited" | undefined;
  readonly baseUrl: () => string;
  /** Handles a request below `/keyward/auth`. Rejects when the store fails. */
  handle(request: Request): Promise<Response>;
  /** The session in a `Cookie` header, if it has not ended or expired. */
  session(cookieHeader: string | undefined): Promise<Session | undefined>;
  /** Whether a `Cookie` header has a session cookie, valid or not. */
  presentsSession(cookieHeader: string | undefined): boolean;
  /** The device in a `Cookie` header, if it has signed in with this e-mail address before; undefined otherwise. */
  knownDevice(cookieHeader: string | undefined, email: string): string | undefined;
  /** A `Set-Cookie` that marks this browser as one that has signed in with this e-mail address. */
  deviceCookie(email: string): string;
  /** The person in a JWT of the platform's own sign-in; undefined if it is not valid. @throws IdentityUnavailable */
  platformMember(token: string): Promise<PlatformMember | undefined>;
  /** A `Set-Cookie` that removes the session from the browser. */
  clearedCookie(): string;
  /** Creates a link that signs the operator in, once, within 15 minutes. It replaces the previous link. */
  operatorLink(): Promise<{ readonly url: string; readonly expiresAt: number }>;
}

const ID_PREFIXES: Readonly<Record<string, string>> = { user: "usr_", session: "ses_", account: "acc_", verification: "ver_" };

export function openIdentity(options: IdentityOptions): Identity {
  const { service, sessionSecret, previousSessionSecret, baseUrl, providers, password, platform, log } = options;
  const { people, clock } = service;
  const isSecure = () => baseUrl().startsWith("https:");
  const newId = idFactory(randomBytes);

  async function beforeSession(user: { readonly id: string; readonly name: string }): Promise<void> {
    const made = await people.ensureOrganization(user);
    if (made === undefined || options.onOrganizationMade === undefined) return;
    await options
      .onOrganizationMade(made, user.id)
      .catch((error) => log.error({ failure: String(error) }, "what follows a new organization failed"));
  }

  async function start(): Promise<SignIn> {
    const { signIn } = await import("./sign-in.ts");
    const auth = signIn({
      database: (await options.database()) as NonNullable<BetterAuthOptions["database"]>,
      baseUrl: baseUrl(),
      secret: sessionSecret,
      providers,
      password,
      newId: (model) => newId({ prefix: ID_PREFIXES[model] ?? `${model}_`, spelling: "ulid" }, clock()),
      beforeSession,
      people,
      clock,
      log,
    });
    await auth.ready;
    return auth;
  }

  /** Better Auth knows the current secret only. */
  function signedAnew(request: Request): Request {
    if (previousSessionSecret === undefined) return request;
    const cookies = request.headers.get("cookie");
    const signed = signSessionAnew(cookies ?? undefined, isSecure(), { from: previousSessionSecret, to: sessionSecret });
    if (signed === undefined) return request;
    const headers = new Headers(request.headers);
    headers.set("cookie", signed);
    return new Request(request, { headers });
  }

  let reader: Promise<ReturnType<typeof platformJwtReader>> | undefined;
  function readerOf(provider: IdentityProvider) {
    reader ??= import("./platform-jwt.ts").then((loaded) => loaded.platformJwtReader(provider, clock));
    return reader;
  }

  let started: Promise<SignIn> | undefined;
  async function running(): Promise<SignIn> {
    started ??= start();
    try {
      return await started;
    } catch (error) {
      started = undefined;
      throw error;
    }
  }

  return {
    providers: providers.map(({ id, name }) => ({ id, name })),
    password,
    baseUrl,
    handle: async (request) => (await running()).handle(signedAnew(request)),
    session(cookieHeader) {
      const token = readSessionCookie(cookieHeader, isSecure(), sessionSecret, previousSessionSecret);
      return token === undefined ? Promise.resolve(undefined) : people.session({ token });
    },
    presentsSession: (cookieHeader) => presentsSessionCookie(cookieHeader, isSecure()),
    knownDevice: (cookieHeader, email) => readDeviceCookie(cookieHeader, isSecure(), sessionSecret, email),
    deviceCookie: (email) =>
      deviceCookie(
        { secret: sessionSecret, isSecure: isSecure(), prefix: pathPrefix(baseUrl()) },
        randomBytes(16).toString("base64url"),
        email,
      ),
    platformMember: async (token) => (platform === undefined ? undefined : (await readerOf(platform))(token)),
    clearedCookie: () => clearedSessionCookie(isSecure(), pathPrefix(baseUrl())),
    async operatorLink() {
      const { code, expiresAt } = await people.operatorCode();
      return { url: `${baseUrl()}${SIGN_IN_PAGE}?code=${code}`, expiresAt };
    },
  };
}
