/** A server with several threads keeps every promise that one with a single thread keeps. */
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { startServer, suiteServer } from "../support/server.ts";
import { CONNECTIONS, codesAfter, openConnections, verifyOnAll } from "./connections.ts";

const THREADS = 3;
const server = suiteServer({ env: { KEYWARD_THREADS: String(THREADS) } });
let organization = "";
let token = "";

beforeAll(async () => {
  organization = await server.newOrganization();
  token = await server.newServiceToken();
});

const connections = () => openConnections(server.url);
const verify = (open: ReturnType<typeof connections>, key: string, times?: number) => verifyOnAll(open, token, key, times);
const pathOf = (id: string) => `/keyward/v1/organizations/${organization}/keys/${id}`;

describe("limits", () => {
  test.each([
    ["a minute", { requestsPerMinute: 120 }, 120],
    ["a day", { requestsPerDay: 90 }, 90],
    ["both, of which the smaller one counts", { requestsPerMinute: 100, requestsPerDay: 70 }, 70],
  ])("%s: a flood on many connections is admitted exactly as often as the limit says", async (_name, limits, expected) => {
    const open = connections();
    const keys = await Promise.all([1, 2].map(() => server.newKey(organization, { limits })));
    const codes = await Promise.all(keys.map(({ key }) => verify(open, key, 12)));
    for (const of of codes) expect(of).toEqual({ valid: expected, rate_limited: CONNECTIONS * 12 - expected });
  });

  test("a key and the one that replaced it share one limit", async () => {
    const open = connections();
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 60 } });
    expect(await verify(open, key)).toEqual({ valid: CONNECTIONS });
    const { json } = await server.operator("POST", `${pathOf(id)}/rotate`, {});
    const both = await Promise.all([verify(open, key, 4), verify(open, json.key, 4)]);
    expect(both.reduce((sum, { valid = 0 }) => sum + valid, 0)).toBe(60 - CONNECTIONS);
  });

  test("of concurrent requests: however many come at once, no more are under way than may be, and what has ended makes room", async () => {
    const { key } = await server.newKey(organization, { limits: { concurrentRequests: 5 } });
    for (let round = 0; round < 3; round++) {
      const held = await Promise.all(Array.from({ length: CONNECTIONS }, () => hold(key)));
      expect(held.filter(({ valid }) => valid).length).toBe(5);
      for (const { end } of held) end();
      await expect.poll(() => isRoomFor(key)).toBe(true);
    }
  });

  async function hold(key: string): Promise<{ valid: boolean; end(): void }> {
    const ending = new AbortController();
    const response = await fetch(`${server.url}/keyward/v1/verify`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ headers: ["X-Api-Key", key], holds: true }),
      signal: ending.signal,
    });
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    return { valid: JSON.parse(new TextDecoder().decode(value)).valid, end: () => ending.abort() };
  }

  /** Whether nothing is under way any more: the end of a connection takes a moment to arrive. */
  async function isRoomFor(key: string): Promise<boolean> {
    const response = await fetch(`${server.url}/keyward/v1/verify`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ key }),
    });
    const { rateLimits } = (await response.json()) as { rateLimits: { name: string; remaining: number }[] };
    return rateLimits.find(({ name }) => name === "concurrent")?.remaining === 5;
  }
});

describe("changes", () => {
  test("a revocation that was answered is final in every thread: of keys in the memory of all, none is valid once", async () => {
    const open = connections();
    for (let round = 0; round < 60; round++) {
      const { id, key } = await server.newKey(organization);
      expect(await verify(open, key)).toEqual({ valid: CONNECTIONS });
      const { status } = await server.operator("DELETE", pathOf(id));
      expect(status).toBe(204);
      expect(await verify(open, key)).toEqual({ revoked: CONNECTIONS });
    }
  });

  test("also while requests with the key come on every connection all the time", async () => {
    const open = connections();
    for (let round = 0; round < 20; round++) {
      const { id, key } = await server.newKey(organization);
      const codes = await codesAfter(open, token, key, () => server.operator("DELETE", pathOf(id)));
      expect(codes).toEqual(Array.from({ length: CONNECTIONS }, () => "revoked"));
    }
  });

  test("disabling, enabling, and a new limit of the organization hold in every thread at once", async () => {
    const open = connections();
    const { id, key } = await server.newKey(organization);
    for (let round = 0; round < 10; round++) {
      await server.operator("PATCH", pathOf(id), { enabled: false });
      expect(await verify(open, key)).toEqual({ disabled: CONNECTIONS });
      await server.operator("PATCH", pathOf(id), { enabled: true });
      expect(await verify(open, key)).toEqual({ valid: CONNECTIONS });
    }
    const other = await server.newOrganization();
    const limited = await server.newKey(other);
    expect(await verify(open, limited.key)).toEqual({ valid: CONNECTIONS });
    await server.operator("PATCH", `/keyward/v1/organizations/${other}`, { overrides: { requestsPerMinute: 3 } });
    expect(await verify(open, limited.key)).toEqual({ valid: 3, rate_limited: CONNECTIONS - 3 });
  });

  test("a service token that was revoked is refused by every thread", async () => {
    const open = connections();
    const { key } = await server.newKey(organization);
    for (let round = 0; round < 10; round++) {
      const { json } = await server.operator("POST", "/keyward/v1/service-tokens", { name: "short" });
      expect(await verifyOnAll(open, json.token, key)).toEqual({ valid: CONNECTIONS });
      await server.operator("DELETE", `/keyward/v1/service-tokens/${json.id}`);
      const sent = await Promise.all(
        open.map(({ send }) => send("POST", "/keyward/v1/verify", { authorization: `Bearer ${json.token}` }, { key })),
      );
      expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 401));
    }
  });
});

test("a key that every thread knew as unknown is valid in all of them once its creation was answered", async () => {
  const own = await startServer({ platform: "agentpay", env: { KEYWARD_THREADS: String(THREADS) } });
  const ownToken = await own.newServiceToken();
  const open = openConnections(own.url);
  for (let round = 0; round < 5; round++) {
    const key = `pk_${randomBytes(20).toString("hex")}`;
    expect(await verifyOnAll(open, ownToken, key, 2)).toEqual({ not_found: CONNECTIONS * 2 });
    const [connection] = openConnections(own.url, 1);
    expect((await connection?.send("POST", "/api-keys", {}, { key }))?.status).toBe(201);
    // Ten a minute is what an unclaimed key may do.
    expect(await verifyOnAll(open, ownToken, key)).toEqual({ valid: 10, rate_limited: CONNECTIONS - 10 });
  }
});

describe("what people and operators see", () => {
  test("a key's last use and its exhausted limit, whichever thread had the request", async () => {
    for (let round = 0; round < 5; round++) {
      const [connection] = openConnections(server.url, 1);
      const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 1 } });
      const before = Date.now();
      await connection?.send("POST", "/keyward/v1/verify", { authorization: `Bearer ${token}` }, { key });
      const { json } = await server.operator("GET", pathOf(id));
      expect(Date.parse(json.lastUsedAt)).toBeGreaterThanOrEqual(before - 1_000);
      expect(json.condition).toBe("rate_limited");
    }
  });

  test("metrics, limits and usage add up over the threads", async () => {
    const open = connections();
    const before = await validTotal();
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 1_000 } });
    await verify(open, key, 10);
    expect((await validTotal()) - before).toBe(CONNECTIONS * 10);
    const { json } = await server.operator("GET", `${pathOf(id)}/limits`);
    expect(json.data[0]).toMatchObject({ name: "minute", remaining: 1_000 - CONNECTIONS * 10 });
    const usage = await server.operator("GET", `${pathOf(id)}/usage`);
    expect(usage.json.totals).toMatchObject({ valid: CONNECTIONS * 10 });
  });

  async function validTotal(): Promise<number> {
    const { text } = await server.operator("GET", "/keyward/metrics");
    return Number(/keyward_verifications_total\{outcome="valid"\} (\d+)/.exec(text)?.[1]);
  }
});

describe("wrong credentials", () => {
  test("of one address are counted together, whichever thread and surface they come to", async () => {
    const own = await startServer({ env: { KEYWARD_THREADS: String(THREADS), KEYWARD_FAILED_ATTEMPTS: "50" } });
    const open = openConnections(own.url);
    const statuses: Record<number, number> = {};
    const attempt = async (connection: (typeof open)[number], turn: number) => {
      const wrong = turn % 2 === 0 ? { "x-api-key": `kw_live_${turn}` } : { authorization: `Bearer wrong${turn}` };
      const path = turn % 2 === 0 ? "/keyward/v1/whoami" : "/keyward/v1/organizations";
      const { status } = await connection.send("GET", path, wrong);
      statuses[status] = (statuses[status] ?? 0) + 1;
    };
    await Promise.all(
      open.map(async (connection) => {
        for (let turn = 0; turn < 6; turn++) await attempt(connection, turn);
      }),
    );
    expect(statuses).toEqual({ 401: 50, 429: CONNECTIONS * 6 - 50 });
    const { text } = await own.operator("GET", "/keyward/metrics");
    expect(text).toContain('keyward_failed_attempts_total{answer="refused"} 50');
  });
});
