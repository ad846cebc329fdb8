/** Wrong credentials: counted for each client address on every surface that takes one, and in nobody else's way. */
import { createServer } from "node:http";
import { type AddressInfo, BlockList } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { protect } from "../../adapters/node.ts";
import { FAILED_ATTEMPTS_PER_MINUTE, FailedAttempts } from "../../admission/failed-attempts.ts";
import { localPort } from "../../admission/local-port.ts";
import { refuse } from "../../engine/errors.ts";
import { agentpay } from "../../platforms/agentpay.ts";
import { agentsend } from "../../platforms/agentsend.ts";
import { ampersend } from "../../platforms/ampersend.ts";
import type { Platform } from "../../platforms/define.ts";
import { keyward } from "../../platforms/keyward.ts";
import { type InProcess, inProcess } from "../http/in-process.ts";
import { secret } from "../support/root.ts";
import { call, type Reply } from "../support/server.ts";
import { freshKey, testService } from "../support/service.ts";

const WHOAMI = "/keyward/v1/whoami";
const ORGS = "/keyward/v1/organizations";
const SERVICE_BODY = { key: "kw_live_nobody" };
const THREE = { failedAttemptsPerMinute: 3 };

type Attempt = (server: InProcess) => Promise<Reply> | Reply;
const wrongKey =
  (path: string): Attempt =>
  ({ url }) =>
    call(url + path, { headers: { "x-api-key": freshKey("live") } });
const bearer =
  (token: string, path: string, method = "GET", body?: unknown): Attempt =>
  ({ request }) =>
    request(method, path, body, token);

describe("a surface refuses wrong credentials within the budget, then responds with 429 until Retry-After has passed:", () => {
  test.each<[surface: string, platform: Platform, attempt: Attempt, refusal: [status: number, code: string]]>([
    ["whoami", keyward, wrongKey(WHOAMI), [401, "invalid_credential"]],
    ["whoami, with a malformed key", keyward, bearer("rubbish", WHOAMI), [401, "invalid_credential"]],
    ["a platform's route", agentsend, bearer("rubbish", "/v1/api-keys"), [401, "invalid_credential"]],
    [
      "a platform's route for people's JWTs",
      ampersend,
      bearer("eyJhbGciOiJIUzI1NiJ9.e30.x", "/v1/agents/0x1/keys", "POST"),
      [401, "invalid_credential"],
    ],
    ["the gateway", keyward, wrongKey("/agents"), [401, "invalid_credential"]],
    ["the gateway, for agents' sessions", ampersend, bearer("eyJhbGciOiJIUzI1NiJ9.e30.x", "/v1/agents/me"), [401, "invalid_credential"]],
    ["verify's own service token", keyward, bearer("kws_wrong", "/keyward/v1/verify", "POST", SERVICE_BODY), [401, "invalid_credential"]],
    ["management, with a wrong token", keyward, bearer("kwo_wrong", ORGS), [401, "invalid_credential"]],
    ["management, with a wrong JWT", keyward, bearer("eyJhbGciOiJIUzI1NiJ9.e30.x", ORGS), [401, "invalid_credential"]],
    [
      "management, with a wrong cookie",
      keyward,
      ({ request }) => request("GET", ORGS, undefined, null, { cookie: "a=b; keyward.session_token=x.y" }),
      [401, "missing_credential"],
    ],
    [
      "a key that is looked for",
      keyward,
      async ({ request, newOrganization }) =>
        request("POST", `${ORGS}/${await newOrganization()}/keys/find`, { key: `kw_live_${"A".repeat(43)}` }),
      [404, "not_found"],
    ],
    [
      "the claim of a key",
      agentpay,
      async ({ request, newOrganization }) =>
        request("POST", `${ORGS}/${await newOrganization()}/keys/claim`, { key: "pk_wrong_wrong_wrong" }),
      [404, "not_claimable"],
    ],
    [
      "signing in with a password",
      keyward,
      ({ request }) => request("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: "wrong wrong wrong" }, null),
      [401, "invalid_credential"],
    ],
    [
      "signing up with a wrong invitation",
      keyward,
      ({ request }) =>
        request(
          "POST",
          "/keyward/auth/sign-up/email",
          { name: "Eve", email: "eve@example.com", password: "wrong wrong wrong", invitation: "kwi_wrong" },
          null,
        ),
      [403, "forbidden"],
    ],
    [
      "the operator's link",
      keyward,
      ({ request }) => request("GET", "/keyward/sign-in?code=wrong", undefined, null),
      [401, "invalid_credential"],
    ],
    [
      "an invitation",
      keyward,
      ({ request }) => request("POST", "/keyward/v1/invitations/read", { token: "kwi_wrong" }, null),
      [404, "not_found"],
    ],
  ])("%s", async (_surface, platform, attempt, [status, code]) => {
    const server = await inProcess({ platform, upstream: "http://127.0.0.1:9", signIn: { password: "invited" }, ...THREE });
    for (let turn = 0; turn < 3; turn++)
      expect(await attempt(server)).toMatchObject({
        status,
        json: expect.objectContaining(platform === keyward || platform === agentpay ? { code } : {}),
      });
    server.clock.now += 12_500;
    const limited = await attempt(server);
    const seconds = Number(limited.headers.get("retry-after"));
    expect([limited.status, seconds, limited.headers.get("www-authenticate")]).toEqual([429, 48, null]);
    server.clock.now += (seconds - 1) * 1_000;
    expect([(await attempt(server)).status, (await attempt(server)).headers.get("retry-after")]).toEqual([429, "1"]);
    server.clock.now += 1_000;
    expect((await attempt(server)).status).toBe(status);
  });

  test("an application's own middleware", async () => {
    const { service, clock } = await testService();
    const guard = protect(
      localPort({ service, platform: keyward, log: { error: () => undefined }, ...THREE, trustedProxies: ["127.0.0.1"] }),
    );
    const server = createServer((request, response) => guard(request, response, () => response.end()));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void server.close());
    const attempt = (address: string) =>
      call(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        headers: { "x-api-key": freshKey("live"), "x-forwarded-for": address, connection: "close" },
      });
    const statuses = [];
    for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"]) statuses.push((await attempt(address)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 401]);
    clock.now += 60_000;
    expect((await attempt("192.0.2.1")).status).toBe(401);
  });
});

describe("behind an address over its budget", () => {
  async function overBudget(platform: Platform = keyward) {
    const server = await inProcess({ platform, upstream: "http://127.0.0.1:9", ...THREE });
    const statuses = [];
    for (let turn = 0; turn < 4; turn++) statuses.push((await server.request("GET", WHOAMI, undefined, "wrong")).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    return server;
  }

  test("valid keys pass, presented for the first time and again, and the count does not hear of them", async () => {
    const { url, attempts, newOrganization, newKey } = await overBudget();
    const organization = await newOrganization();
    const keys = await Promise.all([1, 2, 3].map(async () => (await newKey(organization)).key));
    const before = { ...attempts.answered };
    for (const key of [...keys, ...keys]) expect((await call(url + WHOAMI, { headers: { "x-api-key": key } })).status).toBe(200);
    expect(attempts.answered).toEqual(before);
  });

  test("a known key without the permission gets 403, not 401", async () => {
    const { url, newOrganization, newKey } = await overBudget(ampersend);
    const { key } = await newKey(await newOrganization(), { scopes: ["agents:read"] });
    expect((await call(`${url}/v1/agents`, { method: "POST", headers: { authorization: `Bearer ${key}` } })).status).toBe(403);
  });

  test("the operator, service tokens and people's JWTs go on", async () => {
    const { request, service, newOrganization } = await overBudget();
    const organization = await newOrganization();
    const created = await service.serviceTokens.create({ name: "api" }, "operator");
    const token = secret(created.ok ? created.value.token : "");
    const jwt = (await request("POST", `${ORGS}/${organization}/tokens`, {})).json.token;
    expect((await request("POST", "/keyward/v1/verify", SERVICE_BODY, token)).json.code).toBe("malformed");
    expect((await request("GET", `${ORGS}/${organization}/keys`, undefined, jwt)).status).toBe(200);
  });

  test("the credential that is missing, and two at once, get the response of before: nothing was tried", async () => {
    const { url, attempts } = await overBudget();
    const before = { ...attempts.answered };
    expect((await call(url + WHOAMI)).status).toBe(401);
    expect((await call(url + ORGS)).status).toBe(401);
    expect((await call(url + WHOAMI, { headers: { "x-api-key": "a", authorization: "Bearer b" } })).status).toBe(400);
    expect(attempts.answered).toEqual(before);
  });

  test("another address still has its whole budget", async () => {
    const { url } = await inProcess({ ...THREE, trustedProxies: ["127.0.0.1"] });
    const from = (address: string) => call(url + WHOAMI, { headers: { "x-api-key": "wrong", "x-forwarded-for": address } });
    const statuses = [];
    for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"]) statuses.push((await from(address)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 401]);
  });
});

test("unknown, malformed, revoked, disabled and expired keys get the same response, within the budget and over it", async () => {
  const { url, service, clock, newOrganization, newKey } = await inProcess({ failedAttemptsPerMinute: 6 });
  const organization = await newOrganization();
  const [revoked, disabled, expired] = [
    await newKey(organization),
    await newKey(organization),
    await newKey(organization, { expiresIn: "1s" }),
  ];
  await service.keys.revoke(organization, revoked.id, "operator");
  await service.keys.update(organization, disabled.id, { enabled: false }, "operator");
  clock.now += 2_000;
  const presented = [freshKey("live"), "malformed", revoked.key, disabled.key, expired.key, ""];
  const ask = async (key: string) => {
    const { status, text, headers } = await call(url + WHOAMI, { headers: { "x-api-key": key } });
    return { status, text, headers: [...headers].filter(([name]) => name !== "date") };
  };
  for (const status of [401, 429]) {
    const responses = [];
    for (const key of presented) responses.push(await ask(key));
    expect(responses[0]?.status).toBe(status);
    for (const answer of responses) expect(answer).toEqual(responses[0]);
  }
});

test("of fifty attempts at once no more are refused with 401 than the budget allows, whatever they present", async () => {
  const { url, attempts } = await inProcess({ failedAttemptsPerMinute: 10 });
  const one = freshKey("live");
  const statuses = await Promise.all(
    Array.from(
      { length: 50 },
      async (_, turn) => (await call(url + WHOAMI, { headers: { "x-api-key": turn % 2 ? one : freshKey("live") } })).status,
    ),
  );
  expect([statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length]).toEqual([10, 40]);
  expect(attempts.answered).toEqual({ refused: 10, limited: 40 });
});

test("wrong keys in a service's requests do not count against the service: they are its customers'", async () => {
  const { service, request, attempts } = await inProcess(THREE);
  const created = await service.serviceTokens.create({ name: "api" }, "operator");
  const token = secret(created.ok ? created.value.token : "");
  for (let turn = 0; turn < 10; turn++) {
    expect((await request("POST", "/keyward/v1/verify", { key: freshKey("live") }, token)).json).toMatchObject({
      valid: false,
      code: "not_found",
    });
  }
  expect(attempts.answered).toEqual({ refused: 0, limited: 0 });
});

test("a forwarded address counts only from a proxy that was named", async () => {
  const { url } = await inProcess(THREE);
  const statuses = [];
  for (let turn = 0; turn < 5; turn++) {
    const forged = { "x-forwarded-for": `198.51.100.${turn}`, "x-real-ip": `198.51.100.${turn}`, forwarded: `for=198.51.100.${turn}` };
    statuses.push((await call(url + WHOAMI, { headers: { "x-api-key": "wrong", ...forged } })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
});

test("the metrics say how many were refused and how many limited", async () => {
  const { request, url } = await inProcess(THREE);
  for (let turn = 0; turn < 5; turn++) await call(url + WHOAMI, { headers: { "x-api-key": "wrong" } });
  const { text } = await request("GET", "/keyward/metrics");
  expect(text.match(/^keyward_failed_attempts_total\{.*$/gm)).toEqual([
    'keyward_failed_attempts_total{answer="refused"} 3',
    'keyward_failed_attempts_total{answer="limited"} 2',
  ]);
});

test("without the database of all processes each counts alone, within the limit, and says how many it has counted so", async () => {
  const clock = { now: 1_000, isAway: false };
  const counted: string[] = [];
  const attempts = new FailedAttempts({
    perMinute: 3,
    clock: () => clock.now,
    trustedProxies: new BlockList(),
    countTogether: async (_kind, name) => {
      if (clock.isAway) throw new Error("the database is away");
      counted.push(name);
      return counted.length > 2 ? clock.now + 60_000 : 0;
    },
  });
  const { problem } = refuse("invalid_credential", "No.");
  const codes = async (turns: number) => {
    const seen = [];
    for (let turn = 0; turn < turns; turn++) seen.push((await attempts.refuseAddress("192.0.2.1", problem)).code);
    return seen;
  };
  expect([await codes(2), attempts.countedAlone]).toEqual([["invalid_credential", "invalid_credential"], 0]);
  clock.isAway = true;
  expect([await codes(3), attempts.countedAlone]).toEqual([["invalid_credential", "rate_limited", "rate_limited"], 1]);
});

test("the default budget is far above a person's typing errors", () => expect(FAILED_ATTEMPTS_PER_MINUTE).toBe(100));
