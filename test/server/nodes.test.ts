/**
 * Three nodes as processes of their own, on a real PostgreSQL: what one has answered holds on the others, also when one is stopped or killed. They serve all
 * tests of the file; the last ones end some of them.
 */
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../cli/script.ts";
import { readExposition, sampleOf } from "../support/exposition.ts";
import { createDatabase, inPostgres, settingsOfTest } from "../support/postgres.ts";
import { call, startServer, type TestServer } from "../support/server.ts";
import { type ServerProcess, startProcess, suiteProcess } from "../support/server-process.ts";

/** As in production: 5 seconds, and what is allowed for clocks and for the reading of the nodes. */
const LONGEST_WAIT_MS = 5_500;
const REVOCATIONS = 60;

let env: Record<string, string>;
beforeAll(async () => {
  const database = await createDatabase();
  env = { KEYWARD_DATABASE_URL: database.url, KEYWARD_SECRET: "the secret of all nodes of a test" };
  return () => database.drop();
});
const started = [1, 2, 3].map(() => suiteProcess(() => ({ env })));
const [first, second, third] = started as [ServerProcess, ServerProcess, ServerProcess];
let organization: string;
beforeAll(async () => {
  organization = await first.newOrganization();
});

const databaseUrl = () => env.KEYWARD_DATABASE_URL ?? "";

const status = async (node: TestServer, key: string): Promise<number> =>
  (await fetch(`${node.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).status;

const countedAlone = async (node: TestServer): Promise<number> =>
  sampleOf(readExposition((await node.operator("GET", "/keyward/metrics")).text), "keyward_failed_attempts_counted_alone_total");

const revoke = async (node: ServerProcess, id: string): Promise<number> => {
  const began = performance.now();
  const path = `/keyward/v1/organizations/${organization}/keys/${id}`;
  expect((await node.operator("DELETE", path)).status).toBe(204);
  return performance.now() - began;
};

test("a key that was revoked on one node is refused on the others at once", async () => {
  const lane = async (first: number) => {
    for (let round = first; round < REVOCATIONS; round += 3) {
      const turn = (by: number) => started[(round + by) % 3] as ServerProcess;
      const { id, key } = await turn(0).newKey(organization);
      // In the memory of both, and known to be good.
      expect(await Promise.all([1, 2, 1, 2].map((by) => status(turn(by), key)))).toEqual([200, 200, 200, 200]);
      await revoke(turn(0), id);
      expect(await Promise.all([0, 1, 2].map((by) => status(turn(by), key)))).toEqual([401, 401, 401]);
    }
  };
  await Promise.all([0, 1, 2].map(lane));
});

test("a node that is stopped delays a revocation by its lease at most, and refuses the key when it goes on", async () => {
  const { id, key } = await first.newKey(organization);
  expect(await status(second, key)).toBe(200);
  second.process.kill("SIGSTOP");
  try {
    const waited = await revoke(first, id);
    expect(waited).toBeGreaterThan(1_000);
    expect(waited).toBeLessThan(LONGEST_WAIT_MS);
    const late = Array.from({ length: 20 }, () => status(second, key));
    await setTimeout(100);
    second.process.kill("SIGCONT");
    expect(new Set(await Promise.all(late))).toEqual(new Set([401]));
  } finally {
    second.process.kill("SIGCONT");
  }
  await vi.waitFor(async () => expect((await call(`${second.url}/keyward/ready`)).json).toEqual({ status: "ready" }), { timeout: 5_000 });
});

test("a node says what it is: ready, in its metrics, and in the list of nodes", async () => {
  expect((await call(`${first.url}/keyward/ready`)).json).toEqual({ status: "ready" });
  const metrics = await first.operator("GET", "/keyward/metrics");
  const id = /^keyward_node_info\{node="([^"]+)"\} 1$/m.exec(metrics.text)?.[1];
  expect(metrics.text).toMatch(/^keyward_feed_lag 0$/m);
  expect(Number(/^keyward_lease_seconds (\S+)$/m.exec(metrics.text)?.[1])).toBeGreaterThan(1);
  await vi.waitFor(
    async () => {
      const [renewed] = await inPostgres(databaseUrl(), `select about from nodes where id = '${id}'`);
      expect(JSON.parse(String(renewed?.about))).toMatchObject({
        url: first.url,
        pid: first.process.pid,
        version: expect.stringMatching(/^\d/),
      });
    },
    { timeout: 4_000 },
  );
});

test("the operator of one node manages every node: its token and its sign-in link are good on all, and it sees the list of them", async () => {
  const own = await startProcess({ env });
  const atSecond = (path: string, token: string, method = "GET") =>
    call(`${second.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const listed = [...started, own].map(({ url, process: { pid } }) =>
    expect.objectContaining({ url, pid, isThis: url === second.url, lag: 0 }),
  );
  // A node says where it listens at its next renewal.
  await vi.waitFor(async () => expect((await atSecond("/keyward/v1/nodes", own.operatorToken)).json.data).toEqual(listed), {
    timeout: 10_000,
    interval: 200,
  });
  for (const { leaseSeconds } of (await atSecond("/keyward/v1/nodes", own.operatorToken)).json.data)
    expect(leaseSeconds).toBeGreaterThan(0);
  expect((await run(`keyward nodes --data ${own.directory} --json url`)).out).toContain(second.url);
  const { url: link } = (await own.operator("POST", "/keyward/v1/operator-links")).json;
  const { pathname, search } = new URL(link);
  const signedIn = await fetch(`${second.url}${pathname}${search}`, { redirect: "manual" });
  expect([signedIn.status, signedIn.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("session_token")]);
  await own.kill("SIGTERM");
  expect((await atSecond("/keyward/v1/nodes", own.operatorToken)).status).toBe(401);
  expect((await atSecond("/keyward/v1/nodes", "kwo_none")).status).toBe(401);
});

test("wrong credentials of one address are counted over all nodes, but for those that a node says it has counted alone", async () => {
  const settings = { ...(await settingsOfTest()), KEYWARD_FAILED_ATTEMPTS: "20" };
  const both = [await startServer({ env: settings }), await startServer({ env: settings })];
  const wrong = (at: number) => status(both[at % 2] as TestServer, `kw_live_${"x".repeat(43)}${at}`);
  const seen: number[] = [];
  for (let at = 0; at < 30; at++) seen.push(await wrong(at));
  const alone = (await Promise.all(both.map(countedAlone))).reduce((sum, each) => sum + each);
  // A machine that stands still for seconds is the only reason here why a database does not respond.
  if (alone === 0) expect(seen).toEqual([...Array<number>(20).fill(401), ...Array<number>(10).fill(429)]);
  const refused = seen.filter((status) => status === 401).length;
  expect([refused >= 20, refused <= 20 + alone]).toEqual([true, true]);
});

describe("whoever goes", () => {
  const countNodes = async () => (await inPostgres(databaseUrl(), "select id from nodes")).length;

  test("by kill -9 delays the changes of the next seconds, and none after them", async () => {
    const keys = await Promise.all([1, 2, 3].map(() => first.newKey(organization)));
    const before = await countNodes();
    await third.kill("SIGKILL");
    expect(await revoke(first, keys[0]?.id ?? "")).toBeLessThan(LONGEST_WAIT_MS);
    await vi.waitFor(async () => expect(await countNodes()).toBe(before - 1), { timeout: 3_000 });
    expect(await revoke(second, keys[1]?.id ?? "")).toBeLessThan(1_000);
    expect(await revoke(first, keys[2]?.id ?? "")).toBeLessThan(1_000);
  });

  test("in good order lets nobody wait, and whoever comes meanwhile takes part at once", async () => {
    const { id, key } = await first.newKey(organization);
    const before = await countNodes();
    const [fresh] = await Promise.all([startProcess({ env }), second.kill("SIGTERM")]);
    expect(second.process.exitCode).toBe(0);
    expect(await countNodes()).toBe(before);
    expect(await status(fresh, key)).toBe(200);
    expect(await revoke(first, id)).toBeLessThan(1_000);
    expect(await status(fresh, key)).toBe(401);
  });
});
