/**
 * AgentSend's documentation page, word for word: its `curl` examples are taken from the page and run against a real server, with only
 * the host, the key and the id of a key that exists put in. The rows AS1 to AS7 are numbered as in docs/systems/agentsend.md.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { decodeUlidOrUuid, toUuid } from "../../engine/ulid.ts";
import { agentsend } from "../../platforms/index.ts";
import { inProcess } from "../http/in-process.ts";
import type { RawResponse } from "../http/raw-http.ts";
import { secret } from "../support/root.ts";
import { call, type Reply, suiteServer } from "../support/server.ts";
import { must } from "../support/service.ts";
import { expectFinalRevocation, expectIdentical, raw, readPage, runCurl } from "./page.ts";

const { text: page, curls: EXAMPLES } = readPage("agentsend");
const RESPONSES = [...page.matchAll(/^json\n(\{\n[\s\S]*?^\})$/gm)].map((match) => JSON.parse(match[1]!));
const [CREATE = "", LIST = "", REVOKE = ""] = EXAMPLES;
const [CREATED, LISTED] = RESPONSES;
const KEYS = "/account/api-keys";
const ORGS = "/keyward/v1/organizations";
/** As the page writes them. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const server = suiteServer({ platform: "agentsend" });

interface Account {
  readonly id: string;
  /** The account's first key: the operator makes it. */
  readonly id1: string;
  readonly key: string;
}
let mine: Account;
let theirs: Account;

async function newAccount(body: Record<string, unknown> = {}, key: Record<string, unknown> = {}): Promise<Account> {
  const id = await server.newOrganization(body);
  const first = await server.newKey(id, key);
  return { id, id1: first.id, key: first.key };
}

beforeEach(async () => {
  [mine, theirs] = [await newAccount(), await newAccount()];
});

function ask(method: string, path: string, key = mine.key, body?: unknown): Promise<Reply> {
  return call(server.url + path, {
    method,
    headers: { "x-api-key": key, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
async function create(
  body: unknown = {},
  key = mine.key,
): Promise<{ id: string; key: string; prefix: string; name: string | null; message: string }> {
  const { json } = await ask("POST", KEYS, key, body);
  return { ...json, key: secret(json.key) };
}
const list = async (key = mine.key) =>
  (await ask("GET", KEYS, key)).json.data as { id: string; lastUsedAt: string | null; expiresAt: string | null }[];
const idsOf = async (key?: string) => (await list(key)).map(({ id }) => id);
/** The other spelling of the same 128 bits. */
const uuidOf = (id: string) => toUuid(decodeUlidOrUuid(id.replace(/^ak_/, ""))!);

/** A server on which the first call of one method of the store waits, between the request's authentication and what it does. */
async function held(method: "createKey" | "revokeKey") {
  const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isArmed = false;
  const fixture = await inProcess({
    platform: agentsend,
    wrap: (store) => {
      const run = store[method] as (...values: unknown[]) => Promise<never>;
      const waiting = async (...values: unknown[]) => {
        if (!isArmed) return run(...values);
        isArmed = false;
        arrived.resolve();
        await gate.promise;
        return run(...values);
      };
      return { ...store, [method]: waiting };
    },
  });
  const organization = await fixture.newOrganization();
  const keys = [await fixture.newKey(organization), await fixture.newKey(organization)] as const;
  isArmed = true;
  return { ...fixture, organization, keys, arrived: arrived.promise, go: gate.resolve };
}

/** Runs an example of the page. */
const curl = (example: string, id?: string) =>
  runCurl(example.replace("https://api.agentsend.io", server.url).replace(/ak_[0-9a-z]+/, id ?? "$&"), { AGENTSEND_API_KEY: mine.key });

test("the page has an example and a response for each of its operations", () => {
  expect(EXAMPLES.map((example) => /^curl (-X \w+)?/.exec(example)?.[1])).toEqual(["-X POST", undefined, "-X DELETE"]);
  expect([Object.keys(CREATED), Object.keys(LISTED.data[0])]).toEqual([
    ["id", "key", "prefix", "name", "message"],
    ["id", "keyPrefix", "name", "lastUsedAt", "expiresAt", "createdAt"],
  ]);
});

describe("AS1", () => {
  test("AS1 the page's example makes a key: 201 with the documented members and message", async () => {
    const { status, type, text } = await curl(CREATE);
    const made = JSON.parse(text);
    secret(made.key);
    expect([status, type]).toEqual([201, "application/json"]);
    expect(Object.keys(made)).toEqual(Object.keys(CREATED));
    expect(made).toMatchObject({ name: CREATED.name, message: CREATED.message });
    expect((await ask("GET", KEYS, made.key)).status).toBe(200);
  });

  test.each<[string, Parameters<typeof call>[1]]>([
    ["an empty object", { body: "{}", headers: { "content-type": "application/json" } }],
    ["no body and no type", {}],
    ["no body but a type", { headers: { "content-type": "application/json" } }],
  ])("AS1 the name is optional, then null: %s", async (_sentence, init) => {
    const { status, json } = await call(server.url + KEYS, {
      method: "POST",
      ...init,
      headers: { ...(init?.headers as Record<string, string>), "x-api-key": mine.key },
    });
    expect([status, json.name, typeof secret(json.key)]).toEqual([201, null, "string"]);
    expect((await list()).find(({ id }) => id === json.id)).toMatchObject({ name: null });
  });

  test("AS1 the new key is of the same account, and shown this once", async () => {
    const made = await create({ name: "  worker  " });
    expect(made.name).toBe("worker");
    expect(await idsOf(made.key)).toEqual([mine.id1, made.id]);
    for (const path of [KEYS, `${ORGS}/${mine.id}/keys`]) expect((await server.operator("GET", path)).text).not.toContain(made.key);
    expect((await ask("GET", KEYS)).text).not.toContain(made.key.slice(15));
    expect(await idsOf(theirs.key)).toEqual([theirs.id1]);
  });

  test("AS1 the response with the key stays in no cache", async () => {
    const { headers, json } = await ask("POST", KEYS, mine.key, {});
    expect([headers.get("cache-control"), typeof secret(json.key)]).toEqual(["no-store", "string"]);
  });

  test("AS1 a key never makes one that exceeds it: limits, end and scopes are the parent's at most", async () => {
    const parent = await newAccount({}, { expiresIn: "1h", limits: { requestsPerMinute: 50 }, scopes: ["mail:send"] });
    const child = await create({ name: "child" }, parent.key);
    const read = async (id: string) => (await server.operator("GET", `${ORGS}/${parent.id}/keys/${id}`)).json;
    const [of, record] = [await read(parent.id1), await read(child.id)];
    expect(record).toMatchObject({
      expiresAt: of.expiresAt,
      limits: { requestsPerMinute: 50 },
      scopes: ["mail:send"],
      environment: "live",
    });
  });

  test("AS1 a key that is revoked while it makes another one makes none: 401 with WWW-Authenticate", async () => {
    const {
      url,
      service,
      organization,
      keys: [parent],
      arrived,
      go,
    } = await held("createKey");
    const making = call(url + KEYS, { method: "POST", headers: { "x-api-key": parent.key } });
    await arrived;
    must(await service.keys.revoke(organization, parent.id, "operator"));
    go();
    const { status, json, headers } = await making;
    expect([status, json.code]).toEqual([401, "invalid_credential"]);
    expect(await service.keys.listActive(organization)).toHaveLength(1);
    expect(headers.get("www-authenticate")).toMatch(/^ApiKey realm="AgentSend"/);
  });
});

describe("AS2", () => {
  test("AS2 the id is ak_ and a ULID of now; the key starts as_live_v1_; the prefix is its first fifteen characters", async () => {
    const before = Date.now();
    const { id, key, prefix } = await create();
    expect(id).toMatch(/^ak_[0-9a-hjkmnp-tv-z]{26}$/);
    const time = Number(decodeUlidOrUuid(id.slice(3))! >> 80n);
    expect([time >= before - 1, time <= Date.now() + 1]).toEqual([true, true]);
    expect(key).toMatch(/^as_live_v1_[0-9A-Za-z]{22,}$/);
    expect(prefix).toBe(key.slice(0, 15));
    expect(prefix).toHaveLength(CREATED.prefix.length);
  });

  test("AS2 ids are ordered by time, and no two keys are alike", async () => {
    const made = [];
    for (let index = 0; index < 10; index++) made.push(await create());
    made.push(...(await Promise.all(Array.from({ length: 10 }, () => create()))));
    const ids = made.slice(0, 10).map(({ id }) => id);
    expect([...ids].sort()).toEqual(ids);
    expect([new Set(made.map(({ id }) => id)).size, new Set(made.map(({ key }) => key)).size]).toEqual([20, 20]);
  });
});

describe("AS3", () => {
  test("AS3 the page's example lists the keys: 200 with the documented members and no key value", async () => {
    const made = await create({ name: "listed" });
    const { status, type, text } = await curl(LIST);
    expect([status, type]).toEqual([200, "application/json"]);
    const response = JSON.parse(text);
    expect(Object.keys(response)).toEqual(["data"]);
    for (const item of response.data) expect(Object.keys(item)).toEqual(Object.keys(LISTED.data[0]));
    expect(response.data[1]).toMatchObject({
      id: made.id,
      keyPrefix: made.prefix,
      name: "listed",
      lastUsedAt: null,
      expiresAt: null,
      createdAt: expect.stringMatching(TIME),
    });
    for (const key of [mine.key, made.key]) expect(text).not.toContain(key.slice(15));
  });

  test("AS3 active keys only: a revoked one and an expired one are not listed", async () => {
    const [kept, revoked, expiring] = [await create(), await create(), await server.newKey(mine.id, { expiresIn: "1s" })];
    expect(await idsOf()).toEqual([mine.id1, kept.id, revoked.id, expiring.id]);
    await ask("DELETE", `${KEYS}/${revoked.id}`);
    await new Promise((later) => setTimeout(later, 1_050));
    expect(await idsOf()).toEqual([mine.id1, kept.id]);
  });

  test("AS3 all of them: also more than a page of any list would hold, and none of another account", async () => {
    const made = await Promise.all(Array.from({ length: 150 }, () => server.newKey(mine.id)));
    expect(new Set(await idsOf())).toEqual(new Set([mine.id1, ...made.map(({ id }) => id)]));
    expect(await idsOf(theirs.key)).toEqual([theirs.id1]);
  });
});

describe("AS4", () => {
  test("AS4 the page's example revokes: 204, an empty body, and the key is refused from then on", async () => {
    const { id, key } = await create();
    expect((await ask("GET", KEYS, key)).status).toBe(200);
    const { status, type, text } = await curl(REVOKE, id);
    expect([status, type, text]).toEqual([204, "", ""]);
    expect((await ask("GET", KEYS, key)).status).toBe(401);
    expect(await idsOf()).toEqual([mine.id1]);
  });

  test.each<[string, (id: string) => string]>([
    ["as the page shows it", (id) => id],
    ["as the uuid that the page calls it", uuidOf],
    ["as a uuid in capitals", (id) => uuidOf(id).toUpperCase()],
    ["as a ULID in capitals", (id) => `ak_${id.slice(3).toUpperCase()}`],
  ])("AS4 the id %s", async (_sentence, spell) => {
    const { id, key } = await create();
    const { status, text } = await ask("DELETE", `${KEYS}/${spell(id)}`);
    expect([status, text]).toEqual([204, ""]);
    expect((await ask("GET", KEYS, key)).status).toBe(401);
  });

  test("AS4 a revocation cannot be undone", async () => {
    const { id, key } = await create();
    await ask("DELETE", `${KEYS}/${id}`);
    const path = `${ORGS}/${mine.id}/keys/${id}`;
    for (const body of [{ enabled: true }, { expiresAt: null }]) expect((await server.operator("PATCH", path, body)).status).toBe(409);
    expect((await server.operator("POST", `${path}/rotate`, {})).status).toBe(409);
    expect((await ask("GET", KEYS, key)).status).toBe(401);
  });

  test("AS4 keys in use are each refused once the response was sent", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create()));
    await expectFinalRevocation(
      made,
      (key) => ask("GET", KEYS, key),
      (id) => ask("DELETE", `${KEYS}/${id}`),
    );
  });
});

describe("AS4", () => {
  test("AS4 a key that is revoked while it revokes another one revokes nothing: 401", async () => {
    const {
      url,
      service,
      organization,
      keys: [actor, other],
      arrived,
      go,
    } = await held("revokeKey");
    const revoking = call(`${url}${KEYS}/${other.id}`, { method: "DELETE", headers: { "x-api-key": actor.key } });
    await arrived;
    must(await service.keys.revoke(organization, actor.id, "operator"));
    go();
    const { status } = await revoking;
    expect([status, (await service.keys.listActive(organization)).map(({ id }) => id)]).toEqual([401, [other.id]]);
  });
});

describe("AS5", () => {
  test.each<[string, (id: string) => string]>([
    ["as it is listed", (id) => id],
    ["as a uuid", uuidOf],
    ["in capitals", (id) => `ak_${id.slice(3).toUpperCase()}`],
    ["as a uuid in capitals", (id) => uuidOf(id).toUpperCase()],
    ["in percent-encoding", (id) => `%61k_${id.slice(3)}`],
  ])("AS5 revoking the key that authenticates the request changes nothing: 409, and it says what to do (%s)", async (_sentence, spell) => {
    const before = (await ask("GET", KEYS)).json.data.map(({ id }: { id: string }) => id);
    const { status, json, headers } = await ask("DELETE", `${KEYS}/${spell(mine.id1)}`);
    expect([status, json.code, headers.get("content-type")]).toEqual([409, "key_in_use", "application/problem+json"]);
    expect(json.detail).toMatch(/cannot revoke the key currently used.*different key.*dashboard/i);
    expect(await idsOf()).toEqual(before);
    expect((await server.operator("GET", `${ORGS}/${mine.id}/keys/${mine.id1}`)).json).toMatchObject({ status: "active", revokedAt: null });
  });

  test("AS5 another key of the account revokes it", async () => {
    const other = await create();
    expect((await ask("DELETE", `${KEYS}/${mine.id1}`, other.key)).status).toBe(204);
    expect((await ask("GET", KEYS)).status).toBe(401);
    expect(await idsOf(other.key)).toEqual([other.id]);
  });

  test("AS5 two keys that revoke each other at once: one of them is left, or each had its say before it was refused", async () => {
    const other = await create();
    const [one, two] = await Promise.all([ask("DELETE", `${KEYS}/${other.id}`), ask("DELETE", `${KEYS}/${mine.id1}`, other.key)]);
    for (const { status } of [one, two]) expect([204, 401]).toContain(status);
    expect([one.status, two.status]).toContain(204);
  });
});

describe("AS6", () => {
  test("AS6 another account's id, an unknown id and a revoked id get the same response, byte for byte, in either spelling", async () => {
    const revoked = await create();
    await ask("DELETE", `${KEYS}/${revoked.id}`);
    const foreignRevoked = await create({}, theirs.key);
    await ask("DELETE", `${KEYS}/${foreignRevoked.id}`, theirs.key);
    const unknown = "ak_01jd0000000000000000000000";
    const responses: RawResponse[] = [];
    for (const id of [theirs.id1, unknown, revoked.id, foreignRevoked.id]) {
      for (const spelling of [id, uuidOf(id)])
        responses.push(await raw(server.url, `DELETE ${KEYS}/${spelling}`, [`X-Api-Key: ${mine.key}`]));
    }
    for (const nonsense of ["nonsense", "ak_", "%ff", "%00", "key_01jd0000000000000000000000", "1"])
      responses.push(await raw(server.url, `DELETE ${KEYS}/${nonsense}`, [`X-Api-Key: ${mine.key}`]));
    expectIdentical(responses, 404);
    expect(responses[0]?.json.code).toBe("not_found");
    expect(await idsOf(theirs.key)).toEqual([theirs.id1]);
  });
});

describe("AS7", () => {
  const lastUsedAt = async (id: string) => (await list()).find((key) => key.id === id)?.lastUsedAt;

  test("AS7 lastUsedAt is null, then the time of the last authenticated request with that key", async () => {
    const { id, key } = await create();
    expect(await lastUsedAt(id)).toBe(null);
    const before = Date.now();
    await ask("GET", "/keyward/v1/whoami", key);
    const first = await lastUsedAt(id);
    expect(first).toMatch(TIME);
    expect(Date.parse(first!)).toBeGreaterThanOrEqual(before - 1_000);
    expect(Date.parse(first!)).toBeLessThanOrEqual(Date.now());
    await new Promise((later) => setTimeout(later, 1_100));
    expect(await lastUsedAt(id), "unchanged without use, also after it was written").toBe(first);
    await ask("DELETE", `${KEYS}/nonsense`, key);
    expect(Date.parse((await lastUsedAt(id))!), "a request that is refused for another reason was authenticated").toBeGreaterThan(
      Date.parse(first!),
    );
  });

  test("AS7 a key that lists sees its own use", async () => {
    expect(Math.abs(Date.parse((await lastUsedAt(mine.id1))!) - Date.now())).toBeLessThan(2_000);
  });

  test("AS7 expiresAt is null or ISO 8601; an expired key is refused and no longer listed", async () => {
    const expiring = await server.newKey(mine.id, { expiresIn: "2s" });
    const listed = (await list()).find(({ id }) => id === expiring.id);
    expect(listed?.expiresAt).toMatch(TIME);
    expect((await ask("GET", KEYS, expiring.key)).status).toBe(200);
    await new Promise((later) => setTimeout(later, 2_050));
    expect((await ask("GET", KEYS, expiring.key)).status).toBe(401);
    expect(await idsOf()).toEqual([mine.id1]);
  });
});

describe("All five", () => {
  const OPERATIONS: [method: string, path: string][] = [
    ["POST", KEYS],
    ["GET", KEYS],
    ["DELETE", `${KEYS}/ak_01jd0000000000000000000000`],
  ];
  const send = (method: string, path: string, headers: readonly string[], body = "") => raw(server.url, `${method} ${path}`, headers, body);

  test.each(OPERATIONS)(
    "a refused credential is 401 with WWW-Authenticate, and the same for whatever is wrong with it: %s %s",
    async (method, path) => {
      const revoked = await create();
      await ask("DELETE", `${KEYS}/${revoked.id}`);
      const none = await send(method, path, []);
      expect([none.status, none.json.code, none.header("www-authenticate")]).toEqual([
        401,
        "missing_credential",
        'ApiKey realm="AgentSend", Bearer realm="AgentSend"',
      ]);
      const responses = [];
      for (const key of [
        revoked.key,
        mine.key.slice(0, -1),
        mine.key.toLowerCase(),
        "nonsense",
        `as_live_v1_${"A".repeat(43)}`,
        "kw_live_x",
        server.operatorToken,
      ]) {
        for (const header of [`X-Api-Key: ${key}`, `Authorization: Bearer ${key}`]) responses.push(await send(method, path, [header]));
      }
      for (const { status, text, header } of responses) {
        expect([status, text]).toEqual([401, responses[0]?.text]);
        expect(header("www-authenticate")).toBe('ApiKey realm="AgentSend", Bearer realm="AgentSend", error="invalid_token"');
        expect(header("content-type")).toBe("application/problem+json");
      }
      expect(await idsOf()).toEqual([mine.id1]);
    },
  );

  test("a key is accepted as x-api-key and as Authorization: Bearer", async () => {
    for (const header of [`x-api-key: ${mine.key}`, `Authorization: Bearer ${mine.key}`])
      expect((await send("GET", KEYS, [header])).status).toBe(200);
  });

  test("a known credential that may not is 403: the account's number of keys is reached, and nothing is made", async () => {
    const full = await newAccount({ overrides: { keys: 1 } });
    const { status, json } = await ask("POST", KEYS, full.key, {});
    expect([status, json.code]).toEqual([403, "key_limit_reached"]);
    expect(await idsOf(full.key)).toEqual([full.id1]);
  });

  test.each<[string, () => string[]]>([
    ["two headers", () => [`X-Api-Key: ${mine.key}`, `Authorization: Bearer ${mine.key}`]],
    ["two headers, one wrong", () => ["X-Api-Key: nonsense", `Authorization: Bearer ${mine.key}`]],
    ["the same header twice", () => [`X-Api-Key: ${mine.key}`, `X-Api-Key: ${theirs.key}`]],
    ["Authorization twice", () => [`Authorization: Bearer ${mine.key}`, `Authorization: Bearer ${theirs.key}`]],
    ["joined", () => [`X-Api-Key: ${mine.key}, ${theirs.key}`]],
  ])("two credentials in one request are 400, never the first that works: %s", async (_sentence, headers) => {
    for (const [method, path] of OPERATIONS) expect((await send(method, path, headers())).status).toBe(400);
    expect([await idsOf(), await idsOf(theirs.key)]).toEqual([[mine.id1], [theirs.id1]]);
  });

  test("a key in the query is ignored", async () => {
    for (const [method, path] of OPERATIONS)
      expect((await send(method, `${path}?x-api-key=${mine.key}&api_key=${mine.key}`, [])).status).toBe(401);
    expect((await send("GET", `${KEYS}?api_key=nonsense`, [`X-Api-Key: ${mine.key}`])).status).toBe(200);
  });

  // biome-ignore format: a table
  test.each<[string, string, number, string | undefined]>([
    ["128 characters",                  JSON.stringify({ name: "x".repeat(128) }),                201, undefined],
    ["129 characters",                  JSON.stringify({ name: "x".repeat(129) }),                400, "name"],
    ["spaces alone",                    '{"name":"  "}',                                          400, "name"],
    ["a control character",             '{"name":"a\\u0007"}',                                    400, "name"],
    ["a text-direction character",      '{"name":"a\\u202eb"}',                                   400, "name"],
    ["a number",                        '{"name":5}',                                             400, "name"],
    ["an array",                        '{"name":["x"]}',                                         400, "name"],
    ["an unknown field beside",         '{"name":"x","expiresAt":null}',                          400, "expiresAt"],
    ["the account of another",          '{"organizationId":"org_1"}',                             400, "organizationId"],
    ["scopes of one's own",             '{"scopes":["admin"]}',                                   400, "scopes"],
    ["a key of one's own",              '{"key":"as_live_v1_mine"}',                              400, "key"],
    ["__proto__",                       '{"__proto__":{"name":"x"}}',                             400, "__proto__"],
    ["a name twice",                    '{"name":"x","name":"y"}',                                400, "name"],
    ["null for a body",                 "null",                                                   400, "body"],
    ["an array for a body",             '[{"name":"x"}]',                                         400, "body"],
  ])("names and fields: %s", async (_sentence, body, expected, field) => {
    const { status, json } = await send("POST", KEYS, [`X-Api-Key: ${mine.key}`, "Content-Type: application/json"], body);
    secret(json.key);
    expect([status, json.errors?.[0].field]).toEqual([expected, field]);
    expect(await idsOf()).toHaveLength(expected === 201 ? 2 : 1);
  });

  // biome-ignore format: a table
  test.each<[string, string, string[], number, string]>([
    ["over 64 KB",         `{"name":"x"}${" ".repeat(64 * 1024)}`, ["Content-Type: application/json"],                413, "payload_too_large"],
    ["not JSON",           "name=x",                               ["Content-Type: application/json"],                400, "invalid_json"],
    ["half of it",         '{"name":',                             ["Content-Type: application/json"],                400, "invalid_json"],
    ["a form",             "name=x",                               ["Content-Type: application/x-www-form-urlencoded"], 415, "unsupported_media_type"],
    ["no content type",    '{"name":"x"}',                         [],                                                415, "unsupported_media_type"],
  ])("bodies: %s", async (_sentence, body, headers, expected, code) => {
    const { status, json, header } = await send("POST", KEYS, [`X-Api-Key: ${mine.key}`, ...headers], body);
    expect([status, json.code, header("content-type")]).toEqual([expected, code, "application/problem+json"]);
    expect(await idsOf()).toEqual([mine.id1]);
  });

  test("unknown routes are 404 and known ones with another method 405, in the platform's form", async () => {
    for (const path of ["/account", "/account/api-keys/", "/account/api-keys/x/y", "/Account/api-keys", "/v1/account/api-keys"]) {
      const { status, json } = await ask("GET", path);
      expect([path, status, json.code]).toEqual([path, 404, "not_found"]);
    }
    for (const [method, path, allow] of [
      ["PUT", KEYS, "GET, HEAD, POST"],
      ["DELETE", KEYS, "GET, HEAD, POST"],
      ["GET", `${KEYS}/${mine.id1}`, "DELETE"],
      ["PATCH", `${KEYS}/${mine.id1}`, "DELETE"],
    ] as const) {
      const { status, headers } = await ask(method, path);
      expect([method, path, status, headers.get("allow")?.split(", ").sort().join(", ")]).toEqual([method, path, 405, allow]);
    }
  });

  test("errors are problem details with the documented members, and hold no key", async () => {
    const { json, text } = await ask("DELETE", `${KEYS}/${mine.id1}`);
    expect(Object.keys(json)).toEqual(["type", "title", "status", "detail", "code"]);
    expect(text).not.toContain(mine.key);
  });

  test("a key that has a limit is told where it stands, and refused with the seconds to wait", async () => {
    const limited = await newAccount({ overrides: { requestsPerMinute: 2 } });
    const replies = [];
    for (let turn = 0; turn < 3; turn++) replies.push(await ask("GET", KEYS, limited.key));
    expect(replies.map(({ status, headers }) => [status, headers.get("ratelimit-policy")])).toEqual([
      [200, '"minute";q=2;w=60'],
      [200, '"minute";q=2;w=60'],
      [429, '"minute";q=2;w=60'],
    ]);
    const seconds = Number(replies[2]?.headers.get("retry-after"));
    expect([seconds > 50, seconds <= 60, replies[2]?.json.retryAfterSeconds]).toEqual([true, true, seconds]);
  });
});

test("AgentSend has one environment: a test key cannot be made", async () => {
  const { status, json } = await server.operator("POST", `${ORGS}/${mine.id}/keys`, { environment: "test" });
  expect([status, json.errors[0].field]).toEqual([400, "environment"]);
});
