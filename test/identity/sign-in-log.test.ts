/** What signing in writes into the log: enough to find out why a provider fails, no secret, and nothing that a stranger could fill it with. */
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Provider, SignInLog } from "../../identity/index.ts";
import { inProcess } from "../http/in-process.ts";
import { codePoint } from "../support/code-points.ts";
import { Browser, type Claims, identityProvider, PASSWORD } from "../support/people.ts";
import { secret } from "../support/root.ts";

interface Line {
  readonly level: keyof SignInLog;
  readonly details: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A server with GitHub and an OpenID Connect provider, of which every line that is logged is kept. */
async function start() {
  const provider = await identityProvider();
  const { issuer } = provider.state;
  const client = { clientId: "client", clientSecret: secret("client-secret-that-nobody-must-see") };
  const providers: Provider[] = [
    { kind: "github", id: "github", name: "GitHub", url: issuer, apiUrl: issuer, ...client },
    { kind: "oidc", id: "oidc", name: "Acme ID", issuer, ...client },
  ];
  const lines: Line[] = [];
  const at = (level: Line["level"]) => (details: Line["details"], message: string) => void lines.push({ level, details, message });
  const log = { error: at("error"), warn: at("warn"), debug: at("debug") };
  const server = await inProcess({ signIn: { providers, password: "open", log } });
  // What Better Auth would write by itself, past every log.
  const written: unknown[] = [];
  const { error, warn, log: say } = console;
  Object.assign(console, {
    error: (...said: unknown[]) => written.push(said),
    warn: (...said: unknown[]) => written.push(said),
    log: (...said: unknown[]) => written.push(said),
  });
  onTestFinished(() => void Object.assign(console, { error, warn, log: say }));
  const errors = () => [...server.logged, ...lines.filter(({ level }) => level === "error"), ...written];
  const warnings = () => lines.filter(({ level }) => level === "warn");
  return { ...provider, server, lines, errors, warnings };
}

let started: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  started = await start();
});

/** A browser at the server, for which the base URL is another than where it listens. */
class Visitor extends Browser {
  override send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return super.send(method, path.replace("http://127.0.0.1:4000", ""), body, {
      ...(method !== "GET" && { origin: "http://127.0.0.1:4000" }),
      ...headers,
    });
  }
}

describe("a stranger", () => {
  const rubbish = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 40 }),
    fc.constantFrom("a".repeat(9_000), "\u0000", "%", "%00", "{}", "a".repeat(32), "github", "..", "' or 1=1 --", "\r\nerror", "\ud800"),
  );
  const name = fc.constantFrom("code", "state", "error", "error_description", "iss", "user", "device_id", "callbackURL", "__proto__");

  test("no call of a callback can write an error, a warning or a long line", async () => {
    const { server, errors, warnings, lines } = started;
    const segment = fc.oneof(
      fc.constantFrom("github", "oidc", "nonesuch", "__proto__", "%00", "%E0%A4%A", "github%2F..", "a".repeat(3_000)),
      rubbish.map((text) => encodeURIComponent(text.toWellFormed())),
    );
    await fc.assert(
      fc.asyncProperty(
        segment,
        fc.array(fc.tuple(name, rubbish), { maxLength: 5 }),
        fc.constantFrom("GET", "POST", "HEAD"),
        fc.boolean(),
        async (provider, query, method, asPage) => {
          const search = new URLSearchParams(query.map(([key, value]) => [key, value.toWellFormed()]));
          const reply = await fetch(`${server.url}/keyward/auth/callback/${provider}?${search}`.slice(0, 12_000), {
            method,
            redirect: "manual",
            headers: { accept: asPage ? "text/html" : "*/*", cookie: `keyward.state=${"a".repeat(32)}.x` },
          });
          expect(reply.status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    expect(errors()).toEqual([]);
    expect(warnings()).toEqual([]);
    for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(400);
  });

  test("no sign-in or sign-up can write any of them either", async () => {
    const { server, errors, warnings } = started;
    const visitor = new Visitor(server.url);
    const bodies = [
      {},
      [],
      "x",
      { provider: "nonesuch" },
      { provider: "__proto__" },
      { provider: "github", callbackURL: "//evil.example" },
      { provider: "github", invitation: "kwi_wrong" },
      { email: "ada@example.com", password: "wrong wrong wrong" },
      { name: "Ada", email: "ada@example.com", password: PASSWORD, invitation: "" },
    ];
    for (const path of ["social", "email"])
      for (const body of bodies) expect((await visitor.send("POST", `/keyward/auth/sign-in/${path}`, body)).status).toBeLessThan(500);
    for (const body of bodies) expect((await visitor.send("POST", "/keyward/auth/sign-up/email", body)).status).toBeLessThan(500);
    for (const code of ["", "wrong", "%00", "a".repeat(9_000)])
      expect((await visitor.send("GET", `/keyward/sign-in?code=${code}`)).status).toBeLessThan(500);
    expect([errors(), warnings()]).toEqual([[], []]);
  });

  test("a person who began to sign in and comes back with an invented code causes one warning, and no error", async () => {
    const { server, errors, warnings } = started;
    const visitor = new Visitor(server.url);
    const begun = await visitor.send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" });
    const state = new URL(begun.json.url).searchParams.get("state");
    const callback = `/keyward/auth/callback/oidc?state=${state}&code=${"c".repeat(8_000)}`;
    for (const _again of [1, 2, 3]) expect((await visitor.send("GET", callback)).status).toBe(303);
    expect(errors()).toEqual([]);
    expect(warnings()).toEqual([expect.objectContaining({ details: expect.objectContaining({ code: "invalid_grant" }) })]);
    expect(JSON.stringify(warnings()).length).toBeLessThan(400);
  });
});

describe("a failure at the provider", () => {
  type Started = typeof started;
  const withIdToken =
    (change: (claims: Claims) => Claims) =>
    ({ state, signed }: Started) => {
      state.idToken = (claims) => signed(change(claims));
    };
  const answering =
    (path: string, status: number, body: unknown) =>
    ({ state }: Started) => {
      state.instead[path] = { status, body };
    };

  test.each<[string, string, (started: Started) => void, Record<string, unknown>, string]>([
    [
      "refuses our client",
      "oidc",
      answering("/token", 401, { error: "invalid_client", error_description: "the client's secret is wrong" }),
      { asked: "POST <issuer>/token", status: 401, code: "invalid_client", reason: "the provider refused" },
      "sign_in_failed",
    ],
    [
      "refuses our client",
      "github",
      answering("/login/oauth/access_token", 200, { error: "incorrect_client_credentials", error_description: "wrong" }),
      {
        asked: "POST <issuer>/login/oauth/access_token",
        status: 200,
        code: "incorrect_client_credentials",
        reason: "the provider refused",
      },
      "sign_in_failed",
    ],
    [
      "sends a page in place of tokens",
      "oidc",
      answering("/token", 200, undefined),
      { asked: "POST <issuer>/token", reason: "the response has no access token" },
      "sign_in_failed",
    ],
    [
      "leads the client's secret away",
      "oidc",
      answering("/token", 307, {}),
      { asked: "POST <issuer>/token", status: 307, reason: "the provider refused" },
      "sign_in_failed",
    ],
    [
      "fails",
      "github",
      answering("/user", 500, {}),
      { asked: "GET <issuer>/user", status: 500, reason: "the provider refused" },
      "identity_unavailable",
    ],
    [
      "fails with userinfo",
      "oidc",
      (all) => {
        withIdToken(({ email: _left, ...claims }) => claims)(all);
        answering("/userinfo", 500, { error: "server_error" })(all);
      },
      { asked: "GET <issuer>/userinfo", status: 500, code: "server_error", reason: "the provider refused" },
      "identity_unavailable",
    ],
    [
      "cannot be reached",
      "oidc",
      ({ state }) => Object.assign(state.instead, { "/token": "nothing" }),
      { asked: "POST <issuer>/token", reason: "the provider cannot be reached" },
      "identity_unavailable",
    ],
    [
      "signs for somebody else",
      "oidc",
      withIdToken((claims) => ({ ...claims, aud: "another" })),
      { asked: "the ID token", code: "ERR_JWT_CLAIM_VALIDATION_FAILED", reason: "it is not valid" },
      "id_token_invalid",
    ],
    [
      "forgets our nonce",
      "oidc",
      withIdToken((claims) => ({ ...claims, nonce: "another" })),
      { asked: "the ID token", reason: "its nonce is not ours" },
      "id_token_invalid",
    ],
    [
      "has no keys any more",
      "oidc",
      answering("/jwks", 500, {}),
      { asked: "GET <issuer>/jwks", reason: "the provider's keys could not be read" },
      "identity_unavailable",
    ],
    [
      "says an address that is none",
      "oidc",
      withIdToken((claims) => ({ ...claims, email: "ada@example.com\nbcc: eve@example.com" })),
      { reason: "email must be an e-mail address" },
      "email_not_valid",
    ],
  ])(
    "that %s is one warning, which says what was asked of %s and how that ended, and nothing secret",
    async (_what, name, spoil, told, error) => {
      const { server, state, lines, errors, warnings } = started;
      spoil(started);
      const visitor = new Visitor(server.url);
      const begun = await visitor.send("POST", "/keyward/auth/sign-in/social", { provider: name });
      const callback = new URL((await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!);
      const reply = await visitor.send("GET", callback.href);
      expect(reply.headers.get("location")).toBe(`/keyward/sign-in?error=${error}`);
      expect(errors()).toEqual([]);
      const shown = JSON.parse(JSON.stringify(warnings()).replaceAll(state.issuer, "<issuer>")) as Line[];
      expect(shown.map(({ details: { code, ...details } }) => ({ ...details, ...("code" in told && { code }) }))).toEqual([
        { provider: name, ...told },
      ]);
      const secrets = ["code", "state"].map((parameter) => callback.searchParams.get(parameter)!);
      for (const { form } of state.asked)
        for (const parameter of ["code", "code_verifier", "client_secret"]) secrets.push(form.get(parameter)!);
      const text = JSON.stringify([lines, server.logged]);
      for (const held of [...secrets, "client-secret", "eyJ", "the client's secret is wrong"]) expect(text).not.toContain(held);
    },
  );

  test.each<[string, (started: Started) => void, Record<string, unknown>]>([
    [
      "is down",
      ({ state }) => Object.assign(state, { isDown: true }),
      { asked: "GET <issuer>/.well-known/openid-configuration", status: 503, reason: "the provider refused" },
    ],
    [
      "is somebody else",
      ({ state }) => Object.assign(state, { metadata: { issuer: "https://evil.example" } }),
      { asked: "GET <issuer>/.well-known/openid-configuration", reason: "the document is another issuer's" },
    ],
    [
      "says half of itself",
      ({ state }) => Object.assign(state, { metadata: { jwks_uri: "no address" } }),
      { asked: "GET <issuer>/.well-known/openid-configuration", reason: "the document's jwks_uri is not readable" },
    ],
  ])("that %s when a sign-in begins is told in the same way", async (_what, spoil, told) => {
    const { server, state, errors, warnings } = started;
    spoil(started);
    expect((await new Visitor(server.url).send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" })).status).toBe(503);
    expect(errors()).toEqual([]);
    expect(JSON.parse(JSON.stringify(warnings()).replaceAll(state.issuer, "<issuer>"))).toEqual([
      { level: "warn", message: "signing in with a provider failed", details: { provider: "oidc", ...told } },
    ]);
  });
});
