/** The routes that requests wait for are served straight on node:http, and through the framework they say the same. */
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { HttpContext } from "../../http/context.ts";
import type { DirectRoute } from "../../http/direct-route.ts";
import { serveDirect } from "../../http/serve-direct.ts";
import type { Platform } from "../../platforms/define.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { keyward } from "../../platforms/keyward.ts";
import { secret } from "../support/root.ts";
import { withoutRequestId } from "../support/without-request-id.ts";
import { type InProcess, inProcess } from "./in-process.ts";
import { type RawResponse, sendRaw } from "./raw-http.ts";

const WHOAMI = "/keyward/v1/whoami";
const VERIFY = "/keyward/v1/verify";

async function served(platform: Platform) {
  const server = await inProcess({ platform });
  const { key } = await server.newKey(await server.newOrganization());
  const token = secret((await server.request("POST", "/keyward/v1/service-tokens", { name: "x" })).json.token as string);
  const [{ header, scheme }] = platform.credentials;
  const lineOf = (credential: string) => `${header}: ${scheme === undefined ? "" : `${scheme} `}${credential}`;
  return { server, key, token, lineOf };
}

function verify({ url }: InProcess, path: string, token: string, body: object): Promise<RawResponse> {
  const text = JSON.stringify(body);
  return sendRaw(
    url,
    [`POST ${path} HTTP/1.1`, `Authorization: Bearer ${token}`, "Content-Type: application/json", `Content-Length: ${text.length}`],
    text,
  );
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly lines: readonly string[];
  readonly body?: string;
}

/** When a key was last used depends on when it is asked. */
const withoutTimes = (text: string) => text.replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"a time"');
const isOfMessage = (name: string) => !["date", "connection", "keep-alive", "content-length", "transfer-encoding"].includes(name);

async function overSocket({ url }: InProcess, { method, path, lines, body = "" }: Sent) {
  const length = method === "GET" || method === "DELETE" ? [] : [`Content-Length: ${body.length}`];
  const { status, lines: sent, text } = await sendRaw(url, [`${method} ${path} HTTP/1.1`, ...lines, ...length], body);
  return { status, text: withoutTimes(text), headers: sent.filter(([name]) => isOfMessage(name)).sort() };
}

/** As an application that mounts it calls it. */
async function throughFramework({ url, app }: InProcess, { method, path, lines, body }: Sent) {
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
  const response = await app.fetch(new Request(url + path, { method, headers, ...(body !== undefined && { body }) }));
  const requestId = response.headers.get("x-request-id");
  expect(requestId).toMatch(/^req_[0-9a-f]{24}$/);
  return {
    status: response.status,
    text: withoutTimes(withoutRequestId(await response.text(), requestId)),
    headers: [...response.headers].filter(([name]) => isOfMessage(name) && name !== "x-request-id").sort(),
  };
}

test("every body is read by the same two listeners: neither of them refers to its request (decision 0024)", () => {
  const route: DirectRoute = {
    method: "POST",
    path: "/",
    takesBody: true,
    document: () => ({ responses: {} }),
    respond: () => ({ status: 200, headers: {}, body: "" }),
  };
  const [first, second] = [0, 1].map(() => {
    const request = new EventEmitter();
    serveDirect({} as HttpContext, { route, params: {}, query: {} }, request as IncomingMessage, {} as ServerResponse);
    return ["data", "end"].map((event) => request.rawListeners(event));
  });
  expect(first?.map((listeners) => listeners.length)).toEqual([1, 1]);
  expect(first?.flat().map((listener, at) => listener === second?.flat()[at])).toEqual([true, true]);
});

test("a late response that node:http refuses to write is a failure of that request alone", async () => {
  const server = await inProcess();
  const late = { status: 200, headers: { "x-broken": "\n" }, body: "" };
  const route: DirectRoute = { method: "GET", path: "/", takesBody: false, document: () => ({ responses: {} }), respond: async () => late };
  const written: number[] = [];
  const refusing = {
    req: { requestId: "req_1" },
    headersSent: false,
    destroyed: false,
    writeHead(status: number) {
      if (status === 200) throw new TypeError("Invalid character in header content");
      written.push(status);
    },
    end() {},
  };
  const context = { platform: keyward, log: { error: () => undefined }, service: {}, attempts: server.attempts } as unknown as HttpContext;
  serveDirect(
    context,
    { route, params: {}, query: {} },
    { url: "/", headers: {} } as IncomingMessage,
    refusing as unknown as ServerResponse,
  );
  await expect.poll(() => written).toEqual([500]);
});

describe.each([...PLATFORMS])("%s", (_name, platform) => {
  test("whoami and verify are served without the framework", async () => {
    const { server, key, token, lineOf } = await served(platform);
    Object.assign(server.app, { fetch: () => Promise.reject(new Error("the framework was asked")) });
    expect((await sendRaw(server.url, ["GET /keyward/openapi.json HTTP/1.1"])).status).toBe(500);
    expect((await sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`, lineOf(key)])).status).toBe(200);
    expect((await sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`])).status).toBe(401);
    expect((await verify(server, VERIFY, token, { key })).json).toMatchObject({ valid: true });
  });

  test("what the framework responds is the same, to the byte", async () => {
    const { server, key, token, lineOf } = await served(platform);
    const json = (body: unknown) => ({ lines: ["Content-Type: application/json"], body: JSON.stringify(body) });
    const organizationId = await server.newOrganization();
    const keys = `/keyward/v1/organizations/${organizationId}/keys`;
    const own = platform.routes.map(({ path }) => path.replace("{id}", "nonsense"));
    const operator = `Authorization: Bearer ${server.operatorToken}`;
    const requests: Sent[] = [
      ...[[lineOf(key)], [lineOf("nobody")], [], [lineOf(key), lineOf(key)], [lineOf(key), "Accept: application/problem+json"]].map(
        (lines) => ({
          method: "GET",
          path: WHOAMI,
          lines,
        }),
      ),
      ...[{ key }, { key: "nobody" }, { authorization: `Bearer ${key}` }, {}].map(json).map(({ lines, body }) => ({
        method: "POST",
        path: VERIFY,
        lines: [`Authorization: Bearer ${token}`, ...lines],
        body,
      })),
      { method: "GET", path: keys, lines: [operator] },
      { method: "GET", path: `${keys}?limit=1&search=a%20b+c&search=d`, lines: [operator] },
      { method: "GET", path: `${keys}?limit=x`, lines: [operator, "Accept: application/problem+json"] },
      { method: "GET", path: `${keys}/nonsense`, lines: [operator] },
      { method: "POST", path: keys, lines: [operator, "Content-Type: text/plain"], body: "{}" },
      { method: "PATCH", path: `${keys}/nonsense`, lines: [operator, ...json({}).lines], body: '{"name":1}' },
      { method: "DELETE", path: `${keys}/nonsense`, lines: [operator] },
      { method: "GET", path: keys, lines: [] },
      { method: "GET", path: "/keyward/v1/session", lines: ["Cookie: a=b"] },
      ...own.flatMap((path) => ["GET", "DELETE"].map((method) => ({ method, path, lines: [lineOf(key)] }))),
      ...own.map((path) => ({ method: "POST", path, lines: [lineOf("nobody"), ...json({}).lines], body: '{"x":1}' })),
    ];
    for (const request of requests) {
      const direct = await overSocket(server, request);
      // Two days later, so that no limit remembers the first request.
      server.clock.now += 2 * 86_400_000;
      expect(direct, `${request.method} ${request.path} ${request.lines}`).toEqual(await throughFramework(server, request));
      server.clock.now += 2 * 86_400_000;
    }
  });

  test("no declared route with a plainly written path needs the framework", async () => {
    const { server, key, lineOf } = await served(platform);
    Object.assign(server.app, { fetch: () => Promise.reject(new Error("the framework was asked")) });
    const operator = `Authorization: Bearer ${server.operatorToken}`;
    const organizationId = await server.newOrganization();
    const paths = [
      `/keyward/v1/organizations/${organizationId}/keys?limit=2`,
      `/keyward/v1/organizations/${organizationId}`,
      "/keyward/v1/platform",
      "/keyward/health",
    ];
    for (const path of paths) expect((await sendRaw(server.url, [`GET ${path} HTTP/1.1`, operator])).status, path).toBe(200);
    for (const { path, operation } of platform.routes) {
      const method = { create: "POST", list: "GET", get: "GET", revoke: "DELETE" }[operation];
      const response = await sendRaw(server.url, [
        `${method} ${path.replace("{id}", "nonsense")} HTTP/1.1`,
        lineOf(key),
        "Content-Length: 0",
      ]);
      expect(response.status, `${method} ${path}`).toBeLessThan(500);
    }
  });

  test("HEAD responds like GET, without the body; other methods are refused with Allow", async () => {
    const { server, key, lineOf } = await served(platform);
    const [get, head] = [
      await sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`, lineOf(key)]),
      await sendRaw(server.url, [`HEAD ${WHOAMI} HTTP/1.1`, lineOf(key)]),
    ];
    expect([head.status, head.text, head.header("content-type")]).toEqual([200, "", get.header("content-type")]);
    const refusals = [
      await sendRaw(server.url, [`POST ${WHOAMI} HTTP/1.1`, "Content-Length: 0"]),
      await sendRaw(server.url, [`GET ${VERIFY} HTTP/1.1`]),
    ];
    expect(refusals.map(({ status, header }) => [status, header("allow")])).toEqual([
      [405, "GET, HEAD"],
      [405, "POST"],
    ]);
  });
});
