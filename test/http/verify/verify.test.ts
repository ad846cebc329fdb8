import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { secret } from "../../support/root.ts";
import { call, type Reply, suiteServer } from "../../support/server.ts";
import { freshKey } from "../../support/service.ts";
import { readAll, sendRaw } from "../raw-http.ts";

const server = suiteServer({ args: ["--environment", "live"] });
const ORGS = "/keyward/v1/organizations";
/** The first is served straight on node:http, the second goes through the framework: they must not differ. */
const VERIFY = "/keyward/v1/verify";
const THROUGH_FRAMEWORK = "/keyward/v1/verify?x=1";
const PATHS = [
  ["on its own path", VERIFY],
  ["through the framework", THROUGH_FRAMEWORK],
] as const;

let token: string;
let organization: string;
/** A key with a scope, and one in each state. */
let keys: Record<"good" | "revoked" | "disabled" | "expired" | "revokedAndDisabled" | "disabledAndExpired", { id: string; key: string }>;
const unknownKey = freshKey("live");
const testKey = freshKey("test");

beforeAll(async () => {
  token = await server.newServiceToken();
  organization = await server.newOrganization();
  const make = (body: Record<string, unknown> = {}) => server.newKey(organization, { scopes: ["agents:read", "agents:write"], ...body });
  keys = {
    good: await make(),
    revoked: await make(),
    disabled: await make(),
    expired: await make({ expiresIn: "1s" }),
    revokedAndDisabled: await make(),
    disabledAndExpired: await make({ expiresIn: "1s" }),
  };
  for (const { id } of [keys.disabled, keys.revokedAndDisabled, keys.disabledAndExpired]) await change(id, { enabled: false });
  for (const { id } of [keys.revoked, keys.revokedAndDisabled]) await revoke(id);
  await new Promise((later) => setTimeout(later, 1_050));
});

const keyPath = (id: string) => `${ORGS}/${organization}/keys/${id}`;
const change = (id: string, body: unknown) => server.operator("PATCH", keyPath(id), body);
const revoke = (id: string) => server.operator("DELETE", keyPath(id));

function verify(body: unknown, path: string = VERIFY, bearer = token): Promise<Reply> {
  return call(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
const codeOf = async (key: string, path?: string) => (await verify({ key }, path)).json.code;

const NOBODY = { keyId: null, organizationId: null, environment: null, scopes: [], resources: null, rateLimits: [] };

describe.each(PATHS)("the verdict %s", (_where, path) => {
  type Outcome = [sentence: string, body: () => Record<string, unknown>, code: string, whose: () => { id: string } | null];
  test.each<Outcome>([
    ["a good key", () => ({ key: keys.good.key }), "valid", () => keys.good],
    ["a good key and a scope that it has", () => ({ key: keys.good.key, scopes: ["agents:read"] }), "valid", () => keys.good],
    [
      "a good key and all its scopes, one twice",
      () => ({ key: keys.good.key, scopes: ["agents:write", "agents:read", "agents:read"] }),
      "valid",
      () => keys.good,
    ],
    ["a good key and no scope", () => ({ key: keys.good.key, scopes: [] }), "valid", () => keys.good],
    ["a good key and an origin", () => ({ key: keys.good.key, origin: "https://example.com" }), "valid", () => keys.good],
    ["one scope of two missing", () => ({ key: keys.good.key, scopes: ["agents:read", "admin"] }), "insufficient_scope", () => keys.good],
    [
      "a scope that begins like one of the key's",
      () => ({ key: keys.good.key, scopes: ["agents"] }),
      "insufficient_scope",
      () => keys.good,
    ],
    ["a scope in another case", () => ({ key: keys.good.key, scopes: ["Agents:read"] }), "insufficient_scope", () => keys.good],
    ["a scope named like a method of arrays", () => ({ key: keys.good.key, scopes: ["length"] }), "insufficient_scope", () => keys.good],
    ["a revoked key", () => ({ key: keys.revoked.key }), "revoked", () => keys.revoked],
    ["a revoked key, whatever else it is", () => ({ key: keys.revokedAndDisabled.key }), "revoked", () => keys.revokedAndDisabled],
    ["a disabled key", () => ({ key: keys.disabled.key }), "disabled", () => keys.disabled],
    ["a disabled key that has expired too", () => ({ key: keys.disabledAndExpired.key }), "disabled", () => keys.disabledAndExpired],
    ["an expired key", () => ({ key: keys.expired.key }), "expired", () => keys.expired],
    ["an expired key without the scope: not told so", () => ({ key: keys.expired.key, scopes: ["admin"] }), "expired", () => keys.expired],
    ["a key that nobody has", () => ({ key: unknownKey }), "not_found", () => null],
    ["a key of the other environment", () => ({ key: testKey }), "wrong_environment", () => null],
    [
      "a key with one character changed",
      () => ({ key: keys.good.key.replace(/.$/, (last) => (last === "a" ? "b" : "a")) }),
      "malformed",
      () => null,
    ],
    ["a key cut short", () => ({ key: keys.good.key.slice(0, -1) }), "malformed", () => null],
    ["a key with a space after it", () => ({ key: `${keys.good.key} ` }), "malformed", () => null],
    ["a key with a line feed after it", () => ({ key: `${keys.good.key}\n` }), "malformed", () => null],
    ["a key in upper case", () => ({ key: keys.good.key.toUpperCase() }), "malformed", () => null],
    ["a key with the Kelvin sign for its k", () => ({ key: keys.good.key.replace("k", "\u212a") }), "malformed", () => null],
    ["half a surrogate pair", () => ({ key: "\ud800" }), "malformed", () => null],
    ["an empty key", () => ({ key: "" }), "malformed", () => null],
    ["a key of 60,000 characters", () => ({ key: "k".repeat(60_000) }), "malformed", () => null],
    ["a management credential", () => ({ key: server.operatorToken }), "malformed", () => null],
    ["a service token", () => ({ key: token }), "malformed", () => null],
    ["Authorization as it came", () => ({ authorization: `Bearer ${keys.good.key}` }), "valid", () => keys.good],
    ["Authorization, the scheme in lower case", () => ({ authorization: `bearer ${keys.good.key}` }), "valid", () => keys.good],
    ["Authorization with two spaces", () => ({ authorization: `Bearer  ${keys.good.key}` }), "valid", () => keys.good],
    ["Authorization of a revoked key", () => ({ authorization: `Bearer ${keys.revoked.key}` }), "revoked", () => keys.revoked],
    ["Authorization with another scheme", () => ({ authorization: `Basic ${keys.good.key}` }), "malformed", () => null],
    ["Authorization without a scheme", () => ({ authorization: keys.good.key }), "malformed", () => null],
    ["Authorization with the scheme alone", () => ({ authorization: "Bearer" }), "malformed", () => null],
    ["Authorization, two joined", () => ({ authorization: `Bearer ${keys.good.key}, Bearer ${keys.good.key}` }), "malformed", () => null],
    ["an empty Authorization", () => ({ authorization: "" }), "malformed", () => null],
  ])("on %s", async (_sentence, body, code, whose) => {
    const { status, json, text, headers } = await verify(body(), path);
    const key = whose();
    expect(status).toBe(200);
    expect(json).toEqual({
      valid: code === "valid",
      code,
      ...(key === null
        ? NOBODY
        : {
            keyId: key.id,
            organizationId: organization,
            environment: "live",
            scopes: ["agents:read", "agents:write"],
            resources: null,
            rateLimits: [],
          }),
    });
    for (const given of Object.values(body())) if (typeof given === "string" && given.length > 20) expect(text).not.toContain(given);
    expect([headers.get("content-type"), headers.get("cache-control")]).toEqual(["application/json", "no-store"]);
    // Both ways send the same bytes.
    expect((await verify(body(), path === VERIFY ? THROUGH_FRAMEWORK : VERIFY)).text).toBe(text);
  });
});

describe.each(PATHS)("a request %s that is not right is refused", (_where, path) => {
  type Row = [sentence: string, body: () => string, field: string];
  const json = JSON.stringify;
  // biome-ignore format: a table
  test.each<Row>([
    ["neither key nor authorization",  () => "{}",                                                    "key"],
    ["scopes alone",                   () => '{"scopes":[]}',                                         "key"],
    ["key and authorization",          () => json({ key: keys.good.key, authorization: `Bearer ${keys.good.key}` }), "authorization"],
    ["null",                           () => "null",                                                  "body"],
    ["an array",                       () => json([{ key: keys.good.key }]),                          "body"],
    ["a text",                         () => json(keys.good.key),                                     "body"],
    ["a key that is null",             () => '{"key":null}',                                          "key"],
    ["a key that is a number",         () => '{"key":1e400}',                                         "key"],
    ["a key that is an array",         () => json({ key: [keys.good.key] }),                          "key"],
    ["a key that is an object",        () => json({ key: { toString: keys.good.key } }),              "key"],
    ["authorization in an array",      () => json({ authorization: [`Bearer ${keys.good.key}`] }),    "authorization"],
    ["scopes that are a text",         () => json({ key: keys.good.key, scopes: "agents:read" }),     "scopes"],
    ["scopes that are null",           () => json({ key: keys.good.key, scopes: null }),              "scopes"],
    ["a scope that is a number",       () => json({ key: keys.good.key, scopes: [5] }),               "scopes[0]"],
    ["65 scopes",                      () => json({ key: keys.good.key, scopes: Array(65).fill("a") }), "scopes"],
    ["an address: nothing checks it",  () => json({ key: keys.good.key, ip: "2001:db8::1" }),         "ip"],
    ["an origin that is a number",     () => json({ key: keys.good.key, origin: 5 }),                 "origin"],
    ["an unknown field",               () => json({ key: keys.good.key, scope: ["admin"] }),          "scope"],
    ["__proto__",                      () => `{"key":"${keys.good.key}","__proto__":{"scopes":[]}}`,  "__proto__"],
    ["__proto__ with the key in it",   () => `{"__proto__":{"key":"${keys.good.key}"}}`,              "__proto__"],
    ["constructor",                    () => `{"key":"${keys.good.key}","constructor":{}}`,           "constructor"],
    ["a key twice",                    () => `{"key":"nobody","key":"${keys.good.key}"}`,             "key"],
    ["scopes twice",                   () => `{"key":"${keys.good.key}","scopes":["admin"],"scopes":[]}`, "scopes"],
  ])("%s → 400 naming the field", async (_sentence, body, field) => {
    const {
      status,
      json: response,
      text,
    } = await call(server.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body(),
    });
    expect([status, response.code, response.errors?.[0].field]).toEqual([400, "invalid_request", field]);
    expect(text).not.toContain(keys.good.key);
  });

  test.each<unknown>(["2001:db8::1", "", null, 5])("ip, given as %j → 400 saying that IP lists are not supported yet", async (ip) => {
    const { status, json: response } = await call(server.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: json({ key: keys.good.key, ip }),
    });
    expect([status, response.code, response.errors]).toEqual([
      400,
      "invalid_request",
      [{ field: "ip", message: "ip must not be sent: IP lists are not supported yet" }],
    ]);
  });

  const LIMIT = 64 * 1024;
  // biome-ignore format: a table
  test.each<[string, string | Uint8Array, string[], number, string]>([
    ["one byte over 64 KB",   `{}${" ".repeat(LIMIT - 1)}`,            ["Content-Type: application/json"],                  413, "payload_too_large"],
    ["a megabyte",            "x".repeat(1024 * 1024),                 ["Content-Type: application/json"],                  413, "payload_too_large"],
    ["text/plain",            "{}",                                    ["Content-Type: text/plain"],                        415, "unsupported_media_type"],
    ["no content type",       "{}",                                    [],                                                  415, "unsupported_media_type"],
    ["another charset",       "{}",                                    ["Content-Type: application/json; charset=latin1"],  415, "unsupported_media_type"],
    ["half a body",           '{"key":"x"',                            ["Content-Type: application/json"],                  400, "invalid_json"],
    ["nothing",               "",                                      ["Content-Type: application/json"],                  400, "invalid_json"],
    ["UTF-8 that is not",     Buffer.from('{"key":"\xff"}', "latin1"), ["Content-Type: application/json"],                  400, "invalid_json"],
    ["brackets 60,000 deep",  `${"[".repeat(30_000)}${"]".repeat(30_000)}`, ["Content-Type: application/json"],             400, "invalid_request"],
  ])("%s → its own status", async (_sentence, body, headers, expected, code) => {
    const { status, json: response } = await sendRaw(
      server.url,
      [`POST ${path} HTTP/1.1`, `Authorization: Bearer ${token}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers],
      body,
    );
    expect([status, response.code]).toEqual([expected, code]);
  });

  test("65 KB in chunks → 413", async () => {
    const { status, json: response } = await sendRaw(
      server.url,
      [`POST ${path} HTTP/1.1`, `Authorization: Bearer ${token}`, "Content-Type: application/json", "Transfer-Encoding: chunked"],
      `${`2000\r\n${" ".repeat(0x2000)}\r\n`.repeat(9)}0\r\n\r\n`,
    );
    expect([status, response.code]).toEqual([413, "payload_too_large"]);
  });

  test("exactly 64 KB is read", async () => {
    const body = JSON.stringify({ key: keys.good.key }).padEnd(LIMIT, " ");
    const { status, json: response } = await sendRaw(
      server.url,
      [`POST ${path} HTTP/1.1`, `Authorization: Bearer ${token}`, "Content-Type: application/json", `Content-Length: ${LIMIT}`],
      body,
    );
    expect([status, response.code]).toEqual([200, "valid"]);
  });

  test("one that breaks off is no verification, and the server goes on", async () => {
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 1 } });
    const body = JSON.stringify({ key });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
    );
    await new Promise((later) => setTimeout(later, 50));
    socket.resetAndDestroy();
    await new Promise((later) => setTimeout(later, 50));
    expect((await server.operator("GET", keyPath(id))).json.lastUsedAt).toBe(null);
    expect(await codeOf(key, path)).toBe("valid");
  });
});

describe.each(PATHS)("who may ask %s", (_where, path) => {
  let limited: { id: string; key: string };
  beforeAll(async () => {
    limited = await server.newKey(organization, { limits: { requestsPerMinute: 1_000 } });
  });
  const remaining = async () => (await verify({ key: limited.key })).json.rateLimits[0].remaining as number;

  // biome-ignore format: a table
  test.each<[string, () => Promise<string[]> | string[], number, string]>([
    ["nobody",                           () => [],                                                    401, "missing_credential"],
    ["a token that nobody has",          () => [`Authorization: Bearer kws_${"A".repeat(50)}`],       401, "invalid_credential"],
    ["an empty token",                   () => ["Authorization: Bearer "],                            401, "invalid_credential"],
    ["a token with a character changed", () => [`Authorization: Bearer ${token.replace(/.$/, (last) => (last === "a" ? "b" : "a"))}`], 401, "invalid_credential"],
    ["the token under another scheme",   () => [`Authorization: Basic ${token}`],                     401, "invalid_credential"],
    ["the token in X-Api-Key",           () => [`X-Api-Key: ${token}`],                               401, "missing_credential"],
    ["an API key",                       () => [`Authorization: Bearer ${keys.good.key}`],            401, "invalid_credential"],
    ["the key itself in its own name",   () => [`Authorization: Bearer ${limited.key}`],              401, "invalid_credential"],
    ["a revoked token",                  async () => [`Authorization: Bearer ${await revokedToken()}`], 401, "invalid_credential"],
    ["two headers, both good",           () => Array(2).fill(`Authorization: Bearer ${token}`),       400, "multiple_credentials"],
    ["two headers, the first good",      () => [`Authorization: Bearer ${token}`, "Authorization: Bearer x"], 400, "multiple_credentials"],
    ["two headers, the second good",     () => ["Authorization: Bearer x", `authorization: Bearer ${token}`], 400, "multiple_credentials"],
    ["two in one header",                () => [`Authorization: Bearer ${token}, Bearer ${token}`],   400, "multiple_credentials"],
  ])("%s may not: refused, and nothing is counted", async (_sentence, headers, expected, code) => {
    const before = await remaining();
    const body = JSON.stringify({ key: limited.key });
    const { status, json, header } = await sendRaw(
      server.url,
      [`POST ${path} HTTP/1.1`, "Content-Type: application/json", `Content-Length: ${body.length}`, ...(await headers())],
      body,
    );
    expect([status, json.code]).toEqual([expected, code]);
    if (status === 401)
      expect(header("www-authenticate")).toBe(`Bearer realm="keyward"${code === "invalid_credential" ? ', error="invalid_token"' : ""}`);
    expect(await remaining()).toBe(before - 1);
  });

  test("a management JWT may not", async () => {
    const jwt = secret((await server.operator("POST", `${ORGS}/${organization}/tokens`, {})).json.token as string);
    expect([401, 403]).toContain((await verify({ key: keys.good.key }, path, jwt)).status);
  });

  test("the operator may", async () => {
    expect((await verify({ key: keys.good.key }, path, server.operatorToken)).json.code).toBe("valid");
  });

  async function revokedToken(): Promise<string> {
    const { id, token: made } = (await server.operator("POST", "/keyward/v1/service-tokens", { name: "revoked" })).json;
    expect((await verify({ key: unknownKey }, path, secret(made))).status).toBe(200);
    await server.operator("DELETE", `/keyward/v1/service-tokens/${id}`);
    return made;
  }
});

describe.each(PATHS)("limits %s", (_where, path) => {
  test("of 200 verifications at once against ten a minute exactly ten pass; the others say when to come again", async () => {
    const { key } = await server.newKey(organization, { limits: { requestsPerMinute: 10 } });
    const responses = await Promise.all(Array.from({ length: 200 }, async () => (await verify({ key }, path)).json));
    expect(responses.filter(({ valid }) => valid)).toHaveLength(10);
    const refused = responses.filter(({ valid }) => !valid);
    for (const { code, retryAfterSeconds, rateLimits } of refused) {
      expect(code).toBe("rate_limited");
      expect(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 50 && retryAfterSeconds <= 60, `${retryAfterSeconds} s`).toBe(
        true,
      );
      expect(rateLimits).toEqual([{ name: "minute", limit: 10, remaining: 0, resetSeconds: retryAfterSeconds, windowSeconds: 60 }]);
    }
  });

  test("both paths count together", async () => {
    const { key } = await server.newKey(organization, { limits: { requestsPerMinute: 3 } });
    const codes = [];
    for (const each of [VERIFY, THROUGH_FRAMEWORK, VERIFY, THROUGH_FRAMEWORK, VERIFY]) codes.push(await codeOf(key, each));
    expect(codes).toEqual(["valid", "valid", "valid", "rate_limited", "rate_limited"]);
  });

  test("a refusal by one limit charges none: a request that the day refuses does not use up the minute", async () => {
    const { key } = await server.newKey(organization, { limits: { requestsPerMinute: 10, requestsPerDay: 2 } });
    for (let turn = 0; turn < 6; turn++) await verify({ key }, path);
    const { code, rateLimits, retryAfterSeconds } = (await verify({ key }, path)).json;
    expect(code).toBe("rate_limited");
    expect(rateLimits).toMatchObject([
      { name: "minute", remaining: 8 },
      { name: "day", remaining: 0, limit: 2, windowSeconds: 86_400 },
    ]);
    expect(retryAfterSeconds).toBeGreaterThan(86_000);
  });

  test("a request that is refused for another reason charges nothing", async () => {
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 2 } });
    for (let turn = 0; turn < 5; turn++) expect((await verify({ key, scopes: ["admin"] }, path)).json.code).toBe("insufficient_scope");
    await change(id, { enabled: false });
    for (let turn = 0; turn < 5; turn++) expect(await codeOf(key, path)).toBe("disabled");
    await change(id, { enabled: true });
    expect((await verify({ key }, path)).json.rateLimits[0].remaining).toBe(1);
  });

  test("a verification is over with its response: it takes no place among the concurrent requests", async () => {
    const { key } = await server.newKey(organization, { limits: { concurrentRequests: 1 } });
    const responses = await Promise.all(Array.from({ length: 20 }, async () => (await verify({ key }, path)).json));
    expect(responses.map(({ code }) => code)).toEqual(Array(20).fill("valid"));
    expect(responses[0].rateLimits).toEqual([{ name: "concurrent", limit: 1, remaining: 1, resetSeconds: 0, windowSeconds: 0 }]);
  });

  test("a new limit of the key is in force on the next request, a tighter one with what was used before", async () => {
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 2 } });
    expect([await codeOf(key, path), await codeOf(key, path), await codeOf(key, path)]).toEqual(["valid", "valid", "rate_limited"]);
    await change(id, { limits: { requestsPerMinute: 4 } });
    expect([await codeOf(key, path), await codeOf(key, path), await codeOf(key, path)]).toEqual(["valid", "valid", "rate_limited"]);
    await change(id, { limits: { requestsPerMinute: 1 } });
    expect(await codeOf(key, path)).toBe("rate_limited");
    await change(id, { limits: { requestsPerMinute: null } });
    expect(await codeOf(key, path)).toBe("valid");
  });

  test("the organization's plan and overrides are in force on the next request of each of its keys", async () => {
    const id = await server.newOrganization();
    const made = [await server.newKey(id), await server.newKey(id)];
    const limitsOf = async (key: string) =>
      (await verify({ key }, path)).json.rateLimits.map(({ name, limit }: { name: string; limit: number }) => [name, limit]);
    const set = (body: unknown) => server.operator("PATCH", `${ORGS}/${id}`, body);
    for (const { key } of made) expect(await limitsOf(key)).toEqual([]);
    await set({ plan: "free" });
    for (const { key } of made)
      expect(await limitsOf(key)).toEqual([
        ["minute", 60],
        ["day", 10_000],
        ["concurrent", 5],
      ]);
    await set({ overrides: { requestsPerMinute: 3, requestsPerDay: null } });
    for (const { key } of made)
      expect(await limitsOf(key)).toEqual([
        ["minute", 3],
        ["concurrent", 5],
      ]);
    await server.operator("PATCH", `${ORGS}/${id}/keys/${made[0]!.id}`, { limits: { requestsPerMinute: 2 } });
    expect([await limitsOf(made[0]!.key), await limitsOf(made[1]!.key)]).toEqual([
      [
        ["minute", 2],
        ["concurrent", 5],
      ],
      [
        ["minute", 3],
        ["concurrent", 5],
      ],
    ]);
    await set({ plan: "unlimited", overrides: {} });
    expect([await limitsOf(made[0]!.key), await limitsOf(made[1]!.key)]).toEqual([[["minute", 2]], []]);
  });
});

describe.each(PATHS)("a change is in force on the next verification %s", (_where, path) => {
  test("fifty keys are each refused once the response to their revocation was sent, while they are in use", async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => server.newKey(organization)));
    await Promise.all(
      made.map(async ({ id, key }) => {
        expect(await codeOf(key, path)).toBe("valid");
        const busy = Promise.all(Array.from({ length: 5 }, () => codeOf(key, path)));
        expect((await revoke(id)).status).toBe(204);
        expect(await codeOf(key, path)).toBe("revoked");
        for (const code of await busy) expect(["valid", "revoked"]).toContain(code);
      }),
    );
  });

  test("disabled, enabled, other scopes, another end", async () => {
    const { id, key } = await server.newKey(organization, { scopes: ["a"] });
    const ask = async () => (await verify({ key, scopes: ["a"] }, path)).json.code;
    expect(await ask()).toBe("valid");
    await change(id, { enabled: false });
    expect(await ask()).toBe("disabled");
    await change(id, { enabled: true, scopes: ["b"] });
    expect(await ask()).toBe("insufficient_scope");
    await change(id, { scopes: ["a", "b"] });
    expect(await ask()).toBe("valid");
    const { expiresAt } = (await change(id, { expiresIn: "1s" })).json;
    expect(await ask()).toBe("valid");
    await new Promise((later) => setTimeout(later, Math.max(0, Date.parse(expiresAt) - Date.now()) + 2));
    expect(await ask()).toBe("expired");
  });
});

describe("use reaches the record", () => {
  const lastUsedAt = async (id: string) => (await server.operator("GET", keyPath(id))).json.lastUsedAt as string | null;

  test("the last use is there at once, moves forward, and is that of an authenticated request", async () => {
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 3 } });
    expect(await lastUsedAt(id)).toBe(null);
    const before = Date.now();
    await verify({ key });
    const first = await lastUsedAt(id);
    // Between two comparisons with the wall clock, its time is known to a millisecond.
    expect(Date.parse(first!)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(first!)).toBeLessThanOrEqual(Date.now() + 1);
    // Long enough for a batch to be written in between.
    await new Promise((later) => setTimeout(later, 1_100));
    expect(await lastUsedAt(id)).toBe(first);
    await verify({ key });
    expect(Date.parse((await lastUsedAt(id))!)).toBeGreaterThan(Date.parse(first!));
  });

  test("a disabled key's refusals are no use", async () => {
    const { id, key } = await server.newKey(organization);
    await change(id, { enabled: false });
    await verify({ key });
    expect(await lastUsedAt(id)).toBe(null);
  });

  test("every verification is counted once in the database, by outcome, within two seconds", async () => {
    const { id, key } = await server.newKey(organization, { scopes: ["a"], limits: { requestsPerMinute: 30 } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => verify({ key }, PATHS[index % 2]![1])));
    await Promise.all(Array.from({ length: 7 }, () => verify({ key, scopes: ["b"] })));
    await Promise.all(Array.from({ length: 15 }, () => verify({ key })));
    await revoke(id);
    await Promise.all(Array.from({ length: 3 }, () => verify({ key })));
    const database = new DatabaseSync(join(server.directory, "keyward.db"), { readOnly: true });
    const usage = () =>
      Object.fromEntries(
        database
          .prepare("select outcome, sum(count) as count from usage where key_id = ? group by outcome")
          .all(id)
          .map(({ outcome, count }) => [outcome, count]),
      );
    await expect.poll(usage, { timeout: 2_500 }).toEqual({ valid: 30, insufficient_scope: 7, rate_limited: 5, revoked: 3 });
    database.close();
  });
});

test("responses to requests in one pipeline come in their order, the slow one first", async () => {
  const ask = (key: string) => {
    const body = JSON.stringify({ key });
    return `POST ${VERIFY} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`.concat(
      `${key === "last" ? "Connection: close\r\n" : ""}\r\n${body}`,
    );
  };
  const neverAsked = freshKey("live");
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write(ask(neverAsked) + ask(keys.good.key) + ask(testKey) + ask("last"));
  const text = (await readAll(socket)).toString();
  expect([...text.matchAll(/"code":"(\w+)"/g)].map((match) => match[1])).toEqual(["not_found", "valid", "wrong_environment", "malformed"]);
});
