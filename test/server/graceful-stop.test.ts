/** SIGTERM under load: every request that was accepted is answered, and what was counted is exactly what was answered. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { readAll } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { traceDirectory } from "../support/root.ts";
import { call, startServer, type TestServer } from "../support/server.ts";
import { type ServerProcess, startProcess, suiteProcess } from "../support/server-process.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";

const DATABASES: [sentence: string, settings: () => Promise<Record<string, string>>][] = [
  ["the embedded database", async () => ({})],
  ["the embedded database and three threads", async () => ({ KEYWARD_THREADS: "3" })],
  ["PostgreSQL", settingsOfTest],
  ["PostgreSQL and three threads", async () => ({ ...(await settingsOfTest()), KEYWARD_THREADS: "3" })],
];
const CLIENTS = 6;
const LIMIT = 700;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** What the clients of one kind saw. */
interface Seen {
  succeeded: number;
  /** By a limit. */
  limited: number;
  readonly others: string[];
  /** Of requests that got no response though their connection was there. */
  readonly lost: string[];
}

/** Sends one request after the other on a kept connection until no server takes a new one. */
async function sendUntilStopped(url: string, each: Call, seen: Seen): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (;;) {
    try {
      const { status, body } = await send(url, each, agent);
      if (body.includes("rate_limited")) seen.limited++;
      else if (status < 300) seen.succeeded++;
      else seen.others.push(`${status} ${body}`);
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== "ECONNREFUSED") seen.lost.push(code);
      return;
    }
  }
}

function send(url: string, { body, ...call }: Call, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + call.path, { ...call, agent });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      text(response).then((received) => resolve({ status: response.statusCode ?? 0, body: received }), reject);
    });
    outgoing.end(body);
  });
}

async function callsOf(server: ServerProcess, organization: string) {
  const { key, id } = await server.newKey(organization, { limits: { requestsPerMinute: LIMIT, requestsPerDay: null } });
  const json = { "content-type": "application/json" };
  const asOperator = { authorization: `Bearer ${server.operatorToken}` };
  const keys = `/keyward/v1/organizations/${organization}/keys`;
  return {
    verify: {
      method: "POST",
      path: "/keyward/v1/verify",
      headers: { ...json, authorization: `Bearer ${await server.newServiceToken()}` },
      body: JSON.stringify({ key }),
    },
    "gateway, read": { method: "GET", path: "/agents", headers: { "x-api-key": key } },
    "gateway, write": { method: "POST", path: "/agents", headers: { ...json, "x-api-key": key }, body: '{"name":"a"}' },
    "management, read": { method: "GET", path: `${keys}/${id}`, headers: asOperator },
    "management, write": { method: "POST", path: keys, headers: { ...json, ...asOperator }, body: '{"name":"made under load"}' },
  } satisfies Record<string, Call>;
}

describe.each(DATABASES)("with %s", (_sentence, settings) => {
  test("SIGTERM under load loses no request, and counts each one that was answered", async () => {
    const upstream = new Upstream();
    const args = ["--upstream", await upstream.start()];
    onTestFinished(() => upstream.stop());
    const [directory, env] = [traceDirectory("graceful"), await settings()];
    const server = await startProcess({ directory, args, env });
    const organization = await server.newOrganization();
    const calls = await callsOf(server, organization);
    const seen = Object.fromEntries(Object.keys(calls).map((kind) => [kind, { succeeded: 0, limited: 0, others: [], lost: [] } as Seen]));
    const clients = Object.entries(calls).flatMap(([kind, each]) =>
      Array.from({ length: kind.startsWith("management") ? 2 : CLIENTS }, () => sendUntilStopped(server.url, each, seen[kind] as Seen)),
    );
    await vi.waitFor(() => expect(Math.min(...Object.values(seen).map(({ succeeded }) => succeeded))).toBeGreaterThan(8), {
      timeout: 50_000,
      interval: 5,
    });
    const begun = performance.now();
    await server.kill("SIGTERM");
    const tookMs = performance.now() - begun;
    await Promise.all(clients);
    expect(server.process.exitCode).toBe(0);
    expect(tookMs).toBeLessThan(8_000);
    const kinds = Object.keys(calls);
    expect(kinds.flatMap((kind) => [...(seen[kind]?.lost ?? []), ...(seen[kind]?.others ?? [])].map((what) => `${kind}: ${what}`))).toEqual(
      [],
    );
    const ofKey = kinds.filter((kind) => !kind.startsWith("management")).map((kind) => seen[kind] as Seen);
    const admitted = ofKey.reduce((sum, { succeeded }) => sum + succeeded, 0);
    const refused = ofKey.reduce((sum, { limited }) => sum + limited, 0);

    const again = await startServer({ directory, args, env });
    expect(await outcomesOf(again, organization)).toEqual({ valid: admitted, ...(refused > 0 && { rate_limited: refused }) });
    // Within the minute of the first: what was admitted before counts.
    let more = 0;
    const { verify: verifying } = calls;
    const verify = async () => (await call(again.url + verifying.path, verifying)).json.valid === true;
    while (more <= LIMIT && (await verify())) more++;
    expect(admitted + more).toBe(LIMIT);
    const listed = await countKeys(again, organization);
    expect(listed).toBe(1 + (seen["management, write"]?.succeeded ?? 0));
  }, 120_000);
});

async function outcomesOf({ operator }: TestServer, organization: string): Promise<Record<string, number>> {
  return (await operator("GET", `/keyward/v1/organizations/${organization}/usage/report?by=total`)).json.totals;
}

async function countKeys({ operator }: TestServer, organization: string): Promise<number> {
  let count = 0;
  for (let path: string | null = `/keyward/v1/organizations/${organization}/keys?limit=100`; path !== null; ) {
    const { json } = (await operator("GET", path)) as { json: { data: unknown[]; nextCursor?: string | null } };
    count += json.data.length;
    path = json.nextCursor == null ? null : `/keyward/v1/organizations/${organization}/keys?limit=100&cursor=${json.nextCursor}`;
  }
  return count;
}

/** One SIGTERM, with a request under way, a client that reads slowly, and a connection that has sent nothing. */
describe("what is open when SIGTERM arrives", () => {
  const BYTES = 20_000_000;
  const upstream = new Upstream();
  const server = suiteProcess(async () => ({ args: ["--upstream", await upstream.start()] }));
  const seen = { late: "", largeBytes: 0, idleClosedAfterMs: 0 };

  beforeAll(async () => {
    const { key } = await server.newKey(await server.newOrganization());
    let finish = () => {};
    upstream.reset((request, response) => {
      if (request.url === "/large") response.end(Buffer.alloc(BYTES));
      else finish = () => response.end("late");
    });
    const { port } = new URL(server.url);
    const open = () => connect(Number(port), "127.0.0.1");
    const idle = open();
    await new Promise((connected) => idle.once("connect", connected));
    const [slow, large] = [open(), open().pause()];
    const late = readAll(slow);
    slow.write(`GET /slow HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
    large.write(`GET /large HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
    await new Promise((begun) => large.once("readable", begun));
    await vi.waitFor(() => expect(upstream.received.length).toBe(2), { timeout: 10_000 });
    const begun = performance.now();
    const idleClosed = readAll(idle).then(() => (seen.idleClosedAfterMs = performance.now() - begun));
    const ended = server.kill("SIGTERM");
    await vi.waitFor(() => expect(isRefused(port)).resolves.toBe(true), { timeout: 10_000 });
    // Later than idle connections are closed where nobody reads slowly.
    await sleep(900);
    seen.largeBytes = (await readAll(large)).length;
    await idleClosed;
    finish();
    seen.late = (await late).toString();
    await ended;
    return () => upstream.stop();
  });

  test("a request under way is finished, and its connection is told to close", () => {
    expect(seen.late).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen.late).toMatch(/\r\nconnection: close\r\n/i);
    expect(seen.late).toContain("late");
    expect(server.process.exitCode).toBe(0);
  });

  test("a client that reads slowly gets all of a response that began before", () => {
    expect(seen.largeBytes).toBeGreaterThan(BYTES);
  });

  test("a connection that has sent nothing, as browsers keep one, does not hold the stop up", () => {
    expect(seen.idleClosedAfterMs).toBeLessThan(5_000);
  });
});

test.each(["1", "2"])("what a client pipelines, and reads late, is counted as far as it was answered, with %s threads", async (threads) => {
  const [directory, env] = [traceDirectory("pipelined"), { KEYWARD_THREADS: threads }];
  const server = await startProcess({ directory, env });
  const organization = await server.newOrganization();
  const { key } = await server.newKey(organization, { limits: { requestsPerMinute: null, requestsPerDay: null } });
  const requests = `GET /keyward/v1/whoami HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`.repeat(200);
  const sockets = Array.from({ length: 4 }, () => connect(Number(new URL(server.url).port), "127.0.0.1"));
  const replies = sockets.map(readAll);
  let isStopped = false;
  const send = async (socket: Socket): Promise<void> => {
    while (!isStopped && socket.writable) {
      socket.write(requests);
      await sleep(20);
    }
  };
  const sending = sockets.map(send);
  await Promise.all(sockets.map((socket) => vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(10_000), { timeout: 10_000 })));
  const [late, later] = sockets as [Socket, Socket];
  for (const socket of [late, later]) socket.pause();
  const ended = server.kill("SIGTERM");
  await sleep(300);
  late.resume();
  await sleep(600);
  later.resume();
  await ended;
  isStopped = true;
  await Promise.all(sending);
  const answered = (await Promise.all(replies)).reduce((sum, reply) => sum + reply.toString("latin1").split("HTTP/1.1 200 ").length - 1, 0);
  const again = await startServer({ directory, env });
  expect(await outcomesOf(again, organization)).toEqual({ valid: answered });
});

test("a database that does not respond delays neither the end of listening nor, for longer than ten seconds, that of the process", async () => {
  const settings = await settingsOfTest();
  const proxy = await tcpProxy(settings.KEYWARD_DATABASE_URL as string);
  onTestFinished(() => proxy.close());
  const server = await startProcess({ env: { ...settings, KEYWARD_DATABASE_URL: proxy.url } });
  const { key } = await server.newKey(await server.newOrganization());
  const use = async () => (await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status;
  expect(await use()).toBe(200);
  proxy.onSent = () => undefined;
  expect(await use()).toBe(200);
  const begun = performance.now();
  const ended = server.kill("SIGTERM");
  await vi.waitFor(() => expect(isRefused(new URL(server.url).port)).resolves.toBe(true), { timeout: 4_000 });
  await ended;
  expect(server.process.exitCode).toBe(0);
  expect(performance.now() - begun).toBeLessThan(14_000);
  const logged = () => readFileSync(join(server.directory, "server.log"), "utf8");
  await vi.waitFor(() => expect(logged()).toContain("the database does not respond: what was in memory"));
}, 60_000);

function isRefused(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => resolve(false));
    socket.once("error", () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}
