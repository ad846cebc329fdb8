/**
 * Routes that are served straight on node:http, ahead of the framework, because other requests wait for them and the framework's Request
 * and Response cost more than all the rest. The framework serves them too, from the same declaration: for an application that mounts
 * `fetch`, for HEAD, and for a path with a query.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { send } from "../adapters/node-response.ts";
import type { Client } from "../admission/client-address.ts";
import type { PlainResponse } from "../admission/response.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import type { HttpContext } from "./context.ts";
import { failureResponse } from "./failure.ts";
import { clientOf, toResponse } from "./framework.ts";
import { BODY_MAX_BYTES, type BodyHeaders, bodyHeaders, readBytes, tooLarge } from "./json-body.ts";

/** What a direct route sees of a request. An `IncomingMessage` is one. */
interface DirectRequest extends Client {
  readonly headers: BodyHeaders;
}

export interface DirectRoute {
  readonly method: "GET" | "POST";
  /** Without parameters. */
  readonly path: string;
  readonly takesBody: boolean;
  /** Its entry in the OpenAPI document. */
  document(): Omit<RouteConfig, "method" | "path">;
  /** `body` is empty where the route takes none. Synchronous when everything that it needs is in memory. */
  respond(request: DirectRequest, body: Outcome<Buffer>): PlainResponse | Promise<PlainResponse>;
}

const NO_BODY = ok(Buffer.alloc(0));

/** Adds the route and its documentation to the application. */
export function addDirectRoute(app: OpenAPIHono, { method, path, takesBody, document, respond }: DirectRoute): void {
  app.openAPIRegistry.registerPath({ ...document(), method: method === "GET" ? "get" : "post", path });
  app.on(method, path, async (c) => {
    const body = takesBody ? await readBytes(c.req.raw.body) : NO_BODY;
    return toResponse(await respond({ ...clientOf(c), headers: bodyHeaders(c.req.raw.headers) }, body));
  });
}

/** Serves a request that is for this route. */
export function serveDirect(context: HttpContext, route: DirectRoute, request: IncomingMessage, response: ServerResponse): void {
  if (route.takesBody) respondWhenRead(context, route, request, response);
  else respondOn(context, route, request, response, NO_BODY);
}

/** A body on its way, and what happens once it is read. */
interface Reading {
  readonly context: HttpContext;
  readonly route: DirectRoute;
  readonly response: ServerResponse;
  chunks: Buffer[];
  length: number;
}

const READING = Symbol("reading");
type RequestWithBody = IncomingMessage & { [READING]: Reading };

/**
 * The listeners are the same two functions for every request, and find what they need on it. V8 may place the table of listeners of each
 * request among long-lived objects, once many requests have waited (docs/decisions/0024): a closure in it would keep the whole request
 * until the next full garbage collection.
 */
function respondWhenRead(context: HttpContext, route: DirectRoute, request: IncomingMessage, response: ServerResponse): void {
  (request as RequestWithBody)[READING] = { context, route, response, chunks: [], length: 0 };
  request.on("data", addChunk as (chunk: Buffer) => void);
  request.on("end", respondToBody as () => void);
}

function addChunk(this: RequestWithBody, chunk: Buffer): void {
  const reading = this[READING];
  if (reading.length > BODY_MAX_BYTES) return;
  reading.length += chunk.length;
  if (reading.length <= BODY_MAX_BYTES) reading.chunks.push(chunk);
  else {
    // The rest is not read: the connection is closed.
    reading.response.setHeader("connection", "close");
    respondOn(reading.context, reading.route, this, reading.response, tooLarge());
  }
}

function respondToBody(this: RequestWithBody): void {
  const { context, route, response, chunks, length } = this[READING];
  if (length > BODY_MAX_BYTES) return;
  respondOn(context, route, this, response, ok(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

function respondOn(
  context: HttpContext,
  route: DirectRoute,
  request: IncomingMessage,
  response: ServerResponse,
  body: Outcome<Buffer>,
): void {
  const fail = (error: unknown) => send(response, failureResponse(context, error));
  try {
    const responded = route.respond(request, body);
    if (responded instanceof Promise) responded.then((late) => send(response, late), fail);
    else send(response, responded);
  } catch (error) {
    fail(error);
  }
}
