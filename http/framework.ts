/** Converts between the framework and the rest: the client of its request, and a plain response as its Response. */
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import type { Client } from "../admission/client-address.ts";
import { identifyProblem } from "../admission/request-id.ts";
import type { HeldResponse, PlainResponse, StreamedResponse } from "../admission/response.ts";
import type { RouteInput } from "./direct-route.ts";
import { bodyHeaders } from "./json-body.ts";
import { currentRequestId } from "./request-scope.ts";

/** The client of a request that came through the framework. */
export function clientOf(c: Context): Client {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return { rawHeaders: [...c.req.raw.headers].flat(), socket: incoming?.socket };
}

/** What a route sees of a request that came through the framework. */
export function inputOf(c: Context): RouteInput {
  const { headers, method, url } = c.req.raw;
  const { pathname } = new URL(url);
  const sent = (name: string) => headers.get(name) ?? undefined;
  return {
    ...clientOf(c),
    requestId: currentRequestId() ?? "",
    method,
    url: pathname,
    headers: {
      ...bodyHeaders(headers),
      accept: sent("accept"),
      authorization: sent("authorization"),
      "idempotency-key": sent("idempotency-key"),
    },
  };
}

export function toResponse(response: PlainResponse | HeldResponse | StreamedResponse): Response {
  const requestId = currentRequestId();
  const { status, headers, body } = requestId === undefined ? response : identifyProblem(response, requestId);
  return new Response("release" in response ? heldBody(response) : (body ?? null), { status, headers });
}

/** Does not end by itself: the reader cancels it. */
function heldBody({ body, release }: HeldResponse): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(body)), cancel: release });
}
