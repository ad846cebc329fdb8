/** SIGTERM under load: every request that was accepted is answered, and what was counted is exactly what was answered. */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readAll } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { traceDirectory } from "../support/root.ts";
import { call } from "../support/server.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";

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

    const again = await startProcess({ directory, args, env });
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

async function outcomesOf({ operator }: ServerProcess, organization: string): Promise<Record<string, number>> {
  return (await operator("GET", `/keyward/v1/organizations/${organization}/usage/report?by=total`)).json.totals;
}

async function countKeys({ operator }: ServerProcess, organization: string): Promise<number> {
  let count = 0;
  for (let path: string | null = `/keyward/v1/organizations/${organization}/keys?limit=100`; path !== null; ) {
    const { json } = (await operator("GET", path)) as { json: { data: unknown[]; nextCursor?: string | null } };
    count += json.data.length;
    path = json.nextCursor == null ? null : `/keyward/v1/organizations/${organization}/keys?limit=100&cursor=${json.nextCursor}`;
  }
  return count;
}

test("a request under way when SIGTERM arrives is finished, and its connection is told to close", async () => {
  const upstream = new Upstream();
  const server = await startProcess({ args: ["--upstream", await upstream.start()] });
  onTestFinished(() => upstream.stop());
  const { key } = await server.newKey(await server.newOrganization());
  let finish = () => {};
  upstream.reset((_request, response) => {
    finish = () => response.end("late");
  });
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  const reply = readAll(socket);
  socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
  await vi.waitFor(() => expect(upstream.received.length).toBe(1), { timeout: 10_000 });
  const ended = server.kill("SIGTERM");
  await vi.waitFor(() => expect(isRefused(port)).resolves.toBe(true), { timeout: 10_000 });
  // Later than idle connections are closed.
  setTimeout(() => finish(), 800);
  const text = (await reply).toString();
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).toMatch(/\r\nconnection: close\r\n/i);
  expect(text).toContain("late");
  await ended;
  expect(server.process.exitCode).toBe(0);
});

test("a client that reads slowly gets all of a response that began before SIGTERM", async () => {
  const [upstream, bytes] = [new Upstream(), 20_000_000];
  const server = await startProcess({ args: ["--upstream", await upstream.start()] });
  onTestFinished(() => upstream.stop());
  const { key } = await server.newKey(await server.newOrganization());
  upstream.reset((_request, response) => response.end(Buffer.alloc(bytes)));
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1").pause();
  socket.write(`GET /large HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
  await new Promise((begun) => socket.once("readable", begun));
  const ended = server.kill("SIGTERM");
  // Later than idle connections are closed.
  await new Promise((later) => setTimeout(later, 900));
  const reply = await readAll(socket);
  expect(reply.length).toBeGreaterThan(bytes);
  await ended;
  expect(server.process.exitCode).toBe(0);
});

test.each(["1", "2"])("what a client sends without waiting is counted as far as it was answered, with %s threads", async (threads) => {
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
      await new Promise((later) => setTimeout(later, 20));
    }
  };
  const sending = sockets.map(send);
  await Promise.all(sockets.map((socket) => vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(10_000), { timeout: 10_000 })));
  await server.kill("SIGTERM");
  isStopped = true;
  await Promise.all(sending);
  const answered = (await Promise.all(replies)).reduce((sum, reply) => sum + reply.toString("latin1").split("HTTP/1.1 200 ").length - 1, 0);
  const again = await startProcess({ directory, env });
  expect(await outcomesOf(again, organization)).toEqual({ valid: answered });
});

test("a connection that has sent nothing, as browsers keep one, does not hold the stop up", async () => {
  const server = await startProcess();
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  await new Promise((connected) => socket.once("connect", connected));
  const begun = performance.now();
  await Promise.all([server.kill("SIGTERM"), readAll(socket)]);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

function isRefused(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => resolve(false));
    socket.once("error", () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}
