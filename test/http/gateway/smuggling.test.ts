/**
 * What the gateway writes to the upstream, byte for byte: however a client spells its headers and frames its bodies, one request stays one,
 * with the identity that Keyward gave it. And the way back: nothing of one response gets into the next.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { signAgentSession } from "../../../http/agent-session.ts";
import { agentpay, ampersend } from "../../../platforms/index.ts";
import { must } from "../../support/service.ts";
import { inProcess } from "../in-process.ts";
import { readAll, sendRaw } from "../raw-http.ts";
import { Upstream } from "../upstream.ts";
import { folded, OK, RawUpstream } from "./raw-upstream.ts";

/** A keyed client of a gateway before a gullible upstream. */
async function setUp() {
  const upstream = await RawUpstream.start();
  const fixture = await inProcess({ upstream: upstream.url });
  const { id, key } = await fixture.newKey(await fixture.newOrganization());
  return { ...fixture, upstream, id, key };
}

/** A request with a forged identity, hidden in a body. */
const SMUGGLED =
  "DELETE /agents/of-another HTTP/1.1\r\nHost: x\r\nX-Keyward-Key-Id: key_forged\r\nX-Keyward-Organization-Id: org_forged\r\nContent-Length: 0\r\n\r\n";
/**
 * Sends SMUGGLED as the end of a body with a length, after pieces of one byte. Were each piece to become a chunk, whose frame takes five
 * bytes, as many bytes as the length says would end just before it. `arrived` grows whenever something has come to the upstream.
 */
async function sendInPieces(url: string, headers: readonly string[], arrived: () => number): Promise<(string | undefined)[]> {
  const last = `${SMUGGLED}\r\n\r\n`;
  const count = (last.length - `${last.length.toString(16)}\r\n`.length) / 5;
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `POST /agents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${count + last.length}\r\n${headers.join("\r\n")}\r\n\r\n`,
  );
  for (const piece of [...Array<string>(count).fill("x"), last]) {
    const before = arrived();
    socket.write(piece);
    while (arrived() === before) await sleep(1);
  }
  return [...(await readAll(socket)).toString("latin1").matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
}

const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

const HOP_BY_HOP = [
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const IDENTITY = [
  "x-keyward-key-id",
  "x-keyward-organization-id",
  "x-keyward-environment",
  "x-keyward-scopes",
  "x-keyward-agent",
  "x-keyward-role",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-user",
  "forwarded",
  "x-real-ip",
  "client-ip",
  "proxy",
];
const OVERRIDES = [
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
  "x-original-uri",
  "x-original-method",
  "x-original-host",
  "x-host",
];
const CREDENTIALS = ["x-api-key", "authorization"];
const STOPPED = [...HOP_BY_HOP, ...IDENTITY, ...OVERRIDES, ...CREDENTIALS];
/** Written by Keyward or by node:http, each of them once. */
const WRITTEN = [
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "x-keyward-key-id",
  "x-keyward-organization-id",
  "x-keyward-environment",
  "x-keyward-scopes",
  "x-keyward-agent",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
];
/** Every separator that a header name may have (RFC 9110, 5.6.2). */
const SEPARATORS = [..."-_.!#$%&'*+^`|~"];

const spelled = (names: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.array(fc.constantFrom(...SEPARATORS), { minLength: 4, maxLength: 4 }),
      fc.infiniteStream(fc.boolean()),
    )
    .map(([name, separators, isUpper]) => {
      const marks = separators.values();
      return [...name]
        .map((letter) => (letter === "-" ? (marks.next().value ?? "-") : isUpper.next().value === true ? letter.toUpperCase() : letter))
        .join("");
    });
/** Names whose very own spelling the server itself acts on are drawn as aliases alone; framing is drawn by itself. */
const alias = spelled(STOPPED).filter(
  (name) =>
    !["connection", "content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer", "host", ...CREDENTIALS].includes(
      name.toLowerCase(),
    ),
);
const hostileLine = fc
  .tuple(alias, fc.constantFrom("chunked", "0", "5", "identity", "forged", "key_forged", "/admin", "DELETE", "close", ""))
  .map(([name, value]) => `${name}: ${value}`);
const keptLine = fc
  .tuple(fc.constantFrom("X-Kept", "x_kept_too", "Accept", "X-Kept.More"), fc.constantFrom("a", "b c", ""))
  .map(([name, value]) => `${name}: ${value}`);
const connectionLine = fc
  .array(fc.oneof(spelled(STOPPED), spelled(["x-kept", "x-kept-too", "host", "content-type"])), { maxLength: 6 })
  .map((tokens) => `Connection: ${["keep-alive", ...tokens].join(", ")}`);
const headerLines = fc.array(
  fc.oneof({ weight: 4, arbitrary: hostileLine }, { weight: 2, arbitrary: keptLine }, { weight: 1, arbitrary: connectionLine }),
  { maxLength: 10 },
);
const framing = fc.constantFrom(
  { lines: [], body: "", meant: "" },
  { lines: ["Content-Length: 0"], body: "", meant: "" },
  { lines: [`Content-Length: ${SMUGGLED.length}`], body: SMUGGLED, meant: SMUGGLED },
  { lines: ["Transfer-Encoding: chunked"], body: chunked(SMUGGLED), meant: SMUGGLED },
  { lines: ["transfer-encoding: CHUNKED"], body: `${chunked(SMUGGLED).replace("\r\n", ";name=value\r\n")}`, meant: SMUGGLED },
  // What no server may take: refused, and nothing of it arrives.
  { lines: ["Content-Length: 5", "Transfer-Encoding: chunked"], body: chunked(SMUGGLED), meant: undefined },
  { lines: ["Transfer-Encoding: chunked", "Content-Length: 5"], body: chunked(SMUGGLED), meant: undefined },
  { lines: ["Content-Length: 5", `Content-Length: ${SMUGGLED.length}`], body: SMUGGLED, meant: undefined },
  { lines: [`Content-Length: 5, ${SMUGGLED.length}`], body: SMUGGLED, meant: undefined },
  { lines: ["Transfer-Encoding: identity", "Content-Length: 5"], body: SMUGGLED, meant: undefined },
  { lines: ["Transfer-Encoding: identity"], body: SMUGGLED, meant: undefined },
  { lines: ["Transfer-Encoding: gzip, chunked"], body: chunked(SMUGGLED), meant: undefined },
  { lines: ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], body: chunked(SMUGGLED), meant: undefined },
  { lines: ["Transfer-Encoding: chunked, identity"], body: chunked(SMUGGLED), meant: undefined },
);
const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND");

describe("requests", () => {
  test("however headers are spelled and bodies framed, one request arrives as one: framed once, named by Keyward alone", async () => {
    const { upstream, url, id, key } = await setUp();
    await fc.assert(
      fc.asyncProperty(method, headerLines, framing, async (verb, lines, { lines: frame, body, meant }) => {
        upstream.reset();
        const { status } = await sendRaw(
          url,
          [`${verb} /agents HTTP/1.1`, `X-Api-Key: ${key}`, ...lines, ...frame, "Connection: close"],
          body,
        );
        expect([status, upstream.received.length]).toEqual(meant === undefined ? [400, 0] : [200, 1]);
        if (meant === undefined) return;
        const request = upstream.received[0]!;
        expect([request.method, request.target, request.body]).toEqual([verb, "/agents", meant]);

        const names = request.lines.map(([name]) => name);
        const framed = names.filter((name) => ["content-length", "transfer-encoding"].includes(folded(name)));
        expect(framed.length, framed.join()).toBe(
          meant !== "" || !["GET", "HEAD", "DELETE", "OPTIONS"].includes(verb) || frame.length > 0 ? 1 : 0,
        );
        const foreign = names.filter((name) => STOPPED.includes(folded(name)) && !WRITTEN.includes(name.toLowerCase()));
        expect(foreign).toEqual([]);
        for (const name of WRITTEN) expect(names.filter((each) => folded(each) === name).length, name).toBeLessThanOrEqual(1);
        expect([request.values("x-keyward-key-id"), request.values("x-forwarded-for")]).toEqual([[id], ["127.0.0.1"]]);
        expect(upstream.bytes.replace(SMUGGLED, "")).not.toContain("forged");

        const named = lines
          .filter((line) => line.startsWith("Connection:"))
          .flatMap((line) =>
            line
              .slice(11)
              .split(",")
              .map((token) => folded(token.trim())),
          );
        const kept = lines.filter((line) => /^(x.kept|accept)/i.test(line) && !named.includes(folded(line.slice(0, line.indexOf(":")))));
        expect(request.lines.map(([name, value]) => `${name}: ${value}`).filter((line) => /^(x.kept|accept)/i.test(line))).toEqual(kept);
      }),
      { numRuns: 400 },
    );
  });

  test.each<[string, string[], string]>([
    ["a length, and a coding under another spelling", ["Content-Length: 5", "Transfer_Encoding: chunked"], `0\r\n\r\n${SMUGGLED}`],
    ["a coding under another spelling, and a length", ["Transfer.Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${SMUGGLED}`],
    [
      "chunks, and a length under another spelling",
      ["Transfer-Encoding: chunked", "Content_Length: 5"],
      `5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "a coding in two spellings, and a length",
      ["Transfer_Encoding: identity", "transfer~encoding: chunked", "Content-Length: 5"],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ["a length that Connection calls its own", ["Connection: Content-Length", "Content-Length: 5"], `hello${SMUGGLED}`],
    [
      "a coding that Connection calls its own",
      ["Connection: Transfer-Encoding", "Transfer-Encoding: chunked"],
      `5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["no frame, and a coding under another spelling", ["Transfer_Encoding: chunked"], SMUGGLED],
  ])("bytes after a body are a request of their own: %s", async (_sentence, headers, bytes) => {
    const { upstream, url, key } = await setUp();
    for (const verb of ["GET", "POST", "DELETE"]) {
      upstream.reset();
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.write(
        `${verb} /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n${headers.join("\r\n")}\r\n\r\n${bytes}GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      const statuses = [...(await readAll(socket)).toString("latin1").matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
      // Without a key of its own the hidden request gets nowhere; it may also make the rest of the connection unreadable.
      expect(["200,401,401", "200,400"]).toContain(statuses.join());
      expect(upstream.received.map((request) => `${request.method} ${request.target}`)).toEqual([`${verb} /agents`]);
      expect(upstream.bytes).not.toMatch(/^X-Keyward-Key-Id: key_forged/m);
    }
  });

  test.each(["chunks", "length"] as const)(
    "a body that is a request, in pieces that fill a second frame, stays a body where %s win",
    async (wins) => {
      const { upstream, url, id, key } = await setUp();
      upstream.wins = wins;
      for (const name of ["Transfer_Encoding", "transfer.encoding", "Transfer~Encoding"]) {
        upstream.reset();
        const statuses = await sendInPieces(url, [`X-Api-Key: ${key}`, `${name}: chunked`], () => upstream.bytes.length);
        expect(statuses).toEqual(["200"]);
        expect(upstream.received.map((request) => [request.method, request.values("x-keyward-key-id")])).toEqual([["POST", [id]]]);
      }
    },
  );

  test.each([
    ["another coding under chunks", ["POST /agents HTTP/1.1", "Transfer-Encoding: gzip, chunked"]],
    ["chunks from a client of HTTP/1.0, which knows none", ["POST /agents HTTP/1.0", "Transfer-Encoding: chunked"]],
    ["chunks under HTTP/0.9", ["POST /agents HTTP/0.9", "Transfer-Encoding: chunked"]],
  ])("%s: 400 in the platform's form, the connection ends, and nothing is counted", async (_sentence, head) => {
    const { upstream, url, newOrganization, newKey } = await setUp();
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 1 } });
    const { status, json, header } = await sendRaw(url, [...head, `X-Api-Key: ${key}`, "Connection: keep-alive"], chunked("hello"));
    expect([status, json.code, header("connection"), upstream.received]).toEqual([400, "invalid_request", "close", []]);
    expect((await sendRaw(url, ["GET /agents HTTP/1.1", `X-Api-Key: ${key}`])).status).toBe(200);
  });

  test("chunks arrive as chunks of Keyward's own: extensions and trailers stay here", async () => {
    const { upstream, url, key } = await setUp();
    const body = `5;ext="a"\r\nhello\r\n0;last\r\nX-Keyward-Key-Id: forged\r\nX-Trailer: forged\r\n\r\n`;
    expect(
      (
        await sendRaw(
          url,
          ["POST /agents HTTP/1.1", `X-Api-Key: ${key}`, "Trailer: X-Trailer", "TE: trailers", "Transfer-Encoding: chunked"],
          body,
        )
      ).status,
    ).toBe(200);
    expect(upstream.bytes.slice(upstream.bytes.indexOf("\r\n\r\n") + 4)).toBe("5\r\nhello\r\n0\r\n\r\n");
    expect(upstream.bytes).not.toMatch(/forged|ext=|last/);
  });

  test("the length is written as a number, whatever zeros stood before it", async () => {
    const { upstream, url, key } = await setUp();
    await sendRaw(url, ["POST /agents HTTP/1.1", `X-Api-Key: ${key}`, "Content-Length: 0005"], "hello");
    expect(upstream.received[0]?.values("content-length")).toEqual(["5"]);
  });

  test("requests in one pipeline arrive one by one, each with its own body", async () => {
    const { upstream, url, key } = await setUp();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const head = (verb: string, path: string, more: string) => `${verb} ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n${more}\r\n`;
    const requests = [
      head("POST", "/1", "Content-Length: 5\r\nTransfer_Encoding: chunked\r\n"),
      "0\r\n\r\n",
      head("PUT", "/2", "Transfer-Encoding: chunked\r\n"),
      chunked("two"),
      head("GET", "/3", "Connection: close\r\n"),
    ];
    socket.write(requests.join(""));
    expect((await readAll(socket)).toString().match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(upstream.received.map(({ target, body }) => [target, body]).sort()).toEqual([
      ["/1", "0\r\n\r\n"],
      ["/2", "two"],
      ["/3", ""],
    ]);
  });

  test("nobody is led to another protocol, and what follows the request to change it does not pass", async () => {
    const { upstream, url, key } = await setUp();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(
      `GET /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n${SMUGGLED}`,
    );
    const [first] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200/);
    expect([upstream.received.map((request) => request.target), /upgrade|h2c|HTTP2|forged/i.test(upstream.bytes)]).toEqual([
      ["/agents"],
      false,
    ]);
  });

  test("thousands of names in Connection are heeded", async () => {
    const { upstream, url, id, key } = await setUp();
    const tokens = Array.from({ length: 2_000 }, (_each, index) => `h${index}`).join(",");
    expect(
      (
        await sendRaw(url, [
          "GET /agents HTTP/1.1",
          `X-Api-Key: ${key}`,
          `Connection: close,${tokens},, ,X_Last, X-Keyward-Key-Id`,
          "X-Last: forged",
          "h1999: forged",
          "h2000: kept",
        ])
      ).status,
    ).toBe(200);
    expect([
      upstream.bytes.includes("forged"),
      upstream.received[0]?.values("h2000"),
      upstream.received[0]?.values("x-keyward-key-id"),
    ]).toEqual([false, ["kept"], [id]]);
  });

  test("an agent's session token does not reach an upstream whose keys come in another header", async () => {
    const platform = { ...ampersend, credentials: agentpay.credentials };
    const upstream = await RawUpstream.start();
    const { url, service, secrets, newOrganization } = await inProcess({ platform, environment: "live", upstream: upstream.url });
    const { token } = must(
      await signAgentSession(
        { service, managementKey: secrets.managementKey },
        { agent: "0xabc", organizationId: await newOrganization() },
      ),
    );
    expect((await sendRaw(url, ["GET /v1/endpoints HTTP/1.1", `Authorization: Bearer ${token}`])).status).toBe(200);
    expect([upstream.received.length, upstream.bytes.includes(token)]).toEqual([1, false]);
  });

  test("Authorization is the upstream's own where the platform's keys come in another header", async () => {
    const upstream = await RawUpstream.start();
    const { url, newOrganization, newKey } = await inProcess({ platform: agentpay, upstream: upstream.url });
    const { key } = await newKey(await newOrganization());
    await sendRaw(url, ["GET /wallets HTTP/1.1", `X-Api-Key: ${key}`, "Authorization: Basic dGhlaXJz"]);
    expect(upstream.received[0]?.values("authorization")).toEqual(["Basic dGhlaXJz"]);
  });
});

/** A server on Python's http.server, with a handler as many are written: it reads as many bytes as the length says. It prints what it serves. */
const PYTHON_SERVER = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def reply(self):
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else self.read_chunks() if self.headers.get("Transfer-Encoding") else b""
        print(self.command, self.path, self.headers.get("X-Keyward-Key-Id"), len(body), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def read_chunks(self):
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0: return body
    do_GET = do_POST = do_DELETE = reply
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
`;

test("behind Python's http.server one caller's body becomes nobody's request", async ({ skip }) => {
  const python = spawn("python3", ["-c", PYTHON_SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const isThere = await Promise.race([once(python, "spawn").then(() => true), once(python, "error").then(() => false)]);
  if (!isThere) skip("python3 is not installed; the gullible upstream above holds the same");
  onTestFinished(() => void python.kill());
  const [port] = (await once(python.stdout, "data")) as [Buffer];
  const { url, newOrganization, newKey } = await inProcess({ upstream: `http://127.0.0.1:${Number(port)}` });
  const { id, key } = await newKey(await newOrganization());
  const printed = text(python.stdout);
  // What arrives there cannot be seen from here: a few milliseconds keep the pieces apart.
  const from = performance.now();
  expect(
    await sendInPieces(url, [`X-Api-Key: ${key}`, "Transfer_Encoding: chunked"], () => Math.floor((performance.now() - from) / 5)),
  ).toEqual(["200"]);
  expect(
    (
      await sendRaw(
        url,
        ["POST /chunks HTTP/1.1", `X-Api-Key: ${key}`, "Transfer-Encoding: chunked", "Content_Length: 5"],
        chunked(SMUGGLED),
      )
    ).status,
  ).toBe(200);
  expect((await sendRaw(url, ["GET /last HTTP/1.1", `X-Api-Key: ${key}`])).status).toBe(200);
  python.kill();
  const bodies = (await printed).trim().split("\n");
  expect(bodies.map((line) => line.replace(/ \d+$/, ""))).toEqual([`POST /agents ${id}`, `POST /chunks ${id}`, `GET /last ${id}`]);
  expect(bodies[1]).toMatch(new RegExp(` ${SMUGGLED.length}$`));
});

describe("responses", () => {
  const POISON = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

  test.each([
    ["a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
    ["chunks and a length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["two lengths in one line", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"],
    ["another coding under chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
    ["another coding alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\nok"],
  ])("one framed by %s is not passed on: 502", async (_sentence, bytes) => {
    const { upstream, url, key } = await setUp();
    upstream.reply = (socket) => void socket.write(bytes);
    const { status, json } = await sendRaw(url, ["GET /agents HTTP/1.1", `X-Api-Key: ${key}`]);
    expect([status, json.code]).toEqual([502, "upstream_unreachable"]);
  });

  test("its framing and what is of its connection stay here, under every spelling; the length is Keyward's own", async () => {
    const { upstream, url, key } = await setUp();
    const theirs = [
      "Connection: keep-alive, X_Hop, Content-Length",
      "X-Hop: theirs",
      "Transfer_Encoding: theirs",
      "content.length: theirs",
      "Keep_Alive: theirs",
      "Proxy-Authenticate: theirs",
      "Upgrade: theirs",
      "Trailer: theirs",
      "X-Kept: kept",
    ];
    upstream.reply = (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${theirs.join("\r\n")}\r\nContent-Length: 0002\r\n\r\nok`);
    const { lines, text: body, header } = await sendRaw(url, ["GET /agents HTTP/1.1", `X-Api-Key: ${key}`]);
    expect([
      body,
      header("x-kept"),
      lines.filter(([, value]) => value === "theirs"),
      lines.filter(([name]) => name === "content-length"),
    ]).toEqual(["ok", "kept", [], [["content-length", "2"]]]);
  });

  test("chunks come back without their extensions and trailers", async () => {
    const { upstream, url, key } = await setUp();
    upstream.reply = (socket) =>
      void socket.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Theirs\r\n\r\n2;theirs=1\r\nok\r\n0\r\nX-Theirs: theirs\r\n\r\n",
      );
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nConnection: close\r\n\r\n`);
    const received = (await readAll(socket)).toString();
    expect(received.slice(received.indexOf("\r\n\r\n") + 4)).toBe("2\r\nok\r\n0\r\n\r\n");
    expect(received).not.toMatch(/theirs/i);
  });

  test("one that comes before the last is not passed on; the last is", async () => {
    const { upstream, url, key } = await setUp();
    upstream.reply = (socket) =>
      void socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`GET /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nConnection: close\r\n\r\n`);
    expect([...(await readAll(socket)).toString().matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(["200"]);
  });

  const LATE_MS = 40;
  // biome-ignore format: a table
  test.each<[string, string, string, readonly number[]]>([
    ["HEAD",                          "HEAD", `HTTP/1.1 200 OK\r\nContent-Length: ${POISON.length}\r\n\r\n`,           [0, 5, LATE_MS]],
    ["HEAD, announced in chunks",     "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",               [0, 5, LATE_MS]],
    ["304",                           "GET",  `HTTP/1.1 304 Not Modified\r\nContent-Length: ${POISON.length}\r\n\r\n`, [0, 5, LATE_MS]],
    ["204",                           "GET",  `HTTP/1.1 204 No Content\r\nContent-Length: ${POISON.length}\r\n\r\n`,   [0, 5, LATE_MS]],
    // Nothing announces that more will come: what arrives after the next request has begun is its response.
    ["200 that is whole without it",  "GET",  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",                          [0, 5]],
  ])(
    "bytes after %s are not the response to the next request: at once, while the connection is idle, and later",
    async (_sentence, verb, head, delays) => {
      const { upstream, url, key } = await setUp();
      for (const delayMs of delays) {
        const written = Promise.withResolvers<void>();
        upstream.reply = (socket, { target }) => {
          if (target === "/next") return void setTimeout(() => socket.writable && socket.write(OK), LATE_MS + 20);
          socket.write(delayMs === 0 ? head + POISON : head);
          setTimeout(() => {
            if (delayMs > 0 && socket.writable) socket.write(POISON);
            setImmediate(written.resolve);
          }, delayMs);
        };
        const first = await sendRaw(url, [`${verb} /first HTTP/1.1`, `X-Api-Key: ${key}`]);
        expect([first.status, first.text]).toEqual([Number(head.slice(9, 12)), ""]);
        if (first.status === 204) expect(first.header("content-length")).toBe(undefined);
        if (delayMs < LATE_MS) await written.promise;
        const next = await sendRaw(url, ["GET /next HTTP/1.1", `X-Api-Key: ${key}`]);
        expect([delayMs, next.status, next.text]).toEqual([delayMs, 200, "ok"]);
      }
    },
  );

  test("one with a mistake after its beginning cuts the client's connection, and nothing is written into it", async () => {
    const { upstream, url, key } = await setUp();
    for (const rest of ["no chunk\r\n", "", "2\r\nokno end"]) {
      upstream.reply = (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        setTimeout(() => socket.end(rest), 20);
      };
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.write(`GET /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\n\r\n`);
      const received = (await readAll(socket)).toString();
      expect(received.slice(received.indexOf("\r\n\r\n") + 4)).toMatch(/^4\r\nhalf\r\n(2\r\nok\r\n)?$/);
    }
  });

  test("a client whose upload breaks while its response is under way gets nothing written into it", async () => {
    const upstream = new Upstream();
    const cut = Promise.withResolvers<void>();
    upstream.reset((request, response) => {
      request.socket.once("close", () => cut.resolve());
      response.write("half");
    });
    const { url, newOrganization, newKey } = await inProcess({ upstream: await upstream.start() });
    onTestFinished(() => upstream.stop());
    const { key } = await newKey(await newOrganization());
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write(`POST /agents HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
    const all = readAll(socket);
    await once(socket, "data");
    socket.write("this is no chunk\r\n");
    const received = (await all).toString();
    expect(received.slice(received.indexOf("\r\n\r\n") + 4)).toBe("4\r\nhalf\r\n");
    await cut.promise;
  });
});
