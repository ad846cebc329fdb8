/** The access log of servers as people start them, read from their standard output. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readExposition, sampleOf } from "../../support/exposition.ts";
import { traceDirectory } from "../../support/root.ts";
import { type StartOptions, startServer, testServer } from "../../support/server.ts";
import { type ServerProcess, startProcess, suiteProcess } from "../../support/server-process.ts";
import { freshKey } from "../../support/service.ts";
import { switchingApi } from "./upgrading.ts";

const ON = { KEYWARD_ACCESS_LOG: "stdout" };

type WhenDone = (end: () => void) => unknown;

async function api(whenDone: WhenDone = onTestFinished): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/missing") === true) response.statusCode = 404;
    request.resume().on("end", () => response.end("x".repeat(100)));
  }).listen(0, "127.0.0.1");
  return addressOf(server, whenDone);
}

async function addressOf(server: Server, whenDone: WhenDone): Promise<string> {
  await once(server, "listening");
  whenDone(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An API that takes requests and never responds. */
const silent = createServer(() => undefined);

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** The server of most tests: behind it are several APIs, none of them for every path. */
const shared = suiteProcess(async () => {
  const whenDone: WhenDone = (end) => ends.push(end);
  const upstreams = [
    `/api=${await api(whenDone)}`,
    "/away=http://127.0.0.1:1",
    `/silent=${await addressOf(silent.listen(0, "127.0.0.1"), whenDone)}`,
    `/ws=${(await switchingApi(whenDone)).url}`,
  ];
  return { args: upstreams.flatMap((upstream) => ["--upstream", upstream]), env: ON };
});

let written = "";
beforeAll(() => {
  shared.process.stdout?.on("data", (chunk) => (written += chunk));
});

/** That server, with the lines from now on. Each test waits for all lines that it causes. */
function logging() {
  const from = written.length;
  return { ...shared, ...readerOf(() => written.slice(from)) };
}

/** A server of its own, whose lines are read. */
async function loggingAlone(options: StartOptions = {}) {
  const server = await startProcess({ ...options, args: ["--upstream", await api()], env: { ...ON, ...options.env } });
  return { ...server, ...linesOf(server) };
}

function linesOf({ process: child }: Pick<ServerProcess, "process">) {
  let text = "";
  child.stdout?.on("data", (chunk) => (text += chunk));
  return readerOf(() => text);
}

function readerOf(text: () => string) {
  const lines = () => text().split("\n").slice(0, -1);
  /** Waits for so many. */
  const read = async (count: number): Promise<Record<string, unknown>[]> => {
    await expect.poll(() => lines().length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
    return lines().map((line) => JSON.parse(line));
  };
  return { read, text };
}

describe("a line", () => {
  test("for each request: what it was, who called, what became of it", async () => {
    const server = logging();
    const organization = await server.newOrganization();
    const { id, key } = await server.newKey(organization);
    const response = await fetch(`${server.url}/api/missing?secret=1`, { headers: { "x-api-key": key } });
    await response.text();
    const [line] = await server.read(1);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestId: response.headers.get("x-request-id"),
      method: "GET",
      path: "/api/missing",
      status: 404,
      durationMs: expect.any(Number),
      bytes: expect.any(Number),
      client: "127.0.0.1",
      keyId: id,
      organizationId: organization,
      upstreamStatus: 404,
    });
    expect(line?.bytes).toBeGreaterThan(100);
    expect(line?.durationMs).toBeLessThan(5_000);
  });

  test("for what was refused, with the reason that the client does not learn", async () => {
    const server = logging();
    const organization = await server.newOrganization();
    const { id, key } = await server.newKey(organization, { limits: { requestsPerMinute: 1 } });
    const revoked = await server.newKey(organization);
    await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${revoked.id}`);
    const get = async (path: string, given?: string) =>
      (await fetch(server.url + path, { headers: given === undefined ? {} : { "x-api-key": given } })).text();
    await get("/api/a", key);
    await get("/api/a", key);
    await get("/api/a");
    await get("/api/a", freshKey("live"));
    await get("/api/a", revoked.key);
    await get("/elsewhere", key);
    const lines = await server.read(6);
    expect(lines.map(({ status, refused, keyId, upstreamStatus }) => [status, refused, keyId, upstreamStatus])).toEqual([
      [200, undefined, id, 200],
      [429, "rate_limited", id, undefined],
      [401, "missing_credential", undefined, undefined],
      [401, "not_found", undefined, undefined],
      [401, "revoked", revoked.id, undefined],
      [404, "no_upstream", undefined, undefined],
    ]);
  });

  test("for an API that is away", async () => {
    const server = logging();
    const { key } = await server.newKey(await server.newOrganization());
    await (await fetch(`${server.url}/away/a`, { headers: { "x-api-key": key } })).text();
    expect(await server.read(1)).toMatchObject([{ status: 502, refused: "upstream_unreachable" }]);
  });

  test("for a client that leaves before the response, without a status", async () => {
    const server = logging();
    const { key } = await server.newKey(await server.newOrganization());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const arrived = once(silent, "request");
    socket.write(`GET /silent/slow HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${key}\r\n\r\n`);
    await arrived;
    socket.destroy();
    expect(await server.read(1)).toMatchObject([{ path: "/silent/slow", status: null, bytes: 0 }]);
  });

  test("for a WebSocket, when it has ended", async () => {
    const server = logging();
    const { key } = await server.newKey(await server.newOrganization());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`GET /ws HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await once(socket, "data");
    expect(server.text()).toBe("");
    socket.destroy();
    expect(await server.read(1)).toMatchObject([{ path: "/ws", status: 101, upstreamStatus: 101 }]);
  });

  test("for each of several requests on one connection, with its own bytes", async () => {
    const server = logging();
    const { key } = await server.newKey(await server.newOrganization());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const request = (path: string) => `GET /api${path} HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${key}\r\n\r\n`;
    let received = 0;
    socket.on("data", ({ length }) => (received += length));
    socket.write(request("/1") + request("/2") + request("/3"));
    const lines = await server.read(3);
    expect(lines.map(({ path }) => path)).toEqual(["/api/1", "/api/2", "/api/3"]);
    expect(lines.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(received);
    socket.destroy();
  });
});

describe("what is not in it", () => {
  test("a credential, wherever it stands, and no header", async () => {
    const server = logging();
    const { key } = await server.newKey(await server.newOrganization());
    const other = freshKey("live");
    const send = async (path: string, headers: Record<string, string>) => (await fetch(`${server.url}/api${path}`, { headers })).text();
    await send(`/a?api_key=${key}`, { "x-api-key": key, referer: `http://a.test/?k=${key}`, cookie: `k=${key}`, "user-agent": key });
    await send(`/${key}/b`, { authorization: `Bearer ${key}` });
    await send(`/b/${other}`, { "x-api-key": other });
    await send("/c", { authorization: `Basic ${Buffer.from(`a:${key}`).toString("base64")}` });
    await server.read(4);
    expect(server.text()).not.toContain(key.slice(8, 24));
    expect(server.text()).not.toContain(other.slice(8, 24));
    expect(server.text()).not.toContain("a.test");
  });

  test("a line of somebody else's: methods, paths and addresses are escaped and shortened", async () => {
    const server = await loggingAlone({ env: { KEYWARD_TRUSTED_PROXIES: "127.0.0.1" } });
    const { key } = await server.newKey(await server.newOrganization());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const forged = `1.1.1.1","status":500,"x":"${"y".repeat(500)}`;
    socket.write(
      Buffer.from(
        `GET /a"b\\c\x9b31m\xff HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${key}\r\nX-Forwarded-For: ${forged}\r\nConnection: close\r\n\r\n`,
        "latin1",
      ),
    );
    await once(socket.resume(), "close");
    // Node may refuse such a path before it reaches the gateway.
    await (await fetch(`${server.url}/%0a%1b[31m`, { headers: { "x-api-key": key, "x-forwarded-for": forged } })).text();
    const lines = await server.read(1);
    expect(server.text().replaceAll("\n", "")).toMatch(/^[\x20-\x7e]*$/);
    for (const line of lines) expect([String(line.client).length <= 64, "x" in line]).toEqual([true, false]);
  });

  test("requests to Keyward itself, and anything at all when it is off", async () => {
    const server = logging();
    await fetch(`${server.url}/keyward/health`);
    await fetch(`${server.url}/keyward/v1/whoami`);
    const off = await startProcess({ args: ["--upstream", await api()] });
    const none = linesOf(off);
    await (await fetch(`${off.url}/a`)).text();
    await (await fetch(`${server.url}/api/last`)).text();
    expect(await server.read(1)).toMatchObject([{ path: "/api/last" }]);
    // Whatever it has written has been read when it has ended.
    const closed = once(off.process, "close");
    await off.kill("SIGTERM");
    await closed;
    expect(none.text()).toBe("");
  });
});

describe("a reader that does not read", () => {
  test("delays no request, costs bounded memory, and is counted; and the server stops when it is told to", async () => {
    const directory = traceDirectory("stalled");
    const bin = join(import.meta.dirname, "../../../bin/keyward");
    const args = ["serve", "--port", "0", "--data", directory, "--upstream", "http://127.0.0.1:1"];
    const child = spawn(bin, args, {
      env: { ...process.env, ...ON, NODE_ENV: "", KEYWARD_THREADS: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(child, "exit");
    onTestFinished(() => void child.kill("SIGKILL"));
    const [first] = await once(child.stdout, "data");
    // From here on nobody reads: the pipe fills up, and stays full.
    child.stdout.pause();
    const url = /listening on (\S+)/.exec(String(first))?.[1] ?? "";
    const server = testServer(url, directory, {});
    // A line each: 64 KB of the pipe, a megabyte of the queue, and more.
    const path = `/${"a/".repeat(450)}`;
    const requests = 1_600;
    const began = performance.now();
    const lane = async () => {
      for (let turn = 0; turn < requests / 16; turn++) await (await fetch(url + path)).text();
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    expect(performance.now() - began).toBeLessThan(20_000);
    const families = readExposition((await server.operator("GET", "/keyward/metrics")).text);
    expect(sampleOf(families, "keyward_access_log_dropped_lines_total")).toBeGreaterThan(100);
    child.kill("SIGTERM");
    const [code] = await ended;
    expect(code).toBe(0);
  });

  test("and one that has gone ends nothing", async () => {
    const server = await startProcess({ args: ["--upstream", await api()], env: ON });
    server.process.stdout?.destroy();
    for (let turn = 0; turn < 5; turn++) expect((await fetch(`${server.url}/a`)).status).toBe(401);
    expect((await fetch(`${server.url}/keyward/health`)).status).toBe(200);
  });
});

test("several threads write whole lines", async () => {
  const server = await loggingAlone({ env: { KEYWARD_THREADS: "2" } });
  const get = async (turn: number) =>
    (await fetch(`${server.url}/${turn}/${"a/".repeat(200)}`, { headers: { connection: "close" } })).text();
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 20 }, (_, turn) => get(round * 20 + turn)));
  const lines = await server.read(200);
  expect(new Set(lines.map(({ path }) => path)).size).toBe(200);
});

test("where it may go is said at the start", async () => {
  await expect(startServer({ env: { KEYWARD_ACCESS_LOG: "/var/log/a" } })).rejects.toThrow("KEYWARD_ACCESS_LOG must be stdout or off");
});
