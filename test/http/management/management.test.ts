/** The management API over a real socket: who may call, the response, what is stored and what is not. */
import { SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeUlidOrUuid, toUuid } from "../../../engine/ulid.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import type { Store } from "../../../stores/contract.ts";
import { secret } from "../../support/root.ts";
import { call, type Reply, suiteServer } from "../../support/server.ts";
import { inProcess } from "../in-process.ts";
import { sendRaw } from "../raw-http.ts";

const MASTER = "management-test-master-secret-0123456789";
const server = suiteServer({ env: { KEYWARD_SECRET: MASTER } });

const ORGS = "/keyward/v1/organizations";
const TOKENS = "/keyward/v1/service-tokens";
const UNKNOWN_ORG = "org_01jd0000000000000000000000";
const UNKNOWN_KEY = "key_01jd0000000000000000000000";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DAY_MS = 86_400_000;

/** What one test works with: two organizations with a key and a management JWT each, and a service token. */
interface Scene {
  mine: string;
  theirs: string;
  myKey: { id: string; key: string };
  theirKey: { id: string; key: string };
  myJwt: string;
  service: { id: string; token: string };
}
let scene: Scene;

beforeAll(async () => {
  const mine = await server.newOrganization({ name: "Mine" });
  const theirs = await server.newOrganization({ name: "Theirs" });
  scene = {
    mine,
    theirs,
    myKey: await server.newKey(mine),
    theirKey: await server.newKey(theirs, { name: "their key" }),
    myJwt: await jwtFor(mine),
    service: (await server.operator("POST", TOKENS, { name: "scene" })).json,
  };
  secret(scene.service.token);
});

async function jwtFor(organizationId: string, ttl?: string): Promise<string> {
  return secret((await server.operator("POST", `${ORGS}/${organizationId}/tokens`, { ttl })).json.token);
}

function as(token: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return call(server.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const whoami = (key: string) => call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } });
const keysOf = async (organizationId: string) =>
  (await server.operator("GET", `${ORGS}/${organizationId}/keys?limit=100`)).json.data as Record<string, unknown>[];

/** Everything that people can see of what is stored. Use may pass meanwhile. */
async function everything(): Promise<string> {
  const paths = [`${ORGS}?limit=100`, TOKENS, ...[scene.mine, scene.theirs].map((id) => `${ORGS}/${id}/keys?limit=100`)];
  const texts = await Promise.all(paths.map(async (path) => (await server.operator("GET", path)).text));
  return texts.join("\n").replaceAll(/"lastUsedAt":("[^"]*"|null)/g, "");
}

/** A path of the scene: `:mine`, `:key` and `:service` are filled in when the test runs. */
const at = (path: string) => path.replace(":mine", scene.mine).replace(":key", scene.myKey.id).replace(":service", scene.service.id);

// Every route, with a request that would succeed, and who may make it besides the operator.
// biome-ignore format: a table
const ROUTES: [method: string, path: string, body: unknown, who: "operator" | "member"][] = [
  ["POST",   ORGS,                              { name: "Intruder" },  "operator"],
  ["GET",    ORGS,                              undefined,             "operator"],
  ["GET",    `${ORGS}/:mine`,                   undefined,             "member"],
  ["PATCH",  `${ORGS}/:mine`,                   { name: "Renamed" },   "member"],
  ["GET",    `${ORGS}/:mine/plan`,              undefined,             "member"],
  ["GET",    `${ORGS}/:mine/audit`,             undefined,             "member"],
  ["GET",    `${ORGS}/:mine/audit.csv`,         undefined,             "member"],
  ["POST",   `${ORGS}/:mine/tokens`,            {},                    "operator"],
  ["POST",   `${ORGS}/:mine/keys`,              { name: "Intruder" },  "member"],
  ["GET",    `${ORGS}/:mine/keys`,              undefined,             "member"],
  ["GET",    `${ORGS}/:mine/keys/:key`,         undefined,             "member"],
  ["GET",    `${ORGS}/:mine/keys/:key/usage`,   undefined,             "member"],
  ["GET",    `${ORGS}/:mine/usage?keys=:key`,   undefined,             "member"],
  ["PATCH",  `${ORGS}/:mine/keys/:key`,         { enabled: false },    "member"],
  ["GET",    `${ORGS}/:mine/keys/:key/limits`,  undefined,             "member"],
  ["POST",   `${ORGS}/:mine/keys/:key/test`,    { credential: "x" },   "member"],
  ["POST",   `${ORGS}/:mine/keys/:key/rotate`,  {},                    "member"],
  ["DELETE", `${ORGS}/:mine/keys/:key`,         undefined,             "member"],
  ["GET",    "/keyward/v1/keys/:key",           undefined,             "member"],
  ["POST",   TOKENS,                            { name: "Intruder" },  "operator"],
  ["GET",    TOKENS,                            undefined,             "operator"],
  ["DELETE", `${TOKENS}/:service`,              undefined,             "operator"],
  ["POST",   "/keyward/v1/operator-links",      undefined,             "operator"],
];

describe("a request without a credential is refused, told how, and changes nothing", () => {
  test.each(ROUTES)("%s %s", async (method, path, body) => {
    const before = await everything();
    const { status, headers, json } = await call(server.url + at(path), {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    expect(status).toBe(401);
    expect(json).toMatchObject({ status: 401, code: "missing_credential" });
    expect(headers.get("content-type")).toBe("application/problem+json");
    // RFC 6750, 3.1: no error code when nothing was sent.
    expect(headers.get("www-authenticate")).toBe('Bearer realm="keyward"');
    expect(await everything()).toBe(before);
  });
});

describe("a JWT that is not in force, or not ours, manages nothing", () => {
  const key = deriveSecrets({ id: 1, secret: MASTER }).managementKey;
  const now = () => Math.floor(Date.now() / 1_000);
  const good = (typ = "JWT") =>
    new SignJWT({ org: scene.mine })
      .setProtectedHeader({ alg: "HS256", typ })
      .setIssuer("keyward")
      .setAudience("keyward:management")
      .setSubject("operator")
      .setIssuedAt()
      .setExpirationTime("15m");
  const claims = (without: string) => {
    const all: Record<string, unknown> = {
      org: scene.mine,
      iss: "keyward",
      aud: "keyward:management",
      sub: "operator",
      iat: now(),
      exp: now() + 900,
    };
    delete all[without];
    return new SignJWT(all).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
  };
  const reworked = async (part: 0 | 1, change: (value: Record<string, unknown>) => Record<string, unknown>) => {
    const parts = (await good().sign(key)).split(".");
    parts[part] = Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(parts[part]!, "base64url").toString())))).toString("base64url");
    return parts.join(".");
  };

  test("one that this test signs as Keyward does is accepted: what is wrong below is wrong for its own reason", async () => {
    const { status } = await as(await good().sign(key), "GET", `${ORGS}/${scene.mine}/keys`);
    expect(status).toBe(200);
  });

  test.each<[string, () => string | Promise<string>]>([
    [
      "expired a second ago",
      () =>
        good()
          .setIssuedAt(now() - 60)
          .setExpirationTime(now() - 1)
          .sign(key),
    ],
    [
      "expires exactly now",
      () =>
        good()
          .setIssuedAt(now() - 60)
          .setExpirationTime(now())
          .sign(key),
    ],
    [
      "valid only later",
      () =>
        good()
          .setNotBefore(now() + 600)
          .sign(key),
    ],
    ["signed with another key", () => good().sign(deriveSecrets({ id: 1, secret: `${MASTER}x` }).managementKey)],
    ["signed with the master secret itself", () => good().sign(Buffer.from(MASTER))],
    ["signed with an empty-looking key", () => good().sign(new Uint8Array(32))],
    ["for another audience", () => good().setAudience("keyward:verify").sign(key)],
    ["for several audiences, none of them ours", () => good().setAudience(["a", "b"]).sign(key)],
    ["by another issuer", () => good().setIssuer("https://example.com").sign(key)],
    ["of another type", () => good("at+jwt").sign(key)],
    [
      "with another algorithm of the same key",
      () =>
        new SignJWT({ org: scene.mine, sub: "operator", iss: "keyward", aud: "keyward:management", iat: now(), exp: now() + 900 })
          .setProtectedHeader({ alg: "HS512", typ: "JWT" })
          .sign(Buffer.concat([key, key])),
    ],
    ["without exp", () => claims("exp")],
    ["without iat", () => claims("iat")],
    ["without sub", () => claims("sub")],
    ["without org", () => claims("org")],
    ["without aud", () => claims("aud")],
    ["without iss", () => claims("iss")],
    [
      "with alg none",
      () =>
        new UnsecuredJWT({ org: scene.mine })
          .setIssuer("keyward")
          .setAudience("keyward:management")
          .setSubject("operator")
          .setIssuedAt()
          .setExpirationTime("15m")
          .encode(),
    ],
    ["with the header changed to alg none", () => reworked(0, () => ({ alg: "none", typ: "JWT" }))],
    ["with alg none and no signature", async () => (await reworked(0, () => ({ alg: "none", typ: "JWT" }))).replace(/\.[^.]*$/, ".")],
    ["with the organization changed", () => reworked(1, (payload) => ({ ...payload, org: scene.theirs }))],
    ["with a longer life", () => reworked(1, (payload) => ({ ...payload, exp: now() + DAY_MS }))],
    ["without its signature", async () => (await good().sign(key)).replace(/\.[^.]*$/, "")],
    ["with its last character changed", async () => (await good().sign(key)).replace(/.$/, (last) => (last === "A" ? "Q" : "A"))],
    ["not a JWT", () => "not.a.jwt"],
    ["an empty token", () => ""],
    ["an API key of the organization", () => scene.myKey.key],
  ])("%s → 401 invalid_credential, nothing changes", async (_sentence, make) => {
    const before = await everything();
    const token = await make();
    for (const [method, path, body] of ROUTES.filter(([, , , who]) => who === "member")) {
      const { status, headers, json } = await as(token, method, at(path), body);
      expect([method, path, status, json.code]).toEqual([method, path, 401, "invalid_credential"]);
      expect(headers.get("www-authenticate")).toBe('Bearer realm="keyward", error="invalid_token"');
    }
    expect(await everything()).toBe(before);
  });

  test("a ttl is kept to: a JWT of one second is refused after it", async () => {
    const { token, expiresAt } = (await server.operator("POST", `${ORGS}/${scene.mine}/tokens`, { ttl: "1s" })).json;
    secret(token);
    await new Promise((later) => setTimeout(later, Math.max(0, Date.parse(expiresAt) - Date.now()) + 5));
    expect((await as(token, "GET", `${ORGS}/${scene.mine}/keys`)).status).toBe(401);
  });
});

describe("a credential for something else is refused everywhere", () => {
  test.each<[string, () => string]>([
    ["a service token", () => scene.service.token],
    ["an API key", () => scene.myKey.key],
    ["a made-up operator token", () => `kwo_${"A".repeat(43)}`],
    ["the scheme's name alone", () => "Bearer"],
  ])("%s", async (_sentence, token) => {
    const before = await everything();
    for (const [method, path, body] of ROUTES) {
      const { status } = await as(token(), method, at(path), body);
      expect([401, 403], `${method} ${path}`).toContain(status);
    }
    expect(await everything()).toBe(before);
  });

  test("another scheme, or the token in X-Api-Key or in the query, authenticates nobody", async () => {
    const path = `${server.url}${ORGS}`;
    expect((await call(path, { headers: { authorization: `Basic ${server.operatorToken}` } })).status).toBe(401);
    expect((await call(path, { headers: { "x-api-key": server.operatorToken } })).status).toBe(401);
    expect((await call(`${path}?access_token=${server.operatorToken}&token=${server.operatorToken}`)).status).toBe(401);
  });

  test("the scheme's case does not matter", async () => {
    expect((await call(`${server.url}${ORGS}`, { headers: { authorization: `bEARER ${server.operatorToken}` } })).status).toBe(200);
  });

  test("two Authorization headers are 400, whichever of them is good, and change nothing", async () => {
    const before = await everything();
    const good = `Authorization: Bearer ${server.operatorToken}`;
    const bad = "Authorization: Bearer nobody";
    for (const headers of [[good, bad], [bad, good], [good, good], [`${good}, Bearer nobody`]]) {
      const { status, json } = await sendRaw(server.url, [`DELETE ${ORGS}/${scene.mine}/keys/${scene.myKey.id} HTTP/1.1`, ...headers]);
      expect([status, json.code]).toEqual([400, "multiple_credentials"]);
    }
    expect(await everything()).toBe(before);
  });
});

describe("a member may not use the operator's routes: 403, and nothing changes", () => {
  test.each(ROUTES.filter(([, , , who]) => who === "operator"))("%s %s", async (method, path, body) => {
    const before = await everything();
    const { status, json } = await as(scene.myJwt, method, at(path), body);
    expect([status, json.code]).toEqual([403, "forbidden"]);
    expect(await everything()).toBe(before);
  });
});

describe("another organization gets the same response as one that does not exist, and is not changed", () => {
  // biome-ignore format: a table
  const there: [method: string, path: string, body: unknown][] = [
    ["GET",    `${ORGS}/:org`,                   undefined],
    ["PATCH",  `${ORGS}/:org`,                   { name: "Renamed" }],
    ["GET",    `${ORGS}/:org/plan`,              undefined],
    ["GET",    `${ORGS}/:org/audit`,             undefined],
    ["GET",    `${ORGS}/:org/audit.csv`,         undefined],
    ["GET",    `${ORGS}/:org/keys`,              undefined],
    ["GET",    `${ORGS}/:org/usage?keys=:key`,   undefined],
    ["POST",   `${ORGS}/:org/keys`,              { name: "Intruder" }],
    ["GET",    `${ORGS}/:org/keys/:key`,         undefined],
    ["GET",    `${ORGS}/:org/keys/:key/usage`,   undefined],
    ["PATCH",  `${ORGS}/:org/keys/:key`,         { enabled: false }],
    ["GET",    `${ORGS}/:org/keys/:key/limits`,  undefined],
    ["POST",   `${ORGS}/:org/keys/:key/test`,    { credential: "x" }],
    ["DELETE", `${ORGS}/:org/keys/:key`,         undefined],
    ["POST",   `${ORGS}/:org/keys/:key/rotate`,  {}],
  ];
  const on = (path: string, org: string, key: string) => path.replace(":org", org).replace(":key", key);
  test.each(there)("%s %s by a member of another one", async (method, path, body) => {
    const before = await everything();
    const foreign = await as(scene.myJwt, method, on(path, scene.theirs, scene.theirKey.id), body);
    const unknown = await as(scene.myJwt, method, on(path, UNKNOWN_ORG, UNKNOWN_KEY), body);
    const nonsense = await as(scene.myJwt, method, on(path, "%00", "%ff"), body);
    expect(foreign.status).toBe(404);
    expect([unknown, nonsense].map(({ status, text }) => [status, text])).toEqual(Array(2).fill([404, foreign.text]));
    expect(await everything()).toBe(before);
  });

  test.each(there.slice(8))("%s %s with one's own organization and another's key", async (method, path, body) => {
    const before = await everything();
    const foreign = await as(scene.myJwt, method, on(path, scene.mine, scene.theirKey.id), body);
    const unknown = await as(scene.myJwt, method, on(path, scene.mine, UNKNOWN_KEY), body);
    const nonsense = await as(scene.myJwt, method, on(path, scene.mine, "%ff%00"), body);
    expect(foreign.status).toBe(404);
    expect([unknown, nonsense].map(({ status, text }) => [status, text])).toEqual(Array(2).fill([404, foreign.text]));
    expect(await everything()).toBe(before);
  });

  test("by id alone, a member finds their own key and no other", async () => {
    const own = await as(scene.myJwt, "GET", `/keyward/v1/keys/${scene.myKey.id}`);
    expect([own.status, own.json.id]).toEqual([200, scene.myKey.id]);
    const foreign = await as(scene.myJwt, "GET", `/keyward/v1/keys/${scene.theirKey.id}`);
    const unknown = await as(scene.myJwt, "GET", `/keyward/v1/keys/${UNKNOWN_KEY}`);
    expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
    expect((await server.operator("GET", `/keyward/v1/keys/${scene.theirKey.id}`)).json.organizationId).toBe(scene.theirs);
  });

  test("the owner comes from the path and the credential: an organizationId in the body is an unknown field", async () => {
    const { status, json } = await as(scene.myJwt, "POST", `${ORGS}/${scene.mine}/keys`, { organizationId: scene.theirs });
    expect([status, json.errors[0].field]).toEqual([400, "organizationId"]);
    expect(await keysOf(scene.theirs)).toHaveLength(1);
  });

  test("a JWT of an organization that never existed finds and makes nothing", async () => {
    const token = secret(
      await new SignJWT({ org: UNKNOWN_ORG })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer("keyward")
        .setAudience("keyward:management")
        .setSubject("operator")
        .setIssuedAt()
        .setExpirationTime("1m")
        .sign(deriveSecrets({ id: 1, secret: MASTER }).managementKey),
    );
    expect((await as(token, "POST", `${ORGS}/${UNKNOWN_ORG}/keys`, {})).status).toBe(404);
    expect((await as(token, "GET", `${ORGS}/${UNKNOWN_ORG}/keys`)).status).toBe(404);
  });
});

describe("not found: to the operator, what does not exist is 404 on every route, and nothing is made", () => {
  // biome-ignore format: a table
  test.each<[string, string, unknown]>([
    ["GET",    `${ORGS}/${UNKNOWN_ORG}`,                             undefined],
    ["GET",    `${ORGS}/nonsense`,                                   undefined],
    ["PATCH",  `${ORGS}/${UNKNOWN_ORG}`,                             { name: "New" }],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/plan`,                        undefined],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/audit`,                       undefined],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/audit.csv`,                   undefined],
    ["POST",   `${ORGS}/${UNKNOWN_ORG}/tokens`,                      {}],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/keys`,                        undefined],
    ["POST",   `${ORGS}/${UNKNOWN_ORG}/keys`,                        {}],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}`,         undefined],
    ["PATCH",  `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}`,         { enabled: true }],
    ["DELETE", `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}`,         undefined],
    ["GET",    `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}/limits`,  undefined],
    ["POST",   `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}/test`,    { credential: "x" }],
    ["POST",   `${ORGS}/${UNKNOWN_ORG}/keys/${UNKNOWN_KEY}/rotate`,  {}],
    ["GET",    `/keyward/v1/keys/${UNKNOWN_KEY}`,                    undefined],
    ["GET",    "/keyward/v1/keys/' or 1=1 --",                       undefined],
    ["DELETE", `${TOKENS}/st_01jd0000000000000000000000`,            undefined],
    ["DELETE", `${TOKENS}/nonsense`,                                 undefined],
  ])("%s %s", async (method, path, body) => {
    const before = await everything();
    const { status, json, headers } = await server.operator(method, path, body);
    expect([status, json.code, json.status]).toEqual([404, "not_found", 404]);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(await everything()).toBe(before);
  });

  test("another's key through the wrong organization's path is not found either", async () => {
    expect((await server.operator("GET", `${ORGS}/${scene.mine}/keys/${scene.theirKey.id}`)).status).toBe(404);
    expect((await server.operator("DELETE", `${ORGS}/${scene.mine}/keys/${scene.theirKey.id}`)).status).toBe(404);
    expect((await whoami(scene.theirKey.key)).status).toBe(200);
  });

  test("another spelling of an organization's id is that organization everywhere, or nothing anywhere: never an empty list", async () => {
    const uuid = toUuid(decodeUlidOrUuid(scene.theirs.slice(4))!);
    for (const spelling of [uuid, scene.theirs.toUpperCase(), scene.theirs.slice(4)]) {
      const record = await server.operator("GET", `${ORGS}/${spelling}`);
      const list = await server.operator("GET", `${ORGS}/${spelling}/keys`);
      expect([spelling, record.status, list.status, list.json.data?.length]).toEqual([
        spelling,
        record.status,
        record.status,
        record.status === 200 ? 1 : undefined,
      ]);
    }
  });
});

describe("organizations", () => {
  test("one that is created is returned as it is read later, with the platform's default plan", async () => {
    const created = await server.operator("POST", ORGS, { name: "  Acme Inc.  " });
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      id: expect.stringMatching(/^org_[0-9a-hjkmnp-tv-z]{26}$/),
      name: "Acme Inc.",
      plan: "unlimited",
      overrides: {},
      createdAt: expect.stringMatching(TIME),
      updatedAt: created.json.createdAt,
    });
    const read = await server.operator("GET", `${ORGS}/${created.json.id}`);
    expect([read.status, read.json]).toEqual([200, created.json]);
    expect(created.headers.get("cache-control")).toBe("no-store");
  });

  test("a change changes only the given fields; overrides replace earlier ones", async () => {
    const id = await server.newOrganization({ name: "A", plan: "free", overrides: { requestsPerMinute: 5, keys: null } });
    const renamed = await server.operator("PATCH", `${ORGS}/${id}`, { name: "B" });
    expect(renamed.json).toMatchObject({ name: "B", plan: "free", overrides: { requestsPerMinute: 5, keys: null } });
    const replaced = await server.operator("PATCH", `${ORGS}/${id}`, { overrides: { requestsPerDay: 7 } });
    expect(replaced.json).toMatchObject({ name: "B", plan: "free", overrides: { requestsPerDay: 7 } });
    expect(replaced.json.overrides).toEqual({ requestsPerDay: 7 });
    expect((await server.operator("GET", `${ORGS}/${id}`)).json).toEqual(replaced.json);
  });

  test("a management JWT manages its own organization: it reads, makes and revokes there", async () => {
    const id = await server.newOrganization();
    const made = await server.operator("POST", `${ORGS}/${id}/tokens`, { ttl: "15m" });
    expect([made.status, Object.keys(made.json)]).toEqual([201, ["token", "expiresAt"]]);
    expect(Math.abs(Date.parse(made.json.expiresAt) - Date.now() - 900_000)).toBeLessThan(5_000);
    expect(made.headers.get("cache-control")).toBe("no-store");
    const token = secret(made.json.token as string);
    expect((await as(token, "GET", `${ORGS}/${id}`)).json.id).toBe(id);
    const key = await as(token, "POST", `${ORGS}/${id}/keys`, { name: "by a member" });
    expect(key.status).toBe(201);
    secret(key.json.key);
    expect((await as(token, "DELETE", `${ORGS}/${id}/keys/${key.json.id}`)).status).toBe(204);
  });
});

describe("service tokens", () => {
  test("one is shown once, listed without its secret, and refused once the response to its revocation was sent", async () => {
    const created = await server.operator("POST", TOKENS, { name: "checkout" });
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      id: expect.stringMatching(/^st_/),
      name: "checkout",
      createdAt: expect.stringMatching(TIME),
      revokedAt: null,
      token: expect.stringMatching(/^kws_/),
    });
    expect(created.headers.get("cache-control")).toBe("no-store");
    const { id, token } = created.json;
    secret(token);
    const verify = () => as(token, "POST", "/keyward/v1/verify", { key: "nobody's" });
    expect((await verify()).status).toBe(200);
    const listed = await server.operator("GET", TOKENS);
    expect(listed.text).not.toContain(token);
    expect(listed.json.data).toContainEqual({ id, name: "checkout", createdAt: created.json.createdAt, revokedAt: null });
    const revoked = await server.operator("DELETE", `${TOKENS}/${id}`);
    expect([revoked.status, revoked.text]).toEqual([204, ""]);
    expect((await verify()).status).toBe(401);
    expect((await server.operator("GET", TOKENS)).json.data).toContainEqual({
      id,
      name: "checkout",
      createdAt: created.json.createdAt,
      revokedAt: expect.stringMatching(TIME),
    });
  });
});

describe("creating and reading keys", () => {
  test("an empty request makes a live key that never ends; the record is the same wherever it is read, without the key", async () => {
    const id = await server.newOrganization();
    const created = await server.operator("POST", `${ORGS}/${id}/keys`);
    expect(created.status).toBe(201);
    const { key, ...record } = created.json;
    secret(key);
    expect(key).toMatch(/^kw_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(record).toEqual({
      id: expect.stringMatching(/^key_[0-9a-hjkmnp-tv-z]{26}$/),
      organizationId: id,
      name: null,
      environment: "live",
      prefix: key.slice(0, 12),
      status: "active",
      refusedFor: [],
      condition: "active",
      enabled: true,
      scopes: [],
      limits: { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null },
      createdAt: expect.stringMatching(TIME),
      updatedAt: record.createdAt,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      predecessorId: null,
      publicKey: null,
      domains: [],
      resources: null,
      rotationDue: false,
      successorId: null,
    });
    expect(created.headers.get("cache-control")).toBe("no-store");
    for (const path of [`${ORGS}/${id}/keys/${record.id}`, `/keyward/v1/keys/${record.id}`]) {
      const read = await server.operator("GET", path);
      expect([read.status, read.json]).toEqual([200, record]);
    }
    const list = await server.operator("GET", `${ORGS}/${id}/keys`);
    expect([list.status, list.json]).toEqual([200, { data: [record], nextCursor: null }]);
  });

  test("everything that can be set is set: name trimmed, scopes in order and once, a time zone turned into UTC", async () => {
    const id = await server.newOrganization();
    const { status, json } = await server.operator("POST", `${ORGS}/${id}/keys`, {
      name: "  naïve 👩‍💻 key ",
      environment: "test",
      scopes: ["b:write", "a:read", "b:write"],
      limits: { requestsPerMinute: 1, requestsPerDay: 1_000_000_000, concurrentRequests: null },
      expiresAt: "2031-01-01T01:30:00.5+01:30",
    });
    expect(status).toBe(201);
    secret(json.key);
    expect(json).toMatchObject({
      name: "naïve 👩‍💻 key",
      environment: "test",
      scopes: ["a:read", "b:write"],
      limits: { requestsPerMinute: 1, requestsPerDay: 1_000_000_000, concurrentRequests: null },
      expiresAt: "2031-01-01T00:00:00.500Z",
    });
    expect(json.key).toMatch(/^kw_test_/);
  });

  test.each([
    ["128 characters", "x".repeat(128)],
    ["128 characters beyond the 16-bit plane", "😀".repeat(128)],
    ["128 characters with spaces around", `  ${"x".repeat(128)}  `],
    ["a script from right to left, without direction marks", "مفتاح"],
    ["no name at all", null],
  ])("a name of %s is taken", async (_sentence, name) => {
    const { status, json } = await server.operator("POST", `${ORGS}/${scene.theirs}/keys`, { name });
    expect([status, json.name]).toEqual([201, name === null ? null : name.trim()]);
    secret(json.key);
    await server.operator("DELETE", `${ORGS}/${scene.theirs}/keys/${json.id}`);
  });

  test("expiresIn counts from now, up to ten years", async () => {
    const { json } = await server.operator("POST", `${ORGS}/${scene.theirs}/keys`, { expiresIn: "3650d" });
    secret(json.key);
    expect(Math.abs(Date.parse(json.expiresAt) - Date.now() - 3_650 * DAY_MS)).toBeLessThan(5_000);
  });

  test("the plan's number of keys is kept, also by requests that come at once; a revoked key makes room", async () => {
    const id = await server.newOrganization({ overrides: { keys: 3 } });
    const made = await Promise.all(Array.from({ length: 12 }, () => server.operator("POST", `${ORGS}/${id}/keys`, {})));
    const created = made.filter(({ status }) => status === 201);
    for (const { json } of created) secret(json.key);
    expect(created).toHaveLength(3);
    for (const { status, json } of made.filter((reply) => !created.includes(reply)))
      expect([status, json.code]).toEqual([403, "key_limit_reached"]);
    expect(await keysOf(id)).toHaveLength(3);
    expect((await server.operator("DELETE", `${ORGS}/${id}/keys/${created[0]!.json.id}`)).status).toBe(204);
    const next = await server.operator("POST", `${ORGS}/${id}/keys`, {});
    expect(next.status).toBe(201);
    secret(next.json.key);
  });
});

describe("pages", () => {
  test("of keys are complete, newest first, without doubles, and end with a null cursor, also while keys are made", async () => {
    const id = await server.newOrganization();
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.unshift((await server.newKey(id)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { json } = await server.operator("GET", `${ORGS}/${id}/keys?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...json.data.map((key: { id: string }) => key.id));
      cursor = json.nextCursor;
      pages++;
      await server.newKey(id);
    } while (cursor !== null && pages < 10);
    expect([pages, seen]).toEqual([3, made]);
  });

  test("that are exactly full have no next one", async () => {
    const id = await server.newOrganization();
    for (let index = 0; index < 2; index++) await server.newKey(id);
    expect((await server.operator("GET", `${ORGS}/${id}/keys?limit=2`)).json.nextCursor).toBe(null);
    expect((await server.operator("GET", `${ORGS}/${id}/keys?limit=1`)).json.nextCursor).not.toBe(null);
  });

  test("of organizations are complete and without doubles", async () => {
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.unshift(await server.newOrganization());
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { json } = await server.operator("GET", `${ORGS}?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...json.data.map((organization: { id: string }) => organization.id));
      cursor = json.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 5)).toEqual(made);
    expect(seen).toContain(scene.mine);
  });

  test("active=true leaves out only revoked and expired keys", async () => {
    const id = await server.newOrganization();
    const [active, disabled, revoked, expired] = [
      await server.newKey(id),
      await server.newKey(id),
      await server.newKey(id),
      await server.newKey(id, { expiresIn: "1s" }),
    ];
    await server.operator("PATCH", `${ORGS}/${id}/keys/${disabled.id}`, { enabled: false });
    await server.operator("DELETE", `${ORGS}/${id}/keys/${revoked.id}`);
    await new Promise((later) => setTimeout(later, 1_050));
    const list = async (active: string) =>
      (await server.operator("GET", `${ORGS}/${id}/keys?active=${active}`)).json.data.map((key: { id: string; status: string }) => [
        key.id,
        key.status,
      ]);
    expect(await list("true")).toEqual([
      [disabled.id, "disabled"],
      [active.id, "active"],
    ]);
    expect(await list("false")).toEqual([
      [expired.id, "expired"],
      [revoked.id, "revoked"],
      [disabled.id, "disabled"],
      [active.id, "active"],
    ]);
  });
});

describe("Idempotency-Key", () => {
  const create = (organizationId: string, idempotencyKey: string, body: unknown = {}) =>
    server.operator("POST", `${ORGS}/${organizationId}/keys`, body, { "idempotency-key": idempotencyKey });

  test("the same request again finds the same key, without its secret, and makes no second one", async () => {
    const id = await server.newOrganization();
    const first = await create(id, "a-1", { name: "once", scopes: ["a:b"] });
    const { key, ...record } = first.json;
    secret(key);
    const again = await create(id, "a-1", { scopes: ["a:b"], name: "once" });
    expect([again.status, again.json]).toEqual([201, record]);
    expect(again.text).not.toContain(key);
    expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([null, "true"]);
    expect(await keysOf(id)).toHaveLength(1);
  });

  test("another body under the same key is 422 and makes nothing", async () => {
    const id = await server.newOrganization();
    const first = await create(id, "b-1", { name: "one" });
    secret(first.json.key);
    for (const body of [{ name: "two" }, {}, { name: "one", scopes: [] }]) {
      const { status, json } = await create(id, "b-1", body);
      expect([status, json.code]).toEqual([422, "idempotency_mismatch"]);
    }
    const rotated = await server.operator("POST", `${ORGS}/${id}/keys/${first.json.id}/rotate`, {}, { "idempotency-key": "b-1" });
    expect(rotated.status).toBe(422);
    expect(await keysOf(id)).toHaveLength(1);
  });

  test("the same key of another organization is another key", async () => {
    const [one, other] = [await server.newOrganization(), await server.newOrganization()];
    const replies = [await create(one, "shared", { name: "x" }), await create(other, "shared", { name: "y" })];
    for (const { status, json } of replies) expect([status, secret(json.key)]).toEqual([201, expect.stringMatching(/^kw_live_/)]);
    expect([(await keysOf(one)).length, (await keysOf(other)).length]).toEqual([1, 1]);
  });

  test("a rotation again finds the same successor, without its secret", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    const rotate = () => server.operator("POST", `${ORGS}/${id}/keys/${old.id}/rotate`, { overlap: "1h" }, { "idempotency-key": "r-1" });
    const first = await rotate();
    const { key, ...record } = first.json;
    secret(key);
    const again = await rotate();
    expect([again.status, again.json]).toEqual([201, record]);
    expect(await keysOf(id)).toHaveLength(2);
  });

  test("twenty requests at once with one key make one key, and only one response shows it", async () => {
    const id = await server.newOrganization();
    const replies = await Promise.all(Array.from({ length: 20 }, () => create(id, "race")));
    expect(replies.filter(({ json }) => secret(json.key) !== undefined)).toHaveLength(1);
    for (const { status, json } of replies) expect([201, 409]).toContain(json.code === "idempotency_in_progress" ? 409 : status);
    expect(await keysOf(id)).toHaveLength(1);
  });

  test("while the first request is under way the second gets 409; afterwards it gets the first one's key", async () => {
    const [gate, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const wrap = (store: Store): Store => ({
      ...store,
      async createKey(...values) {
        arrived.resolve();
        await gate.promise;
        return store.createKey(...values);
      },
    });
    const { request, newOrganization, url, service } = await inProcess({ wrap });
    const id = await newOrganization();
    const other = await newOrganization();
    const token = (await request("POST", `${ORGS}/${id}/tokens`, {})).json.token as string;
    const send = () =>
      call(`${url}${ORGS}/${id}/keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret(token)}`, "idempotency-key": "slow" },
      });
    const first = send();
    // Two requests sent at once may arrive in either order, and the one that is first waits for the gate.
    await arrived.promise;
    const second = await send();
    expect([second.status, second.json.code]).toEqual([409, "idempotency_in_progress"]);
    gate.resolve();
    expect(secret((await first).json.key)).toMatch(/^kw_live_/);
    const third = await send();
    expect([third.status, third.json.id, third.json.key]).toEqual([201, (await first).json.id, undefined]);
    expect((await service.keys.listActive(other)).length).toBe(0);
  });

  test("a refused request does not use the key up", async () => {
    const id = await server.newOrganization({ overrides: { keys: 1 } });
    const blocker = await server.newKey(id);
    expect((await create(id, "later")).status).toBe(403);
    expect((await create(id, "later", { name: 5 })).status).toBe(400);
    await server.operator("DELETE", `${ORGS}/${id}/keys/${blocker.id}`);
    const { status, json } = await create(id, "later");
    expect([status, typeof secret(json.key)]).toEqual([201, "string"]);
  });

  test.each([
    ["empty", ""],
    ["with a space inside", "a b"],
    ["of 256 characters", "x".repeat(256)],
    ["with a letter beyond ASCII", "schlüssel"],
    ["sent twice", "a\r\nIdempotency-Key: b"],
  ])("one that is %s is 400 and makes nothing", async (_sentence, value) => {
    const id = await server.newOrganization();
    const { status, json } = await sendRaw(server.url, [
      `POST ${ORGS}/${id}/keys HTTP/1.1`,
      `Authorization: Bearer ${server.operatorToken}`,
      "Content-Length: 0",
      `Idempotency-Key: ${value}`,
    ]);
    expect([status, json.errors?.[0].field]).toEqual([400, "Idempotency-Key"]);
    expect(await keysOf(id)).toEqual([]);
  });

  test("one of 255 characters is taken", async () => {
    const { status, json } = await create(await server.newOrganization(), "~".repeat(255));
    expect([status, typeof secret(json.key)]).toEqual([201, "string"]);
  });
});

describe("changing a key", () => {
  test("changes what it names and nothing else", async () => {
    const id = await server.newOrganization();
    const key = await server.newKey(id, { name: "before", scopes: ["a:read"], limits: { requestsPerMinute: 7 }, expiresIn: "90d" });
    const path = `${ORGS}/${id}/keys/${key.id}`;
    const before = (await server.operator("GET", path)).json;
    const changed = await server.operator("PATCH", path, { name: "after" });
    expect(changed.status).toBe(200);
    expect(changed.json).toEqual({ ...before, name: "after", updatedAt: changed.json.updatedAt });
    expect(Date.parse(changed.json.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.updatedAt));
    expect((await server.operator("GET", path)).json).toEqual(changed.json);
    expect(changed.text).not.toContain(key.key);
    expect((await server.operator("PATCH", path, { name: null, expiresAt: null, scopes: [] })).json).toMatchObject({
      name: null,
      expiresAt: null,
      scopes: [],
      limits: before.limits,
    });
  });

  test("a limit that the change does not name stays: changing one never lifts another", async () => {
    const id = await server.newOrganization();
    const key = await server.newKey(id, { limits: { requestsPerMinute: 7, concurrentRequests: 2 } });
    const { json } = await server.operator("PATCH", `${ORGS}/${id}/keys/${key.id}`, { limits: { requestsPerDay: 100 } });
    expect(json.limits).toEqual({ requestsPerMinute: 7, requestsPerDay: 100, concurrentRequests: 2 });
  });

  test("disabling refuses the next request and enabling admits it; an expired key stays refused", async () => {
    const id = await server.newOrganization();
    const { id: keyId, key } = await server.newKey(id);
    const path = `${ORGS}/${id}/keys/${keyId}`;
    expect((await whoami(key)).status).toBe(200);
    expect((await server.operator("PATCH", path, { enabled: false })).json).toMatchObject({ enabled: false, status: "disabled" });
    expect((await whoami(key)).status).toBe(401);
    expect((await server.operator("PATCH", path, { enabled: true })).json).toMatchObject({ enabled: true, status: "active" });
    expect((await whoami(key)).status).toBe(200);
    const { json } = await server.operator("PATCH", path, { expiresIn: "1s" });
    await new Promise((later) => setTimeout(later, Math.max(0, Date.parse(json.expiresAt) - Date.now()) + 5));
    expect((await whoami(key)).status).toBe(401);
    const late = await server.operator("PATCH", path, { expiresAt: null });
    expect([late.status, late.json.code]).toEqual([409, "key_not_active"]);
    expect((await server.operator("GET", path)).json.status).toBe("expired");
  });

  test("a revoked key cannot be changed or brought back", async () => {
    const id = await server.newOrganization();
    const { id: keyId, key } = await server.newKey(id);
    const path = `${ORGS}/${id}/keys/${keyId}`;
    await server.operator("DELETE", path);
    const before = (await server.operator("GET", path)).json;
    for (const body of [{ enabled: true }, { expiresAt: null }, { name: "back" }]) {
      const { status, json } = await server.operator("PATCH", path, body);
      expect([status, json.code]).toEqual([409, "key_not_active"]);
    }
    expect((await server.operator("GET", path)).json).toEqual(before);
    expect((await whoami(key)).status).toBe(401);
  });
});

describe("revoking a key", () => {
  test("responds with 204 without a body; the key is refused from then on; a second time changes nothing", async () => {
    const id = await server.newOrganization();
    const { id: keyId, key } = await server.newKey(id);
    const path = `${ORGS}/${id}/keys/${keyId}`;
    expect((await whoami(key)).status).toBe(200);
    const revoked = await server.operator("DELETE", path);
    expect([revoked.status, revoked.text]).toEqual([204, ""]);
    expect((await whoami(key)).status).toBe(401);
    const record = (await server.operator("GET", path)).json;
    expect(record).toMatchObject({ status: "revoked", revokedAt: expect.stringMatching(TIME) });
    expect((await server.operator("DELETE", path)).status).toBe(204);
    expect((await server.operator("GET", path)).json).toEqual(record);
  });
});

describe("rotating a key", () => {
  const rotate = (organizationId: string, keyId: string, body?: unknown) =>
    server.operator("POST", `${ORGS}/${organizationId}/keys/${keyId}/rotate`, body);
  const read = async (organizationId: string, keyId: string) =>
    (await server.operator("GET", `${ORGS}/${organizationId}/keys/${keyId}`)).json;

  test("gives it a successor with the same settings; both work, and the old one ends in 24 hours", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id, { name: "rotated", environment: "test", scopes: ["a:read"], limits: { requestsPerMinute: 50 } });
    const before = await read(id, old.id);
    const rotated = await rotate(id, old.id);
    expect(rotated.status).toBe(201);
    const { key, ...successor } = rotated.json;
    secret(key);
    expect(key).toMatch(/^kw_test_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(successor).toEqual({
      ...before,
      id: successor.id,
      prefix: key.slice(0, 12),
      createdAt: successor.createdAt,
      updatedAt: successor.updatedAt,
      predecessorId: old.id,
    });
    const after = await read(id, old.id);
    expect(after).toMatchObject({ status: "rotating", successorId: successor.id });
    expect(Math.abs(Date.parse(after.expiresAt) - Date.now() - DAY_MS)).toBeLessThan(5_000);
    expect([(await whoami(old.key)).status, (await whoami(key)).status]).toEqual([200, 200]);
    expect(rotated.headers.get("cache-control")).toBe("no-store");
  });

  test("with no overlap the old key is refused at once", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    expect((await whoami(old.key)).status).toBe(200);
    const { json } = await rotate(id, old.id, { overlap: "0s" });
    expect([(await whoami(old.key)).status, (await whoami(secret(json.key))).status]).toEqual([401, 200]);
    expect((await read(id, old.id)).status).toBe("expired");
  });

  test.each([
    ["0s", 201],
    ["30d", 201],
    ["2592000s", 201],
    ["2592001s", 400],
    ["31d", 400],
    ["720h", 201],
    ["721h", 400],
  ])("an overlap of %s → %i", async (overlap, expected) => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    const { status, json } = await rotate(id, old.id, { overlap });
    secret(json.key);
    expect(status).toBe(expected);
    if (status === 400) {
      expect(json.errors[0].field).toBe("overlap");
      expect(await keysOf(id)).toHaveLength(1);
    }
  });

  test("the old key's end only moves closer: an earlier one stays, and no change puts it off", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id, { expiresIn: "1h" });
    const { expiresAt } = await read(id, old.id);
    const { json } = await rotate(id, old.id, { overlap: "30d" });
    secret(json.key);
    expect([(await read(id, old.id)).expiresAt, json.expiresAt]).toEqual([expiresAt, expiresAt]);
    const path = `${ORGS}/${id}/keys/${old.id}`;
    for (const body of [{ expiresAt: null }, { expiresIn: "2h" }, { expiresIn: "30d" }]) {
      const { status, json: refused } = await server.operator("PATCH", path, body);
      expect([status, refused.code, refused.errors[0].field]).toEqual([409, "already_rotated", "expiresAt"]);
    }
    expect((await read(id, old.id)).expiresAt).toBe(expiresAt);
    expect((await server.operator("PATCH", path, { expiresIn: "10m" })).status).toBe(200);
    expect(Date.parse((await read(id, old.id)).expiresAt)).toBeLessThan(Date.parse(expiresAt));
  });

  test("a key is rotated once; then its successor is", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    const first = await rotate(id, old.id);
    secret(first.json.key);
    const second = await rotate(id, old.id);
    expect([second.status, second.json.code]).toEqual([409, "already_rotated"]);
    const third = await rotate(id, first.json.id);
    expect([third.status, typeof secret(third.json.key), third.json.predecessorId]).toEqual([201, "string", first.json.id]);
    expect(await keysOf(id)).toHaveLength(3);
  });

  test("rotating again at once ends the key that this one had replaced; response, record and audit log say so", async () => {
    const id = await server.newOrganization();
    const first = await server.newKey(id);
    const second = await rotate(id, first.id, { overlap: "30d" });
    expect(second.json).not.toHaveProperty("endedIds");
    expect((await whoami(first.key)).status).toBe(200);
    const third = await rotate(id, second.json.id, { overlap: "30d" });
    expect(third.json.endedIds).toEqual([first.id]);
    const statuses = [first.key, secret(second.json.key), secret(third.json.key)].map(async (key) => (await whoami(key)).status);
    expect(await Promise.all(statuses)).toEqual([401, 200, 200]);
    expect((await read(id, first.id)).status).toBe("expired");
    const audit = await server.operator("GET", `${ORGS}/${id}/audit?subject=${first.id}`);
    expect(audit.json.data[0]).toMatchObject({ action: "key.ended", subjectId: first.id, details: { rotatedId: second.json.id } });
  });

  test("of concurrent rotations one succeeds, and there is one successor", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    const replies = await Promise.all(Array.from({ length: 10 }, () => rotate(id, old.id)));
    for (const { json } of replies) secret(json.key);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    const keys = await keysOf(id);
    expect(keys).toHaveLength(2);
    expect((await read(id, old.id)).successorId).toBe(replies.find(({ status }) => status === 201)!.json.id);
  });

  test("the two keys share one counter: a request with one counts for both", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id, { limits: { requestsPerMinute: 4 } });
    expect((await whoami(old.key)).status).toBe(200);
    const successor = secret((await rotate(id, old.id)).json.key as string);
    const statuses = [];
    for (const key of [successor, old.key, successor, old.key, successor]) statuses.push((await whoami(key)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });

  test("a rotated key counts once toward the plan's number of keys", async () => {
    const id = await server.newOrganization({ overrides: { keys: 1 } });
    const old = await server.newKey(id);
    const rotated = await rotate(id, old.id);
    expect([rotated.status, typeof secret(rotated.json.key)]).toEqual([201, "string"]);
    expect((await server.operator("POST", `${ORGS}/${id}/keys`, {})).status).toBe(403);
  });

  test("a revoked key and an expired one are not rotated, and stay so", async () => {
    const id = await server.newOrganization();
    const [revoked, expired] = [await server.newKey(id), await server.newKey(id, { expiresIn: "1s" })];
    await server.operator("DELETE", `${ORGS}/${id}/keys/${revoked.id}`);
    await new Promise((later) => setTimeout(later, 1_050));
    for (const { id: keyId, key } of [revoked, expired]) {
      const { status, json } = await rotate(id, keyId);
      expect([status, json.code]).toEqual([409, "key_not_active"]);
      expect((await whoami(key)).status).toBe(401);
    }
    expect(await keysOf(id)).toHaveLength(2);
  });

  test("a disabled key has a disabled successor: rotation brings nothing back to life", async () => {
    const id = await server.newOrganization();
    const old = await server.newKey(id);
    await server.operator("PATCH", `${ORGS}/${id}/keys/${old.id}`, { enabled: false });
    const { json } = await rotate(id, old.id);
    expect(json).toMatchObject({ enabled: false, status: "disabled" });
    expect([(await whoami(old.key)).status, (await whoami(secret(json.key))).status]).toEqual([401, 401]);
  });

  test("revoking the old key leaves the successor working, and the other way round", async () => {
    const id = await server.newOrganization();
    const [one, two] = [await server.newKey(id), await server.newKey(id)];
    const successors = [(await rotate(id, one.id)).json, (await rotate(id, two.id)).json];
    for (const { key } of successors) secret(key);
    await server.operator("DELETE", `${ORGS}/${id}/keys/${one.id}`);
    await server.operator("DELETE", `${ORGS}/${id}/keys/${successors[1].id}`);
    expect([(await whoami(one.key)).status, (await whoami(successors[0].key)).status]).toEqual([401, 200]);
    expect([(await whoami(two.key)).status, (await whoami(successors[1].key)).status]).toEqual([200, 401]);
  });
});
