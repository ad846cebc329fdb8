/** Who may do what in the management API: sessions, JWTs, roles, members and invitations. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { openIdentity } from "../../../identity/index.ts";
import { ADDRESS_HEADER } from "../../../identity/paths.ts";
import { keyward as keywardPlatform } from "../../../platforms/keyward.ts";
import { composeService } from "../../../service/compose.ts";
import { StoreUnavailable } from "../../../service/index.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import { openSqlite } from "../../../stores/sqlite/open.ts";
import { joinAs } from "../../support/join.ts";
import { Browser, PASSWORD, type PeopleServer, peopleServer } from "../../support/people.ts";
import { secret, traceDirectory } from "../../support/root.ts";
import { call } from "../../support/server.ts";
import { SILENT, testService } from "../../support/service.ts";

const keysOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}/keys`;
const membersOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}/members`;
const invitationsOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}/invitations`;

const withToken = (server: PeopleServer, token: string, method: string, path: string, body?: unknown) =>
  call(server.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const idOf = async (browser: Browser): Promise<string> => (await browser.session()).user.id;

describe("a session", () => {
  test("that nobody has says how one can sign in", async () => {
    const server = await peopleServer({ GITHUB_CLIENT_ID: "a", GITHUB_CLIENT_SECRET: "b" });
    expect(await new Browser(server.url).session()).toEqual({
      user: null,
      isOperator: false,
      expiresAt: null,
      organizations: [],
      signIn: { providers: [{ id: "github", name: "GitHub" }], password: "open", passwordLength: { minimum: 12, maximum: 128 } },
    });
  });

  test("manages keys by its cookie and by its JWT, and the audit log has the person", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const made = await ada.send("POST", keysOf(organizationId), { name: "one" });
    expect(made.status).toBe(201);
    secret(made.json.key);
    const token = await ada.token(organizationId);
    const revoked = await withToken(server, token, "DELETE", `${keysOf(organizationId)}/${made.json.id}`);
    expect(revoked.status).toBe(204);
  });

  test("signed out: cookie and JWT are refused at once, other sessions are not", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const token = await ada.token(organizationId);
    const stolen = new Map(ada.cookies);
    const elsewhere = new Browser(server.url);
    await elsewhere.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD });
    expect((await withToken(server, token, "GET", keysOf(organizationId))).status).toBe(200);
    expect((await ada.send("DELETE", "/keyward/v1/session")).status).toBe(204);
    expect(ada.isSignedIn).toBe(false);
    for (const [name, value] of stolen) ada.cookies.set(name, value);
    expect((await ada.send("GET", keysOf(organizationId))).status).toBe(401);
    expect((await withToken(server, token, "GET", keysOf(organizationId))).status).toBe(401);
    expect((await withToken(server, token, "GET", "/keyward/v1/session")).status).toBe(401);
    expect((await elsewhere.send("GET", keysOf(organizationId))).status).toBe(200);
  });

  test("signing out everywhere ends all sessions of the person at once, and no others", async () => {
    const server = await peopleServer();
    const [ada, eve] = [await server.signUp("ada@example.com"), await server.signUp("eve@example.com")];
    const elsewhere = new Browser(server.url);
    await elsewhere.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD });
    const organizationId = await ada.organizationId();
    const token = await elsewhere.token(organizationId);
    // A JWT is for the keys of one organization, and not for what concerns the person.
    expect((await withToken(server, await ada.token(organizationId), "DELETE", "/keyward/v1/sessions")).status).toBe(403);
    expect((await withToken(server, token, "POST", "/keyward/v1/session/token", { organizationId })).status).toBe(403);
    expect((await ada.send("DELETE", "/keyward/v1/sessions")).status).toBe(204);
    for (const browser of [ada, elsewhere]) expect((await browser.send("GET", keysOf(organizationId))).status).toBe(401);
    expect((await withToken(server, token, "GET", keysOf(organizationId))).status).toBe(401);
    expect((await eve.session()).user.email).toBe("eve@example.com");
  });

  test("of an altered, foreign or doubled cookie is none, and a cookie never makes a wrong token good", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const path = keysOf(await ada.organizationId());
    const good = ada.cookies.get("keyward.session_token")!;
    const [token] = decodeURIComponent(good).split(".");
    for (const cookie of [
      token!,
      `${token}.`,
      `${token}.${Buffer.alloc(32).toString("base64")}`,
      good.slice(0, -4),
      `x${good}`,
      "%",
      "%zz.a",
    ]) {
      const reply = await call(server.url + path, { headers: { cookie: `keyward.session_token=${cookie}` } });
      expect(reply.status, cookie).toBe(401);
    }
    expect(
      (await call(server.url + path, { headers: { cookie: `keyward.session_token=${good}; keyward.session_token=planted` } })).status,
    ).toBe(401);
    expect((await ada.send("GET", path, undefined, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await ada.send("GET", path)).status).toBe(200);
  });

  test("is nothing to verify and to platform credentials", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    expect((await ada.send("POST", "/keyward/v1/verify", { key: "kw_live_x" })).status).toBe(401);
    expect((await ada.send("GET", "/keyward/v1/whoami")).status).toBe(401);
  });

  test("at the first sign-in makes one organization, however many callbacks arrive", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const again = Array.from({ length: 5 }, () => new Browser(server.url));
    await Promise.all(
      again.map((browser) => browser.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD })),
    );
    expect((await ada.session()).organizations).toHaveLength(1);
  });
});

describe("a management JWT is refused", () => {
  test("without signature, with another key, algorithm, issuer or audience, expired, without exp, without its session", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const token = await ada.token(organizationId);
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
    const { managementKey } = deriveSecrets({ id: 1, secret: readFileSync(join(server.directory, "secret"), "utf8").trim() });
    const { privateKey } = await generateKeyPair("RS256");
    const sign = (payload: object, alg = "HS256", key: Parameters<SignJWT["sign"]>[0] = managementKey) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg, typ: "JWT" }).sign(key);
    const now = Math.floor(Date.now() / 1000);
    const { exp: _exp, ...withoutExp } = claims;
    const { sid: _sid, ...withoutSession } = claims;
    const refused: Record<string, string> = {
      "alg none": new UnsecuredJWT(claims).encode(),
      "another key": await sign(claims, "HS256", new Uint8Array(32)),
      "another algorithm with the right key": await sign(claims, "HS512"),
      "an asymmetric one": await sign(claims, "RS256", privateKey),
      expired: await sign({ ...claims, exp: now - 1 }),
      "without exp": await sign(withoutExp),
      "another audience": await sign({ ...claims, aud: "keyward:other" }),
      "another issuer": await sign({ ...claims, iss: "evil" }),
      "without its session": await sign(withoutSession),
      "an unknown session": await sign({ ...claims, sid: "ses_unknown" }),
      "a session that is no text": await sign({ ...claims, sid: 1 }),
      "another person in this session": await sign({ ...claims, sub: "usr_other" }),
      "the operator in this session": await sign({ ...claims, sub: "operator" }),
      altered: `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`,
    };
    for (const [what, forged] of Object.entries(refused))
      expect((await withToken(server, forged, "GET", keysOf(organizationId))).status, what).toBe(401);
    expect((await withToken(server, await sign(claims), "GET", keysOf(organizationId))).status).toBe(200);
  });

  test("when it was made for an organization that the person does not belong to; the operator's needs no session", async () => {
    const server = await peopleServer();
    const [ada, eve] = [await server.signUp("ada@example.com"), await server.signUp("eve@example.com")];
    const [own, others] = [await ada.organizationId(), await eve.organizationId()];
    const responses = await Promise.all(
      [others, "org_00000000000000000000000000", "x"].map((organizationId) =>
        ada.send("POST", "/keyward/v1/session/token", { organizationId }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
    const { token } = (await server.operator("POST", `/keyward/v1/organizations/${own}/tokens`, {})).json;
    expect((await withToken(server, secret(token), "POST", keysOf(own), {})).status).toBe(201);
    expect((await withToken(server, token, "DELETE", "/keyward/v1/session")).status).toBe(403);
  });
});

describe("roles", () => {
  test("a viewer reads and changes nothing; a member changes keys, not members; another organization is like none", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const [viewer, member] = [
      await joinAs(server, ada, organizationId, "viewer", "v@example.com"),
      await joinAs(server, ada, organizationId, "member", "m@example.com"),
    ];
    const key = (await ada.send("POST", keysOf(organizationId), {})).json;
    secret(key.key);
    const writes: [string, string, unknown][] = [
      ["POST", keysOf(organizationId), {}],
      ["PATCH", `${keysOf(organizationId)}/${key.id}`, { name: "x" }],
      ["POST", `${keysOf(organizationId)}/${key.id}/rotate`, {}],
      ["DELETE", `${keysOf(organizationId)}/${key.id}`, undefined],
    ];
    const asViewer = await viewer.token(organizationId);
    expect((await viewer.send("GET", `${keysOf(organizationId)}/${key.id}/limits`)).status).toBe(200);
    expect((await viewer.send("GET", `/keyward/v1/organizations/${organizationId}/plan`)).status).toBe(200);
    expect((await viewer.send("POST", `${keysOf(organizationId)}/${key.id}/test`, { credential: key.key })).status).toBe(403);
    expect((await member.send("POST", `${keysOf(organizationId)}/${key.id}/test`, { credential: key.key })).json.valid).toBe(true);
    for (const [method, path, body] of writes) {
      expect((await viewer.send(method, path, body)).status, `${method} ${path}`).toBe(403);
      expect((await withToken(server, asViewer, method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    expect((await viewer.send("GET", keysOf(organizationId))).json.data).toEqual([
      expect.objectContaining({ id: key.id, status: "active" }),
    ]);
    expect((await viewer.send("GET", membersOf(organizationId))).status).toBe(200);
    for (const [method, path, body] of writes.slice(0, 3))
      expect((await member.send(method, path, body)).status, `${method} ${path}`).toBeLessThan(300);

    for (const browser of [viewer, member]) {
      const ownId = await idOf(browser);
      expect((await browser.send("POST", invitationsOf(organizationId), { role: "viewer" })).status).toBe(403);
      expect((await browser.send("GET", invitationsOf(organizationId))).status).toBe(403);
      expect((await browser.send("PATCH", `${membersOf(organizationId)}/${ownId}`, { role: "owner" })).status).toBe(403);
      expect((await browser.send("DELETE", `${membersOf(organizationId)}/${await idOf(ada)}`)).status).toBe(403);
    }

    const eve = await server.signUp("eve@example.com");
    const asEve = await eve.token(await eve.organizationId());
    for (const [method, path, body] of [
      ...writes,
      ["GET", keysOf(organizationId), undefined],
      ["GET", membersOf(organizationId), undefined],
      ["POST", invitationsOf(organizationId), { role: "owner" }],
      ["GET", `/keyward/v1/organizations/${organizationId}`, undefined],
    ] as const) {
      const unknown = path.replace(organizationId, "org_00000000000000000000000000");
      for (const ask of [(to: string) => eve.send(method, to, body), (to: string) => withToken(server, asEve, method, to, body)]) {
        const [theirs, none] = [await ask(path), await ask(unknown)];
        expect([theirs.status, theirs.text], `${method} ${path}`).toEqual([404, none.text]);
        expect(none.status).toBe(404);
      }
    }
  });

  test("every member may leave an organization, with the cookie and with a JWT, and only for themselves", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const [viewer, member] = [
      await joinAs(server, ada, organizationId, "viewer", "v@example.com"),
      await joinAs(server, ada, organizationId, "member", "m@example.com"),
    ];
    const asMember = await member.token(organizationId);
    expect((await viewer.send("DELETE", `${membersOf(organizationId)}/${await idOf(member)}`)).status).toBe(403);
    expect((await viewer.send("DELETE", `${membersOf(organizationId)}/${await idOf(viewer)}`)).status).toBe(204);
    expect((await withToken(server, asMember, "DELETE", `${membersOf(organizationId)}/${await idOf(member)}`)).status).toBe(204);
    expect((await withToken(server, asMember, "GET", keysOf(organizationId))).status).toBe(401);
    expect((await ada.send("GET", membersOf(organizationId))).json.data).toHaveLength(1);
  });

  test("count for an organization in every spelling of its id, by cookie and by JWT", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const viewer = await joinAs(server, ada, organizationId, "viewer", "v@example.com");
    const asViewer = await viewer.token(organizationId);
    for (const spelling of [
      organizationId.slice(4),
      organizationId.slice(4).toLowerCase(),
      `org_${organizationId.slice(4).toLowerCase()}`,
    ]) {
      expect((await ada.send("GET", membersOf(spelling))).json.data, spelling).toHaveLength(2);
      expect(secret(await ada.token(spelling)), spelling).toMatch(/^ey/);
      for (const ask of [
        (method: string) => viewer.send(method, keysOf(spelling)),
        (method: string) => withToken(server, asViewer, method, keysOf(spelling)),
      ]) {
        expect([(await ask("GET")).status, (await ask("POST")).status], spelling).toEqual([200, 403]);
      }
    }
    for (const none of ["org_", "nonsense", "%00"]) expect((await ada.send("GET", keysOf(none))).status, none).toBe(404);
  });

  test("count on the routes that a platform documents for its members, by the JWT of a session and as long as that lasts", async () => {
    const server = await peopleServer({}, { platform: "agentwallex" });
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const viewer = await joinAs(server, ada, organizationId, "viewer", "v@example.com");
    const [asOwner, asViewer] = [await ada.token(organizationId), await viewer.token(organizationId)];
    const path = "/api/v1/api-keys";
    const made = await withToken(server, asOwner, "POST", path, { name: "one" });
    expect(made.status).toBe(201);
    secret(made.json.key);
    expect((await withToken(server, asViewer, "GET", path)).json.data).toEqual([expect.objectContaining({ id: made.json.id })]);
    expect((await withToken(server, asViewer, "GET", `${path}/${made.json.id}`)).status).toBe(200);
    expect((await withToken(server, asViewer, "POST", path, { name: "two" })).status).toBe(403);
    expect((await withToken(server, asViewer, "DELETE", `${path}/${made.json.id}`)).status).toBe(403);
    expect((await ada.send("GET", path)).status).toBe(403);
    expect((await ada.send("DELETE", "/keyward/v1/session")).status).toBe(204);
    expect((await withToken(server, asOwner, "DELETE", `${path}/${made.json.id}`)).status).toBe(401);
    expect((await withToken(server, asViewer, "GET", path)).json.total).toBe(1);
  });

  test("a good credential on a route that is not for it is 403 without a challenge", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const token = await ada.token(await ada.organizationId());
    const service = secret((await server.operator("POST", "/keyward/v1/service-tokens", { name: "api" })).json.token);
    for (const [credential, method, path] of [
      [token, "POST", "/keyward/v1/verify"],
      [token, "GET", "/keyward/v1/organizations"],
      [service, "GET", "/keyward/v1/session"],
      [service, "GET", keysOf(await ada.organizationId())],
    ] as const) {
      const { status, json, headers } = await withToken(server, credential, method, path);
      expect([status, json.code, headers.get("www-authenticate")], `${method} ${path}`).toEqual([403, "forbidden", null]);
    }
  });

  test("the operator's operations are refused to everybody else", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    expect((await ada.send("POST", "/keyward/v1/organizations", { name: "x" })).status).toBe(403);
    expect((await ada.send("GET", "/keyward/v1/organizations")).status).toBe(403);
    expect((await ada.send("PATCH", `/keyward/v1/organizations/${organizationId}`, { plan: "pro" })).status).toBe(403);
    expect((await ada.send("POST", "/keyward/v1/service-tokens", { name: "x" })).status).toBe(403);
    expect((await ada.send("POST", `/keyward/v1/organizations/${organizationId}/tokens`, {})).status).toBe(403);
  });

  test("owners and admins rename the organization under their own names; plan and overrides stay the operator's", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const path = `/keyward/v1/organizations/${organizationId}`;
    const admin = await joinAs(server, ada, organizationId, "admin", "a@example.com");
    expect((await ada.send("PATCH", path, { name: " Analytical  " })).json).toMatchObject({ id: organizationId, name: "Analytical" });
    expect((await withToken(server, await admin.token(organizationId), "PATCH", path, { name: "Engines" })).json.name).toBe("Engines");
    for (const body of [{ name: "" }, { name: "a\u202eb" }, { name: null }, {}, { id: "x" }])
      expect((await ada.send("PATCH", path, body)).status, JSON.stringify(body)).toBe(400);
    for (const [field, value] of [
      ["plan", "pro"],
      ["overrides", {}],
      ["overrides", { keys: null }],
    ] as const) {
      const { status, json } = await ada.send("PATCH", path, { name: "Free", [field]: value });
      expect([status, json.code, json.errors[0].field]).toEqual([403, "forbidden", field]);
    }
    for (const role of ["member", "viewer"]) {
      const browser = await joinAs(server, ada, organizationId, role, `${role}@example.com`);
      expect((await browser.send("PATCH", path, { name: "Mine" })).status, role).toBe(403);
      expect((await withToken(server, await browser.token(organizationId), "PATCH", path, { name: "Mine" })).status, role).toBe(403);
    }
    expect(
      (await ada.send("PATCH", path, { name: "Mine" }, { origin: "https://evil.example", "sec-fetch-site": "cross-site" })).status,
    ).toBe(403);
    expect((await server.operator("GET", path)).json).toMatchObject({ name: "Engines", plan: "unlimited", overrides: {} });
    expect((await server.operator("PATCH", path, { plan: "pro" })).json).toMatchObject({ name: "Engines", plan: "pro" });
  });

  test("removing a member, or making them a viewer, takes effect on the next request, also with a JWT", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const member = await joinAs(server, ada, organizationId, "member", "m@example.com");
    const token = await member.token(organizationId);
    const path = `${membersOf(organizationId)}/${await idOf(member)}`;
    expect((await ada.send("PATCH", path, { role: "viewer" })).json).toMatchObject({ role: "viewer", user: { email: "m@example.com" } });
    expect((await withToken(server, token, "POST", keysOf(organizationId), {})).status).toBe(403);
    expect((await ada.send("DELETE", path)).status).toBe(204);
    expect((await withToken(server, token, "GET", keysOf(organizationId))).status).toBe(401);
    expect((await member.send("GET", keysOf(organizationId))).status).toBe(404);
    expect((await ada.send("DELETE", path)).status).toBe(404);
    expect((await member.session()).organizations.map(({ id }: { id: string }) => id)).not.toContain(organizationId);
  });

  test("an admin is not above an owner, and two owners who unmake each other at once leave one", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const admin = await joinAs(server, ada, organizationId, "admin", "a@example.com");
    const [adaId, adminId] = [await idOf(ada), await idOf(admin)];
    expect((await admin.send("DELETE", `${membersOf(organizationId)}/${adaId}`)).status).toBe(403);
    expect((await admin.send("PATCH", `${membersOf(organizationId)}/${adminId}`, { role: "owner" })).status).toBe(403);
    expect((await admin.send("POST", invitationsOf(organizationId), { role: "owner" })).status).toBe(403);
    const last = await ada.send("PATCH", `${membersOf(organizationId)}/${adaId}`, { role: "admin" });
    expect([last.status, last.json.code]).toEqual([409, "last_owner"]);
    expect((await ada.send("PATCH", `${membersOf(organizationId)}/${adminId}`, { role: "owner" })).status).toBe(200);
    const both = await Promise.all([
      ada.send("DELETE", `${membersOf(organizationId)}/${adminId}`),
      admin.send("DELETE", `${membersOf(organizationId)}/${adaId}`),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, expect.toBeOneOf([403, 404, 409])]);
    const { data } = (await server.operator("GET", membersOf(organizationId))).json;
    expect(data.map(({ role }: { role: string }) => role)).toEqual(["owner"]);
  });
});

describe("an invitation", () => {
  test("is read and accepted by its link alone, once, even by several at once; the token is nowhere kept", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const made = (await ada.send("POST", invitationsOf(organizationId), { role: "member", note: "for Bob" })).json;
    const token = secret(new URL(made.link).hash.slice(1));
    expect(new URL(made.link).href).toBe(`${server.url}/keyward/invitation#${token}`);
    const offer = await call(`${server.url}/keyward/v1/invitations/read`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    expect(offer.json).toMatchObject({ organizationId, organizationName: "Ada", role: "member" });
    expect((await ada.send("GET", invitationsOf(organizationId))).json.data).toEqual([
      expect.objectContaining({ id: made.id, note: "for Bob" }),
    ]);
    expect((await ada.send("POST", "/keyward/v1/invitations/accept", { token })).status).toBe(409);
    const others = [await server.signUp("b@example.com"), await server.signUp("c@example.com"), await server.signUp("d@example.com")];
    const statuses = (await Promise.all(others.map((browser) => browser.send("POST", "/keyward/v1/invitations/accept", { token })))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 404, 404]);
    expect((await ada.send("GET", membersOf(organizationId))).json.data).toHaveLength(2);
    expect((await ada.send("GET", invitationsOf(organizationId))).json.data).toEqual([]);
  });

  test("that was withdrawn, that somebody without an account holds, or whose maker was removed, makes nobody a member", async () => {
    const server = await peopleServer();
    const ada = await server.signUp("ada@example.com");
    const organizationId = await ada.organizationId();
    const admin = await joinAs(server, ada, organizationId, "admin", "a@example.com");
    const [withdrawn, orphaned] = [
      (await ada.send("POST", invitationsOf(organizationId), { role: "member" })).json,
      (await admin.send("POST", invitationsOf(organizationId), { role: "admin" })).json,
    ];
    const tokenOf = ({ link }: { link: string }) => secret(new URL(link).hash.slice(1));
    expect((await ada.send("DELETE", `${invitationsOf(organizationId)}/${withdrawn.id}`)).status).toBe(204);
    expect((await ada.send("DELETE", `${invitationsOf(organizationId)}/${withdrawn.id}`)).status).toBe(404);
    expect((await new Browser(server.url).send("POST", "/keyward/v1/invitations/accept", { token: tokenOf(orphaned) })).status).toBe(401);
    expect((await ada.send("DELETE", `${membersOf(organizationId)}/${await idOf(admin)}`)).status).toBe(204);
    for (const token of [tokenOf(withdrawn), tokenOf(orphaned), "kwi_wrong", ""])
      expect((await admin.send("POST", "/keyward/v1/invitations/accept", { token })).status).toBe(404);
  });
});

describe("at a first sign-in", () => {
  /** The service and its identity on one database, without a server. */
  async function openBoth(onOrganizationMade: (organizationId: string) => Promise<void>, { directory = traceDirectory("both") } = {}) {
    const opened = await openSqlite({ directory });
    const clock = { now: Date.now() };
    const { keyward: service, secrets } = await composeService({
      platform: keywardPlatform,
      store: opened.store,
      secret: "test-secret-test-secret-test-secret",
      clock: () => clock.now,
    });
    const identity = openIdentity({
      service,
      sessionSecret: secrets.sessionSecret,
      database: opened.guest,
      baseUrl: () => "http://127.0.0.1:4000",
      providers: [],
      password: "open",
      platform: undefined,
      onOrganizationMade,
      log: SILENT,
    });
    onTestFinished(async () => {
      await service.close().catch(() => undefined);
      await opened.close();
    });
    const post = (path: string, body: object, address = "127.0.0.1") =>
      identity.handle(
        new Request(`http://127.0.0.1:4000/keyward/auth${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", [ADDRESS_HEADER]: address },
          body: JSON.stringify(body),
        }),
      );
    return { ...opened, service, clock, post };
  }
  const ADA = { name: "Ada", email: "ada@example.com", password: PASSWORD };

  test("what a platform does for a new organization is done once, and its failure does not keep the person out", async () => {
    const made: string[] = [];
    const { post, service } = await openBoth(async (organizationId) => {
      made.push(organizationId);
      throw new Error("no key");
    });
    expect((await post("/sign-up/email", ADA)).status).toBe(200);
    expect((await post("/sign-in/email", ADA)).status).toBe(200);
    expect(made).toEqual([expect.stringMatching(/^org_/)]);
    const organization = await service.organizations.get(made[0]!);
    expect(organization).toMatchObject({ ok: true, value: { name: "Ada" } });
  });

  test("somebody whose name was stored before names were checked has an organization called Personal", async () => {
    const { service, store, clock } = await openBoth(async () => undefined);
    await store.ensureUser({ id: "usr_old", name: "Ada\u202e", email: "old@example.com", image: null }, clock.now);
    const made = await service.people.ensureOrganization({ id: "usr_old", name: "Ada\u202e" });
    expect(await service.organizations.get(made!)).toMatchObject({ ok: true, value: { name: "Personal" } });
  });

  test("the new organization is in the audit log under the person", async () => {
    const made: string[] = [];
    const { post, store } = await openBoth(async (organizationId) => void made.push(organizationId));
    await post("/sign-up/email", ADA);
    expect(await store.listAudit(made[0]!, { limit: 10 })).toEqual([
      expect.objectContaining({ action: "organization.created", actor: expect.stringMatching(/^usr_/) }),
    ]);
  });

  test("two accounts with one address at once make one person", async () => {
    const { post, service } = await openBoth(async () => undefined);
    const statuses = (
      await Promise.all([post("/sign-up/email", ADA), post("/sign-up/email", ADA)].map((sent) => sent.catch(() => undefined)))
    ).map((reply) => reply?.ok === true);
    expect(statuses.filter(Boolean)).toHaveLength(1);
    expect((await service.organizations.list()).ok && (await service.organizations.list())).toMatchObject({
      value: { organizations: [expect.anything()] },
    });
  });

  test("a user whose account was lost in a crash frees the address; everybody else stays", async () => {
    const { post, store, clock, service } = await openBoth(async () => undefined);
    await service.people.ensureOperator();
    await store.ensureUser({ id: "usr_half", name: "Half", email: "half@example.com", image: null }, clock.now);
    await post("/sign-up/email", ADA);
    await store.prune(clock.now + 700_000, 90);
    expect((await post("/sign-up/email", { ...ADA, email: "half@example.com" })).status).toBe(200);
    expect((await post("/sign-in/email", ADA)).status).toBe(200);
    expect((await post("/sign-up/email", ADA)).status).toBe(409);
  });

  test("an outage of the database is a failure, and never a wrong password or a missing session", async () => {
    const { post, close, service } = await openBoth(async () => undefined);
    await post("/sign-up/email", ADA);
    await close();
    await expect(
      post("/sign-in/email", ADA).then(({ status }) => (status >= 500 ? Promise.reject(new Error()) : status)),
    ).rejects.toThrow();
    await expect(service.people.session({ token: "any" })).rejects.toThrow(StoreUnavailable);
  });
});

describe("the operator's link", () => {
  /** A server in a process of its own, because the link is said on standard error. */
  async function startAlone(directory: string): Promise<{ link: string | undefined; url: string; end: () => Promise<void> }> {
    const script = `const { serve } = await import(${JSON.stringify(join(import.meta.dirname, "../../../server.ts"))});
      const { url } = await serve({ platform: "keyward", port: 0, host: "127.0.0.1", dataDirectory: ${JSON.stringify(directory)} }, {});
      console.error("listening on " + url);`;
    const child = spawn(process.execPath, ["-e", `(async () => { ${script} })()`], { stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    const end = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    onTestFinished(end);
    let link: string | undefined;
    for await (const line of createInterface(child.stderr)) {
      link ??= /https?:\S+sign-in\?code=\S+/.exec(line)?.[0];
      const url = /^listening on (\S+)/.exec(line)?.[1];
      if (url !== undefined) return { link: secret(link), url, end };
    }
    throw new Error("the server ended");
  }

  test("is said when there is no other way in, signs the operator in once, and is not said again", async () => {
    const directory = traceDirectory("operator");
    const { link, url, end } = await startAlone(directory);
    expect(link).toMatch(new RegExp(`^${url}/keyward/sign-in\\?code=[\\w-]{43}$`));
    const operator = new Browser(url);
    await call(link!, { method: "HEAD" });
    expect((await operator.send("GET", "/keyward/sign-in?code=wrong")).status).toBe(401);
    const used = await operator.send("GET", link!);
    expect([used.status, used.headers.get("location")]).toEqual([303, `${url}/keyward/`]);
    expect(await operator.session()).toMatchObject({ isOperator: true, user: { id: "operator" }, organizations: [] });
    const created = await operator.send("POST", "/keyward/v1/organizations", { name: "Acme" });
    expect(created.status).toBe(201);
    expect((await operator.send("POST", keysOf(created.json.id), {})).status).toBe(201);
    const { link: invitation } = (await operator.send("POST", invitationsOf(created.json.id), { role: "owner" })).json;
    expect(invitation).toContain("/keyward/invitation#");
    expect((await withToken({ url } as PeopleServer, await operator.token(created.json.id), "GET", keysOf(created.json.id))).status).toBe(
      200,
    );

    const second = new Browser(url);
    expect((await second.send("GET", link!)).status).toBe(401);
    expect(second.isSignedIn).toBe(false);
    await end();
    expect((await startAlone(directory)).link).toBeUndefined();
  });

  test("is refused after a quarter of an hour", async () => {
    const { identity, clock } = await testService();
    const code = new URL(secret((await identity.operatorLink()).url)).searchParams.get("code");
    clock.now += 15 * 60_000;
    expect((await identity.handle(new Request(`http://127.0.0.1:4000/keyward/auth/operator?code=${code}`))).status).toBe(401);
  });
});
