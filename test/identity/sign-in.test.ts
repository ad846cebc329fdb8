/** Signing in: with a provider, with a password, with the operator's link; and what must not sign anybody in. */
import { request } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { getMigrations } from "better-auth/db/migration";
import { expect, test } from "vitest";
import { ok } from "../../engine/errors.ts";
import { signIn } from "../../identity/sign-in.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { Browser, identityProvider, PASSWORD, peopleServer } from "../support/people.ts";
import { secret } from "../support/root.ts";
import { call } from "../support/server.ts";
import { SILENT } from "../support/service.ts";

test.each(["github", "oidc"])("%s signs a person in, with an organization of the own, and finds both again", async (provider) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  const back = await browser.signInWith(provider);
  expect({ status: back.status, location: back.headers.get("location") }).toEqual({ status: 303, location: "/keyward/" });
  const session = await browser.session();
  expect(session).toMatchObject({
    user: { name: "Ada", email: "ada@example.com" },
    isOperator: false,
    organizations: [
      {
        name: "Ada",
        role: "owner",
        permissions: ["read", "export", "keys", "members", "organization"],
        assignableRoles: ["owner", "admin", "member", "viewer"],
      },
    ],
  });
  expect(session.signIn.passwordLength).toEqual({ minimum: 12, maximum: 128 });

  const elsewhere = new Browser(server.url);
  await elsewhere.signInWith(provider);
  const again = await elsewhere.session();
  expect(again.user.id).toBe(session.user.id);
  expect(again.organizations).toEqual(session.organizations);
});

test("at AgentPay the first sign-in makes a first key too, once, and it works; every further one finds it", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env, { platform: "agentpay" });
  const browser = new Browser(server.url);
  await browser.signInWith("github");
  const path = `/keyward/v1/organizations/${await browser.organizationId()}/keys`;
  const { data } = (await browser.send("GET", path)).json;
  expect(data).toEqual([expect.objectContaining({ name: "First key", status: "active" })]);
  const shown = await browser.send("POST", `${path}/${data[0].id}/show`);
  const whoami = await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": secret(shown.json.key) } });
  expect(whoami.status).toBe(200);

  const again = Array.from({ length: 5 }, () => new Browser(server.url));
  await Promise.all(again.map((other) => other.signInWith("github")));
  for (const other of again) expect((await other.send("GET", path)).json.data).toEqual([expect.objectContaining({ id: data[0].id })]);
  await browser.send("DELETE", `${path}/${data[0].id}`);
  await new Browser(server.url).signInWith("github");
  expect((await browser.send("GET", `${path}?active=true`)).json.data).toEqual([]);

  await server.stop();
  const database = new DatabaseSync(`${server.directory}/keyward.db`);
  expect(database.prepare("select actor from audit where action = 'key.created'").all()).toEqual([
    { actor: expect.stringMatching(/^usr_/) },
  ]);
  database.close();
});

test("elsewhere the first sign-in makes no key", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  await browser.signInWith("github");
  expect((await browser.send("GET", `/keyward/v1/organizations/${await browser.organizationId()}/keys`)).json.data).toEqual([]);
});

test("the cookies of session and device are HttpOnly, SameSite=Lax and bound to /keyward; Secure and __Secure- with an https base URL", async () => {
  const server = await peopleServer();
  const cookieOf = async (url: string, origin: string) =>
    (
      await new Browser(url).send(
        "POST",
        "/keyward/auth/sign-up/email",
        { name: "Ada", email: "a@example.com", password: PASSWORD },
        { origin },
      )
    ).headers.getSetCookie();
  expect(await cookieOf(server.url, server.url)).toEqual([
    expect.stringMatching(/^keyward\.session_token=[^;]+; Max-Age=604800; Path=\/keyward; HttpOnly; SameSite=Lax$/),
    expect.stringMatching(/^keyward\.device=[^;]+; Max-Age=15552000; Path=\/keyward; HttpOnly; SameSite=Lax$/),
  ]);
  const secure = await peopleServer({ KEYWARD_BASE_URL: "https://keys.example.com" });
  expect(await cookieOf(secure.url, "https://keys.example.com")).toEqual([
    expect.stringMatching(/^__Secure-keyward\.session_token=.*; HttpOnly; Secure; SameSite=Lax$/),
    expect.stringMatching(/^__Secure-keyward\.device=.*; HttpOnly; SameSite=Lax; Secure$/),
  ]);
});

test("the callback's address comes from the configuration, whatever Host says", async () => {
  const { env, state } = await identityProvider();
  const server = await peopleServer({ ...env, KEYWARD_BASE_URL: "https://keys.example.com" });
  const body = JSON.stringify({ provider: "github" });
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request(
      `${server.url}/keyward/auth/sign-in/social`,
      {
        method: "POST",
        headers: {
          host: "evil.example",
          "x-forwarded-host": "evil.example",
          origin: "https://keys.example.com",
          "content-type": "application/json",
          "content-length": body.length,
        },
      },
      (reply) => {
        let read = "";
        reply.on("data", (chunk) => (read += chunk)).on("end", () => resolve(read));
      },
    );
    sent.on("error", reject).end(body);
  });
  const url = new URL(JSON.parse(text).url);
  expect(url.origin).toBe(state.issuer);
  expect(url.searchParams.get("redirect_uri")).toBe("https://keys.example.com/keyward/auth/callback/github");
});

test.each([
  ["another state", "state", "a".repeat(32)],
  ["no state", "state", undefined],
  ["another code", "code", "wrong"],
  ["no code", "code", undefined],
  ["an error", "error", "access_denied"],
])("a callback with %s signs nobody in and leads to the sign-in page", async (_what, name, value) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  const reply = await browser.signInWith("github", (callback) => {
    callback.searchParams.delete(name);
    if (value !== undefined) callback.searchParams.set(name, value);
    return callback.href;
  });
  expect(reply.status).toBe(303);
  const location = new URL(reply.headers.get("location")!, server.url);
  expect({ origin: location.origin, path: location.pathname, error: location.searchParams.get("error") }).toEqual({
    origin: server.url,
    path: "/keyward/sign-in",
    error: expect.stringMatching(/./),
  });
  expect(browser.isSignedIn).toBe(false);
});

test.each([
  ["<img src=x onerror=alert(1)>", "sign_in_failed"],
  ["Call +1 555 0100 to unlock your key", "sign_in_failed"],
  ["ACCESS_DENIED", "sign_in_failed"],
  ["a".repeat(65), "sign_in_failed"],
  ["access_denied", "access_denied"],
])("of the error %j in a callback the sign-in page gets %s, and no description", async (error, told) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const reply = await new Browser(server.url).signInWith("github", (callback) => {
    callback.searchParams.delete("code");
    callback.searchParams.set("error", error);
    callback.searchParams.set("error_description", "Call +1 555 0100");
    return callback.href;
  });
  expect([reply.status, reply.headers.get("location")]).toEqual([303, `/keyward/sign-in?error=${told}`]);
});

test.each([
  ["a callback of a provider that is not there", "/keyward/auth/callback/nonesuch?code=a&state=b", "state_mismatch|state_not_found"],
  ["a callback with nothing", "/keyward/auth/callback/github", "state_not_found"],
  ["a code of the operator's link that is wrong", "/keyward/sign-in?code=wrong", "invalid_credential"],
  ["a code that is too long", `/keyward/sign-in?code=${"a".repeat(200)}`, "invalid_request"],
])("%s leads a browser to the sign-in page", async (_what, path, code) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const reply = await new Browser(server.url).send("GET", path, undefined, { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" });
  expect([reply.status, reply.text]).toEqual([303, ""]);
  const location = new URL(reply.headers.get("location")!, server.url);
  expect(location.href).toMatch(new RegExp(`^${server.url}/keyward/sign-in\\?error=(?:${code})$`));
});

test("too many attempts at the operator's link: browsers get the sign-in page, programs Retry-After", async () => {
  const server = await peopleServer({ KEYWARD_FAILED_ATTEMPTS: "1" });
  const guess = (accept: string) => new Browser(server.url).send("GET", "/keyward/sign-in?code=wrong", undefined, { accept });
  await guess("*/*");
  expect((await guess("text/html")).headers.get("location")).toBe("/keyward/sign-in?error=rate_limited");
  const refused = await guess("application/json");
  expect([refused.status, refused.json.code, refused.headers.get("retry-after")]).toEqual([
    429,
    "rate_limited",
    expect.stringMatching(/^[1-9]\d*$/),
  ]);
});

test("a callback signs in once, and only the browser that began", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const [browser, attacker] = [new Browser(server.url), new Browser(server.url)];
  let callback = "";
  await browser.signInWith("github", (url) => (callback = url.href));
  expect(browser.isSignedIn).toBe(true);
  browser.cookies.delete("keyward.session_token");
  await browser.send("GET", callback);
  expect(browser.isSignedIn).toBe(false);

  const begun = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "github" });
  const authorized = await fetch(begun.json.url, { redirect: "manual" });
  await attacker.send("GET", authorized.headers.get("location")!);
  expect(attacker.isSignedIn).toBe(false);
});

test.each([
  ["unverified", false],
  ["verified", true],
])("an account of a provider with somebody else's e-mail address, %s, is not linked and gets no session", async (_how, verified) => {
  const { env, state } = await identityProvider();
  const server = await peopleServer(env);
  const victim = await server.signUp("victim@example.com", "Victim");
  state.person = { sub: "666", email: "Victim@Example.com", verified, name: "Mallory" };
  for (const provider of ["github", "oidc"]) {
    const mallory = new Browser(server.url);
    const reply = await mallory.signInWith(provider);
    expect(reply.headers.get("location")).toContain("error=account_not_linked");
    expect(mallory.isSignedIn).toBe(false);
  }
  expect((await victim.session()).user.name).toBe("Victim");
});

test("the same subject at two issuers is two people", async () => {
  const { env, state } = await identityProvider();
  const server = await peopleServer(env);
  const [one, other] = [new Browser(server.url), new Browser(server.url)];
  await one.signInWith("github");
  state.person = { sub: "1", email: "other@example.com", verified: true, name: "Other" };
  await other.signInWith("oidc");
  expect((await one.session()).user.id).not.toBe((await other.session()).user.id);
});

test.each([
  "//evil.example",
  "https://evil.example",
  "http:evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  " //evil.example",
  "javascript:alert(1)",
  "/keyward\\..\\evil",
  "evil",
  "",
])("the redirect target %j is refused, before anything is begun", async (target) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  for (const field of ["callbackURL", "errorCallbackURL"]) {
    const reply = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "github", [field]: target });
    expect(reply.status).toBe(400);
    expect(reply.json.errors?.[0]?.field).toBe(field);
  }
  expect(browser.cookies.size).toBe(0);
});

test("a path of this server is a redirect target", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  const begun = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "oidc", callbackURL: "/keyward/keys?new=1#top" });
  const authorized = await fetch(begun.json.url, { redirect: "manual" });
  expect((await browser.send("GET", authorized.headers.get("location")!)).headers.get("location")).toBe("/keyward/keys?new=1#top");
});

test("what a provider gives is not kept", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  await new Browser(server.url).signInWith("oidc");
  await server.stop();
  const database = new DatabaseSync(`${server.directory}/keyward.db`);
  expect(database.prepare("select access_token, refresh_token, id_token, password from accounts").all()).toEqual([
    { access_token: null, refresh_token: null, id_token: null, password: null },
  ]);
  database.close();
});

test("a provider that is down while Keyward starts works when it is up again", async () => {
  const { env, state } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  state.isDown = true;
  expect((await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "oidc" })).status).toBe(503);
  state.isDown = false;
  await browser.signInWith("oidc");
  expect(browser.isSignedIn).toBe(true);
});

test("a password signs in; a wrong one, an unknown address and a reserved one do not, and no response holds the session's token", async () => {
  const server = await peopleServer();
  const ada = await server.signUp("ada@example.com");
  expect((await ada.session()).user.email).toBe("ada@example.com");
  const browser = new Browser(server.url);
  const wrong = await browser.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: "wrong wrong wrong" });
  const unknown = await browser.send("POST", "/keyward/auth/sign-in/email", { email: "eve@example.com", password: PASSWORD });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(wrong.text).toBe(unknown.text);
  expect(wrong.json.detail).toBe("No account here has this e-mail address and this password.");
  expect(
    (await browser.send("POST", "/keyward/auth/sign-up/email", { name: "Eve", email: "operator@keyward.invalid", password: PASSWORD }))
      .status,
  ).toBe(400);
  expect(
    (await browser.send("POST", "/keyward/auth/sign-up/email", { name: "Eve", email: "ada@example.com", password: PASSWORD })).status,
  ).toBe(409);
  expect(browser.isSignedIn).toBe(false);
  const right = await browser.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD });
  expect([right.status, right.text]).toEqual([204, ""]);
  expect((await browser.session()).user.name).toBe("Ada");
});

test("after too many attempts the refusal says how long to wait", async () => {
  const server = await peopleServer({ KEYWARD_SIGN_IN_ATTEMPTS: "1" });
  const guess = () =>
    new Browser(server.url).send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: "wrong wrong wrong" });
  await guess();
  const refused = await guess();
  const seconds = Number(refused.headers.get("retry-after"));
  expect([refused.status, refused.json.code]).toEqual([429, "rate_limited"]);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
});

test("changing the password ends the other sessions", async () => {
  const server = await peopleServer();
  const ada = await server.signUp("ada@example.com");
  const other = new Browser(server.url);
  await other.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD });
  const changed = await ada.send("POST", "/keyward/auth/change-password", {
    currentPassword: PASSWORD,
    newPassword: "another good password",
  });
  expect(changed.status).toBe(204);
  expect((await other.session()).user).toBeNull();
  expect((await ada.session()).user.name).toBe("Ada");
  const again = await ada.send(
    "POST",
    "/keyward/auth/change-password",
    { currentPassword: PASSWORD, newPassword: "another good password" },
    { accept: "application/problem+json" },
  );
  expect([again.status, again.json.errors]).toEqual([400, [{ field: "currentPassword", message: "This is not your password." }]]);
});

test("a person who signs in with a provider has no password to change, and gets a refusal that says so", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  await browser.signInWith("github");
  const refused = await browser.send(
    "POST",
    "/keyward/auth/change-password",
    { currentPassword: PASSWORD, newPassword: "another good password" },
    { accept: "application/problem+json" },
  );
  expect([refused.status, refused.json.detail]).toEqual([400, "This account has no password here: it signs in another way."]);
});

test("with `off` nobody can use a password; with `invited` an account needs a valid invitation", async () => {
  const off = await peopleServer({ KEYWARD_PASSWORD_SIGN_IN: "off" });
  await expect(off.signUp("ada@example.com")).rejects.toThrow("404");
  const server = await peopleServer({ KEYWARD_PASSWORD_SIGN_IN: "invited" });
  await expect(server.signUp("ada@example.com")).rejects.toThrow("403");
  const organizationId = await server.newOrganization();
  const { link } = (
    await server.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role: "admin", note: "Ada" })
  ).json;
  const invitation = new URL(link).hash.slice(1);
  const ada = new Browser(server.url);
  expect(
    (await ada.send("POST", "/keyward/auth/sign-up/email", { name: "Ada", email: "ada@example.com", password: PASSWORD, invitation }))
      .status,
  ).toBe(204);
  expect((await ada.send("POST", "/keyward/v1/invitations/accept", { token: invitation })).json, "repeated by whoever has used it").toEqual(
    { organizationId, role: "admin" },
  );
});

test.each([
  ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["a sister of this site", { origin: "https://evil.example.com", "sec-fetch-site": "same-site" }],
  ["an opaque origin", { origin: "null", "sec-fetch-site": "same-origin" }],
  ["an old browser", { origin: "https://evil.example", "sec-fetch-site": "" }],
])("what %s sends changes nothing: not signing in, not the session, not the keys", async (_who, headers) => {
  const server = await peopleServer();
  const ada = await server.signUp("ada@example.com");
  const organizationId = await ada.organizationId();
  const statuses = [
    await ada.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD }, headers),
    await ada.send("POST", "/keyward/v1/session/token", { organizationId }, headers),
    await ada.send("POST", `/keyward/v1/organizations/${organizationId}/keys`, {}, headers),
    await ada.send("DELETE", "/keyward/v1/session", undefined, headers),
  ].map(({ status }) => status);
  expect(statuses).toEqual([403, 403, 403, 403]);
  expect((await ada.send("GET", `/keyward/v1/organizations/${organizationId}/keys`)).json.data).toEqual([]);
});

test("endpoints of the library that are not declared do not exist", async () => {
  const server = await peopleServer();
  const ada = await server.signUp("ada@example.com");
  for (const path of [
    "get-session",
    "list-sessions",
    "update-user",
    "delete-user",
    "link-social",
    "change-email",
    "reset-password",
    "request-password-reset",
    "verify-email",
    "operator?code=a",
    "ok",
    "error",
    "sign-out",
    "revoke-sessions",
    "list-accounts",
    "get-access-token",
  ]) {
    for (const method of ["GET", "POST"])
      expect((await ada.send(method, `/keyward/auth/${path}`, method === "POST" ? {} : undefined)).status, `${method} ${path}`).toBe(404);
  }
});

test("the tables are those that the library asks for", async () => {
  const server = await peopleServer();
  await server.stop();
  const opened = await openSqlite({ directory: server.directory });
  const auth = signIn({
    database: await opened.guest(),
    baseUrl: "http://127.0.0.1",
    secret: "s".repeat(32),
    providers: [],
    password: "open",
    newId: () => "",
    beforeSession: async () => undefined,
    people: {
      add: async () => ok(undefined),
      invitationDigest: async () => ok(""),
      ensureOperator: async () => undefined,
      takeOperatorCode: async () => false,
    },
    clock: () => 0,
    log: SILENT,
  });
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
  await opened.close();
  expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
});
