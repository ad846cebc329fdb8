/** Converts between the framework and the rest: the client of its request, and a plain response as its Response. */
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import type { Client } from "../admission/client-address.ts";
import type { PlainResponse, StreamedResponse } from "../admission/response.ts";

/** The client of a request that came through the framework. */
export function clientOf(c: Context): Client {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return { rawHeaders: [...c.req.raw.headers].flat(), socket: incoming?.socket };
}

export function toResponse({ status, headers, body }: PlainResponse | StreamedResponse): Response {
  return new Response(body ?? null, { status, headers });
}
