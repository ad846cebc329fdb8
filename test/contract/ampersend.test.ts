/**
 * ampersend's documentation page, word for word: its `curl` example is taken from the page and run through the gateway of each of its two
 * deployments, with only the host and the key put in. The rows AM1 to AM7 are numbered as in docs/systems/ampersend.md.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Environment } from "../../engine/api-key.ts";
import { generateCredential } from "../../engine/credential-form.ts";
import { ampersend } from "../../platforms/index.ts";
import { keyward } from "../../service/index.ts";
import { Upstream } from "../http/upstream.ts";
import { secret } from "../support/root.ts";
import { suiteServer, type TestServer } from "../support/server.ts";
import { testService } from "../support/service.ts";
import { raw, readPage, runCurl, shapeOf } from "./page.ts";

const { text: page, curls: EXAMPLES } = readPage("ampersend");
const [EXAMPLE = ""] = EXAMPLES;
const ORGS = "/keyward/v1/organizations";
const WHOAMI = "GET /keyward/v1/whoami";
const MINE = "0xAbCdEf0123456789aBcDeF0123456789abcdef01";
const SECRET = "the-secret-of-both-the-deployments";
const THEIRS = "0x1111111111111111111111111111111111111111";

const upstream = new Upstream();
const upstreamUrl = upstream.start();
const production = suiteServer(async () => ({ platform: "ampersend", args: ["--upstream", await upstreamUrl] }));
const sandbox = suiteServer(async () => ({ platform: "ampersend", args: ["--environment", "test", "--upstream", await upstreamUrl] }));
afterAll(() => upstream.stop());
beforeEach(() => upstream.reset());

let organization: string;
let other: string;
let inSandbox: string;
beforeAll(async () => {
  [organization, other, inSandbox] = [
    await production.newOrganization(),
    await production.newOrganization(),
    await sandbox.newOrganization(),
  ];
});

const send = (target: string, key: string, server: TestServer = production) => raw(server.url, target, [`Authorization: Bearer ${key}`]);
/** The status, and whether the upstream heard of it. */
async function passes(target: string, key: string): Promise<readonly [number, boolean]> {
  upstream.reset();
  const { status } = await send(target, key);
  return [status, upstream.received.length > 0];
}
const freshKey = (environment: Environment) => generateCredential(ampersend.keyForm, environment, randomBytes).presented;
async function session(agent = MINE, body: Record<string, unknown> = {}, owner = organization): Promise<string> {
  const { status, json } = await production.operator("POST", `${ORGS}/${owner}/agent-sessions`, { agent, ...body });
  expect(status).toBe(201);
  return secret(json.token);
}

/** What the page and the rows name, with the scope that each needs. */
// biome-ignore format: a table
const OPERATIONS: [target: string, scope: string, resource: boolean][] = [
  ["GET /v1/agents",                                "agents:read",      false],
  ["POST /v1/agents",                               "agents:write",     false],
  ["POST /agents",                                  "agents:write",     false],
  [`GET /v1/agents/${MINE}`,                        "agents:read",      true],
  [`PATCH /v1/agents/${MINE}`,                      "agents:write",     true],
  [`GET /v1/agents/${MINE}/keys`,                   "agent-keys:read",  true],
  [`POST /v1/agents/${MINE}/keys`,                  "agent-keys:write", true],
  [`POST /agents/${MINE}/keys`,                     "agent-keys:write", true],
  [`DELETE /v1/agents/${MINE}/keys/1`,              "agent-keys:write", true],
  [`GET /v1/agents/${MINE}/allowlist`,              "allowlists:read",  true],
  [`PUT /v1/agents/${MINE}/allowlist`,              "allowlists:write", true],
  [`GET /v1/agents/${MINE}/top-up`,                 "top-ups:read",     true],
  [`PUT /v1/agents/${MINE}/top-up`,                 "top-ups:write",    true],
  ["GET /v1/export/transactions",                   "exports:read",     false],
  ["GET /v1/export/payment-events",                 "exports:read",     false],
];
const SCOPES = [...new Set(OPERATIONS.map(([, scope]) => scope))];
const AGENT_ROUTES = ["GET /v1/endpoints", "POST /v1/endpoints", "DELETE /v1/endpoints/1"];

describe("AM1", () => {
  test("AM1 each deployment issues its own kind: sk_live_ in production, sk_test_ in the sandbox", async () => {
    expect([/\bsk_live_ \| Base Mainnet/.test(page), /\bsk_test_ \| Base Sepolia/.test(page)]).toEqual([true, true]);
    for (const [server, owner, environment] of [
      [production, organization, "live"],
      [sandbox, inSandbox, "test"],
    ] as const) {
      const { status, json } = await server.operator("POST", `${ORGS}/${owner}/keys`, { name: "ci" });
      secret(json.key);
      expect([status, json.environment, json.key]).toEqual([
        201,
        environment,
        expect.stringMatching(new RegExp(`^sk_${environment}_[0-9A-Za-z]{28,}$`)),
      ]);
      expect((await send(WHOAMI, json.key, server)).json).toMatchObject({ keyId: json.id, environment });
      expect((await server.operator("POST", `${ORGS}/${owner}/keys`, { environment })).status).toBe(201);
      const refused = await server.operator("POST", `${ORGS}/${owner}/keys`, { environment: environment === "live" ? "test" : "live" });
      expect([refused.status, refused.json.errors?.[0].field]).toEqual([400, "environment"]);
    }
  });

  test("AM1 the page's example passes each deployment with its key", async () => {
    for (const [server, owner] of [
      [production, organization],
      [sandbox, inSandbox],
    ] as const) {
      upstream.reset();
      const { key } = await server.newKey(owner);
      const { status, text } = await runCurl(EXAMPLE.replace("https://api.ampersend.ai", server.url).replace("sk_live_...", key));
      expect([status, text, upstream.only.method, upstream.only.url, upstream.only.values("authorization")]).toEqual([
        200,
        "upstream's response",
        "GET",
        "/v1/agents",
        [],
      ]);
    }
  });
});

describe("AM2", () => {
  test("AM2 the other deployment's key is 401, whatever its state, byte-identical with one that nobody has", async () => {
    const [live, revoked] = [await production.newKey(organization), await production.newKey(organization)];
    await production.operator("DELETE", `${ORGS}/${organization}/keys/${revoked.id}`);
    const testKey = await sandbox.newKey(inSandbox);
    for (const [server, own, foreign] of [
      [production, "live", [testKey.key, freshKey("test")]],
      [sandbox, "test", [live.key, revoked.key, freshKey("live")]],
    ] as const) {
      for (const target of [WHOAMI, "GET /v1/agents", "POST /v1/agents"]) {
        const unknown = shapeOf(await send(target, freshKey(own), server));
        expect([unknown.status, JSON.parse(unknown.text).code]).toEqual([401, "invalid_credential"]);
        for (const key of foreign) expect(shapeOf(await send(target, key, server))).toEqual(unknown);
        expect(shapeOf(await send(target, "nonsense", server))).toEqual(unknown);
      }
    }
    expect(upstream.received).toEqual([]);
    expect((await production.operator("GET", `${ORGS}/${organization}/keys/${live.id}`)).json.lastUsedAt).toBe(null);
    for (const [server, key] of [
      [production, live.key],
      [sandbox, testKey.key],
    ] as const)
      expect((await send(WHOAMI, key, server)).status).toBe(200);
  });

  test.each<[Environment, Environment]>([
    ["live", "test"],
    ["test", "live"],
  ])("AM2 served %s, nothing of a %s key is looked up or counted", async (served, presented) => {
    let calls = 0;
    const counted = <Value>(count: number, value: Value): Value => {
      calls += count;
      return value;
    };
    const { store, newOrganization, newKey } = await testService({ platform: ampersend, environment: presented, secret: SECRET });
    const { key } = await newKey(await newOrganization());
    // The very database that has the key, served for the other environment.
    const there = await keyward({
      platform: ampersend,
      environment: served,
      secret: SECRET,
      store: {
        ...store,
        findKeyByDigest: (digest) => counted(1, store.findKeyByDigest(digest)),
        findKeyByPublicKey: (publicKey) => counted(1, store.findKeyByPublicKey(publicKey)),
        recordUse: (batch) => counted(batch.outcomes.length + batch.lastUses.length + batch.counters.length, store.recordUse(batch)),
      },
    });
    onTestFinished(() => there.close());
    for (let turn = 0; turn < 20; turn++)
      expect(await there.verify(key)).toEqual({ valid: false, code: "wrong_environment", key: undefined, retryAt: 0 });
    await there.flush();
    expect(calls).toBe(0);
    const own = freshKey(served);
    await there.verify(own);
    expect(calls, "one of its own kind is looked up").toBe(1);
  });
});

describe("AM3", () => {
  test("AM3 in the management API behind the dashboard: the secret is shown once, and no route gives it back", async () => {
    const keys = `${ORGS}/${organization}/keys`;
    const made = await production.operator("POST", keys, { name: "provisioning" });
    const key = secret(made.json.key as string);
    expect([made.status, made.json.name, made.headers.get("cache-control"), made.json.prefix]).toEqual([
      201,
      "provisioning",
      "no-store",
      key.slice(0, 12),
    ]);
    const path = `${keys}/${made.json.id}`;
    const replies = [
      await production.operator("GET", path),
      await production.operator("GET", keys),
      await production.operator("PATCH", path, { name: "x" }),
      await production.operator("GET", `/keyward/v1/keys/${made.json.id}`),
      await production.operator("POST", `${path}/show`),
      await production.operator("POST", `${keys}/claim`, { key }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404, 405]);
    for (const { text } of replies) expect(text).not.toContain(key.slice(-24));
  });
});

describe("AM4", () => {
  let key: string;
  beforeAll(async () => {
    ({ key } = await production.newKey(organization));
  });

  test.each(OPERATIONS)("AM4 %s with Authorization: Bearer", async (target) => {
    expect(await passes(target, key)).toEqual([200, true]);
    expect(`${upstream.only.method} ${upstream.only.url}`).toBe(target);
    expect(upstream.only.values("x-keyward-organization-id")).toEqual([organization]);
    upstream.reset();
    for (const headers of [
      [],
      [`X-Api-Key: ${key}`],
      [`Authorization: ${key}`],
      [`Authorization: Basic ${key}`],
      ["Authorization: Bearer sk_live_..."],
    ]) {
      const response = await raw(production.url, target, headers);
      expect([response.status, response.header("www-authenticate")]).toEqual([401, expect.stringMatching(/^Bearer realm="ampersend"/)]);
    }
    expect(upstream.received).toEqual([]);
  });

  test.each([
    "GET /",
    "GET /v1",
    "GET /agents",
    "DELETE /agents",
    "POST /v2/agents",
    "POST /v1/v1/agents",
    "POST /v1agents",
    "POST /[/v1]/agents",
    `GET /agents/${MINE}`,
    `GET /agents/${MINE}/keys`,
    `POST /agents/${MINE}`,
    `PATCH /agents/${MINE}`,
    "GET /v2/agents",
    "GET /V1/agents",
    "GET /v1/Agents",
    "DELETE /v1/agents",
    "PUT /v1/agents",
    "PROPFIND /v1/agents",
    `DELETE /v1/agents/${MINE}`,
    `POST /v1/agents/${MINE}`,
    "GET /v1/agents/a/b/c",
    "GET /v1/admin",
    "GET /v1/users/me",
    "POST /v1/api-keys",
    `PUT /v1/agents/${MINE}/keys`,
    `GET /v1/agents/${MINE}/keys/1`,
    "POST /v1/export/transactions",
    "GET /v1/export",
    "PUT /v1/endpoints",
    "GET /v1/endpoints/1",
  ])("AM4 what is not listed is 404 for every key, and the upstream hears nothing: %s", async (target) => {
    for (const credential of [key, await session(), "nonsense"]) expect(await passes(target, credential)).toEqual([404, false]);
  });

  test.each([
    "/v1/agents/..%2fadmin",
    "/v1/agents/%2e%2e/admin",
    "/v1/agents/..",
    "/v1/agents/.",
    "/v1/agents/../admin",
    "/v1/./agents",
    "/v1//agents",
    "//v1/agents",
    "//agents",
    "/v1/agents/x%2Fkeys",
    "/v1/agents/x%5ckeys",
    "/agents/..%2fadmin",
    "/agents/../agents",
    "/./agents",
    "/agents/x%2Fkeys",
    "/agents//keys",
    "/agents/..;/keys",
    "/v1/agents/%2E%2E",
    "/v1/agents/.%2e/keys",
    "/v1/agents/../keys",
    "/v1/agents//keys",
    "/v1/agents/x\\..\\..\\admin",
    "/v1/agents/..\\admin",
    "/v1/agents\\x",
    "/v1/agents/..;/keys",
    "/v1/agents/x#/keys",
    "/v1/agents/x#/../../admin",
  ])("AM4 a path that backends read differently does not slip through: %s", async (path) => {
    const results = [];
    for (const method of ["GET", "POST", "PATCH"]) results.push(await passes(`${method} ${path}`, key));
    for (const [status, reached] of results) {
      expect(reached).toBe(false);
      expect([400, 404]).toContain(status);
    }
  });

  test("AM4 a query changes nothing, HEAD is what GET is", async () => {
    expect(await passes("GET /v1/agents?page=../admin&x=%2f", key)).toEqual([200, true]);
    expect(await passes("HEAD /v1/agents", key)).toEqual([200, true]);
    const { key: writer } = await production.newKey(organization, { scopes: ["agents:write"] });
    expect(await passes("HEAD /v1/agents", writer)).toEqual([403, false]);
  });
});

describe("AM5", () => {
  test("AM5 revocation is immediate: any call after it is 401", async () => {
    const { id, key } = await production.newKey(organization);
    for (const [target] of OPERATIONS) expect((await send(target, key)).status).toBe(200);
    expect((await production.operator("DELETE", `${ORGS}/${organization}/keys/${id}`)).status).toBe(204);
    for (const target of [WHOAMI, ...OPERATIONS.map(([each]) => each)]) {
      upstream.reset();
      const response = await send(target, key);
      expect([response.status, response.json.code, response.header("content-type"), upstream.received.length]).toEqual([
        401,
        "invalid_credential",
        "application/problem+json",
        0,
      ]);
    }
  });

  test("AM5 the page's rotation: a new key, then the old one revoked, without downtime", async () => {
    const old = await production.newKey(organization);
    const fresh = await production.newKey(organization);
    for (const { key } of [old, fresh]) expect((await passes("GET /v1/agents", key))[0]).toBe(200);
    await production.operator("DELETE", `${ORGS}/${organization}/keys/${old.id}`);
    expect([(await passes("GET /v1/agents", old.key))[0], (await passes("GET /v1/agents", fresh.key))[0]]).toEqual([401, 200]);
  });
});

describe("AM6", () => {
  test.each(AGENT_ROUTES)("AM6 %s takes the agent's session token, and tells the upstream which agent", async (target) => {
    expect(await passes(target, await session())).toEqual([200, true]);
    expect([
      upstream.only.values("x-keyward-agent"),
      upstream.only.values("x-keyward-organization-id"),
      upstream.only.values("x-keyward-key-id"),
      upstream.only.values("authorization"),
    ]).toEqual([[MINE.toLowerCase()], [organization], [""], []]);
  });

  test.each(AGENT_ROUTES)("AM6 %s refuses API keys, and what is no session in force: 401", async (target) => {
    const token = await session();
    const [head = "", body = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { token: managementToken } = (await production.operator("POST", `${ORGS}/${organization}/tokens`, {})).json;
    const refused: [string, string][] = [
      ["an API key", (await production.newKey(organization)).key],
      ["a scoped one", (await production.newKey(organization, { resources: [MINE] })).key],
      ["a management JWT", managementToken],
      ["the operator", production.operatorToken],
      ["a service token", await production.newServiceToken()],
      ["another agent's", `${head}.${encode({ ...claims, sub: THEIRS })}.${signature}`],
      ["alg none", `${encode({ alg: "none", typ: "JWT" })}.${body}.`],
      ["another signer's", await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(randomBytes(32))],
      ["the sandbox's", (await sandbox.operator("POST", `${ORGS}/${inSandbox}/agent-sessions`, { agent: MINE })).json.token],
      ["nonsense", "nonsense"],
    ];
    for (const [sentence, credential] of refused) {
      upstream.reset();
      const response = await send(target, credential);
      expect([sentence, response.status, response.json.code, response.header("www-authenticate"), upstream.received.length]).toEqual([
        sentence,
        401,
        "invalid_credential",
        'Bearer realm="ampersend", error="invalid_token"',
        0,
      ]);
    }
    const none = await raw(production.url, target);
    expect([none.status, none.json.code, none.header("www-authenticate")]).toEqual([401, "missing_credential", 'Bearer realm="ampersend"']);
    expect((await raw(production.url, target, [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`])).status).toBe(400);
  });

  test("AM6 a session ends", async () => {
    const token = await session(MINE, { ttl: "1s" });
    expect((await passes("GET /v1/endpoints", token))[0]).toBe(200);
    await sleep(1_100);
    expect(await passes("GET /v1/endpoints", token)).toEqual([401, false]);
  });

  test("AM6 a session opens no route of the user, nor of the management", async () => {
    const token = await session();
    for (const [target] of OPERATIONS) expect(await passes(target, token)).toEqual([401, false]);
    for (const target of [WHOAMI, `GET ${ORGS}/${organization}`, `POST ${ORGS}/${organization}/agent-sessions`])
      expect((await send(target, token)).status).toBe(401);
  });

  test.each<[string, unknown]>([
    ["no agent", {}],
    ["an empty one", { agent: "" }],
    ["spaces", { agent: "a b" }],
    ["two hours", { agent: MINE, ttl: "2h" }],
    ["an unknown field", { agent: MINE, organizationId: "org_1" }],
  ])("AM6 a session is not made for %s: 400", async (_sentence, body) => {
    expect((await production.operator("POST", `${ORGS}/${organization}/agent-sessions`, body)).status).toBe(400);
  });

  test("AM6 nor by somebody else: another organization's JWT is 404, an API key 401", async () => {
    const { token } = (await production.operator("POST", `${ORGS}/${other}/tokens`, {})).json;
    const { key } = await production.newKey(organization);
    const statuses = [];
    for (const credential of [token, key])
      statuses.push(
        (
          await raw(
            production.url,
            `POST ${ORGS}/${organization}/agent-sessions`,
            [`Authorization: Bearer ${credential}`, "Content-Type: application/json"],
            JSON.stringify({ agent: MINE }),
          )
        ).status,
      );
    expect(statuses).toEqual([404, 401]);
  });
});

describe("AM7", () => {
  test.each(SCOPES)("AM7 a key with the scope %s alone passes where it is asked for, and is 403 elsewhere", async (scope) => {
    const { key } = await production.newKey(organization, { scopes: [scope] });
    for (const [target, needed] of OPERATIONS) {
      expect([target, ...(await passes(target, key))]).toEqual([target, ...(needed === scope ? [200, true] : [403, false])]);
      if (needed === scope) continue;
      const { json, header } = await send(target, key);
      expect([json.code, header("www-authenticate")]).toEqual([
        "insufficient_scope",
        `Bearer realm="ampersend", error="insufficient_scope", scope="${needed}"`,
      ]);
    }
  });

  test("AM7 without any scope nothing passes; with none named, those that there are", async () => {
    const [none, all] = [await production.newKey(organization, { scopes: [] }), await production.newKey(organization)];
    for (const [target] of OPERATIONS)
      expect([(await passes(target, none.key))[0], (await passes(target, all.key))[0]]).toEqual([403, 200]);
    expect((await production.operator("GET", `${ORGS}/${organization}/keys/${all.id}`)).json.scopes.toSorted()).toEqual(SCOPES.toSorted());
  });

  test("AM7 a key restricted to agents passes for these alone, and where none is named it does not", async () => {
    const { key } = await production.newKey(organization, { resources: [MINE] });
    for (const [target, , hasResource] of OPERATIONS) {
      expect([target, ...(await passes(target, key))]).toEqual([target, ...(hasResource ? [200, true] : [403, false])]);
      if (hasResource) expect([target, ...(await passes(target.replace(MINE, THEIRS), key))]).toEqual([target, 403, false]);
    }
  });

  test("AM7 the case of addresses does not matter, given or asked, nor how they are encoded", async () => {
    for (const given of [MINE, MINE.toLowerCase(), `0x${MINE.slice(2).toUpperCase()}`]) {
      const { key } = await production.newKey(organization, { resources: [given] });
      for (const asked of [MINE, MINE.toLowerCase(), MINE.toUpperCase(), `%30x${MINE.slice(2)}`])
        expect(await passes(`GET /v1/agents/${asked}/keys`, key)).toEqual([200, true]);
      for (const asked of [
        MINE.slice(0, -1),
        `${MINE}0`,
        `${MINE},${THEIRS}`,
        `${MINE}%2c${THEIRS}`,
        `${THEIRS}?address=${MINE}`,
        `${MINE}%20`,
        `%20${MINE}`,
      ])
        expect([asked, (await passes(`GET /v1/agents/${asked.includes("?") ? asked : `${asked}/keys`}`, key))[0]]).toEqual([asked, 403]);
    }
  });

  test("AM7 scope and agent together; changed, it is in force on the next request", async () => {
    const { id, key } = await production.newKey(organization, { scopes: ["agents:read"], resources: [MINE] });
    const statuses = async () => [
      (await passes(`GET /v1/agents/${MINE}`, key))[0],
      (await passes(`PATCH /v1/agents/${MINE}`, key))[0],
      (await passes(`GET /v1/agents/${THEIRS}`, key))[0],
      (await passes("GET /v1/agents", key))[0],
    ];
    expect(await statuses()).toEqual([200, 403, 403, 403]);
    await production.operator("PATCH", `${ORGS}/${organization}/keys/${id}`, { resources: [MINE, THEIRS] });
    expect(await statuses()).toEqual([200, 403, 200, 403]);
    await production.operator("PATCH", `${ORGS}/${organization}/keys/${id}`, { scopes: ["agents:write"] });
    expect(await statuses()).toEqual([403, 200, 403, 403]);
    await production.operator("PATCH", `${ORGS}/${organization}/keys/${id}`, { resources: null, scopes: ["agents:read"] });
    expect(await statuses()).toEqual([200, 403, 200, 200]);
  });

  test("AM7 a successor has the same bounds", async () => {
    const { id } = await production.newKey(organization, { scopes: ["agents:read"], resources: [MINE] });
    const { json } = await production.operator("POST", `${ORGS}/${organization}/keys/${id}/rotate`, {});
    secret(json.key);
    expect([
      (await passes(`GET /v1/agents/${MINE}`, json.key))[0],
      (await passes(`PATCH /v1/agents/${MINE}`, json.key))[0],
      (await passes(`GET /v1/agents/${THEIRS}`, json.key))[0],
    ]).toEqual([200, 403, 403]);
  });

  test("AM7 what is asked for out of bounds is not charged against the limits", async () => {
    const { key } = await production.newKey(organization, { scopes: ["agents:read"], resources: [MINE], limits: { requestsPerMinute: 2 } });
    for (let turn = 0; turn < 5; turn++)
      expect([(await passes(`PATCH /v1/agents/${MINE}`, key))[0], (await passes(`GET /v1/agents/${THEIRS}`, key))[0]]).toEqual([403, 403]);
    expect([
      (await passes(`GET /v1/agents/${MINE}`, key))[0],
      (await passes(`GET /v1/agents/${MINE}`, key))[0],
      (await passes(`GET /v1/agents/${MINE}`, key))[0],
    ]).toEqual([200, 200, 429]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["an unknown scope", { scopes: ["agents:delete"] }],
    ["a wildcard", { scopes: ["*"] }],
    ["another spelling", { scopes: ["Agents:Read"] }],
    ["no agents at all", { resources: [] }],
    ["an agent with spaces", { resources: ["0x 1"] }],
    ["a text for a list", { resources: MINE }],
    ["allowed domains", { domains: ["example.com"] }],
  ])("AM7 bounds that mean nothing are refused: %s", async (_sentence, body) => {
    const { status, json } = await production.operator("POST", `${ORGS}/${organization}/keys`, body);
    secret(json.key);
    expect(status).toBe(400);
  });
});
