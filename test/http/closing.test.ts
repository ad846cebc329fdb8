/** A connection that ends with a response: the client gets all of it, whatever it still sends and however late it reads. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startProcess } from "../support/server-process.ts";
import { inProcess } from "./in-process.ts";
import { parseResponse, readAll } from "./raw-http.ts";
import { suiteUpstream } from "./upstream.ts";

const HEALTH = "GET /keyward/health HTTP/1.1\r\nHost: x\r\n\r\n";
const BODY = " ".repeat(70_000);
const CONNECT = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";

function open(url: string, allowHalfOpen = false): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen });
  onTestFinished(() => void socket.destroy());
  return socket;
}

// biome-ignore format: a table
test.each([
  ["a large response",                        "GET /keyward/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200, HEALTH],
  ["the refusal of a body that is too large", "POST /keyward/v1/organizations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\n" +
                                              "Content-Type: application/json\r\nContent-Length: 7000000\r\n\r\n",          413, BODY],
  ["the refusal of a head",                   "GET /keyward/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",                 400, HEALTH],
  ["the refusal of what is no HTTP",          "hello\r\n\r\n",                                                              400, HEALTH],
  ["the refusal of a tunnel",                 CONNECT,                                                                      400, BODY],
])("%s reaches a client that goes on sending before it reads", async (_sentence, request, status, more) => {
  const { url, operatorToken } = await inProcess();
  const socket = open(url);
  const reply = readAll(socket);
  socket.pause();
  socket.write(request.replace("TOKEN", operatorToken));
  // Time that the client takes: a reset comes for what arrives after the end.
  for (let sent = 0; sent < 8 && socket.writable; sent++) {
    await sleep(20);
    socket.write(more);
  }
  socket.resume();
  const response = parseResponse(await reply);
  expect([response.status, response.header("connection"), response.body.length]).toEqual([
    status,
    "close",
    Number(response.header("content-length")),
  ]);
});

test("a client that never ends is heard for a moment only", async () => {
  const { url } = await inProcess();
  const socket = open(url, true);
  const closed = readAll(socket);
  socket.on("end", async () => {
    while (socket.writable) {
      socket.write(HEALTH);
      await sleep(50);
    }
  });
  socket.write(HEALTH.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  expect((await closed).toString().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
});

test.each([
  ["sent", ""],
  ["produced, behind another that is still to be read,", "GET /keyward/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"],
])("a response that was %s before the body of its request breaks reaches a client that reads late", async (_sentence, before) => {
  const { url } = await inProcess();
  const socket = open(url);
  const reply = readAll(socket);
  socket.pause();
  const count = before === "" ? 1 : 21;
  socket.write(`${before.repeat(20)}GET /keyward/openapi.json HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
  await sleep(200);
  for (const broken of ["no chunk\r\n", HEALTH, HEALTH]) {
    socket.write(broken);
    await sleep(20);
  }
  socket.resume();
  const [, ...responses] = (await reply).toString("latin1").split("HTTP/1.1 200 OK");
  const areWhole = responses.map((text) => text.length - text.indexOf("\r\n\r\n") - 4 === Number(/content-length: (\d+)/i.exec(text)?.[1]));
  expect(areWhole).toEqual(Array(count).fill(true));
});

describe("a request that was taken before the response to one before it was refused gets its own:", () => {
  const upstream = suiteUpstream();
  const creation = (token: string, path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  test("behind one through the gateway whose key ends", async () => {
    upstream.reset(() => undefined);
    const { url, newKey, newOrganization, operatorToken, request } = await inProcess({ upstream: upstream.url });
    const organization = await newOrganization();
    const { key, id } = await newKey(organization);
    const keys = `/keyward/v1/organizations/${organization}/keys`;
    const socket = open(url);
    let text = "";
    socket.on("data", (chunk) => (text += chunk));
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n${creation(operatorToken, keys, '{"name":"Behind"}')}`);
    await vi.waitFor(() => expect(upstream.received).toHaveLength(1), { timeout: 10_000 });
    await vi.waitFor(async () => expect((await request("GET", keys)).json.data).toHaveLength(2), { timeout: 10_000 });
    await request("PATCH", `${keys}/${id}`, { enabled: false });
    await vi.waitFor(() => expect(text.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(["401", "201"]), { timeout: 10_000 });
  });

  test("behind one whose body is too large, which another thread refuses", async () => {
    const server = await startProcess({ env: { KEYWARD_THREADS: "2" } });
    const organization = await server.newOrganization();
    const keys = `/keyward/v1/organizations/${organization}/keys`;
    const both = creation(server.operatorToken, keys, BODY) + creation(server.operatorToken, keys, '{"name":"Behind"}');
    const last = HEALTH.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let told = 0;
    for (let tried = 0; tried < 30; tried++) {
      const socket = open(server.url);
      const reply = readAll(socket);
      socket.write(both + last);
      told += (await reply).toString().split("HTTP/1.1 201").length - 1;
    }
    expect((await server.operator("GET", `${keys}?limit=100`)).json.data).toHaveLength(told);
  });
});

describe("CONNECT behind requests whose responses are under way", () => {
  const upstream = suiteUpstream();
  const BYTES = 4_000_000;

  test("is refused when they have been sent, however late they are read", async () => {
    const held: (() => void)[] = [];
    upstream.reset((_request, response) => held.push(() => response.end(Buffer.alloc(BYTES, "a"))));
    const { url, newKey, newOrganization } = await inProcess({ upstream: upstream.url });
    const { key } = await newKey(await newOrganization());
    const socket = open(url);
    const reply = readAll(socket);
    socket.pause();
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`.repeat(2) + CONNECT);
    await vi.waitFor(() => expect(held).toHaveLength(2), { timeout: 10_000 });
    socket.write(BODY);
    for (const respond of held) respond();
    await sleep(100);
    socket.resume();
    const text = (await reply).toString("latin1");
    expect(text.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(["200", "200", "400"]);
    expect(text.length).toBeGreaterThan(2 * BYTES);
  });

  test("leaves nothing of them when the client goes away", async () => {
    upstream.reset(() => undefined);
    const { url, newKey, newOrganization } = await inProcess({ upstream: upstream.url });
    const { key } = await newKey(await newOrganization(), { limits: { concurrentRequests: 3 } });
    const request = `GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`;
    const socket = open(url);
    socket.write(request.repeat(3) + CONNECT);
    await vi.waitFor(() => expect(upstream.received).toHaveLength(3), { timeout: 10_000 });
    socket.destroy();
    upstream.reset((_request, response) => response.end());
    const again = async () => (await fetch(url, { headers: { "x-api-key": key } })).status;
    await vi.waitFor(async () => expect(await Promise.all([again(), again(), again()])).toEqual([200, 200, 200]), { timeout: 3_000 });
  });

  test("does not hold a stop up for longer than they would", async () => {
    upstream.reset(() => undefined);
    const server = await startProcess({ args: ["--upstream", upstream.url] });
    const { key } = await server.newKey(await server.newOrganization());
    open(server.url).write(`GET / HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n${CONNECT}`);
    await vi.waitFor(() => expect(upstream.received).toHaveLength(1), { timeout: 10_000 });
    const begun = performance.now();
    await server.kill("SIGTERM");
    expect(server.process.exitCode).toBe(0);
    expect(performance.now() - begun).toBeLessThan(14_000);
  }, 30_000);
});

test.each(["1", "2"])(
  "a client that resets the connection after the refusal of a tunnel does not end the process, with %s threads",
  async (threads) => {
    const server = await startProcess({ env: { KEYWARD_THREADS: threads } });
    const socket = open(server.url);
    const refused = new Promise((arrived) => socket.once("data", arrived));
    socket.on("error", () => undefined).write(CONNECT);
    await refused;
    socket.resetAndDestroy();
    // Later than the connection would have been closed.
    await sleep(1_200);
    expect([(await fetch(`${server.url}/keyward/health`)).status, server.process.exitCode]).toEqual([200, null]);
  },
);
