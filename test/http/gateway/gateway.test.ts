/** The gateway between a real client and a real upstream: who gets through, with which headers, and what becomes of broken connections. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startServer, suiteServer } from "../../support/server.ts";
import { suiteProcess } from "../../support/server-process.ts";
import { freshKey } from "../../support/service.ts";
import { inProcess } from "../in-process.ts";
import { parseResponse, readAll, sendRaw } from "../raw-http.ts";
import { Upstream } from "../upstream.ts";

const ORGS = "/keyward/v1/organizations";
const upstream = new Upstream();
let upstreamUrl: string;
const server = suiteProcess(async () => {
  upstreamUrl = await upstream.start();
  return { args: ["--upstream", upstreamUrl] };
});
afterAll(() => upstream.stop());

let organization: string;
let scoped: { id: string; key: string };
let plain: { id: string; key: string };
beforeAll(async () => {
  organization = await server.newOrganization();
  scoped = await server.newKey(organization, { scopes: ["agents:write", "agents:read"], environment: "test" });
  plain = await server.newKey(organization);
});
beforeEach(() => upstream.reset());

const send = (target: string, headers: readonly string[] = [], body: string | Uint8Array = "") =>
  sendRaw(server.url, [`${target} HTTP/1.1`, `X-Api-Key: ${plain.key}`, ...headers], body);

/** A request through the gateway whose body and response the test streams. */
function open(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  key = plain.key,
  agent?: Agent,
  url = server.url,
): { outgoing: ClientRequest; answered: Promise<IncomingMessage> } {
  const outgoing = httpRequest(url + path, { method, headers: { "x-api-key": key, ...headers }, ...(agent && { agent }) });
  const answered = new Promise<IncomingMessage>((resolve, reject) => outgoing.once("response", resolve).once("error", reject));
  answered.catch(() => undefined);
  outgoing.on("error", () => undefined);
  onTestFinished(() => void outgoing.destroy());
  return { outgoing, answered };
}

/** Until more may be written, or nothing can be any more. */
function drainedOrClosed(stream: Writable): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      stream.off("drain", end).off("close", end);
      done();
    };
    stream.on("drain", end).on("close", end);
  });
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text;
}

const within = <Value>(promise: Promise<Value>, what: string, ms = 2_000): Promise<Value> =>
  Promise.race([promise, sleep(ms).then(() => Promise.reject(new Error(`${what} did not happen within ${ms} ms`)))]);

describe("who gets through", () => {
  // biome-ignore format: a table
  test.each<[string, () => string[], number, string]>([
    ["no key",                   () => [],                                                                               401, "missing_credential"],
    ["the key in the query",     () => [],                                                                               401, "missing_credential"],
    ["a key that nobody has",    () => [`X-Api-Key: ${freshKey("live")}`],            401, "invalid_credential"],
    ["a malformed key",          () => ["X-Api-Key: nonsense"],                                                          401, "invalid_credential"],
    ["a key under X_Api_Key",    () => [`X_Api_Key: ${plain.key}`],                                                      401, "missing_credential"],
    ["the operator's token",     () => [`Authorization: Bearer ${server.operatorToken}`],                                401, "invalid_credential"],
    ["two headers",              () => [`X-Api-Key: ${plain.key}`, `Authorization: Bearer ${plain.key}`],                400, "multiple_credentials"],
    ["one header twice",         () => [`Authorization: Bearer ${plain.key}`, `Authorization: Bearer ${plain.key}`],     400, "multiple_credentials"],
    ["a joined header",          () => [`X-Api-Key: ${plain.key}, ${plain.key}`],                                        400, "multiple_credentials"],
  ])("%s: refused, and the upstream hears nothing", async (_sentence, headers, expected, code) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, json, header } = await sendRaw(
        server.url,
        [`${method} /agents?x-api-key=${plain.key} HTTP/1.1`, ...headers(), "Content-Length: 5"],
        "hello",
      );
      expect([status, json.code]).toEqual([expected, code]);
      expect(header("www-authenticate") !== undefined).toBe(expected === 401);
    }
    expect(upstream.received).toEqual([]);
  });

  test("a revoked, a disabled and a limited key do not, once the response to the change was sent", async () => {
    const [revoked, disabled, limited] = [
      await server.newKey(organization),
      await server.newKey(organization),
      await server.newKey(organization, { limits: { requestsPerMinute: 1 } }),
    ];
    for (const { key } of [revoked, disabled, limited])
      expect((await sendRaw(server.url, ["GET /ok HTTP/1.1", `X-Api-Key: ${key}`])).status).toBe(200);
    await server.operator("DELETE", `${ORGS}/${organization}/keys/${revoked.id}`);
    await server.operator("PATCH", `${ORGS}/${organization}/keys/${disabled.id}`, { enabled: false });
    upstream.reset();
    const statuses = [];
    for (const { key } of [revoked, disabled, limited])
      statuses.push((await sendRaw(server.url, ["GET /no HTTP/1.1", `X-Api-Key: ${key}`])).status);
    expect([statuses, upstream.received]).toEqual([[401, 401, 429], []]);
  });

  test.each(["http://example.com/agents", "http://127.0.0.1/agents", "https://example.com/keyward/health", "example.com:443", "*"])(
    "the target %s is no path: 400, and the upstream hears nothing",
    async (target) => {
      const { status } = await send(`${target === "*" ? "OPTIONS" : "GET"} ${target}`);
      expect([status, upstream.received]).toEqual([400, []]);
    },
  );

  test("CONNECT opens no tunnel", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nX-Api-Key: ${plain.key}\r\n\r\n`);
    const answer = await within(readAll(socket), "the end of the connection");
    expect(answer.toString()).not.toMatch(/^HTTP\/1\.1 2/);
    expect(upstream.received).toEqual([]);
  });

  test.each([
    "/keyward",
    "/keyward/",
    "/keyward/health",
    "/keyward/v1/organizations",
    "/keyward/unknown",
    "/keyward?x=1",
    "/keyward/../agents",
    "/keyward/%2e%2e/agents",
  ])("%s is Keyward's own and never reaches the upstream", async (path) => {
    for (const method of ["GET", "POST"]) await send(`${method} ${path}`);
    expect(upstream.received).toEqual([]);
  });

  test("Keyward also serves the platform's documented routes; all other paths go to the upstream", async () => {
    const agentsend = await startServer({ platform: "agentsend", args: ["--upstream", upstreamUrl] });
    const { key } = await agentsend.newKey(await agentsend.newOrganization());
    const statusOf = async (target: string) => (await sendRaw(agentsend.url, [`${target} HTTP/1.1`, `X-Api-Key: ${key}`])).status;
    for (const target of [
      "GET /account/api-keys",
      "GET /account/api-keys?x=1",
      "PUT /account/api-keys",
      "DELETE /account/api-keys/nonsense",
    ])
      await statusOf(target);
    expect(upstream.received).toEqual([]);
    expect([await statusOf("GET /account"), await statusOf("GET /account/api-keys-of-others")]).toEqual([200, 200]);
    expect(upstream.received).toHaveLength(2);
  });
});

describe("what the upstream learns about the client", () => {
  const IDENTITY = ["X-Keyward-Key-Id", "X-Keyward-Organization-Id", "X-Keyward-Environment", "X-Keyward-Scopes", "X-Keyward-Agent"];
  const identity = () => IDENTITY.map((name) => upstream.only.values(name));
  /** Names of everything that begins like ours, as a backend may read them. */
  const alike = () =>
    upstream.only.lines.map(([name]) => name.toLowerCase().replaceAll("_", "-")).filter((name) => name.startsWith("x-keyward"));

  test("every request has each identity header once, with the values of the key", async () => {
    await sendRaw(server.url, ["GET /agents HTTP/1.1", `Authorization: Bearer ${scoped.key}`]);
    expect(identity()).toEqual([[scoped.id], [organization], ["test"], ["agents:read agents:write"], [""]]);
  });

  test("the scopes of a key that has none are there, and empty", async () => {
    await send("GET /agents");
    expect(identity()).toEqual([[plain.id], [organization], ["live"], [""], [""]]);
  });

  test.each([
    "X-Keyward-Key-Id",
    "x-keyward-key-id",
    "X-KEYWARD-KEY-ID",
    "X_Keyward_Key_Id",
    "x_keyward_key_id",
    "X-Keyward_Key-Id",
    "x_keyward-key_id",
    "X-Keyward-Organization-Id",
    "x_keyward_organization_id",
    "X-Keyward-Environment",
    "X-Keyward-Scopes",
    "X_KEYWARD_SCOPES",
    "X-Keyward-Role",
    "x_keyward_anything",
  ])("the client's own %s does not get through", async (name) => {
    for (const headers of [
      [`${name}: forged`],
      [`${name}: forged`, `${name}: twice`],
      [`Connection: close, ${name}`, `${name}: forged`],
      [`${name}:`],
    ]) {
      upstream.reset();
      expect((await send("GET /agents", headers)).status).toBe(200);
      expect(identity()).toEqual([[plain.id], [organization], ["live"], [""], [""]]);
      expect([alike().length, upstream.only.lines.filter(([, value]) => /forged|twice/.test(value))]).toEqual([5, []]);
    }
  });

  test("Connection cannot call ours away, nor the length of the body", async () => {
    const { status } = await send(
      "POST /agents",
      [
        `Connection: close, ${IDENTITY.join(", ")}, Host, Content-Length, Content-Type, X-Forwarded-For`,
        "Content-Type: text/plain",
        "Content-Length: 5",
      ],
      "hello",
    );
    expect(status).toBe(200);
    expect(identity()).toEqual([[plain.id], [organization], ["live"], [""], [""]]);
    expect([upstream.only.values("host"), upstream.only.values("x-forwarded-for"), upstream.only.body.toString()]).toEqual([
      [new URL(upstreamUrl).host],
      ["127.0.0.1"],
      "hello",
    ]);
  });

  test.each<[string, () => string[]]>([
    ["Authorization", () => [`Authorization: Bearer ${plain.key}`]],
    ["X-Api-Key", () => [`X-Api-Key: ${plain.key}`]],
    ["X-API-KEY in capitals", () => [`X-API-KEY: ${plain.key}`]],
    ["X-Api-Key, and X_Api_Key beside it", () => [`X-Api-Key: ${plain.key}`, `X_Api_Key: ${plain.key}`]],
    ["X-Api-Key, and x-api_key beside it", () => [`X-Api-Key: ${plain.key}`, `x-api_key: ${plain.key}`]],
    ["Authorization, and x_api_key beside it", () => [`Authorization: Bearer ${plain.key}`, `x_api_key: ${plain.key}`]],
    ["X-Api-Key, and Proxy-Authorization", () => [`X-Api-Key: ${plain.key}`, `Proxy-Authorization: Bearer ${plain.key}`]],
  ])("the credential is removed: sent as %s", async (_sentence, headers) => {
    expect((await sendRaw(server.url, ["GET /agents HTTP/1.1", ...headers()])).status).toBe(200);
    expect(upstream.only.lines.filter(([, value]) => value.includes(plain.key))).toEqual([]);
    for (const name of ["authorization", "x-api-key", "proxy-authorization"]) expect(upstream.only.values(name)).toEqual([]);
  });

  test.each([
    "X-Forwarded-For",
    "x_forwarded_for",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-User",
    "Forwarded",
    "X-Real-IP",
    "x_real_ip",
  ])("the client's own %s is not believed", async (name) => {
    await send("GET /agents", [`${name}: forged`]);
    expect(upstream.only.lines.filter(([, value]) => value.includes("forged"))).toEqual([]);
    expect([
      upstream.only.values("x-forwarded-for"),
      upstream.only.values("x-forwarded-host"),
      upstream.only.values("x-forwarded-proto"),
    ]).toEqual([["127.0.0.1"], [new URL(server.url).host], ["http"]]);
  });

  test.each([
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "Trailer: Expires",
    "Proxy-Connection: keep-alive",
    "Upgrade: websocket",
    "HTTP2-Settings: x",
    "Expect: 100-continue",
  ])("hop-by-hop %s stays here", async (line) => {
    const { status } = await send("POST /agents", [line, "Content-Length: 2"], "ok");
    expect([status, upstream.only.values(line.split(":")[0]!), upstream.only.body.toString()]).toEqual([200, [], "ok"]);
  });

  test("what Connection names stays here, whatever its case", async () => {
    await send("GET /agents", ["Connection: close, X-Hop, x_other", "x-HOP: a", "X_Hop: b", "X-Other: c", "X-Kept: d"]);
    expect([upstream.only.values("x-hop"), upstream.only.values("x-other"), upstream.only.values("x-kept")]).toEqual([[], [], ["d"]]);
  });

  test("everything else passes unchanged: names, order, duplicates, bytes", async () => {
    const mine = [
      "X-Custom: a",
      "x-custom: b",
      "Cookie: a=1; b=2",
      "Accept-Encoding: br",
      "User-Agent: test/1",
      "X-Bytes: \u00e9\u00ff",
      "X-Empty:",
      "Range: bytes=0-1",
      'If-None-Match: "x"',
    ];
    await send("GET /agents", mine);
    const lines = upstream.only.lines.map(([name, value]) => `${name}: ${value}`.trim());
    expect(lines.filter((line) => mine.includes(line))).toEqual(mine);
  });
});

describe("the request passes unchanged", () => {
  test.each([
    "/",
    "/agents?x=1&x=2&y",
    "/a%2Fb/%7Euser?q=%20+%2B",
    "/a?/../b/./c",
    "//double//slash",
    "/?",
    "/a?b?c&&=",
    "/%00",
    "/%zz",
    "/a;b=c,d",
    "/%e2%82%ac",
    "/a?next=http://example.com/",
    "/keywards",
    "/keyward-not",
    "/%6beyward/health",
    "/'\"<>|^`{}",
    "/a\\b",
  ])("the target %s", async (target) => {
    expect((await send(`GET ${target}`)).status).toBe(200);
    expect(upstream.only.url).toBe(target);
  });

  test("a path of --upstream goes before it", async () => {
    const { url, newOrganization, newKey } = await inProcess({ upstream: `${upstreamUrl}/base/v1/` });
    const { key } = await newKey(await newOrganization());
    await sendRaw(url, ["GET /agents?x=1 HTTP/1.1", `X-Api-Key: ${key}`]);
    expect(upstream.only.url).toBe("/base/v1/agents?x=1");
  });

  test.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"])(
    "%s, with a body by length, in chunks, and with none",
    async (method) => {
      const chunks = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
      for (const [headers, sent, body] of [
        [["Content-Length: 11"], "hello world", "hello world"],
        [["Transfer-Encoding: chunked"], chunks, "hello world"],
        [[], "", ""],
        [["Content-Length: 0"], "", ""],
      ] as const) {
        upstream.reset();
        const { status } = await within(
          send(`${method} /agents`, headers, sent),
          `the response to ${method} with ${headers[0] ?? "no body"}`,
        );
        expect([status, upstream.only.method, upstream.only.body.toString()]).toEqual([200, method, body]);
      }
    },
  );

  test.each(["GET", "HEAD", "DELETE", "OPTIONS", "POST"])(
    "a request inside the body of %s stays a body: it never becomes a request of its own",
    async (method) => {
      const bytes: Buffer[] = [];
      const raw = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (chunk: Buffer) => bytes.push(chunk));
        setTimeout(() => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), 100);
      });
      await new Promise<void>((listening) => raw.listen(0, "127.0.0.1", listening));
      onTestFinished(() => void raw.close());
      const { url, newOrganization, newKey } = await inProcess({ upstream: `http://127.0.0.1:${(raw.address() as AddressInfo).port}` });
      const { key } = await newKey(await newOrganization());
      const inner = "GET /admin HTTP/1.1\r\nHost: x\r\nX-Keyward-Key-Id: key_of_another\r\n\r\n";
      await sendRaw(
        url,
        [`${method} /agents HTTP/1.1`, `X-Api-Key: ${key}`, "Transfer-Encoding: chunked"],
        `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
      );
      const [head = "", ...rest] = Buffer.concat(bytes).toString("latin1").split("\r\n\r\n");
      const body = rest.join("\r\n\r\n");
      // Whatever follows the head must be framed: by a length that covers it, or in chunks.
      const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
      const isFramed = body === "" || /^transfer-encoding: *chunked$/im.test(head) || Number(length) === body.length;
      expect(
        isFramed,
        `the upstream was sent ${JSON.stringify(`${head.split("\r\n")[0]} … ${body.slice(0, 60)}`)} without a frame around the body`,
      ).toBe(true);
    },
  );
});

describe("the response is passed on unchanged", () => {
  test("status, reason, headers and body; each Set-Cookie by itself", async () => {
    upstream.reset((_request, response) => {
      response.writeHead(418, "Short And Stout", [
        "Set-Cookie",
        "a=1; Path=/",
        "Set-Cookie",
        "b=2, c",
        "X-Custom",
        "one",
        "X-Custom",
        "two",
        "Content-Type",
        "text/x",
      ]);
      response.end("tea");
    });
    const { status, lines, text, header } = await send("GET /agents");
    expect([status, text, header("content-type")]).toEqual([418, "tea", "text/x"]);
    expect(lines.filter(([name]) => name === "set-cookie" || name === "x-custom")).toEqual([
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2, c"],
      ["x-custom", "one"],
      ["x-custom", "two"],
    ]);
  });

  test("the upstream's hop-by-hop headers stay between it and Keyward", async () => {
    upstream.reset((_request, response) => {
      response.writeHead(200, [
        "Connection",
        "close, X-Hop",
        "X-Hop",
        "a",
        "Keep-Alive",
        "timeout=9",
        "Proxy-Authenticate",
        "Basic",
        "Upgrade",
        "h2c",
        "X-Kept",
        "b",
      ]);
      response.end("x");
    });
    const { header } = await send("GET /agents");
    expect(["x-hop", "proxy-authenticate", "upgrade", "x-kept"].map(header)).toEqual([undefined, undefined, undefined, "b"]);
    expect(header("keep-alive")).not.toBe("timeout=9");
  });

  test("the key's limits replace the upstream's own headers of these names", async () => {
    const { key } = await server.newKey(organization, { limits: { requestsPerMinute: 9 } });
    upstream.reset((_request, response) => {
      response.writeHead(200, { ratelimit: '"theirs";r=1', "RateLimit-Policy": '"theirs";q=1' }).end();
    });
    const { lines } = await sendRaw(server.url, ["GET /agents HTTP/1.1", `X-Api-Key: ${key}`]);
    expect(lines.filter(([name]) => name.startsWith("ratelimit"))).toEqual([
      ["ratelimit-policy", '"minute";q=9;w=60'],
      ["ratelimit", expect.stringMatching(/^"minute";r=8;t=\d+$/)],
    ]);
  });

  test("HEAD: the length of the response to GET, and no body", async () => {
    upstream.reset((_request, response) => void response.writeHead(200, { "content-length": "1234" }).end());
    const { status, header, text } = await send("HEAD /agents");
    expect([status, header("content-length"), text]).toEqual([200, "1234", ""]);
  });

  test.each([
    [204, {}],
    [304, { etag: '"x"' }],
    [304, { etag: '"x"', "content-length": "1234" }],
    [205, { "content-length": "0" }],
  ])("%i has no body, and the connection serves the next request", async (status, headers) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    upstream.reset((_request, response) => void response.writeHead(status, headers).end());
    const first = open("GET", "/agents", {}, plain.key, agent);
    first.outgoing.end();
    const answer = await within(first.answered, "the response");
    expect([answer.statusCode, await within(textOf(answer), "the end of the response"), answer.headers.etag]).toEqual([
      status,
      "",
      "etag" in headers ? '"x"' : undefined,
    ]);
    upstream.reset();
    const second = open("GET", "/agents", {}, plain.key, agent);
    second.outgoing.end();
    expect(await textOf(await within(second.answered, "the next response"))).toBe("upstream's response");
  });

  test("a response in chunks of unknown length", async () => {
    upstream.reset((_request, response) => {
      response.write("one ");
      setTimeout(() => response.end("two"), 20);
    });
    expect((await send("GET /agents")).text).toBe("one two");
  });

  test("to a client of HTTP/1.0 too", async () => {
    upstream.reset((_request, response) => {
      response.write("one ");
      setTimeout(() => response.end("two"), 20);
    });
    const { status, text, header } = await sendRaw(server.url, ["GET /agents HTTP/1.0", `X-Api-Key: ${plain.key}`]);
    expect([status, text, header("transfer-encoding")]).toEqual([200, "one two", undefined]);
  });

  test("early hints of the upstream do not stand in its way", async () => {
    upstream.reset((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("late");
    });
    expect((await send("GET /agents")).text).toContain("late");
  });

  test("one without a length that ends with the connection", async () => {
    const raw = createServer(
      (socket) => void socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nto the end")).on("error", () => undefined),
    );
    await new Promise<void>((listening) => raw.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void raw.close());
    const { url, newOrganization, newKey } = await inProcess({ upstream: `http://127.0.0.1:${(raw.address() as AddressInfo).port}` });
    const { key } = await newKey(await newOrganization());
    expect((await sendRaw(url, ["GET / HTTP/1.1", `X-Api-Key: ${key}`])).text).toBe("to the end");
  });
});

describe("an upstream that sends", () => {
  let bytes = "";
  const raw = createServer((socket) => void socket.once("data", () => socket.end(bytes, "latin1")).on("error", () => undefined));
  const strange = suiteServer(async () => {
    await new Promise<void>((listening) => raw.listen(0, "127.0.0.1", listening));
    return {
      args: ["--upstream", `http://127.0.0.1:${(raw.address() as AddressInfo).port}`],
      env: { KEYWARD_UPSTREAM_TIMEOUT_MS: "1000" },
    };
  });
  afterAll(() => void raw.close());

  test.each([
    ["a reason phrase with a control character", "HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"],
    ["a reason phrase beyond ASCII", "HTTP/1.1 200 \xc3\xa9\r\nContent-Length: 0\r\n\r\n"],
    ["a status that HTTP does not have", "HTTP/1.1 999 Strange\r\nContent-Length: 0\r\n\r\n"],
    ["a status below 100", "HTTP/1.1 099 Strange\r\nContent-Length: 0\r\n\r\n"],
    ["a header with a control character", "HTTP/1.1 200 OK\r\nX-Strange: a\x01b\r\nContent-Length: 0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["no HTTP at all", "hello\r\n\r\n"],
    ["an unasked-for upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"],
    ["nothing", ""],
  ])("%s: the client gets a response, and the server goes on", async (_sentence, sent) => {
    bytes = sent;
    const { key } = await strange.newKey(await strange.newOrganization());
    const answer = await within(sendRaw(strange.url, ["GET / HTTP/1.1", `X-Api-Key: ${key}`]), "a response").catch((error: Error) => error);
    expect((await fetch(`${strange.url}/keyward/health`).catch(() => undefined))?.status, "the server's health afterwards").toBe(200);
    expect(answer).toMatchObject({ status: expect.any(Number) });
  });
});

describe("streaming", () => {
  test("an event arrives while the upstream's response goes on", async () => {
    const ended = Promise.withResolvers<void>();
    upstream.reset(async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      await ended.promise;
      response.end("data: last\n\n");
    });
    const { outgoing, answered } = open("GET", "/events");
    outgoing.end();
    const answer = await within(answered, "the response");
    const first = await within(new Promise<string>((resolve) => answer.once("data", (chunk) => resolve(String(chunk)))), "the first event");
    expect(first).toBe("data: first\n\n");
    ended.resolve();
    expect(await textOf(answer)).toBe("data: last\n\n");
  });

  test("the head of a response arrives before its first byte: whoever listens for events knows that it is connected", async () => {
    const ended = Promise.withResolvers<void>();
    upstream.reset(async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      await ended.promise;
      response.end("data: x\n\n");
    });
    const { outgoing, answered } = open("GET", "/events");
    outgoing.end();
    const answer = await within(answered, "the head of the response", 500).finally(() => ended.resolve());
    expect(answer.headers["content-type"]).toBe("text/event-stream");
  });

  test("the beginning of a body reaches the upstream before its end is sent", async () => {
    const heard = Promise.withResolvers<string>();
    upstream.reset((request, response) => {
      request.once("data", (chunk) => heard.resolve(String(chunk)));
      request.on("end", () => response.end("done")).resume();
    });
    const { outgoing, answered } = open("POST", "/upload", { "transfer-encoding": "chunked" });
    outgoing.write("first");
    expect(await within(heard.promise, "the first part of the body")).toBe("first");
    outgoing.end("last");
    expect(await textOf(await answered)).toBe("done");
  });

  /** Resident memory of the server's process in megabytes. */
  const residentMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))?.[1]) / 1_024;
  const MB = 1024 * 1024;
  const SIZE_MB = 96;

  test("an upload waits for an upstream that does not read, is not held in memory, and arrives whole", async () => {
    const mayRead = Promise.withResolvers<void>();
    upstream.reset(async (request, response) => {
      await mayRead.promise;
      const hash = createHash("sha256");
      for await (const chunk of request) hash.update(chunk);
      response.end(hash.digest("hex"));
    });
    const block = randomBytes(MB);
    const expected = createHash("sha256");
    for (let index = 0; index < SIZE_MB; index++) expected.update(block);
    const { outgoing, answered } = open("PUT", "/upload", { "content-length": String(SIZE_MB * MB) });
    const before = residentMb();
    let written = 0;
    const writing = (async () => {
      for (; written < SIZE_MB && !outgoing.destroyed; written++) if (!outgoing.write(block)) await drainedOrClosed(outgoing);
      outgoing.end();
    })();
    await sleep(600);
    const [accepted, grown] = [written, residentMb() - before];
    mayRead.resolve();
    await writing;
    expect(await textOf(await within(answered, "the response", 10_000))).toBe(expected.digest("hex"));
    // What is on its way stands in the sockets' buffers of the operating system, not in the process.
    expect(accepted, "megabytes that the client could send while nobody read").toBeLessThan(SIZE_MB * 0.75);
    expect(grown, "megabytes by which the server grew").toBeLessThan(24);
  }, 20_000);

  test("a download waits for a client that does not read", async () => {
    let given = 0;
    upstream.reset(async (_request, response) => {
      const block = Buffer.alloc(MB, 1);
      response.writeHead(200, { "content-length": String(SIZE_MB * MB) });
      for (; given < SIZE_MB && !response.destroyed; given++) if (!response.write(block)) await drainedOrClosed(response);
      response.end();
    });
    const { outgoing, answered } = open("GET", "/download");
    outgoing.end();
    const before = residentMb();
    const answer = await answered;
    await sleep(600);
    const [offered, grown] = [given, residentMb() - before];
    let length = 0;
    for await (const chunk of answer) length += (chunk as Buffer).length;
    expect(length).toBe(SIZE_MB * MB);
    expect(offered, "megabytes that the upstream could send while nobody read").toBeLessThan(SIZE_MB * 0.75);
    expect(grown, "megabytes by which the server grew").toBeLessThan(24);
  }, 20_000);
});

describe("broken upstreams", () => {
  async function withDeadUpstream() {
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, "127.0.0.1", listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const fixture = await inProcess({ upstream: `http://127.0.0.1:${port}` });
    const { key } = await fixture.newKey(await fixture.newOrganization(), { limits: { requestsPerMinute: 100, concurrentRequests: 1 } });
    return { ...fixture, key };
  }

  test.each<[string, string[], string]>([
    ["GET", [], ""],
    ["POST with a small body", ["Content-Length: 5"], "hello"],
    ["POST with a body in chunks", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"],
    ["POST with a body of 4 MB", [`Content-Length: ${4 * 1024 * 1024}`], "x".repeat(4 * 1024 * 1024)],
  ])("one that is down is 502, which names no address: %s", async (what, headers, body) => {
    const { url, key } = await withDeadUpstream();
    for (let turn = 0; turn < 3; turn++) {
      // The second and third would be 429 if a failed request kept its place among the concurrent ones.
      const { status, json, text, header } = await within(
        sendRaw(url, [`${what.split(" ")[0]} /agents HTTP/1.1`, `X-Api-Key: ${key}`, ...headers], body),
        "a response",
      );
      expect([status, json.code]).toEqual([502, "upstream_unreachable"]);
      expect(text).not.toMatch(/127\.0\.0\.1|ECONN/);
      expect(header("ratelimit")).toMatch(/"concurrent";r=/);
    }
  });

  test.each([
    ["with a length", { "content-length": "1000" }],
    ["in chunks", {}],
  ])(
    "one that dies in the middle of a response %s cuts the client's connection: half a response never looks whole",
    async (_sentence, headers) => {
      upstream.reset((_request, response) => {
        response.writeHead(200, headers);
        response.write("half");
        setTimeout(() => response.destroy(), 50);
      });
      const { outgoing, answered } = open("GET", "/dies");
      outgoing.end();
      const answer = await answered;
      await expect(within(textOf(answer), "the end")).rejects.toThrow(/aborted|ECONNRESET/);
      expect(answer.complete).toBe(false);
    },
  );

  test.each<[string, string, string[], string]>([
    ["before any response to GET", "GET", [], ""],
    ["before any response to POST", "POST", ["Content-Length: 5"], "hello"],
  ])("one that closes the connection %s is 502, and was asked once", async (_sentence, method, headers, body) => {
    upstream.reset((request) => request.socket.destroy());
    const { status } = await within(send(`${method} /dies`, headers, body), "a response");
    expect([status, upstream.received.length]).toEqual([502, 1]);
  });

  test("one that responds before it has read the whole upload is heard", async () => {
    upstream.reset((_request, response) => void response.writeHead(413).end("too large for us"));
    const { outgoing, answered } = open("POST", "/upload", { "content-length": String(8 * 1024 * 1024) });
    outgoing.write(Buffer.alloc(1024 * 1024));
    const answer = await within(answered, "the response");
    expect([answer.statusCode, await within(textOf(answer), "its end")]).toEqual([413, "too large for us"]);
  });

  test("a connection that the upstream closed while it was kept costs nobody a request", async () => {
    upstream.reset((request, response) => {
      response.end("ok", () => setTimeout(() => request.socket.destroy(), 5));
    });
    const statuses = [];
    for (let turn = 0; turn < 10; turn++) {
      statuses.push((await send("GET /again")).status);
      await sleep(turn);
    }
    expect(statuses).toEqual(Array(10).fill(200));
  });
});

describe("slow upstreams", () => {
  const TIMEOUT_MS = 1_000;
  const impatient = suiteServer(() => ({ args: ["--upstream", upstreamUrl], env: { KEYWARD_UPSTREAM_TIMEOUT_MS: String(TIMEOUT_MS) } }));
  let key: string;
  beforeAll(async () => {
    key = (await impatient.newKey(await impatient.newOrganization(), { limits: { concurrentRequests: 1 } })).key;
  });
  const get = () => sendRaw(impatient.url, ["GET /slow HTTP/1.1", `X-Api-Key: ${key}`]);

  test("one that does not begin its response in time is 504, its request is cut, and the place among the concurrent requests is free again", async () => {
    const cut = Promise.withResolvers<void>();
    upstream.reset((request) => request.socket.once("close", () => cut.resolve()));
    const from = performance.now();
    const { status, json } = await get();
    expect([status, json.code]).toEqual([504, "upstream_timeout"]);
    expect(performance.now() - from).toBeGreaterThanOrEqual(TIMEOUT_MS - 20);
    expect(performance.now() - from).toBeLessThan(TIMEOUT_MS + 1_000);
    await within(cut.promise, "the end of the upstream's request");
    upstream.reset();
    expect((await get()).status).toBe(200);
  });

  test("a response may go on for longer than the time that it may take to begin", async () => {
    upstream.reset((_request, response) => {
      response.write("first ");
      setTimeout(() => response.end("last"), TIMEOUT_MS + 200);
    });
    expect((await get()).text).toBe("first last");
  });

  test("the time is that of the upstream, not of the client: an upload that flows for longer is no slow upstream", async () => {
    const { outgoing, answered } = open("POST", "/upload", { "transfer-encoding": "chunked" }, key, undefined, impatient.url);
    for (const end = performance.now() + TIMEOUT_MS * 1.5; performance.now() < end; await sleep(100)) outgoing.write("part ");
    outgoing.end();
    expect((await within(answered, "the response")).statusCode).toBe(200);
  });
});

describe("clients that go away", () => {
  test("before the response: the upstream's request is cut", async () => {
    const [begun, cut] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    upstream.reset((_request, response) => {
      response.once("close", () => cut.resolve());
      begun.resolve();
    });
    const { outgoing } = open("GET", "/slow");
    outgoing.end();
    await begun.promise;
    outgoing.destroy();
    await within(cut.promise, "the end of the upstream's request", 500);
  });

  test("in the middle of a response: the upstream's response is cut", async () => {
    const cut = Promise.withResolvers<void>();
    upstream.reset((_request, response) => {
      response.write("data: 1\n\n");
      response.once("close", () => cut.resolve());
    });
    const { outgoing, answered } = open("GET", "/events");
    outgoing.end();
    (await answered).once("data", () => outgoing.destroy());
    await within(cut.promise, "the end of the upstream's response", 500);
  });

  test("in the middle of an upload: the upstream's request is cut, not completed", async () => {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    upstream.reset((request) => {
      request.once("data", () => begun.resolve());
      request.once("end", () => ended.resolve("completed"));
      request.once("error", () => ended.resolve("cut")).once("close", () => ended.resolve("cut"));
    });
    const { outgoing } = open("POST", "/upload", { "transfer-encoding": "chunked" });
    outgoing.write("half");
    await begun.promise;
    outgoing.destroy();
    expect(await within(ended.promise, "the end of the upstream's request", 500)).toBe("cut");
  });
});

describe("concurrent requests", () => {
  let limited: { id: string; key: string };
  beforeEach(async () => {
    limited = await server.newKey(organization, { limits: { concurrentRequests: 2 } });
  });
  const get = () => sendRaw(server.url, ["GET /agents HTTP/1.1", `X-Api-Key: ${limited.key}`]);
  /** How many more may come, as `whoami` tells it, which takes no place itself. */
  const free = async () =>
    Number(
      /"concurrent";r=(\d+)/.exec(
        (await sendRaw(server.url, ["GET /keyward/v1/whoami HTTP/1.1", `X-Api-Key: ${limited.key}`])).header("ratelimit") ?? "",
      )?.[1],
    );
  /** An upstream that sends one response after another, as the test says. */
  function holding() {
    const held: (() => void)[] = [];
    upstream.reset((_request, response) => void held.push(() => response.end("done")));
    return held;
  }

  test("over the limit are refused with a second to wait, and never reach the upstream; an ended one makes room", async () => {
    const held = holding();
    const [one, two] = [get(), get()];
    await expect.poll(() => held.length).toBe(2);
    const refused = await Promise.all(Array.from({ length: 5 }, get));
    for (const { status, json, header } of refused) {
      expect([status, json.code, header("retry-after"), header("ratelimit")]).toEqual([429, "rate_limited", "1", '"concurrent";r=0']);
      expect(header("ratelimit-policy")).toBe('"concurrent";q=2;qu="concurrent-requests"');
    }
    expect(upstream.received).toHaveLength(2);
    held[0]!();
    expect((await one).status).toBe(200);
    const three = get();
    await expect.poll(() => held.length).toBe(3);
    for (const end of held.slice(1)) end();
    expect([(await two).status, (await three).status, await free()]).toEqual([200, 200, 2]);
  });

  test("of fifty at once exactly two get through", async () => {
    const held = holding();
    const all = Promise.all(Array.from({ length: 50 }, get));
    await expect.poll(() => held.length).toBe(2);
    await sleep(100);
    for (const end of held) end();
    expect((await all).map(({ status }) => status).sort()).toEqual([...Array(2).fill(200), ...Array(48).fill(429)]);
  });

  test("count from arrival: a request whose body is still coming has its place", async () => {
    const first = open("POST", "/upload", { "transfer-encoding": "chunked" }, limited.key);
    const second = open("POST", "/upload", { "transfer-encoding": "chunked" }, limited.key);
    first.outgoing.write("a");
    second.outgoing.write("a");
    await expect.poll(free).toBe(0);
    expect((await get()).status).toBe(429);
    first.outgoing.end();
    second.outgoing.end();
    expect([(await first.answered).statusCode, (await second.answered).statusCode]).toEqual([200, 200]);
  });

  test("count to the end of the response: one that is still being sent has its place", async () => {
    const end = Promise.withResolvers<void>();
    upstream.reset(async (_request, response) => {
      response.write("begun");
      await end.promise;
      response.end();
    });
    const { outgoing, answered } = open("GET", "/events", {}, limited.key);
    outgoing.end();
    const answer = await answered;
    expect(await free()).toBe(1);
    end.resolve();
    await textOf(answer);
    await expect.poll(free).toBe(2);
  });

  test("a client that goes away gives its place back, whenever it goes: a hundred times", async () => {
    upstream.reset((_request, response) => void setTimeout(() => response.end("late"), 20));
    for (let turn = 0; turn < 100; turn++) {
      const socket: Socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(`POST /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${limited.key}\r\nContent-Length: 9\r\n\r\nbody`);
      await sleep(turn % 5);
      if (turn % 2) socket.resetAndDestroy();
      else socket.destroy();
    }
    await expect.poll(free, { timeout: 3_000 }).toBe(2);
    upstream.reset();
    expect((await get()).status).toBe(200);
  });

  test("two requests in one pipeline hold a place each", async () => {
    const held = holding();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const request = (more = "") => `GET /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${limited.key}\r\n${more}\r\n`;
    socket.write(request() + request("Connection: close\r\n"));
    await expect.poll(() => held.length).toBe(2);
    expect(await free()).toBe(0);
    for (const end of held) end();
    expect((await readAll(socket)).toString().match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    await expect.poll(free).toBe(2);
  });

  test("an upstream that fails gives the place back", async () => {
    upstream.reset((request) => request.socket.destroy());
    for (let turn = 0; turn < 6; turn++) expect((await get()).status).toBe(502);
    expect(await free()).toBe(2);
  });
});

describe("connections", () => {
  test("to the upstream are kept: requests one after another go over one", async () => {
    await send("GET /warm");
    upstream.reset();
    for (let turn = 0; turn < 20; turn++) await send("POST /again", ["Content-Length: 5"], "hello");
    expect(upstream.received).toHaveLength(20);
    expect(new Set(upstream.received.map(({ socket }) => socket)).size).toBe(1);
  });

  test("from the client are kept, also after a refusal with an unread body", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const body = "x".repeat(10_000);
    const request = (key: string, more = "") =>
      `POST /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
    socket.write(request("nonsense") + request(plain.key) + request("nonsense") + request(plain.key, "Connection: close\r\n"));
    const text = (await within(readAll(socket), "the end of the connection")).toString();
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(["401", "200", "401", "200"]);
    expect(upstream.received.map(({ body: received }) => received.length)).toEqual([10_000, 10_000]);
    expect(parseResponse(Buffer.from(text.slice(text.lastIndexOf("HTTP/1.1")))).status).toBe(200);
  });

  test("from the client are kept when the upstream has responded before the end of an upload: what is left of it is dropped", async () => {
    upstream.reset((_request, response) => void response.writeHead(413).end("too large for us"));
    const size = 3_000_000;
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const request = (more: string) => `POST /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${plain.key}\r\n${more}\r\n`;
    socket.write(`${request(`Content-Length: ${size}\r\n`)}${"x".repeat(1_000)}`);
    const answered = readAll(socket);
    await expect.poll(() => upstream.received.length).toBe(1);
    socket.write("x".repeat(size - 1_000) + request("Content-Length: 0\r\nConnection: close\r\n"));
    const text = (await within(answered, "the end of the connection")).toString();
    expect(text.match(/HTTP\/1\.1 413/g)).toHaveLength(2);
  });
});
