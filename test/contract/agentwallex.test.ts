/**
 * AgentWallex's documentation page, word for word: its `curl` examples are taken from the page and run against a real server, with only
 * the host, the JWT and the id of a key that exists put in. The rows AW1 to AW9 are numbered as in docs/systems/agentwallex.md.
 */
import { randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { agentwallex } from "../../platforms/index.ts";
import { inProcess } from "../http/in-process.ts";
import { type RawResponse, sendRaw } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { secret } from "../support/root.ts";
import { call, type Reply, suiteServer } from "../support/server.ts";
import { must } from "../support/service.ts";
import { expectFinalRevocation, expectIdentical, raw, readPage, runCurl } from "./page.ts";

const { text: page, curls: EXAMPLES } = readPage("agentwallex");
const [CREATE = "", LIST = "", DELETE = ""] = EXAMPLES;
const [LISTED, LIMITED] = [...page.matchAll(/^(\{\n[\s\S]*?^\})$/gm)].map((match) => JSON.parse(match[1]!));
const KEYS = "/api/v1/api-keys";
const ORGS = "/keyward/v1/organizations";
const WHOAMI = "/keyward/v1/whoami";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const RECORD = ["id", "name", "prefix", "created_at", "last_used_at"];

const upstream = new Upstream();
const server = suiteServer({ platform: "agentwallex" });
const behind = suiteServer(async () => ({ platform: "agentwallex", args: ["--upstream", await upstream.start()] }));
afterAll(() => upstream.stop());

interface Account {
  readonly id: string;
  readonly jwt: string;
}
let mine: Account;
let theirs: Account;

async function newAccount(body: Record<string, unknown> = {}, ttl = "15m"): Promise<Account> {
  const id = await server.newOrganization(body);
  return { id, jwt: (await server.operator("POST", `${ORGS}/${id}/tokens`, { ttl })).json.token };
}
beforeEach(async () => {
  [mine, theirs] = [await newAccount(), await newAccount()];
});

const ask = (method: string, path: string, { jwt } = mine, body?: unknown): Promise<Reply> =>
  call(server.url + path, {
    method,
    headers: { authorization: `Bearer ${jwt}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
async function create(name = "staging-ci", account = mine): Promise<{ id: string; name: string; prefix: string; key: string }> {
  const { status, json } = await ask("POST", KEYS, account, { name });
  expect(status).toBe(201);
  return { ...json, key: secret(json.key) };
}
const list = async (query = "", account = mine) => (await ask("GET", KEYS + query, account)).json;
const whoami = (key: string, url = server.url) => call(url + WHOAMI, { headers: { "x-api-key": key } });
const curl = (example: string, id = "") =>
  runCurl(example.replace("https://api.agentwallex.com", server.url).replace("eyJhbGciOi...", mine.jwt).replace("key_abc123", id));

/** The documented shape of an error, and nothing more. */
function expectError({ status, json }: Pick<Reply, "status" | "json">, expected: number, type: string): void {
  expect([status, Object.keys(json), json.type, typeof json.code, typeof json.message]).toEqual([
    expected,
    ["code", "type", "message"],
    type,
    "string",
    "string",
  ]);
}

test("the page has its three examples and two responses", () => {
  expect(EXAMPLES.map((example) => /^curl -X \w+/.exec(example)?.[0])).toEqual(["curl -X POST", "curl -X GET", "curl -X DELETE"]);
  expect([Object.keys(LISTED.data[0]), Object.keys(LIMITED)]).toEqual([RECORD, ["code", "type", "message"]]);
});

describe("AW1", () => {
  test("AW1 the page's example makes a key: 201 with the full awx_ key, this once", async () => {
    const { status, type, text } = await curl(CREATE);
    const made = JSON.parse(text);
    secret(made.key);
    expect([status, type, Object.keys(made)]).toEqual([201, "application/json", [...RECORD, "key"]]);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^key_/),
      name: "production-backend",
      key: expect.stringMatching(/^awx_[0-9A-Za-z]{22,}$/),
      last_used_at: null,
    });
    expect((await whoami(made.key)).json).toMatchObject({ keyId: made.id, organizationId: mine.id });
    for (const path of [KEYS, `${KEYS}/${made.id}`]) expect((await ask("GET", path)).text).not.toContain(made.key.slice(8, -4));
  });

  // biome-ignore format: a table
  test.each<[string, unknown, string]>([
    ["no name",            {},                                          "name"],
    ["null for a name",    { name: null },                              "name"],
    ["an empty name",      { name: " " },                               "name"],
    ["129 characters",     { name: "x".repeat(129) },                   "name"],
    ["a bidi character",   { name: "a\u202eb" },                        "name"],
    ["an account's id",    { name: "x", organization_id: "org_1" },     "organization_id"],
    ["an expiry",          { name: "x", expiresAt: null },              "expiresAt"],
  ])("AW1 the name is needed and nothing else is taken: %s", async (_sentence, body, named) => {
    const reply = await ask("POST", KEYS, mine, body);
    expectError(reply, 400, "invalid_request_error");
    expect(reply.json.message).toContain(named);
    expect((await list()).total).toBe(0);
  });
});

describe("AW2", () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const parts = () => mine.jwt.split(".") as [string, string, string];
  const payload = () => JSON.parse(Buffer.from(parts()[1], "base64url").toString());
  const signed = (key: Uint8Array, change: object = {}, alg = "HS256") =>
    new SignJWT({ ...payload(), ...change }).setProtectedHeader({ alg, typ: "JWT" }).sign(key);
  let apiKey: string;
  beforeEach(async () => {
    apiKey = (await create()).key;
  });

  const JWTS: [string, () => string[] | Promise<string[]>][] = [
    ["none", () => []],
    ["an empty one", () => ["Authorization: Bearer "]],
    ["without its scheme", () => [`Authorization: ${mine.jwt}`]],
    ["with another scheme", () => [`Authorization: Basic ${mine.jwt}`]],
    ["in X-Api-Key", () => [`X-Api-Key: ${mine.jwt}`]],
    [
      "expired",
      async () => {
        const { jwt } = await newAccount({}, "1s");
        await sleep(1_100);
        return [`Authorization: Bearer ${jwt}`];
      },
    ],
    [
      "for another account, signed for mine",
      () => [`Authorization: Bearer ${parts()[0]}.${encode({ ...payload(), org: theirs.id })}.${parts()[2]}`],
    ],
    [
      "with a longer life",
      () => [`Authorization: Bearer ${parts()[0]}.${encode({ ...payload(), exp: payload().exp + 3_600 })}.${parts()[2]}`],
    ],
    [
      "its signature changed",
      () => [`Authorization: Bearer ${parts()[0]}.${parts()[1]}.${parts()[2][0] === "A" ? "B" : "A"}${parts()[2].slice(1)}`],
    ],
    ["its signature cut", () => [`Authorization: Bearer ${parts()[0]}.${parts()[1]}.`]],
    ["alg none", () => [`Authorization: Bearer ${encode({ alg: "none", typ: "JWT" })}.${parts()[1]}.`]],
    ["alg None with a signature", () => [`Authorization: Bearer ${encode({ alg: "None", typ: "JWT" })}.${parts()[1]}.${parts()[2]}`]],
    ["signed with another key", async () => [`Authorization: Bearer ${await signed(randomBytes(32))}`]],
    ["signed with another algorithm", async () => [`Authorization: Bearer ${await signed(randomBytes(64), {}, "HS512")}`]],
    [
      "of another platform's server",
      async () => {
        const organization = await behind.newOrganization();
        return [`Authorization: Bearer ${(await behind.operator("POST", `${ORGS}/${organization}/tokens`, {})).json.token}`];
      },
    ],
    ["an API key in its place", () => [`Authorization: Bearer ${apiKey}`]],
    ["an API key in X-Api-Key", () => [`X-Api-Key: ${apiKey}`]],
    ["in the query", () => []],
  ];
  test.each(JWTS)("AW2 %s: 401 authentication_error in the documented shape, and nothing happens", async (sentence, headers) => {
    const { id } = (await list()).data[0];
    const query = sentence === "in the query" ? `?access_token=${mine.jwt}&authorization=Bearer%20${mine.jwt}` : "";
    for (const target of [`POST ${KEYS}${query}`, `GET ${KEYS}${query}`, `GET ${KEYS}/${id}${query}`, `DELETE ${KEYS}/${id}${query}`]) {
      const response = await raw(
        server.url,
        target,
        [...(await headers()), "Content-Type: application/json"],
        target.startsWith("POST") ? '{"name":"x"}' : "",
      );
      expectError(response, 401, "authentication_error");
      expect([response.header("content-type"), response.header("www-authenticate")]).toEqual([
        "application/json",
        expect.stringMatching(/^Bearer realm="/),
      ]);
      if (sentence === "expired") break;
    }
    expect((await list()).total).toBe(1);
  });

  test("AW2 who is known and may not is 403 authorization_error: a service token, and the operator, who names no account", async () => {
    for (const jwt of [await server.newServiceToken(), server.operatorToken])
      expectError(await ask("GET", KEYS, { ...mine, jwt }), 403, "authorization_error");
  });

  test("AW2 a JWT in the place of an API key is 401 too", async () => {
    for (const headers of [[`X-Api-Key: ${mine.jwt}`], [`Authorization: Bearer ${mine.jwt}`]])
      expectError(await raw(server.url, `GET ${WHOAMI}`, headers), 401, "authentication_error");
  });

  test("AW2 two credentials are 400: two JWTs, and a JWT beside an API key", async () => {
    for (const headers of [
      [`Authorization: Bearer ${mine.jwt}`, `Authorization: Bearer ${theirs.jwt}`],
      [`Authorization: Bearer ${mine.jwt}, Bearer ${theirs.jwt}`],
    ])
      expectError(await raw(server.url, `GET ${KEYS}`, headers), 400, "invalid_request_error");
  });

  test("AW2 (all five) a JWT beside an API key is two credentials: 400", async () => {
    expectError(
      await raw(server.url, `GET ${KEYS}`, [`Authorization: Bearer ${mine.jwt}`, `X-Api-Key: ${apiKey}`]),
      400,
      "invalid_request_error",
    );
  });
});

describe("AW3", () => {
  test("AW3 the page's example lists the keys: exactly the documented members", async () => {
    const { id, key, prefix } = await create("production-backend");
    const { status, type, text } = await curl(LIST);
    const response = JSON.parse(text);
    expect([status, type, Object.keys(response)]).toEqual([200, "application/json", ["data", "total", "has_more"]]);
    expect(response).toEqual({
      data: [
        { id, name: "production-backend", prefix: `awx_...${key.slice(-4)}`, created_at: expect.stringMatching(TIME), last_used_at: null },
      ],
      total: 1,
      has_more: false,
    });
    expect([Object.keys(response.data[0]), prefix]).toEqual([RECORD, response.data[0].prefix]);
    expect(text).not.toContain(key.slice(8, -4));
  });

  test("AW3 last_used_at is null before the first use, then the last use", async () => {
    const { id, key } = await create();
    const before = Date.now();
    await whoami(key);
    const { last_used_at: lastUsed } = (await ask("GET", `${KEYS}/${id}`)).json;
    expect(lastUsed).toMatch(TIME);
    expect(Date.parse(lastUsed)).toBeGreaterThanOrEqual(before - 1_000);
    expect((await list()).data[0].last_used_at).toBe(lastUsed);
  });

  describe("pages", () => {
    let account: Account;
    let ids: string[];
    beforeAll(async () => {
      account = await newAccount();
      ids = [];
      for (let index = 0; index < 45; index++) ids.unshift((await create(`key-${index}`, account)).id);
      const { id } = await create("revoked", account);
      await ask("DELETE", `${KEYS}/${id}`, account);
      await create();
    });

    // biome-ignore format: a table
    test.each<[string, number, number, boolean]>([
      ["",                           0,  20, true],
      ["?page_num=1",                0,  20, true],
      ["?page_num=2",                20, 40, true],
      ["?page_num=3",                40, 45, false],
      ["?page_num=4",                45, 45, false],
      ["?page_size=100",             0,  45, false],
      ["?page_size=45",              0,  45, false],
      ["?page_size=44",              0,  44, true],
      ["?page_size=1&page_num=45",   44, 45, false],
      ["?page_size=15&page_num=3",   30, 45, false],
      ["?page_num=1000000",          45, 45, false],
    ])("AW3 %s: keys %i to %i of 45 active ones, newest first, more: %s", async (query, from, to, hasMore) => {
      const { data, total, has_more: more } = await list(query, account);
      expect([data.map(({ id }: { id: string }) => id), total, more]).toEqual([ids.slice(from, to), 45, hasMore]);
    });

    test.each([
      "page_num=0",
      "page_num=-1",
      "page_num=1.5",
      "page_num=abc",
      "page_num=",
      "page_num=1e2",
      "page_num=%201",
      "page_num=0x1",
      "page_num=99999999999999999999",
      "page_size=0",
      "page_size=101",
      "page_size=-5",
      "page_size=abc",
      "page_size=",
      "page_size=NaN",
      "page_size=١",
    ])("AW3 %s: 400", async (query) => {
      const reply = await ask("GET", `${KEYS}?${query}`, account);
      expectError(reply, 400, "invalid_request_error");
      expect(reply.json.message).toContain(query.split("=")[0]);
    });
  });
});

describe("AW4", () => {
  test("AW4 the page's example deletes: 204, an empty body, and the key is refused once that response was sent", async () => {
    const [kept, gone] = [await create(), await create()];
    expect((await whoami(gone.key)).status).toBe(200);
    const { status, text } = await curl(DELETE, gone.id);
    expect([status, text]).toEqual([204, ""]);
    expectError(await whoami(gone.key), 401, "authentication_error");
    expect([(await list()).data.map(({ id }: { id: string }) => id), (await whoami(kept.key)).status]).toEqual([[kept.id], 200]);
  });

  test("AW4 another account's id, an unknown and a deleted one get the same response, byte for byte, to read and to delete", async () => {
    const [foreign, deleted] = [await create("theirs", theirs), await create()];
    await ask("DELETE", `${KEYS}/${deleted.id}`);
    const responses: RawResponse[] = [];
    for (const method of ["GET", "DELETE"]) {
      for (const id of [foreign.id, deleted.id, "key_01jd0000000000000000000000", "nonsense", "%ff"])
        responses.push(await raw(server.url, `${method} ${KEYS}/${id}`, [`Authorization: Bearer ${mine.jwt}`]));
    }
    expectIdentical(responses, 404);
    expectError(responses[0]!, 404, "not_found_error");
    expect((await whoami(foreign.key)).status).toBe(200);
  });

  test("AW4 keys in use are each refused once the response was sent", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => create()));
    await expectFinalRevocation(made, whoami, (id) => ask("DELETE", `${KEYS}/${id}`));
  });
});

describe("AW5", () => {
  const policyOf = async (body: Record<string, unknown>) =>
    (await whoami((await create("x", await newAccount(body))).key)).headers.get("ratelimit-policy");
  const policy = (minute: number, day: number, concurrent: number) =>
    `"minute";q=${minute};w=60, "day";q=${day};w=86400, "concurrent";q=${concurrent};qu="concurrent-requests"`;

  test("AW5 the page's table of plans", async () => {
    expect([/Starter6010,0005\n/.test(page), /Growth300100,00025\n/.test(page)]).toEqual([true, true]);
    expect(await policyOf({})).toBe(policy(60, 10_000, 5));
    expect(await policyOf({ plan: "starter" })).toBe(policy(60, 10_000, 5));
    expect(await policyOf({ plan: "growth" })).toBe(policy(300, 100_000, 25));
  });

  test("AW5 the plans are described as the page writes them, and Enterprise's limits as custom", async () => {
    const { plans } = (await call(`${server.url}/keyward/v1/platform`)).json;
    const custom = ["requestsPerMinute", "requestsPerDay", "concurrentRequests"];
    expect(/EnterpriseCustomCustomCustom\n/.test(page)).toBe(true);
    expect(
      Object.values(plans).map((plan) => [(plan as { title: string }).title, (plan as { customLimits: string[] }).customLimits]),
    ).toEqual([
      ["Starter", []],
      ["Growth", []],
      ["Enterprise", custom],
    ]);
  });

  test("AW5 Enterprise is set for each organization, and in force on the next request", async () => {
    const [large, other] = [
      await newAccount({ plan: "enterprise", overrides: { requestsPerMinute: 5_000, requestsPerDay: 2_000_000, concurrentRequests: 400 } }),
      await newAccount({ plan: "enterprise" }),
    ];
    const [{ key }, { key: otherKey }] = [await create("x", large), await create("x", other)];
    expect((await whoami(key)).headers.get("ratelimit-policy")).toBe(policy(5_000, 2_000_000, 400));
    const before = (await whoami(otherKey)).headers.get("ratelimit-policy");
    await server.operator("PATCH", `${ORGS}/${large.id}`, { overrides: { requestsPerMinute: 2, requestsPerDay: null } });
    const replies = [await whoami(key), await whoami(key)];
    expect(
      replies.map(({ status }) => status),
      "one was counted before",
    ).toEqual([200, 429]);
    expect(replies[0]!.headers.get("ratelimit-policy")).toMatch(/^"minute";q=2;w=60, "concurrent"/);
    expect((await whoami(otherKey)).headers.get("ratelimit-policy")).toBe(before);
    expect((await ask("PATCH", `${ORGS}/${large.id}`, large, { overrides: {} })).status, "by the operator alone").toBe(403);
  });

  test("AW5 limits are per key: sixty in a minute, whatever the others do, and a hundred at once admit sixty", async () => {
    const [one, two] = [await create(), await create()];
    const statuses = (await Promise.all(Array.from({ length: 100 }, () => whoami(one.key)))).map(({ status }) => status);
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length]).toEqual([60, 40]);
    expect((await whoami(two.key)).status).toBe(200);
  });

  test("AW5 ten thousand in a day", async () => {
    const { service, clock, url, newOrganization, newKey } = await inProcess({ platform: agentwallex });
    const { key } = await newKey(await newOrganization());
    const first = clock.now;
    for (let count = 0; count < 10_000; count++) {
      if (!(await service.verify(key)).valid) throw new Error(`request ${count} was refused`);
      clock.now += 1_000;
    }
    const refused = await whoami(key, url);
    expectError(refused, 429, "rate_limit_error");
    const [seconds, exactly] = [Number(refused.headers.get("retry-after")), (first + 86_400_000 - clock.now) / 1_000];
    expect([seconds >= exactly, seconds < exactly + 100], "a window of so many counts them by the hundred: never early").toEqual([
      true,
      true,
    ]);
    clock.now += seconds * 1_000;
    expect((await whoami(key, url)).status).toBe(200);
  });

  test("AW5 five at once through the gateway; the sixth is 429, and an aborted one makes room", async () => {
    const organization = await behind.newOrganization();
    const { key } = await behind.newKey(organization);
    const held: ServerResponse[] = [];
    upstream.reset((_request: IncomingMessage, response: ServerResponse) => void held.push(response));
    const open = () => {
      const outgoing = httpRequest(`${behind.url}/transfers`, { headers: { "x-api-key": key } }).on("error", () => undefined);
      const answered = new Promise<IncomingMessage>((resolve, reject) => outgoing.once("response", resolve).once("error", reject));
      answered.catch(() => undefined);
      onTestFinished(() => void outgoing.destroy());
      outgoing.end();
      return { outgoing, answered };
    };
    const until = async (isSo: () => boolean | Promise<boolean>) => {
      for (let turn = 0; turn < 100; turn++)
        if (await isSo()) return;
        else await sleep(20);
      throw new Error("did not happen within 2 s");
    };
    const free = async () => Number(/"concurrent";r=(\d+)/.exec((await whoami(key, behind.url)).headers.get("ratelimit") ?? "")?.[1]);
    const five = Array.from({ length: 5 }, open);
    await until(() => held.length === 5);
    const sixth = await call(`${behind.url}/transfers`, { headers: { "x-api-key": key } });
    expectError(sixth, 429, "rate_limit_error");
    expect([sixth.headers.get("retry-after"), sixth.json.code, held.length]).toEqual(["1", "rate_limit_exceeded", 5]);
    five[0]!.outgoing.destroy();
    await until(async () => (await free()) === 1);
    const next = open();
    await until(() => held.length === 6);
    expect((await call(`${behind.url}/transfers`, { headers: { "x-api-key": key } })).status).toBe(429);
    for (const response of held) response.end("done");
    expect((await next.answered).statusCode).toBe(200);
    await until(async () => (await free()) === 5);
    upstream.reset();
  });
});

describe("AW6", () => {
  test("AW6 over the limit: 429 with Retry-After and the documented body, and a request after so many seconds succeeds", async () => {
    const { clock, url, newOrganization, newKey } = await inProcess({ platform: agentwallex });
    const { key } = await newKey(await newOrganization());
    for (let turn = 0; turn < 60; turn++) {
      expect((await whoami(key, url)).status).toBe(200);
      clock.now += 500;
    }
    const refused = await whoami(key, url);
    const seconds = Number(refused.headers.get("retry-after"));
    expect([refused.status, seconds, refused.headers.get("content-type")]).toEqual([429, 30, "application/json"]);
    expect(refused.text).toBe(JSON.stringify({ ...LIMITED, message: LIMITED.message.replace("30", String(seconds)) }));
    expect(refused.json).toEqual({
      code: "rate_limit_exceeded",
      type: "rate_limit_error",
      message: `Rate limit exceeded. Retry after ${seconds} seconds.`,
    });
    clock.now += seconds * 1_000 - 1;
    expect((await whoami(key, url)).status).toBe(429);
    clock.now += 1;
    expect((await whoami(key, url)).status).toBe(200);
  });

  test("AW6 over a real clock too: header and message agree, and refused requests are not charged", async () => {
    const { key } = await create();
    const replies = await Promise.all(Array.from({ length: 65 }, () => whoami(key)));
    for (const reply of replies.filter(({ status }) => status === 429)) {
      expectError(reply, 429, "rate_limit_error");
      const seconds = Number(reply.headers.get("retry-after"));
      expect([seconds > 50 && seconds <= 60, reply.json.message]).toEqual([true, `Rate limit exceeded. Retry after ${seconds} seconds.`]);
      expect(reply.headers.get("ratelimit")).toMatch(/"minute";r=0;.*"day";r=9940;/);
    }
  });
});

describe("AW7", () => {
  test("AW7 in the management API behind the dashboard: a descriptive name, the key in the response to the creation alone", async () => {
    const path = `${ORGS}/${mine.id}/keys`;
    const made = await ask("POST", path, mine, { name: " staging-ci " });
    secret(made.json.key);
    expect([made.status, made.json.name, made.headers.get("cache-control")]).toEqual([201, "staging-ci", "no-store"]);
    expect(made.json.key).toMatch(/^awx_/);
    for (const again of [path, `${path}/${made.json.id}`, KEYS, `${KEYS}/${made.json.id}`])
      expect((await ask("GET", again)).text).not.toContain(made.json.key.slice(8, -4));
    expect((await ask("POST", `${path}/${made.json.id}/show`)).status).toBe(404);
    expect((await list()).data[0]).toMatchObject({ id: made.json.id, name: "staging-ci" });
  });
});

describe("AW8", () => {
  test("AW8 keys of ninety days and more are flagged in the management API, those of less, rotated and revoked ones are not", async () => {
    const { service, clock, request, newOrganization, newKey } = await inProcess({ platform: agentwallex });
    const organization = await newOrganization();
    const [old, rotated, revoked] = [await newKey(organization), await newKey(organization), await newKey(organization)];
    const due = async () =>
      Object.fromEntries(
        (await request("GET", `${ORGS}/${organization}/keys`)).json.data.map(
          ({ id, rotationDue }: { id: string; rotationDue: boolean }) => [id, rotationDue],
        ),
      );
    clock.now += 90 * 86_400_000 - 1;
    const fresh = await newKey(organization);
    expect(Object.values(await due())).toEqual([false, false, false, false]);
    clock.now += 1;
    const { json } = await request("POST", `${ORGS}/${organization}/keys/${rotated.id}/rotate`, {});
    secret(json.key);
    must(await service.keys.revoke(organization, revoked.id, "operator"));
    expect(await due()).toEqual({ [old.id]: true, [rotated.id]: false, [revoked.id]: false, [fresh.id]: false, [json.id]: false });
  });

  test("AW8 the page's four steps rotate a key without downtime", async () => {
    const old = await create();
    const statuses = [(await whoami(old.key)).status];
    const { text } = await curl(CREATE);
    const fresh = JSON.parse(text);
    secret(fresh.key);
    statuses.push((await whoami(old.key)).status, (await whoami(fresh.key)).status);
    expect((await curl(DELETE, old.id)).status).toBe(204);
    statuses.push((await whoami(fresh.key)).status, (await whoami(old.key)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 401]);
  });
});

describe("AW9", () => {
  test.each<[string, string, string[], string, number, string]>([
    ["an unknown route", "GET /api/v1/nothing", [], "", 404, "not_found_error"],
    ["the root", "GET /", [], "", 404, "not_found_error"],
    ["Keyward's unknown route", "GET /keyward/nothing", [], "", 404, "not_found_error"],
    ["a path in other letters", "GET /API/v1/api-keys", [], "", 404, "not_found_error"],
    ["a trailing slash", `GET ${KEYS}/`, [], "", 404, "not_found_error"],
    ["an unknown method", "PROPFIND /api/v1/nothing", [], "", 404, "not_found_error"],
    ["unreadable JSON", `POST ${KEYS}`, ["Content-Type: application/json"], "{name", 400, "invalid_request_error"],
    ["half of it", `POST ${KEYS}`, ["Content-Type: application/json"], '{"name":', 400, "invalid_request_error"],
    ["no body", `POST ${KEYS}`, ["Content-Type: application/json"], "", 400, "invalid_request_error"],
    ["an array", `POST ${KEYS}`, ["Content-Type: application/json"], '["x"]', 400, "invalid_request_error"],
    ["a member twice", `POST ${KEYS}`, ["Content-Type: application/json"], '{"name":"x","name":"y"}', 400, "invalid_request_error"],
    ["another method", `PUT ${KEYS}`, [], "", 405, "invalid_request_error"],
    ["another method on one key", `PATCH ${KEYS}/key_1`, [], "", 405, "invalid_request_error"],
    [
      "more than 64 KB",
      `POST ${KEYS}`,
      ["Content-Type: application/json"],
      `{"name":"${"x".repeat(65_536)}"}`,
      413,
      "invalid_request_error",
    ],
    ["a form", `POST ${KEYS}`, ["Content-Type: application/x-www-form-urlencoded"], "name=x", 415, "invalid_request_error"],
    ["no content type", `POST ${KEYS}`, [], '{"name":"x"}', 415, "invalid_request_error"],
    ["two hosts", `GET ${KEYS}`, ["Host: a", "Host: b"], "", 400, "invalid_request_error"],
  ])("AW9 %s is in the documented shape", async (_sentence, target, headers, body, expected, type) => {
    const response = await raw(server.url, target, [`Authorization: Bearer ${mine.jwt}`, ...headers], body);
    expectError(response, expected, type);
    expect([response.header("content-type"), response.header("cache-control")]).toEqual(["application/json", "no-store"]);
    if (expected === 405)
      expect(response.header("allow")?.split(", ").sort()).toEqual(
        target.includes("/key_1") ? ["DELETE", "GET", "HEAD"] : ["GET", "HEAD", "POST"],
      );
    expect((await list()).total).toBe(0);
  });

  test.each([
    ["what is not HTTP", ["nonsense"], 400],
    ["a name with a space", ["GET /api/v1/api-keys HTTP/1.1", "Bad Header: x"], 400],
    ["a head over the limit", ["GET /api/v1/api-keys HTTP/1.1", `X-Long: ${"x".repeat(20_000)}`], 431],
  ])("AW9 %s is in the documented shape", async (_sentence, head, status) => {
    expectError(await sendRaw(server.url, head), status, "invalid_request_error");
  });

  test("AW9 the gateway's errors and the management API's are in it too", async () => {
    expectError(await raw(behind.url, "GET /transfers"), 401, "authentication_error");
    expectError(await raw(behind.url, "GET http://example.com/transfers"), 400, "invalid_request_error");
    upstream.reset((request) => request.socket.destroy());
    const { key } = await behind.newKey(await behind.newOrganization());
    expectError(await raw(behind.url, "GET /transfers", [`X-Api-Key: ${key}`]), 502, "internal_error");
    upstream.reset();
    expectError(await server.operator("GET", `${ORGS}/org_nothing`), 404, "not_found_error");
    expectError(await ask("GET", `${ORGS}/${theirs.id}`), 404, "not_found_error");
    expectError(await server.operator("POST", "/keyward/v1/verify", {}), 400, "invalid_request_error");
  });
});
