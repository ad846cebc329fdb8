/** The same small application on every framework, with the adapter of each, on a real port. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { onTestFinished } from "vitest";
import { protect as protectExpress } from "../../adapters/express.ts";
import { protect as protectFastify } from "../../adapters/fastify.ts";
import { type KeyIdentity, protect as protectFetch } from "../../adapters/fetch.ts";
import { protect as protectHono } from "../../adapters/hono.ts";
import { protect as protectNode } from "../../adapters/node.ts";
import type { AdmissionPort } from "../../admission/port.ts";

/** What `GET /hold` waits for: it responds when the test says so. */
export interface Held {
  finish(): void;
}

/**
 * Starts it and returns its URL. `GET /read` needs the scope agents:read and responds with the key, as do `POST /write` with agents:write and `GET /agents/:agent`,
 * which is about that agent; `GET /hold` responds when it is told to, `GET /crash` throws.
 */
type Application = (port: AdmissionPort, held: Held[]) => Promise<string>;

const READS = { scopes: ["agents:read"] };
const WRITES = { scopes: ["agents:write"] };
const crash = (): never => {
  throw new Error("the handler crashed");
};
const hold = (held: Held[]) => new Promise<void>((finish) => held.push({ finish }));

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Adapters of `fetch` handlers on a server that knows nothing but `fetch`. */
function listenTo(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  return listen(
    createServer(getRequestListener(fetch, { overrideGlobalObjects: false, errorHandler: () => new Response(null, { status: 500 }) })),
  );
}

const onNode: Application = (port, held) => {
  const [reads, writes, any] = [protectNode(port, READS), protectNode(port, WRITES), protectNode(port)];
  const about = protectNode(port, { resource: ({ url = "" }) => url.slice("/agents/".length) });
  const listener: RequestListener = (request, response) => {
    const respond = () => response.setHeader("content-type", "application/json").end(JSON.stringify(request.apiKey));
    if (request.url === "/hold") any(request, response, () => void hold(held).then(respond));
    // An application on plain node:http that throws ends its process; this is how one ends a response that it cannot complete.
    else if (request.url === "/crash") any(request, response, () => response.destroy());
    else (request.url === "/read" ? reads : request.url === "/write" ? writes : about)(request, response, respond);
  };
  return listen(createServer(listener));
};

const onExpress: Application = (port, held) => {
  const app = express();
  app.get("/read", protectExpress(port, READS), (request, response) => void response.json(request.apiKey));
  app.post("/write", protectExpress(port, WRITES), (request, response) => void response.json(request.apiKey));
  const about = protectExpress(port, { resource: ({ params }) => params.agent ?? "" });
  app.get("/agents/:agent", about, ({ apiKey, params: { agent } }, response) => void response.json({ ...apiKey, agent }));
  app.get("/hold", protectExpress(port), async (request, response) => {
    await hold(held);
    response.json(request.apiKey);
  });
  app.get("/crash", protectExpress(port), crash);
  app.use(((_error, _request, response, _next) => void response.sendStatus(500)) as express.ErrorRequestHandler);
  return listen(createServer(app));
};

const onFastify: Application = async (port, held) => {
  const app = fastify();
  app.get("/read", { onRequest: protectFastify(port, READS) }, ({ apiKey }) => apiKey);
  app.post("/write", { onRequest: protectFastify(port, WRITES) }, ({ apiKey }) => apiKey);
  const about = protectFastify(port, { resource: ({ params }) => (params as { agent: string }).agent });
  app.get("/agents/:agent", { onRequest: about }, ({ apiKey }) => apiKey);
  app.get("/hold", { onRequest: protectFastify(port) }, async ({ apiKey }) => {
    await hold(held);
    return apiKey;
  });
  app.get("/crash", { preHandler: protectFastify(port) }, crash);
  onTestFinished(() => app.close());
  return app.listen({ port: 0, host: "127.0.0.1" });
};

function honoApplication(port: AdmissionPort, held: Held[]) {
  return new Hono()
    .onError((_error, c) => c.text("failed", 500))
    .get("/read", protectHono(port, READS), (c) => c.json(c.get("apiKey")))
    .post("/write", protectHono(port, WRITES), (c) => c.json(c.get("apiKey")))
    .get("/agents/:agent", protectHono(port, { resource: (c) => c.req.param("agent") ?? "" }), (c) => c.json(c.get("apiKey")))
    .get("/hold", protectHono(port), async (c) => {
      await hold(held);
      return c.json(c.get("apiKey"));
    })
    .get("/crash", protectHono(port), crash);
}

const onHono: Application = (port, held) => {
  const app = honoApplication(port, held);
  return listen(createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false })));
};

/** As on Workers and Deno: without the request and response of Node. */
const onHonoElsewhere: Application = (port, held) => {
  const app = honoApplication(port, held);
  return listenTo((request) => app.fetch(request));
};

const onFetch: Application = (port, held) => {
  const respond = (_request: Request, { apiKey }: { readonly apiKey: KeyIdentity }) => Response.json(apiKey);
  const reads = protectFetch(port, READS)(respond);
  const writes = protectFetch(port, WRITES)(respond);
  const about = protectFetch(port, { resource: ({ url }) => new URL(url).pathname.slice("/agents/".length) })(respond);
  const holds = protectFetch(port)(async (_request, { apiKey }) => {
    await hold(held);
    return Response.json(apiKey);
  });
  const crashes = protectFetch(port)(crash);
  const routes: Record<string, (request: Request) => Promise<Response>> = {
    "/read": reads,
    "/write": writes,
    "/hold": holds,
    "/crash": crashes,
  };
  return listenTo((request) => (routes[new URL(request.url).pathname] ?? about)(request));
};

export const APPLICATIONS: readonly [name: string, start: Application][] = [
  ["node:http", onNode],
  ["Express", onExpress],
  ["Fastify", onFastify],
  ["Hono on Node", onHono],
  ["Hono elsewhere", onHonoElsewhere],
  ["a fetch handler", onFetch],
];
