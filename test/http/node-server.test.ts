/** HTTP as bytes on a socket: what Node would refuse by itself is refused in the platform's form, and times and limits are kept. */
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ERRORS, type ErrorCode } from "../../engine/errors.ts";
import type { Platform } from "../../platforms/define.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { secret } from "../support/root.ts";
import { type InProcess, inProcess } from "./in-process.ts";
import { parseResponse, readAll, sendRaw } from "./raw-http.ts";
import { suiteUpstream } from "./upstream.ts";

const ORGS = "/keyward/v1/organizations";
const VERIFY = "/keyward/v1/verify";
/** Short, and long enough for a busy machine to read what was sent at once. */
const SHORT = { head: 400, request: 500, check: 20 };
const upstream = suiteUpstream();

function open(url: string, bytes: string): { socket: Socket; reply: Promise<Buffer>; soFar: () => string } {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  const reply = readAll(socket);
  socket.write(bytes, "latin1");
  onTestFinished(() => void socket.destroy());
  return { socket, reply, soFar: () => text };
}
/** Until it is so, on a busy machine too. */
const seen = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const lines = (...head: string[]) => `${head.join("\r\n")}\r\n\r\n`;
const exchange = async (url: string, bytes: string) => parseResponse(await open(url, bytes).reply);
const post = (path: string, ...more: string[]) => lines(`POST ${path} HTTP/1.1`, "Host: x", "Content-Type: application/json", ...more);

/** What is sent; nothing more follows. */
// biome-ignore format: a table
const REFUSED: [sentence: string, bytes: string, code: ErrorCode][] = [
  ["a head over the limit",              lines("GET /keyward/health HTTP/1.1", "Host: x", `X: ${"x".repeat(20_000)}`),             "headers_too_large"],
  ["a head far over the limit",          lines("GET /keyward/health HTTP/1.1", "Host: x", `X: ${"x".repeat(2_000_000)}`),          "headers_too_large"],
  ["a request line over the limit",      lines(`GET /keyward/health?${"x".repeat(20_000)} HTTP/1.1`, "Host: x"),                   "headers_too_large"],
  ["a head that stops",                  "GET /keyward/health HTTP/1.1\r\nHost: x\r\n",                                            "request_timeout"],
  ["a body that stops, at verify",       `${post(VERIFY, "Content-Length: 10")}{`,                                                  "request_timeout"],
  ["a body that never begins",           post(VERIFY, "Content-Length: 10"),                                                       "request_timeout"],
  ["a body that stops, at a route",      `${post(ORGS, "Content-Length: 10")}{`,                                                    "request_timeout"],
  ["a chunk that stops",                 `${post(ORGS, "Transfer-Encoding: chunked")}5\r\n{`,                                       "request_timeout"],
  ["an expectation of something else",   post(VERIFY, "Expect: a-miracle", "Content-Length: 0"),                                   "expectation_failed"],
  ["no Host",                            lines("GET /keyward/health HTTP/1.1"),                                                    "invalid_request"],
  ["an empty Host",                      lines("GET /keyward/health HTTP/1.1", "Host:"),                                           "invalid_request"],
  ["a Host with a user",                 lines("GET /keyward/health HTTP/1.1", "Host: a@b"),                                       "invalid_request"],
  ["a Host with a path",                 lines("GET /keyward/health HTTP/1.1", "Host: a/b"),                                       "invalid_request"],
  ["a Host with a space",                lines("GET /keyward/health HTTP/1.1", "Host: a b"),                                       "invalid_request"],
  ["a Host with an impossible port",     lines("GET /keyward/health HTTP/1.1", "Host: a:70000"),                                   "invalid_request"],
  ["a Host with bytes beyond ASCII",     lines("GET /keyward/health HTTP/1.1", "Host: b\xfccher"),                                 "invalid_request"],
  ["two Hosts",                          lines("GET /keyward/health HTTP/1.1", "Host: a", "Host: a"),                              "invalid_request"],
  ["two Hosts at verify",                post(VERIFY, "Host: y", "Content-Length: 0"),                                             "invalid_request"],
  ["no Host at verify",                  lines(`POST ${VERIFY} HTTP/1.1`, "Content-Length: 0"),                                    "invalid_request"],
  ["OPTIONS *",                          lines("OPTIONS * HTTP/1.1", "Host: x"),                                                   "invalid_request"],
  ["CONNECT",                            lines("CONNECT example.com:443 HTTP/1.1", "Host: example.com:443"),                       "invalid_request"],
  ["a backslash in the path",            lines("GET /keyward\\health HTTP/1.1", "Host: x", "Connection: close"),                   "invalid_request"],
  ["no HTTP at all",                     "hello\r\n\r\n",                                                                          "invalid_request"],
  ["chunk extensions over the limit",    `${post(VERIFY, "Transfer-Encoding: chunked")}1;${"x".repeat(20_000)}\r\n{\r\n0\r\n\r\n`,  "payload_too_large"],
];

const ownForm = ({ errorForm }: Platform, code: ErrorCode) => ({
  contentType: errorForm.contentType,
  body: errorForm.body({ code, detail: "x" }, (known) => ERRORS[known]),
});

/** All at once: some of them are refused when their time has passed. */
async function expectRefused({ url, logged }: InProcess, platform: Platform, rows: typeof REFUSED) {
  const replies = await Promise.all(rows.map(async ([sentence, bytes]) => [sentence, await exchange(url, bytes)] as const));
  const stated = replies.map(([sentence, { status, header, json }]) => [
    sentence,
    status,
    header("content-type"),
    header("connection"),
    header("cache-control"),
    Object.keys(json ?? {}),
  ]);
  expect(stated).toEqual(
    rows.map(([sentence, , code]) => [
      sentence,
      ERRORS[code].status,
      ownForm(platform, code).contentType,
      "close",
      "no-store",
      Object.keys(ownForm(platform, code).body),
    ]),
  );
  expect(logged).toEqual([]);
}

test("a request that stops arriving is refused in the form of each platform, and the connection is closed", async () => {
  const stopping = REFUSED.filter(([, , code]) => code === "request_timeout");
  expect(stopping).toHaveLength(5);
  const servers = await Promise.all(
    [...PLATFORMS.values()].map(async (platform) => [platform, await inProcess({ platform, times: SHORT })] as const),
  );
  await Promise.all(servers.map(([platform, server]) => expectRefused(server, platform, stopping)));
});

describe.each([...PLATFORMS])("%s refuses in its own form", (_name, platform) => {
  test("whatever else Node would refuse by itself, and closes the connection", async () => {
    await expectRefused(
      await inProcess({ platform }),
      platform,
      REFUSED.filter(([, , code]) => code !== "request_timeout"),
    );
  });

  test("in front of an upstream, too", async () => {
    const { url } = await inProcess({ platform, upstream: upstream.url });
    // Nobody but the upstream knows what a backslash means to it; and its requests may take their time.
    for (const [sentence, bytes, code] of REFUSED.filter(
      ([sentence, , code]) => code !== "request_timeout" && !sentence.includes("backslash"),
    )) {
      const { status, header } = await exchange(url, bytes.replaceAll("/keyward/health", "/somewhere"));
      expect([sentence, status, header("content-type")]).toEqual([sentence, ERRORS[code].status, ownForm(platform, code).contentType]);
    }
  });

  test("but for problem details where the request accepts them and its path is Keyward's own", async () => {
    const { url } = await inProcess({ platform });
    const { status, header, json } = await exchange(
      url,
      lines(`GET ${ORGS} HTTP/1.1`, "Host: a@b", "Accept: application/problem+json", "Connection: close"),
    );
    expect([status, header("content-type"), json.code]).toEqual([400, "application/problem+json", "invalid_request"]);
  });
});

test("Strict-Transport-Security is in what is written to a bare socket, where the base URL is https", async () => {
  const { url } = await inProcess({ baseUrl: "https://keys.example.com" });
  for (const bytes of ["hello\r\n\r\n", lines("CONNECT a:1 HTTP/1.1", "Host: a:1")])
    expect((await exchange(url, bytes)).header("strict-transport-security")).toBe("max-age=31536000");
});

describe("HTTP/1.0", () => {
  test("needs no Host, on any surface", async () => {
    upstream.reset();
    const { url, request, operatorToken, newOrganization, newKey } = await inProcess({ upstream: upstream.url });
    const { key } = await newKey(await newOrganization());
    const token = secret((await request("POST", "/keyward/v1/service-tokens", { name: "x" })).json.token as string);
    const body = JSON.stringify({ key });
    const verify = (path: string) =>
      `${lines(`POST ${path} HTTP/1.0`, `Authorization: Bearer ${token}`, "Content-Type: application/json", `Content-Length: ${body.length}`)}${body}`;
    for (const bytes of [
      lines("GET /keyward/health HTTP/1.0"),
      lines(`GET ${ORGS} HTTP/1.0`, `Authorization: Bearer ${operatorToken}`),
      lines("GET /keyward/v1/whoami HTTP/1.0", `X-Api-Key: ${key}`),
      lines("GET /somewhere HTTP/1.0", `X-Api-Key: ${key}`),
      verify(VERIFY),
      verify(`${VERIFY}?x=1`),
    ])
      expect([bytes.split("\r\n")[0], (await exchange(url, bytes)).status]).toEqual([bytes.split("\r\n")[0], 200]);
  });

  test("is never asked to continue", async () => {
    const { url } = await inProcess();
    const { reply } = open(
      url,
      `${lines(`POST ${ORGS} HTTP/1.0`, "Content-Type: application/json", "Expect: 100-continue", "Content-Length: 2")}{}`,
    );
    expect((await reply).toString()).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("a connection that breaks", () => {
  const stream = async () => {
    let release: () => void = () => undefined;
    upstream.reset((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("begun, ");
      release = () => response.end("ended");
    });
    const fixture = await inProcess({ upstream: upstream.url, times: SHORT });
    const { key } = await fixture.newKey(await fixture.newOrganization());
    return { url: fixture.url, key, end: () => release() };
  };

  test.each([
    ["bytes that are no HTTP", "hello\r\n\r\n", 100],
    ["a head over the limit", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 100],
    ["half a request", "GET / HTTP/1.1\r\nHos", SHORT.head + 5 * SHORT.check],
  ])(
    "after a request, by %s, gets nothing written into the response under way, which ends as it should",
    async (_sentence, garbage, noticedMs) => {
      const { url, key, end } = await stream();
      const { socket, reply, soFar } = open(url, lines("GET /stream HTTP/1.1", "Host: x", `X-Api-Key: ${key}`));
      await seen(() => expect(soFar()).toContain("begun, "));
      socket.write(garbage);
      // What is no HTTP is noticed when it is read, half a request when the head's time has passed.
      await new Promise((later) => setTimeout(later, noticedMs));
      end();
      const text = (await reply).toString();
      expect(parseResponse(await reply).text).toBe("begun, ended");
      expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    },
  );

  test("within the body gets nothing written into a response that has begun", async () => {
    const { url, key } = await stream();
    const { socket, reply, soFar } = open(
      url,
      `${lines("POST /stream HTTP/1.1", "Host: x", `X-Api-Key: ${key}`, "Transfer-Encoding: chunked")}1\r\na\r\n`,
    );
    await seen(() => expect(soFar()).toContain("begun, "));
    socket.write("no chunk\r\n");
    const text = (await reply).toString();
    expect(text).toContain("begun, ");
    expect([text.match(/HTTP\/1\.1/g)?.length, text.includes("readable")]).toEqual([1, false]);
  });

  test("within the body, before a response, gets the reason", async () => {
    const { url } = await inProcess();
    expect((await exchange(url, `${post(ORGS, "Transfer-Encoding: chunked")}no chunk\r\n`)).json.code).toBe("invalid_request");
  });

  test("within the body after it was refused gets no second response", async () => {
    const { url } = await inProcess({ upstream: upstream.url, times: SHORT });
    const { socket, reply, soFar } = open(url, lines("POST /somewhere HTTP/1.1", "Host: x", "Content-Length: 10"));
    await seen(() => expect(soFar()).toContain("401"));
    socket.write("{");
    expect((await reply).toString().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("between two requests is told of the second", async () => {
    const { url } = await inProcess({ times: SHORT });
    for (const [rest, status] of [
      ["GET / HTTP/1.1\r\nHos", 408],
      ["hello\r\n\r\n", 400],
    ] as const) {
      const { socket, reply, soFar } = open(url, lines("GET /keyward/health HTTP/1.1", "Host: x"));
      await seen(() => expect(soFar()).toContain('{"status":"ok"}'));
      socket.write(rest);
      const [, first, second] = (await reply).toString().split("HTTP/1.1 ");
      expect([first?.slice(0, 3), second?.slice(0, 3)]).toEqual(["200", String(status)]);
    }
  });

  test("is closed without a word where nothing was ever sent", async () => {
    const { url } = await inProcess({ times: { head: 50, request: 50, check: 10 } });
    expect((await open(url, "").reply).length).toBe(0);
  });

  test("by a client that goes away leaves nothing in the log", async () => {
    const { url, logged, request } = await inProcess({ upstream: upstream.url });
    for (const path of [VERIFY, `${VERIFY}?x=1`, ORGS, "/somewhere"]) {
      const { socket } = open(url, `${post(path, "Content-Length: 10")}{`);
      await request("GET", "/keyward/health");
      socket.destroy();
    }
    await request("GET", "/keyward/health");
    expect(logged).toEqual([]);
  });
});

describe("a request that follows one whose response closes the connection is not processed:", () => {
  // biome-ignore format: a table
  test.each([
    ["after a head that is refused",          lines("GET /keyward/health HTTP/1.1", "Host: a", "Host: b"),                                "400"],
    ["after a body that is too large",         `${post(VERIFY, "Authorization: Bearer TOKEN", "Content-Length: 70000")}${" ".repeat(70_000)}`, "413"],
    ["after a body that forward-auth ignores", `${post("/keyward/v1/forward-auth", "Content-Length: 5")}hello`,                            "401"],
    ["after the last that a client announced", lines("GET /keyward/health HTTP/1.1", "Host: x", "Connection: close"),                      "200"],
  ])("%s", async (_sentence, first, status) => {
    const { url, request, operatorToken } = await inProcess();
    const body = JSON.stringify({ name: "Never" });
    const second = post(ORGS, `Authorization: Bearer ${operatorToken}`, `Content-Length: ${body.length}`) + body;
    const reply = (await open(url, first.replace("TOKEN", operatorToken) + second).reply).toString();
    expect(reply.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual([status]);
    expect((await request("GET", ORGS)).json.data).toEqual([]);
  });
});

describe("100 Continue", () => {
  let fixture: InProcess;
  let key: string;
  const expecting = (path: string, length: number, ...more: string[]) =>
    post(path, "Expect: 100-continue", `Content-Length: ${length}`, "Connection: close", ...more);
  const prepare = async () => {
    upstream.reset();
    fixture = await inProcess({ upstream: upstream.url });
    ({ key } = await fixture.newKey(await fixture.newOrganization()));
  };

  test.each([VERIFY, `${VERIFY}?x=1`, ORGS, "/keyward/auth/sign-in/email"])(
    "%s asks for a body within the limit, and for none over it",
    async (path) => {
      await prepare();
      const credential = `Authorization: Bearer ${fixture.operatorToken}`;
      const body = '{"name":"x"}';
      const { socket, reply, soFar } = open(fixture.url, expecting(path, body.length, credential));
      await seen(() => expect(soFar()).toBe("HTTP/1.1 100 Continue\r\n\r\n"));
      socket.write(body);
      expect(parseResponse(await reply).status).toBeLessThan(500);
      expect((await exchange(fixture.url, expecting(path, 64 * 1024 + 1, credential))).status).toBe(413);
      expect((await open(fixture.url, expecting(path, 64 * 1024 + 1, credential)).reply).toString()).toMatch(/^HTTP\/1\.1 413 /);
    },
  );

  test("the gateway asks for a body of any size when the key has been accepted, and never before", async () => {
    await prepare();
    for (const [credential, status] of [
      ["X: x", 401],
      ["X-Api-Key: nonsense", 401],
    ] as const)
      expect((await open(fixture.url, expecting("/upload", 100_000, credential)).reply).toString()).toMatch(
        new RegExp(`^HTTP/1.1 ${status} `),
      );
    const { socket, reply, soFar } = open(fixture.url, expecting("/upload", 100_000, `X-Api-Key: ${key}`));
    await seen(() => expect(soFar()).toBe("HTTP/1.1 100 Continue\r\n\r\n"));
    socket.write("x".repeat(100_000));
    expect(parseResponse(await reply).text).toBe("upstream's response");
    expect(upstream.received.at(-1)?.body.length).toBe(100_000);
  });
});

describe("an upload through the gateway", () => {
  const uploading = async (upstreamTimeoutMs?: number) => {
    upstream.reset();
    const fixture = await inProcess({
      upstream: upstream.url,
      times: SHORT,
      ...(upstreamTimeoutMs !== undefined && { upstreamTimeoutMs }),
    });
    const { key } = await fixture.newKey(await fixture.newOrganization());
    return open(fixture.url, lines("POST /upload HTTP/1.1", "Host: x", "Connection: close", `X-Api-Key: ${key}`, "Content-Length: 20"));
  };

  test("may take longer than a request to Keyward, as long as it goes on", async () => {
    const { socket, reply } = await uploading();
    for (let byte = 0; byte < 10; byte++) {
      await new Promise((later) => setTimeout(later, SHORT.request / 6));
      socket.write("xx");
    }
    expect(parseResponse(await reply).text).toBe("upstream's response");
  });

  test.each([
    ["by the server, where the upstream has more time", 5_000],
    ["by the gateway, where it has less", 100],
  ])("that stops is 408, %s", async (_sentence, upstreamTimeoutMs) => {
    const { socket, reply } = await uploading(upstreamTimeoutMs);
    socket.write("x");
    const { status, json, header } = parseResponse(await reply);
    expect([status, json.code, header("connection")]).toEqual([408, "request_timeout", "close"]);
  });

  test("that the upstream does not take is the upstream's fault", async () => {
    upstream.reset((request) => void request.pause());
    const { url, newOrganization, newKey } = await inProcess({
      upstream: upstream.url,
      times: SHORT,
      upstreamTimeoutMs: 2 * SHORT.request,
    });
    const { key } = await newKey(await newOrganization());
    const size = 64 * 1024 * 1024;
    const { socket, reply } = open(
      url,
      lines("POST /upload HTTP/1.1", "Host: x", "Connection: close", `X-Api-Key: ${key}`, `Content-Length: ${size}`),
    );
    socket.write(Buffer.alloc(size));
    expect(parseResponse(await reply).json.code).toBe("upstream_timeout");
  });
});

test("a head of many headers within the limit is read whole", async () => {
  const { url, operatorToken } = await inProcess();
  const many = Array.from({ length: 2_500 }, () => "a:");
  expect((await sendRaw(url, [`GET ${ORGS} HTTP/1.1`, ...many, `Authorization: Bearer ${operatorToken}`])).status).toBe(200);
});
