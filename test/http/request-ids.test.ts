/** The id of a request is the same in its response, in the problem, at the upstream, in the log and in the audit log, on every surface. */
import { beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../stores/contract.ts";
import { freshKey } from "../support/service.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";
import { suiteUpstream } from "./upstream.ts";

const upstream = suiteUpstream();
beforeEach(() => upstream.reset());

const MADE = /^req_[0-9a-f]{24}$/;
const TRUSTED = { trustedProxies: ["127.0.0.0/8"] };

/** Each surface, and what writes its response. */
const SURFACES: [surface: string, line: string, ...more: string[]][] = [
  ["health", "GET /keyward/health HTTP/1.1"],
  ["health, by another method", "PUT /keyward/health HTTP/1.1", "Content-Length: 0"],
  ["verify", "POST /keyward/v1/verify HTTP/1.1", "Content-Length: 0"],
  ["whoami", "GET /keyward/v1/whoami HTTP/1.1"],
  ["forward-auth", "GET /keyward/v1/forward-auth HTTP/1.1"],
  ["the gateway", "GET /anything HTTP/1.1"],
  ["management", "GET /keyward/v1/organizations HTTP/1.1"],
  ["management through the framework", "HEAD /keyward/v1/organizations HTTP/1.1"],
  ["signing in", "POST /keyward/auth/sign-in/email HTTP/1.1", "Content-Length: 0"],
  ["a page", "GET /keyward/sign-in HTTP/1.1", "Accept: text/html"],
  ["the document", "GET /keyward/openapi.json HTTP/1.1"],
  ["metrics", "GET /keyward/metrics HTTP/1.1"],
  ["an unknown path", "GET /keyward/nothing HTTP/1.1"],
  ["a head that is refused", "GET /keyward/health HTTP/1.1", "Host: a", "Host: b"],
  ["an expectation that cannot be met", "GET /keyward/health HTTP/1.1", "Expect: wonders"],
  ["framing that is refused", "POST /anything HTTP/1.1", "Transfer-Encoding: gzip, chunked"],
  ["CONNECT", "CONNECT example.com:443 HTTP/1.1"],
];

describe.each(SURFACES)("%s", (_surface, line, ...more) => {
  test("keeps the id of a trusted proxy, and makes one otherwise", async () => {
    const [trusting, careful] = [await inProcess({ upstream: upstream.url, ...TRUSTED }), await inProcess({ upstream: upstream.url })];
    const head = [line, ...more, "X-Request-Id: proxy-1"];
    expect((await sendRaw(trusting.url, head)).requestId).toBe("proxy-1");
    const made = await sendRaw(careful.url, head);
    expect(made.requestId).toMatch(MADE);
    expect((await sendRaw(careful.url, head)).requestId).not.toBe(made.requestId);
    if (made.header("content-type") !== "application/problem+json" || line.startsWith("HEAD")) return;
    expect(JSON.parse(made.body.toString()).requestId).toBe(made.requestId);
  });
});

test.each([
  ["a head that is too large", `GET /keyward/health HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\nX: ${"x".repeat(20_000)}\r\n\r\n`],
  ["no HTTP at all", "\x16\x03\x01\r\n\r\n"],
])("what node:http itself refuses has a new id: %s", async (_sentence, bytes) => {
  const { url } = await inProcess(TRUSTED);
  const refused = await sendRaw(url, [bytes.trimEnd()]);
  expect([refused.requestId, JSON.parse(refused.body.toString()).requestId]).toEqual([expect.stringMatching(MADE), refused.requestId]);
});

test("the upstream learns the id of the response, and never that of a client; its own is not passed on", async () => {
  const server = await inProcess({ upstream: upstream.url });
  const { key } = await server.newKey(await server.newOrganization());
  upstream.reset((_request, response) => void response.writeHead(200, { "X-Request-Id": "theirs" }).end());
  const response = await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`, "X-Request-Id: forged", "X_Request_Id: forged"]);
  expect([response.status, response.requestId]).toEqual([200, expect.stringMatching(MADE)]);
  expect(upstream.only.values("x-request-id")).toEqual([response.requestId]);
});

test("the upstream learns the id that a trusted proxy sent", async () => {
  const server = await inProcess({ upstream: upstream.url, ...TRUSTED });
  const { key } = await server.newKey(await server.newOrganization());
  await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`, "X-Request-Id: proxy-1"]);
  expect(upstream.only.values("x-request-id")).toEqual(["proxy-1"]);
});

test("requests of one connection have ids of their own", async () => {
  const { url } = await inProcess();
  const ids = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${url}/keyward/health`)).headers.get("x-request-id")));
  expect(new Set(ids).size).toBe(20);
});

test("an audit row has the id of the request that made the change, whichever way it was served", async () => {
  const server = await inProcess();
  const id = await server.newOrganization();
  // The framework takes an absolute target, which is no direct route.
  const ask = (origin: string) =>
    sendRaw(
      server.url,
      [
        `POST ${origin}/keyward/v1/organizations/${id}/keys HTTP/1.1`,
        `Authorization: Bearer ${server.operatorToken}`,
        "Content-Type: application/json",
        "Content-Length: 12",
      ],
      '{"name":"a"}',
    );
  const made = [await ask(""), await ask(server.url)];
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
  const { json } = await server.request("GET", `/keyward/v1/organizations/${id}/audit`);
  expect(json.data.slice(0, 2).map(({ requestId }: { requestId: string }) => requestId)).toEqual(
    made.map(({ requestId }) => requestId).reverse(),
  );
  const csv = await server.request("GET", `/keyward/v1/organizations/${id}/audit.csv`);
  expect(
    csv.text
      .split("\r\n")
      .slice(0, 2)
      .map((row) => row.split(",").at(-1)),
  ).toEqual(["requestId", made[1]?.requestId]);
});

const json = (body: string) => ["Authorization: Bearer TOKEN", "Content-Type: application/json", `Content-Length: ${body.length}`];
const presented = JSON.stringify({ key: freshKey("live") });

test.each<[surface: string, line: string, lines: string[], body?: string]>([
  ["verify", "POST /keyward/v1/verify HTTP/1.1", json(presented), presented],
  ["whoami", "GET /keyward/v1/whoami HTTP/1.1", ["X-Api-Key: KEY"]],
  ["forward-auth", "GET /keyward/v1/forward-auth HTTP/1.1", ["X-Api-Key: KEY"]],
  ["the gateway", "GET /anything HTTP/1.1", ["X-Api-Key: KEY"]],
  ["management", "GET /keyward/v1/organizations HTTP/1.1", ["Authorization: Bearer TOKEN"]],
  ["management through the framework", "HEAD /keyward/v1/organizations HTTP/1.1", ["Authorization: Bearer TOKEN"]],
])("a failure is logged with the id of its response: %s", async (_surface, line, lines, body) => {
  const failing = async () => {
    throw new StoreUnavailable("the disk is gone");
  };
  const server = await inProcess({
    upstream: upstream.url,
    wrap: (store) => ({ ...store, findKeyByDigest: failing, listOrganizations: failing }),
  });
  const credentials = lines.map((text) => text.replace("TOKEN", server.operatorToken).replace("KEY", freshKey("live")));
  const { status, requestId } = await sendRaw(server.url, [line, ...credentials], body);
  expect(status).toBe(503);
  expect(server.logged.map(({ details }) => details.requestId)).toEqual([requestId]);
});
