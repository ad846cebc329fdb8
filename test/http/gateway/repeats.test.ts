/** What the gateway sends a second time: nothing, but for safe requests that met the close of a kept connection. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { inProcess } from "../in-process.ts";
import { readAll, sendRaw } from "../raw-http.ts";
import { OK, RawUpstream } from "./raw-upstream.ts";

/** A gateway that keeps a connection to an upstream: what comes next on it is met by `meet`, what comes on a new one is served. */
async function withKeptConnection(meet: RawUpstream["reply"]) {
  const upstream = await RawUpstream.start();
  const { url, newOrganization, newKey } = await inProcess({ upstream: upstream.url });
  const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 100 } });
  const send = (target: string, headers: readonly string[] = [], body = "") =>
    sendRaw(url, [`${target} HTTP/1.1`, `X-Api-Key: ${key}`, ...headers], body);
  const keep = async (next: RawUpstream["reply"]) => {
    upstream.reply = (socket, request, nth) => (nth > 1 ? next(socket, request, nth) : void socket.write(OK));
    expect((await send("GET /warm")).status).toBe(200);
    upstream.received.length = 0;
    upstream.connections = 0;
  };
  await keep(meet);
  return { upstream, url, key, send, keep };
}

/** It has seen the request, and has done what it says. */
const reset: RawUpstream["reply"] = (socket) => socket.resetAndDestroy();
const close: RawUpstream["reply"] = (socket) => void socket.end();

describe("a kept connection that the upstream closes before its response", () => {
  // biome-ignore format: a table
  test.each([
    ["POST",     ["Content-Length: 5"], "hello"],
    ["POST",     ["Content-Length: 0"], ""],
    ["POST",     [], ""],
    ["PUT",      ["Content-Length: 5"], "hello"],
    ["PUT",      [], ""],
    ["PATCH",    ["Content-Length: 5"], "hello"],
    ["PATCH",    [], ""],
    ["DELETE",   [], ""],
    ["DELETE",   ["Content-Length: 0"], ""],
    ["PROPFIND", [], ""],
    ["QUERY",    [], ""],
    ["GET",      ["Content-Length: 5"], "hello"],
    ["GET",      ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"],
    ["OPTIONS",  ["Content-Length: 5"], "hello"],
  ])("%s with %j is not repeated: the upstream counts one, the client gets 502", async (method, headers, body) => {
    const { upstream, send, keep } = await withKeptConnection(reset);
    for (const meet of [reset, close]) {
      const { status, json } = await send(`${method} /orders`, headers, body);
      expect([status, json.code]).toEqual([502, "upstream_unreachable"]);
      expect(upstream.received.map((request) => request.method)).toEqual([method]);
      if (meet === reset) await keep(close);
    }
  });

  test.each(["GET", "HEAD", "OPTIONS"])("%s is repeated on a new connection, and counted once", async (method) => {
    const { upstream, send, keep } = await withKeptConnection(reset);
    const { header, status } = await send(`${method} /orders`);
    expect([status, upstream.received.map((request) => request.target), upstream.connections]).toEqual([200, ["/orders", "/orders"], 1]);
    expect(header("ratelimit")).toContain('"minute";r=98;');
    await keep(close);
    expect([(await send(`${method} /orders`)).status, upstream.received.length]).toEqual([200, 2]);
  });

  test("a request is repeated once: 502 when the new connection is closed too", async () => {
    const { upstream, send } = await withKeptConnection(reset);
    upstream.reply = reset;
    expect((await send("GET /orders")).status).toBe(502);
    expect(upstream.received).toHaveLength(2);
  });
});

describe("a response that has begun", () => {
  test.each([
    ["half a head", "HTTP/1.1 200 OK\r\nContent-"],
    ["the first byte of a head", "H"],
    ["an informational one", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("%s, and then a reset: GET is not repeated, and gets 502", async (_sentence, bytes) => {
    const { upstream, send } = await withKeptConnection(
      (socket) => void socket.write(bytes, () => void sleep(20).then(() => socket.resetAndDestroy())),
    );
    expect((await send("GET /orders")).status).toBe(502);
    expect(upstream.received).toHaveLength(1);
  });

  test.each([
    ["by its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
  ])("half a body %s, and then a reset: GET is not repeated, and the client's connection is cut", async (_sentence, bytes) => {
    const { upstream, url, key } = await withKeptConnection(
      (socket) => void socket.write(bytes, () => void sleep(20).then(() => socket.resetAndDestroy())),
    );
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET /orders HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
    const received = (await readAll(socket)).toString();
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(received.slice(received.indexOf("\r\n\r\n") + 4)).toMatch(/^(4\r\n)?half(\r\n)?$/);
    expect(upstream.received).toHaveLength(1);
  });
});

test("a new connection that is reset is not tried again", async () => {
  const { upstream, send } = await withKeptConnection(reset);
  upstream.reply = (socket) => socket.resetAndDestroy();
  // The kept one is used up by this.
  await send("POST /orders");
  upstream.received.length = 0;
  expect((await send("GET /orders")).status).toBe(502);
  expect(upstream.received).toHaveLength(1);
});

test("a kept connection is closed before the time at which the upstream announced to close it", async () => {
  const upstream = await RawUpstream.start();
  const { url, newOrganization, newKey } = await inProcess({ upstream: upstream.url });
  const { key } = await newKey(await newOrganization());
  upstream.reply = (socket) => void socket.write("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 0\r\n\r\n");
  const post = () => sendRaw(url, ["POST /orders HTTP/1.1", `X-Api-Key: ${key}`]);
  expect([(await post()).status, (await post()).status, upstream.connections]).toEqual([200, 200, 1]);
  await sleep(1_200);
  expect([(await post()).status, upstream.connections]).toEqual([200, 2]);
});

test("the rest of an upload is dropped when its request has failed: the client's connection serves the next one", async () => {
  const { upstream, url, key } = await withKeptConnection(() => undefined);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const size = 400_000;
  const head = (more: string) => `POST /orders HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n${more}\r\n`;
  upstream.reply = () => undefined;
  socket.write(`${head(`Content-Length: ${size}\r\n`)}${"x".repeat(100_000)}`);
  await expect.poll(() => upstream.bytes.length).toBeGreaterThan(90_000);
  upstream.closeConnections();
  socket.write("x".repeat(size - 100_000) + head("Content-Length: 0\r\nConnection: close\r\n"));
  upstream.reply = (connection) => void connection.write(OK);
  expect([...(await readAll(socket)).toString().matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(["502", "200"]);
});
