/** Three nodes as processes of their own, on a real PostgreSQL: what one has answered holds on the others, also when one is stopped or killed. */
import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { run } from "../cli/script.ts";
import { readExposition, sampleOf } from "../support/exposition.ts";
import { inPostgres, settingsOfTest } from "../support/postgres.ts";
import { call } from "../support/server.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";

/** As in production: 5 seconds, and what is allowed for clocks and for the reading of the nodes. */
const LONGEST_WAIT_MS = 5_500;
const REVOCATIONS = 60;

async function nodes(count: number) {
  const env = await settingsOfTest();
  const start = () => startProcess({ env });
  const started: ServerProcess[] = [await start()];
  started.push(...(await Promise.all(Array.from({ length: count - 1 }, start))));
  const organization = await (started[0] as ServerProcess).newOrganization();
  return { started, start, organization, url: env.KEYWARD_DATABASE_URL ?? "" };
}

const status = async (node: ServerProcess, key: string): Promise<number> =>
  (await fetch(`${node.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).status;

const countedAlone = async (node: ServerProcess): Promise<number> =>
  sampleOf(readExposition((await node.operator("GET", "/keyward/metrics")).text), "keyward_failed_attempts_counted_alone_total");

const revoke = async (node: ServerProcess, organization: string, id: string): Promise<number> => {
  const began = performance.now();
  const path = `/keyward/v1/organizations/${organization}/keys/${id}`;
  expect((await node.operator("DELETE", path)).status).toBe(204);
  return performance.now() - began;
};

test("a key that was revoked on one node is refused on the others at once", async () => {
  const { started, organization } = await nodes(3);
  const lane = async (first: number) => {
    for (let round = first; round < REVOCATIONS; round += 3) {
      const turn = (by: number) => started[(round + by) % 3] as ServerProcess;
      const { id, key } = await turn(0).newKey(organization);
      // In the memory of both, and known to be good.
      expect(await Promise.all([1, 2, 1, 2].map((by) => status(turn(by), key)))).toEqual([200, 200, 200, 200]);
      await revoke(turn(0), organization, id);
      expect(await Promise.all([0, 1, 2].map((by) => status(turn(by), key)))).toEqual([401, 401, 401]);
    }
  };
  await Promise.all([0, 1, 2].map(lane));
});

describe("whoever goes", () => {
  test("by kill -9 delays the changes of the next seconds, and none after them", async () => {
    const { started, organization, url } = await nodes(3);
    const [first, second, third] = started as [ServerProcess, ServerProcess, ServerProcess];
    const keys = await Promise.all([1, 2, 3].map(() => first.newKey(organization)));
    await third.kill("SIGKILL");
    expect(await revoke(first, organization, keys[0]?.id ?? "")).toBeLessThan(LONGEST_WAIT_MS);
    await vi.waitFor(async () => expect(await inPostgres(url, "select id from nodes")).toHaveLength(2), { timeout: 3_000 });
    expect(await revoke(second, organization, keys[1]?.id ?? "")).toBeLessThan(1_000);
    expect(await revoke(first, organization, keys[2]?.id ?? "")).toBeLessThan(1_000);
  });

  test("in good order lets nobody wait, and whoever comes meanwhile takes part at once", async () => {
    const { started, start, organization, url } = await nodes(2);
    const [first, second] = started as [ServerProcess, ServerProcess];
    const { id, key } = await first.newKey(organization);
    const [third] = await Promise.all([start(), second.kill("SIGTERM")]);
    expect(second.process.exitCode).toBe(0);
    expect(await inPostgres(url, "select id from nodes")).toHaveLength(2);
    expect(await status(third, key)).toBe(200);
    expect(await revoke(first, organization, id)).toBeLessThan(1_000);
    expect(await status(third, key)).toBe(401);
  });
});

test("a node that is stopped delays a revocation by its lease at most, and refuses the key when it goes on", async () => {
  const { started, organization } = await nodes(2);
  const [first, second] = started as [ServerProcess, ServerProcess];
  const { id, key } = await first.newKey(organization);
  expect(await status(second, key)).toBe(200);
  second.process.kill("SIGSTOP");
  try {
    const waited = await revoke(first, organization, id);
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
  const { started, url } = await nodes(1);
  const [node] = started as [ServerProcess];
  expect((await call(`${node.url}/keyward/ready`)).json).toEqual({ status: "ready" });
  const metrics = await node.operator("GET", "/keyward/metrics");
  const [row] = await inPostgres(url, "select id, about from nodes");
  expect(metrics.text).toContain(`keyward_node_info{node="${row?.id}"} 1`);
  expect(metrics.text).toMatch(/^keyward_feed_lag 0$/m);
  expect(Number(/^keyward_lease_seconds (\S+)$/m.exec(metrics.text)?.[1])).toBeGreaterThan(1);
  await vi.waitFor(
    async () => {
      const [renewed] = await inPostgres(url, "select about from nodes");
      expect(JSON.parse(String(renewed?.about))).toMatchObject({
        url: node.url,
        pid: node.process.pid,
        version: expect.stringMatching(/^\d/),
      });
    },
    { timeout: 4_000 },
  );
});

test("the operator of one node manages every node: its token and its sign-in link are good on all, and it sees the list of them", async () => {
  const { started } = await nodes(2);
  const [first, second] = started as [ServerProcess, ServerProcess];
  const atSecond = (path: string, token: string, method = "GET") =>
    call(`${second.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const listed = [first, second].map(({ url, process: { pid } }) =>
    expect.objectContaining({ url, pid, isThis: url === second.url, lag: 0 }),
  );
  // A node says where it listens at its next renewal.
  await vi.waitFor(async () => expect((await atSecond("/keyward/v1/nodes", first.operatorToken)).json.data).toEqual(listed), {
    timeout: 10_000,
    interval: 200,
  });
  for (const { leaseSeconds } of (await atSecond("/keyward/v1/nodes", first.operatorToken)).json.data)
    expect(leaseSeconds).toBeGreaterThan(0);
  expect((await run(`keyward nodes --data ${first.directory} --json url`)).out).toContain(second.url);
  const { url: link } = (await first.operator("POST", "/keyward/v1/operator-links")).json;
  const { pathname, search } = new URL(link);
  const signedIn = await fetch(`${second.url}${pathname}${search}`, { redirect: "manual" });
  expect([signedIn.status, signedIn.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("session_token")]);
  await first.kill("SIGTERM");
  expect((await atSecond("/keyward/v1/nodes", first.operatorToken)).status).toBe(401);
  expect((await atSecond("/keyward/v1/nodes", "kwo_none")).status).toBe(401);
});

test("wrong credentials of one address are counted over all nodes, but for those that a node says it has counted alone", async () => {
  const env = { ...(await settingsOfTest()), KEYWARD_FAILED_ATTEMPTS: "20" };
  const both = await Promise.all([startProcess({ env }), startProcess({ env })]);
  const wrong = (at: number) => status(both[at % 2] as ServerProcess, `kw_live_${"x".repeat(43)}${at}`);
  const seen: number[] = [];
  for (let at = 0; at < 30; at++) seen.push(await wrong(at));
  const alone = (await Promise.all(both.map(countedAlone))).reduce((sum, each) => sum + each);
  // A machine that stands still for seconds is the only reason here why a database does not respond.
  if (alone === 0) expect(seen).toEqual([...Array<number>(20).fill(401), ...Array<number>(10).fill(429)]);
  const refused = seen.filter((status) => status === 401).length;
  expect([refused >= 20, refused <= 20 + alone]).toEqual([true, true]);
});
