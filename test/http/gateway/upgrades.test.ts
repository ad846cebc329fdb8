/** WebSockets and other protocols through the gateway: who gets one, what the API learns, and what becomes of hostile requests. */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ampersend } from "../../../platforms/index.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { startProcess } from "../../support/server-process.ts";
import { freshKey } from "../../support/service.ts";
import { type InProcess, type InProcessOptions, inProcess } from "../in-process.ts";
import { parseResponse } from "../raw-http.ts";
import { exchange, openRaw, openSocket, SWITCH, type SwitchingApi, switchingApi } from "./upgrading.ts";

let api: SwitchingApi;
let server: InProcess;
let organization: string;
let good: { id: string; key: string };

async function open(options: InProcessOptions = {}, input = {}): Promise<void> {
  api = await switchingApi();
  server = await inProcess({ upstream: api.url, ...options });
  organization = await server.newOrganization();
  good = await server.newKey(organization, input);
}
beforeEach(() => open());

const as = (key: string) => `X-Api-Key: ${key}`;
const host = () => `Host: ${new URL(server.url).host}`;

describe("a WebSocket with a key", () => {
  test("is switched, and carries bytes in both directions, those too that came early", async () => {
    const { response, socket, read } = await openSocket(server.url, [as(good.key)], "/ws?room=1", "early");
    expect([response.status, response.header("upgrade"), response.header("connection")]).toEqual([101, "websocket", "Upgrade"]);
    expect(await read(5)).toBe("early");
    socket.write("later");
    expect(await read(10)).toBe("earlylater");
    expect(api.upgrades.map(({ request }) => request.url)).toEqual(["/ws?room=1"]);
  });

  test("tells the API who is calling, hides the credential, and stops the client's own identity headers", async () => {
    await open({}, { scopes: ["a", "b"] });
    const forged = ["X-Keyward-Key-Id: forged", "X_Keyward_Scopes: forged", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-User: root"];
    await openSocket(server.url, [as(good.key), ...forged, "Connection: X-Keyward-Agent", "Sec-WebSocket-Protocol: chat", "Cookie: a=1"]);
    const { request, values } = api.upgrades[0]!;
    const identity = ["Key-Id", "Organization-Id", "Environment", "Scopes", "Agent"].map((name) => values(`X-Keyward-${name}`));
    expect(identity).toEqual([[good.id], [organization], ["live"], ["a b"], [""]]);
    expect([values("connection"), values("upgrade"), values("host")]).toEqual([["Upgrade"], ["websocket"], [new URL(api.url).host]]);
    expect([values("sec-websocket-protocol"), values("sec-websocket-key").length, values("cookie")]).toEqual([["chat"], 1, ["a=1"]]);
    expect(request.rawHeaders.filter((text) => text.includes(good.key) || /forged|6\.6\.6\.6|root/.test(text))).toEqual([]);
  });

  test("gets the API's own headers and the state of its limits on the 101", async () => {
    await open({}, { limits: { requestsPerMinute: 10 } });
    api.onUpgrade = (_request, socket) =>
      socket.write(
        SWITCH.replace("\r\n\r\n", "\r\nSec-WebSocket-Accept: x\r\nContent-Length: 5\r\nKeep-Alive: 1\r\nRateLimit: theirs\r\n\r\n"),
      );
    const { response } = await openSocket(server.url, [as(good.key)]);
    expect([response.header("sec-websocket-accept"), response.header("content-length"), response.header("keep-alive")]).toEqual([
      "x",
      undefined,
      undefined,
    ]);
    expect(response.lines.filter(([name]) => name === "ratelimit").map(([, value]) => value)).toEqual([
      expect.stringMatching(/^"minute";r=9/),
    ]);
  });

  test("is what a real client takes for one", async () => {
    api.onUpgrade = (request, socket) => {
      const accept = createHash("sha1")
        .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(SWITCH.replace("\r\n\r\n", `\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`));
      socket.write(Buffer.from([0x81, 5, ...Buffer.from("hello")]));
    };
    const client = new WebSocket(server.url.replace("http", "ws"), { headers: { "x-api-key": good.key } } as never);
    const message = await new Promise<unknown>((resolve, reject) => {
      client.onmessage = ({ data }) => resolve(data);
      client.onerror = reject;
    });
    client.close();
    expect(message).toBe("hello");
  });

  test("carries ten megabytes, and holds the sender back while the other side does not read", async () => {
    let isRead = false;
    let received = 0;
    api.onUpgrade = (_request, socket) => {
      socket.write(SWITCH);
      socket.pause();
      setTimeout(() => {
        isRead = true;
        socket.on("data", (chunk) => (received += chunk.length)).resume();
      }, 300);
    };
    const { socket } = await openSocket(server.url, [as(good.key)]);
    let sent = 0;
    const chunk = Buffer.alloc(65_536, "x");
    while (sent < 10 * 1_048_576) {
      if (!socket.write(chunk)) {
        // 4 MB lie in the kernel's buffers of the two connections, at most.
        if (!isRead) expect(sent).toBeLessThan(9 * 1_048_576);
        await new Promise((drained) => socket.once("drain", drained));
      }
      sent += chunk.length;
    }
    await vi.waitFor(() => expect(received).toBe(sent), { timeout: 5_000 });
  });

  test.each(["websocket", "WebSocket", "tcp", "foo/1.0"])("may ask for %s, and any method may, without a body", async (protocol) => {
    api.onUpgrade = (_request, socket) => socket.write(SWITCH.replace("websocket", protocol.toLowerCase()));
    for (const more of [["GET /x HTTP/1.1"], ["POST /x HTTP/1.1", "Content-Length: 0"], ["POST /x HTTP/1.1"]]) {
      const { response } = await openRaw(server.url, [
        ...more,
        host(),
        "Connection: keep-alive, Upgrade",
        `Upgrade: ${protocol}`,
        as(good.key),
      ]);
      expect([response.status, response.header("upgrade")]).toEqual([101, protocol]);
    }
    expect(api.upgrades.map(({ request }) => request.method)).toEqual(["GET", "POST", "POST"]);
  });
});

describe("without a right to it an upgrade is refused in the platform's form, and the API hears nothing", () => {
  test.each<[string, () => string[], string, number, string]>([
    ["no key", () => [], "/ws", 401, "missing_credential"],
    ["a key in the query", () => [], "/ws?x-api-key=1", 401, "missing_credential"],
    ["a wrong key", () => [as(freshKey("live"))], "/ws", 401, "invalid_credential"],
    ["two keys", () => [as(good.key), as(good.key)], "/ws", 400, "multiple_credentials"],
    ["a dot segment", () => [as(good.key)], "/a/..%2fws", 400, "invalid_request"],
  ])("%s", async (_sentence, lines, target, status, code) => {
    const { response } = await openSocket(server.url, lines(), target);
    expect([response.status, response.json.code, response.header("connection")]).toEqual([status, code, "close"]);
    expect([response.header("www-authenticate") !== undefined, response.header("content-type")]).toEqual([
      status === 401,
      "application/problem+json",
    ]);
    expect([api.upgrades.length, api.requests]).toEqual([0, []]);
  });

  test("a limit of requests, and one of wrong keys", async () => {
    await open({ failedAttemptsPerMinute: 1 }, { limits: { requestsPerMinute: 1 } });
    expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101);
    const over = await openSocket(server.url, [as(good.key)]);
    expect([over.response.status, over.response.header("retry-after"), api.upgrades.length]).toEqual([429, "60", 1]);
    const wrong = async () => (await openSocket(server.url, [as(freshKey("live"))])).response.status;
    expect([await wrong(), await wrong()]).toEqual([401, 429]);
  });

  test("a scope that the key lacks, an operation that is not listed, an agent's operation", async () => {
    await open({ platform: ampersend, environment: "live" }, { scopes: ["exports:read"] });
    const statusOf = async (target: string) =>
      (await openSocket(server.url, [`Authorization: Bearer ${good.key}`], target)).response.status;
    expect([
      await statusOf("/v1/agents"),
      await statusOf("/ws"),
      await statusOf("/v1/endpoints"),
      await statusOf("/v1/export/transactions"),
    ]).toEqual([403, 404, 401, 101]);
    expect(api.upgrades).toHaveLength(1);
  });

  test("a database that is down", async () => {
    let isDown = false;
    const wrap: InProcessOptions["wrap"] = (store) =>
      new Proxy(store, {
        get: (target, name: keyof typeof store) =>
          isDown && /^find/.test(name) ? () => Promise.reject(new StoreUnavailable("x")) : target[name],
      });
    await open({ wrap });
    isDown = true;
    expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(503);
    isDown = false;
    expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101);
  });
});

describe("an API that does not switch", () => {
  test.each<[string, string, number, string]>([
    ["a refusal with a body", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Why: because\r\n\r\nnope", 403, "nope"],
    ["an ordinary response in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, "abc"],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, ""],
    ["what asks for another version", "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", 426, ""],
  ])("%s: it reaches the client, and the connection ends", async (_sentence, text, status, body) => {
    api.onUpgrade = (_request, socket) => socket.end(text);
    const { response } = await openSocket(server.url, [as(good.key)]);
    expect([response.status, response.text, response.header("connection")]).toEqual([status, body, "close"]);
    expect(response.header("x-why")).toBe(status === 403 ? "because" : undefined);
  });

  test("whose refusal is large is passed on whole, at the client's pace", async () => {
    api.onUpgrade = (_request, socket) => socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Length: 3000000\r\n\r\n${"x".repeat(3_000_000)}`);
    expect((await openSocket(server.url, [as(good.key)])).response.body.length).toBe(3_000_000);
  });

  test.each<[string, (socket: Socket) => unknown, number]>([
    ["switches to another protocol than the one that was asked for", (socket) => socket.write(SWITCH.replace("websocket", "h2c")), 502],
    ["switches without a protocol", (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"), 502],
    ["closes the connection", (socket) => socket.end(), 502],
    ["resets the connection", (socket) => socket.resetAndDestroy(), 502],
    ["speaks no HTTP", (socket) => socket.end("hello\r\n\r\n"), 502],
    ["does not respond in time", () => undefined, 504],
  ])("and %s: %i", async (_sentence, reply, status) => {
    await open({ upstreamTimeoutMs: 200 });
    api.onUpgrade = (_request, socket) => void reply(socket);
    const { response } = await openSocket(server.url, [as(good.key)]);
    expect([response.status, response.json.status]).toEqual([status, status]);
  });

  test("and cannot be reached: 502", async () => {
    await open({ upstream: "http://127.0.0.1:1" });
    expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(502);
  });

  test("hears nothing of what the client sent early, which could be a request", async () => {
    const bytes: string[] = [];
    api.onUpgrade = (_request, socket, head) => {
      bytes.push(head.toString());
      socket.on("data", (chunk) => bytes.push(chunk.toString()));
      setTimeout(() => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 100);
    };
    const { response } = await openSocket(server.url, [as(good.key)], "/ws", "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([response.status, bytes.join(""), api.requests]).toEqual([200, "", []]);
  });
});

describe("what is no upgrade is served like any other request, without the offer", () => {
  test.each<[string, string[], string?]>([
    ["h2c", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"]],
    ["H2C with a version", ["Connection: Upgrade", "Upgrade: H2C/1"]],
    ["h2", ["Connection: Upgrade", "Upgrade: h2"]],
    ["HTTP/2.0", ["Connection: Upgrade", "Upgrade: HTTP/2.0"]],
    ["TLS/1.3", ["Connection: Upgrade", "Upgrade: TLS/1.3"]],
    ["h2c beside websocket", ["Connection: Upgrade", "Upgrade: websocket, h2c"]],
    ["h2c in a line of its own", ["Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c"]],
    ["a protocol that is no token", ["Connection: Upgrade", "Upgrade: web socket"]],
    ["no protocol", ["Connection: Upgrade", "Upgrade:"]],
    ["an offer that Connection does not name", ["Upgrade: websocket"]],
    ["a body by its length", ["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 5"], "hello"],
    ["a body in chunks", ["Connection: Upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"],
  ])("%s", async (_sentence, lines, body = "") => {
    const text = [`POST /x HTTP/1.1`, host(), as(good.key), ...lines].join("\r\n");
    // The second request shows that the first one ended where it said, and closes the connection.
    const last = `GET /last HTTP/1.1\r\n${host()}\r\n${as(good.key)}\r\nConnection: close\r\n\r\n`;
    const responses = await exchange(server.url, `${text}\r\n\r\n${body}`, last);
    expect(responses.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect([api.upgrades.length, api.requests]).toEqual([0, ["POST /x - -", "GET /last - -"]]);
  });

  test.each([
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: +5",
    "Content-Length: 5\r\nContent-Length: 6",
    "Transfer-Encoding: gzip",
  ])("a body that is framed by %j is refused, and no byte of it is a request", async (framing) => {
    const text = `POST /x HTTP/1.1\r\n${host()}\r\n${as(good.key)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${framing}\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n${host()}\r\n${as(good.key)}\r\n\r\n`;
    expect(await exchange(server.url, text)).toMatch(/^HTTP\/1\.1 400 /);
    expect([api.upgrades.length, api.requests]).toEqual([0, []]);
  });

  test("HTTP/1.0 cannot switch", async () => {
    const text = `GET /x HTTP/1.0\r\n${as(good.key)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(parseResponse(Buffer.from(await exchange(server.url, text))).text).toBe("ordinary");
  });

  test("a second Host and a target that is no path are refused", async () => {
    expect((await openSocket(server.url, [as(good.key), "Host: other"])).response.status).toBe(400);
    expect((await openSocket(server.url, [as(good.key)], "http://evil.test/ws")).response.status).toBe(400);
    expect(api.upgrades).toHaveLength(0);
  });

  test.each([
    "/keyward/health",
    "/keyward/v1/whoami",
    "/keyward/v1/forward-auth",
    "/keyward/v1/forward-auth/ws",
    "/keyward/unknown",
    "/org",
  ])("Keyward's own %s never switches", async (target) => {
    const plain = parseResponse(
      Buffer.from(await exchange(server.url, `GET ${target} HTTP/1.1\r\n${host()}\r\n${as(good.key)}\r\nConnection: close\r\n\r\n`)),
    );
    const text = `GET ${target} HTTP/1.1\r\n${host()}\r\n${as(good.key)}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`;
    const asked = parseResponse(Buffer.from(await exchange(server.url, text)));
    expect([asked.status, asked.text]).toEqual([plain.status, plain.text]);
    expect(api.upgrades).toHaveLength(0);
  });

  test("verify with the offer is verify", async () => {
    const token = (await server.request("POST", "/keyward/v1/service-tokens", { name: "x" })).json.token;
    const body = JSON.stringify({ key: good.key });
    const lines = [
      `POST /keyward/v1/verify HTTP/1.1`,
      host(),
      `Authorization: Bearer ${token}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ];
    const text = await exchange(server.url, `${lines.join("\r\n")}\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n${body}`);
    expect(parseResponse(Buffer.from(text)).json).toMatchObject({ valid: true });
  });

  test("behind a request that is still being served it waits its turn, and does not switch", async () => {
    api.onRequest = (request, response) => setTimeout(() => response.end(request.url), request.url === "/slow" ? 150 : 0);
    const request = (target: string, ...lines: string[]) => [`GET ${target} HTTP/1.1`, host(), as(good.key), ...lines, "", ""].join("\r\n");
    const text = request("/slow") + request("/ws", "Connection: Upgrade", "Upgrade: websocket");
    const responses = await exchange(server.url, text, request("/last", "Connection: close"), 2);
    expect([...responses.matchAll(/\r\n\r\n(?:[0-9a-f]+\r\n)?(\/[a-z]+)/g)].map(([, path]) => path)).toEqual(["/slow", "/ws", "/last"]);
    expect(api.upgrades).toHaveLength(0);
  });

  test("where there is no gateway", async () => {
    const alone = await inProcess();
    const { response } = await openSocket(alone.url, ["X-Close: 1", "Connection: close"], "/ws");
    expect(response.status).toBe(404);
  });
});

describe("when one side goes", () => {
  const opened = async () => {
    const client = await openSocket(server.url, [as(good.key)]);
    return { client, behind: api.upgrades[0]!.socket };
  };
  const isClosed = (socket: Socket) => vi.waitFor(() => expect(socket.destroyed).toBe(true), { timeout: 2_000 });

  test("the client ends: the API gets what was sent, and then the end", async () => {
    const received: string[] = [];
    api.onUpgrade = (_request, socket) => {
      socket.write(SWITCH);
      socket.on("data", (chunk) => received.push(chunk.toString())).on("end", () => socket.end("bye"));
    };
    const { client } = await opened();
    client.socket.end("last words");
    expect([await client.read(3), received.join("")]).toEqual(["bye", "last words"]);
  });

  test("the API ends: the client gets what was sent, and then the end", async () => {
    const { client, behind } = await opened();
    behind.end("last words");
    expect(await client.read(10)).toBe("last words");
    await client.closed();
  });

  test("the client resets: the API's connection is closed", async () => {
    const { client, behind } = await opened();
    client.socket.resetAndDestroy();
    await isClosed(behind);
  });

  test("the API resets: the client's connection is closed", async () => {
    const { client, behind } = await opened();
    behind.resetAndDestroy();
    await client.closed();
  });

  test("the client resets before the API has responded: the API's connection is closed, and the place is free", async () => {
    await open({}, { limits: { concurrentRequests: 1 } });
    api.onUpgrade = (_request, behind) => behind.resume().on("end", () => behind.end());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1").on("error", () => undefined);
    socket.write(["GET /ws HTTP/1.1", host(), as(good.key), "Connection: Upgrade", "Upgrade: websocket", "", ""].join("\r\n"));
    await vi.waitFor(() => expect(api.upgrades).toHaveLength(1));
    socket.resetAndDestroy();
    await isClosed(api.upgrades[0]!.socket);
    api.onUpgrade = undefined;
    await vi.waitFor(async () => expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101));
  });

  test.each<[string, (socket: Socket) => unknown, string]>([
    ["before the API has responded", () => undefined, ""],
    ["before the API has responded, and has sent something", () => undefined, "early"],
    [
      "while the API streams without a switch, and is silent",
      (socket) => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
      "",
    ],
  ])("the client closes %s: the API's connection is closed, and the place is free", async (_sentence, reply, early) => {
    await open({}, { limits: { concurrentRequests: 1 } });
    api.onUpgrade = (_request, behind) => {
      behind.resume().on("end", () => behind.end());
      reply(behind);
    };
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1").on("error", () => undefined);
    socket.write(["GET /ws HTTP/1.1", host(), as(good.key), "Connection: Upgrade", "Upgrade: websocket", "", early].join("\r\n"));
    await vi.waitFor(() => expect(api.upgrades).toHaveLength(1));
    socket.end();
    await isClosed(api.upgrades[0]!.socket);
    api.onUpgrade = undefined;
    await vi.waitFor(async () => expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101));
  });

  test("the client sends more before the switch: the API gets it, in order, after the switch", async () => {
    const early = "x".repeat(200_000);
    api.onUpgrade = (_request, socket, head) => {
      setTimeout(() => {
        socket.write(SWITCH);
        socket.write(head);
        socket.pipe(socket);
      }, 100);
    };
    const opening = openSocket(server.url, [as(good.key)], "/ws", `a${early}`);
    const { socket, read } = await opening;
    socket.write("z");
    expect(await read(early.length + 2)).toBe(`a${early}z`);
  });

  test("requests count as concurrent until the tunnel closes, and no longer", async () => {
    await open({}, { limits: { concurrentRequests: 2 } });
    const [first, second] = [await openSocket(server.url, [as(good.key)]), await openSocket(server.url, [as(good.key)])];
    expect([first.response.status, second.response.status]).toEqual([101, 101]);
    expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(429);
    first.socket.destroy();
    await vi.waitFor(async () => expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101));
    api.upgrades[1]!.socket.destroy();
    await second.closed();
    await vi.waitFor(async () => expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(101));
  });
});

test("a refused upgrade takes no place among the concurrent ones", async () => {
  await open({}, { limits: { concurrentRequests: 1 } });
  api.onUpgrade = (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  for (let turn = 0; turn < 5; turn++)
    await vi.waitFor(async () => expect((await openSocket(server.url, [as(good.key)])).response.status).toBe(403));
});

test("once the server stops, a request for a WebSocket gets a response like any other", async () => {
  server.gateway?.endUpgraded();
  const head = ["GET /ws HTTP/1.1", host(), as(good.key), "Connection: Upgrade, close", "Upgrade: websocket"];
  const { status, text } = parseResponse(Buffer.from(await exchange(server.url, `${head.join("\r\n")}\r\n\r\n`)));
  expect([status, text, api.requests, api.upgrades]).toEqual([200, "ordinary", ["GET /ws - -"], []]);
});

test("the server stops at once while tunnels are open, below a path too", async () => {
  const started = await startProcess({ args: ["--upstream", api.url], env: { KEYWARD_BASE_URL: "http://127.0.0.1/keys" } });
  const { key } = await started.newKey(await started.newOrganization());
  const tunnels = await Promise.all(["/keys/ws", "/ws", "/keys/keys"].map((target) => openSocket(started.url, [as(key)], target)));
  expect(tunnels.map(({ response }) => response.status)).toEqual([101, 101, 101]);
  expect(api.upgrades.map(({ request }) => request.url).sort()).toEqual(["/keys", "/ws", "/ws"]);
  const from = performance.now();
  await started.kill("SIGTERM");
  expect(performance.now() - from).toBeLessThan(3_000);
  await Promise.all(tunnels.map(({ closed }) => closed()));
});
