/** A server of the very process, browsers with cookies, and an identity provider over real HTTP: what the tests of signing in share. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { onTestFinished } from "vitest";
import { serve } from "../../server.ts";
import { secret, traceDirectory } from "./root.ts";
import { call, type Reply } from "./server.ts";

export const PASSWORD = "correct horse battery staple";

export interface PeopleServer {
  readonly url: string;
  readonly directory: string;
  operator(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  newOrganization(): Promise<string>;
  /** A person with an account of e-mail and password, signed in. */
  signUp(email: string, name?: string): Promise<Browser>;
  stop(): Promise<void>;
}

/** Runs until the test ends, unless `whenDone` ends it later. Passwords are open unless `env` says otherwise. */
export async function peopleServer(
  env: Record<string, string> = {},
  options: {
    directory?: string;
    platform?: string;
    dashboardDirectory?: string | null;
    upstreams?: readonly string[];
    whenDone?: (end: () => Promise<void>) => unknown;
  } = {},
): Promise<PeopleServer> {
  const { directory = traceDirectory("people"), platform = "keyward", whenDone = onTestFinished, ...more } = options;
  const settings = {
    KEYWARD_PASSWORD_SIGN_IN: "open",
    KEYWARD_SIGN_IN_ATTEMPTS: "1000",
    KEYWARD_FAILED_ATTEMPTS: "1000",
    KEYWARD_LOG_LEVEL: "silent",
    ...env,
  };
  const { url, stop } = await serve({ platform, port: 0, host: "127.0.0.1", dataDirectory: directory, ...more }, settings);
  let running: Promise<void> | undefined;
  // Nothing is on its way any more: connections need not stay open for it.
  const stopOnce = () => (running ??= stop(0));
  whenDone(stopOnce);
  const operatorToken = secret(JSON.parse(readFileSync(join(directory, "server.json"), "utf8")).token as string);
  const operator: PeopleServer["operator"] = (method, path, body, headers) =>
    call(url + path, { method, ...asJson(body, { authorization: `Bearer ${operatorToken}`, ...headers }) });
  return {
    url,
    directory,
    stop: stopOnce,
    operator,
    newOrganization: async () => (await operator("POST", "/keyward/v1/organizations", { name: "Acme" })).json.id,
    async signUp(email, name = "Ada") {
      const browser = new Browser(url);
      const reply = await browser.send("POST", "/keyward/auth/sign-up/email", { name, email, password: PASSWORD });
      if (reply.status !== 204) throw new Error(`no account: ${reply.status} ${reply.text}`);
      return browser;
    },
  };
}

function asJson(body: unknown, headers: Record<string, string>): RequestInit {
  return body === undefined ? { headers } : { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** Keeps cookies by name and sends what browsers send. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const own = method === "GET" ? {} : { origin: this.#origin, "sec-fetch-site": "same-origin" };
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply = await call(new URL(path, this.#origin).href, {
      method,
      redirect: "manual",
      ...asJson(body, { ...own, ...(cookie !== "" && { cookie }), ...headers }),
    });
    for (const line of reply.headers.getSetCookie()) this.#keep(line);
    return reply;
  }

  get isSignedIn(): boolean {
    return this.cookies.has("keyward.session_token");
  }

  /** The caller's session as the management API has it. */
  async session() {
    return (await this.send("GET", "/keyward/v1/session")).json;
  }

  async organizationId(): Promise<string> {
    return (await this.session()).organizations[0].id;
  }

  async token(organizationId: string, ttl?: string): Promise<string> {
    const reply = await this.send("POST", "/keyward/v1/session/token", { organizationId, ...(ttl !== undefined && { ttl }) });
    if (reply.status !== 201) throw new Error(`no token: ${reply.status} ${reply.text}`);
    return secret(reply.json.token);
  }

  /** Goes to the provider and comes back; `turn` may change the address on the way back. */
  async signInWith(provider: string, turn: (callback: URL) => string = (callback) => callback.href): Promise<Reply> {
    const begun = await this.send("POST", "/keyward/auth/sign-in/social", { provider });
    if (begun.status !== 200) return begun;
    const authorized = await fetch(begun.json.url, { redirect: "manual" });
    return this.send("GET", turn(new URL(authorized.headers.get("location") ?? "")));
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    if (value === "" || attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
    if (name.endsWith("session_token") && value !== "") secret(decodeURIComponent(value));
  }
}

/** Of an ID token. */
export type Claims = Record<string, unknown>;

interface Identified {
  readonly sub: string;
  readonly email: string;
  readonly verified: boolean;
  readonly name?: string | undefined;
}

interface Grant {
  readonly person: Identified;
  readonly nonce: string | null;
  readonly challenge: string | null;
}

/** An OpenID Connect provider that is also a GitHub, and signs in whoever `person` is. For one test, unless `whenDone` ends it later. */
export async function identityProvider(whenDone: (end: () => void) => unknown = onTestFinished) {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const codes = new Map<string, Grant>();
  const people = new Map<string, Identified>();
  const state = {
    person: { sub: "1", email: "ada@example.com", verified: true, name: "Ada" } as Identified,
    isDown: false,
    agrees: true,
    issuer: "",
    /** What `iss` says on the way back; null for none. */
    returnedIssuer: null as string | null,
    /** What discovery says besides or otherwise. */
    metadata: {} as Record<string, unknown>,
    /** The claims as they would be. Returns the token to send, or undefined for none. */
    idToken: ((claims) => signed(claims)) as (claims: Claims) => Promise<string | undefined>,
    /** What stands at a path of the provider in place of what should. */
    instead: {} as Record<string, { status: number; body: unknown } | "nothing">,
    /** Paths with their methods, and what was sent. */
    asked: [] as { path: string; authorization: string | undefined; form: URLSearchParams }[],
  };
  const signed = (claims: Claims, { key = privateKey, alg = "RS256" }: { key?: CryptoKey | Uint8Array; alg?: string } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid: "one" }).sign(key);

  const authorize = (url: URL, response: ServerResponse) => {
    const code = randomBytes(16).toString("hex");
    codes.set(code, { person: state.person, nonce: url.searchParams.get("nonce"), challenge: url.searchParams.get("code_challenge") });
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    if (state.agrees) back.searchParams.set("code", code);
    else back.searchParams.set("error", "access_denied");
    back.searchParams.set("state", url.searchParams.get("state") ?? "");
    if (state.returnedIssuer !== null) back.searchParams.set("iss", state.returnedIssuer);
    response.writeHead(302, { location: back.href }).end();
  };
  const claimsOf = ({ person: { sub, email, verified, name }, nonce }: Grant): Claims => {
    const iat = Math.floor(Date.now() / 1_000);
    const said = { iss: state.issuer, aud: "client", sub, iat, exp: iat + 300, email, email_verified: verified, name };
    return { ...said, ...(nonce !== null && { nonce }) };
  };
  const token = async (request: IncomingMessage, response: ServerResponse, isOidc: boolean) => {
    let form = "";
    for await (const chunk of request) form += chunk;
    const body = new URLSearchParams(form);
    const { authorization } = request.headers;
    state.asked.push({ path: new URL(request.url ?? "/", state.issuer).pathname, authorization, form: body });
    const grant = codes.get(body.get("code") ?? "");
    codes.delete(body.get("code") ?? "");
    const verifier = body.get("code_verifier") ?? "";
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))).toString("base64url");
    if (grant === undefined || (grant.challenge !== null && grant.challenge !== digest))
      return answer(response, { error: "invalid_grant" }, 400);
    const access_token = secret(randomBytes(32).toString("hex"));
    people.set(access_token, grant.person);
    const id_token = isOidc ? await state.idToken(claimsOf(grant)) : undefined;
    answer(response, {
      access_token,
      token_type: "bearer",
      scope: "openid",
      ...(id_token !== undefined && { id_token: secret(id_token), expires_in: 300 }),
    });
  };
  const bearer = (request: IncomingMessage) => people.get((request.headers.authorization ?? "").replace("Bearer ", ""));

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", state.issuer);
    if (state.isDown) return answer(response, {}, 503);
    const instead = state.instead[url.pathname];
    if (instead === "nothing") return void response.destroy();
    if (instead !== undefined) return answer(response, instead.body, instead.status);
    const person = bearer(request);
    const routes: Record<string, () => unknown> = {
      "/.well-known/openid-configuration": () =>
        answer(response, {
          issuer: state.issuer,
          authorization_endpoint: `${state.issuer}/authorize`,
          token_endpoint: `${state.issuer}/token`,
          userinfo_endpoint: `${state.issuer}/userinfo`,
          jwks_uri: `${state.issuer}/jwks`,
          id_token_signing_alg_values_supported: ["RS256"],
          ...state.metadata,
        }),
      "/jwks": () => answer(response, { keys: [jwk] }),
      "/authorize": () => authorize(url, response),
      "/token": () => token(request, response, true),
      "/userinfo": () =>
        answer(response, person && { sub: person.sub, email: person.email, email_verified: person.verified, name: person.name }),
      "/login/oauth/authorize": () => authorize(url, response),
      "/login/oauth/access_token": () => token(request, response, false),
      "/user": () => answer(response, person && { id: Number(person.sub), login: "ada", name: person.name ?? null }),
      "/user/emails": () => answer(response, person && [{ email: person.email, primary: true, verified: person.verified }]),
    };
    const run = routes[url.pathname];
    return run === undefined ? answer(response, {}, 404) : run();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  whenDone(() => void server.close());
  state.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    state,
    privateKey,
    publicKey,
    jwk,
    signed,
    env: {
      GITHUB_CLIENT_ID: "client",
      GITHUB_CLIENT_SECRET: "client-secret",
      GITHUB_URL: state.issuer,
      GITHUB_API_URL: state.issuer,
      OIDC_ISSUER: state.issuer,
      OIDC_CLIENT_ID: "client",
      OIDC_CLIENT_SECRET: "client-secret",
    },
  };
}

function answer(response: ServerResponse, body: unknown, status = body === undefined ? 401 : 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
}
