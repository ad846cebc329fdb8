/** Two nodes of two threads each, as processes of their own on a real PostgreSQL: together they keep every promise that one thread alone keeps. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createDatabase } from "../support/postgres.ts";
import { type ServerProcess, startProcess, suiteProcess } from "../support/server-process.ts";
import { CONNECTIONS, codesAfter, openConnections, verifyOnAll } from "./connections.ts";

const THREADS = { KEYWARD_THREADS: "2" };
const SECRET = { KEYWARD_SECRET: "the secret of all servers of a test" };

let url = "";
beforeAll(async () => {
  const database = await createDatabase();
  url = database.url;
  return () => database.drop();
});
const settings = () => ({ env: { ...THREADS, ...SECRET, KEYWARD_DATABASE_URL: url } });
const a = suiteProcess(settings);
const b = suiteProcess(settings);
let organization = "";
let token = "";

beforeAll(async () => {
  organization = await a.newOrganization();
  token = await b.newServiceToken();
});

/** To every thread of both. */
const connections = () => [...openConnections(a.url), ...openConnections(b.url)];
const ALL = CONNECTIONS * 2;
const verify = (open: ReturnType<typeof connections>, key: string, times?: number) => verifyOnAll(open, token, key, times);
const pathOf = (id: string) => `/keyward/v1/organizations/${organization}/keys/${id}`;

describe("limits", () => {
  test.each([
    ["a minute", { requestsPerMinute: 120 }, 120],
    ["a day", { requestsPerDay: 90 }, 90],
    ["both, of which the smaller one counts", { requestsPerMinute: 100, requestsPerDay: 70 }, 70],
    ["a small one", { requestsPerMinute: 3 }, 3],
  ])("%s: a flood on many connections is admitted exactly as often as the limit says", async (_name, limits, expected) => {
    const { key } = await a.newKey(organization, { limits });
    expect(await verify(connections(), key, 6)).toEqual({ valid: expected, rate_limited: ALL * 6 - expected });
  });

  test("a key and the one that replaced it share one limit", async () => {
    const open = connections();
    const { id, key } = await a.newKey(organization, { limits: { requestsPerMinute: 100 } });
    expect(await verify(open, key)).toEqual({ valid: ALL });
    const { json } = await b.operator("POST", `${pathOf(id)}/rotate`, {});
    const both = await Promise.all([verify(open, key, 2), verify(open, json.key, 2)]);
    expect(both.reduce((sum, { valid = 0 }) => sum + valid, 0)).toBe(100 - ALL);
  });

  test("of concurrent requests: however many come at once, no more are under way than may be, and what has ended makes room", async () => {
    const { key } = await a.newKey(organization, { limits: { concurrentRequests: 5 } });
    for (let round = 0; round < 3; round++) {
      const held = await Promise.all(Array.from({ length: 24 }, (_, at) => hold(at % 2 === 0 ? a : b, key)));
      expect(held.filter(({ valid }) => valid).length).toBe(5);
      for (const { end } of held) end();
      // A node knows at once what its threads have released, and asks the other one for the rest.
      await vi.waitFor(async () => {
        const again = await Promise.all(Array.from({ length: 5 }, () => hold(a, key)));
        for (const { end } of again) end();
        expect(again.filter(({ valid }) => valid).length).toBe(5);
      });
      await vi.waitFor(async () => {
        const again = await Promise.all(Array.from({ length: 5 }, () => hold(b, key)));
        for (const { end } of again) end();
        expect(again.filter(({ valid }) => valid).length).toBe(5);
      });
    }
  });

  async function hold({ url: at }: ServerProcess, key: string): Promise<{ valid: boolean; end(): void }> {
    const ending = new AbortController();
    const response = await fetch(`${at}/keyward/v1/verify`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ headers: ["X-Api-Key", key], holds: true }),
      signal: ending.signal,
    });
    const { value } = (await response.body?.getReader().read()) ?? {};
    return { valid: JSON.parse(new TextDecoder().decode(value)).valid, end: () => ending.abort() };
  }
});

describe("changes", () => {
  test("a revocation that was answered is final in every thread of every node", async () => {
    const open = connections();
    for (let round = 0; round < 20; round++) {
      const [by, other] = round % 2 === 0 ? [a, b] : [b, a];
      const { id, key } = await other.newKey(organization);
      expect(await verify(open, key)).toEqual({ valid: ALL });
      expect((await by.operator("DELETE", pathOf(id))).status).toBe(204);
      expect(await verify(open, key)).toEqual({ revoked: ALL });
    }
  });

  test("also while requests with the key come on every connection all the time", async () => {
    const open = connections();
    for (let round = 0; round < 6; round++) {
      const { id, key } = await a.newKey(organization, { limits: { requestsPerMinute: 100_000 } });
      const codes = await codesAfter(open, token, key, () => b.operator("DELETE", pathOf(id)));
      expect(codes).toEqual(Array.from({ length: ALL }, () => "revoked"));
    }
  });

  test("disabling, enabling, other limits and a revoked service token hold in every thread of every node at once", async () => {
    const open = connections();
    const { id, key } = await a.newKey(organization);
    for (let round = 0; round < 4; round++) {
      await a.operator("PATCH", pathOf(id), { enabled: false });
      expect(await verify(open, key)).toEqual({ disabled: ALL });
      await b.operator("PATCH", pathOf(id), { enabled: true });
      expect(await verify(open, key)).toEqual({ valid: ALL });
    }
    const other = await a.newOrganization();
    await b.operator("PATCH", `/keyward/v1/organizations/${other}`, { overrides: { requestsPerMinute: 1_000 } });
    const limited = await a.newKey(other);
    expect(await verify(open, limited.key)).toEqual({ valid: ALL });
    await a.operator("PATCH", `/keyward/v1/organizations/${other}`, { overrides: { requestsPerMinute: ALL + 3 } });
    expect(await verify(open, limited.key)).toEqual({ valid: 3, rate_limited: ALL - 3 });
    await b.operator("PATCH", `/keyward/v1/organizations/${other}`, { overrides: { requestsPerMinute: ALL * 2 } });
    expect(await verify(open, limited.key, 4)).toEqual({ valid: ALL - 3, rate_limited: ALL * 3 + 3 });
    const { json } = await b.operator("POST", "/keyward/v1/service-tokens", { name: "short" });
    expect(await verifyOnAll(open, json.token, key)).toEqual({ valid: ALL });
    await a.operator("DELETE", `/keyward/v1/service-tokens/${json.id}`);
    const sent = await Promise.all(
      open.map(({ send }) => send("POST", "/keyward/v1/verify", { authorization: `Bearer ${json.token}` }, { key })),
    );
    expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 401));
  });
});

test("what people and operators see adds up over the threads", async () => {
  const total = async ({ operator }: ServerProcess) =>
    Number(/keyward_verifications_total\{outcome="valid"\} (\d+)/.exec((await operator("GET", "/keyward/metrics")).text)?.[1]);
  const before = (await total(a)) + (await total(b));
  const { id, key } = await a.newKey(organization, { limits: { requestsPerMinute: 1_000 } });
  expect(await verify(connections(), key)).toEqual({ valid: ALL });
  expect((await total(a)) + (await total(b)) - before).toBe(ALL);
  const { json: standing } = await a.operator("GET", `${pathOf(id)}/limits`);
  // What is on loan counts as used.
  expect(standing.data[0].remaining).toBeLessThanOrEqual(1_000 - ALL);
  await vi.waitFor(async () => {
    const { json } = await b.operator("GET", `${pathOf(id)}/usage`);
    expect(json.totals).toMatchObject({ valid: ALL });
  }, 5_000);
  await vi.waitFor(async () => {
    const { json } = await a.operator("GET", "/keyward/v1/nodes");
    for (const { verificationsPerSecond } of json.data) expect(verificationsPerSecond).toBeGreaterThanOrEqual(0);
    expect(json.data).toHaveLength(2);
  });
});

describe("a node", () => {
  const pair = async () => {
    const on = ({ url: at }: ServerProcess, key: string, times = 1) => verifyOnAll(openConnections(at), token, key, times);
    return { first: a, second: await startProcess(settings()), on };
  };

  test("that was stopped refuses in every thread, when it goes on, what was revoked meanwhile", async () => {
    const { first, second, on } = await pair();
    const { id, key } = await first.newKey(organization);
    expect(await on(second, key)).toEqual({ valid: CONNECTIONS });
    second.process.kill("SIGSTOP");
    try {
      expect((await first.operator("DELETE", pathOf(id))).status).toBe(204);
    } finally {
      second.process.kill("SIGCONT");
    }
    expect(await on(second, key)).toEqual({ revoked: CONNECTIONS });
  });

  test("that ends in good order gives back what its threads did not use; what they used counts on", async () => {
    const { first, second, on } = await pair();
    const { key } = await first.newKey(organization, { limits: { requestsPerMinute: 200 } });
    expect(await on(second, key, 2)).toEqual({ valid: CONNECTIONS * 2 });
    await second.kill("SIGTERM");
    expect(second.process.exitCode).toBe(0);
    expect(await on(first, key, 8)).toEqual({ valid: 200 - CONNECTIONS * 2, rate_limited: CONNECTIONS * 10 - 200 });
  });

  test("that is killed loses what it had borrowed, and never lets the limit be exceeded", async () => {
    const { first, second, on } = await pair();
    const { key } = await first.newKey(organization, { limits: { requestsPerMinute: 200 } });
    expect(await on(second, key, 2)).toEqual({ valid: CONNECTIONS * 2 });
    await second.kill("SIGKILL");
    const { valid = 0 } = await on(first, key, 8);
    expect(valid).toBeLessThanOrEqual(200 - CONNECTIONS * 2);
    expect(valid).toBeGreaterThan(0);
  });
});
