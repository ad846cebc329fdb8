/** The routes that requests wait for are served straight on node:http, and through the framework they say the same. */
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { HttpContext } from "../../http/context.ts";
import { type DirectRoute, serveDirect } from "../../http/direct-route.ts";
import type { Platform } from "../../platforms/define.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { secret } from "../support/root.ts";
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

const comparable = ({ status, lines, text }: RawResponse) => ({
  status,
  text,
  headers: lines.filter(([name]) => !["date", "connection", "keep-alive"].includes(name)).sort(),
});

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
    serveDirect({} as HttpContext, route, request as IncomingMessage, {} as ServerResponse);
    return ["data", "end"].map((event) => request.rawListeners(event));
  });
  expect(first?.map((listeners) => listeners.length)).toEqual([1, 1]);
  expect(first?.flat().map((listener, at) => listener === second?.flat()[at])).toEqual([true, true]);
});

describe.each([...PLATFORMS])("%s", (_name, platform) => {
  test("whoami and verify are served without the framework", async () => {
    const { server, key, token, lineOf } = await served(platform);
    Object.assign(server.app, { fetch: () => Promise.reject(new Error("the framework was asked")) });
    expect((await sendRaw(server.url, ["GET /keyward/health HTTP/1.1"])).status).toBe(500);
    expect((await sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`, lineOf(key)])).status).toBe(200);
    expect((await sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`])).status).toBe(401);
    expect((await verify(server, VERIFY, token, { key })).json).toMatchObject({ valid: true });
  });

  test("both ways give the same response, to the byte", async () => {
    const { server, key, token, lineOf } = await served(platform);
    const presented: string[][] = [
      [lineOf(key)],
      [lineOf("nobody")],
      [],
      [lineOf(key), lineOf(key)],
      [lineOf(key), "Accept: application/problem+json"],
    ];
    const bodies = [{ key }, { key: "nobody" }, { authorization: `Bearer ${key}` }, {}];
    const [whoami, verdict] = [WHOAMI, VERIFY].map((path) => [path, `${path}?x=1`]) as [string[], string[]];
    // Two days apart, so that no limit remembers the first request.
    const eachWay = async (paths: string[], ask: (path: string) => Promise<RawResponse>) => {
      const responses = [];
      for (const path of paths) {
        responses.push(comparable(await ask(path)));
        server.clock.now += 2 * 86_400_000;
      }
      return responses;
    };
    for (const lines of presented) {
      const [direct, framework] = await eachWay(whoami, (path) => sendRaw(server.url, [`GET ${path} HTTP/1.1`, ...lines]));
      expect(direct).toEqual(framework);
    }
    for (const body of bodies) {
      const [direct, framework] = await eachWay(verdict, (path) => verify(server, path, token, body));
      expect(direct).toEqual(framework);
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
