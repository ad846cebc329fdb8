/**
 * Cross-origin requests (the Fetch standard's CORS protocol), for platforms whose public keys are used from websites. A website is
 * allowed by the domains of keys; an origin is answered by its name, never by `*`, and never with credentials of the browser.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "../adapters/node-response.ts";
import { isAllowedHost, originHost } from "../engine/domain.ts";
import type { Admitting, HttpContext } from "../http/context.ts";
import type { PresentedKey } from "../service/index.ts";
import { originHeader } from "./origin.ts";

const READABLE = "RateLimit, RateLimit-Policy, Retry-After";
const PREFLIGHT_SECONDS = 600;

export function isForWebsites({ platform }: Admitting): boolean {
  return platform.keyForm.kind === "pair";
}

/** What the answer to a key says to the browser. `Vary` is there in any case: the answer depends on the origin. */
export function corsHeaders(context: Admitting, headers: readonly string[], key: PresentedKey | undefined): Record<string, string> {
  if (!isForWebsites(context)) return {};
  const origin = originHeader(headers);
  const host = origin === undefined ? undefined : originHost(origin);
  const isAllowed = origin !== undefined && host !== undefined && isAllowedHost(key?.requiredOrigin ?? [], host);
  return { vary: "Origin", ...(isAllowed && { "access-control-allow-origin": origin, "access-control-expose-headers": READABLE }) };
}

export function isPreflight(request: IncomingMessage): boolean {
  return request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
}

/** A preflight carries no key: its origin may go on when some key in force allows it; the request itself is judged by its own key. */
export async function answerPreflight({ service }: HttpContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const origin = originHeader(request.rawHeaders) ?? "null";
  const host = originHost(origin);
  const vary = { vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };
  if (host === undefined || !(await service.keys.isHostAllowed(host)))
    return send(response, { status: 403, headers: vary, body: undefined });
  const headers = {
    ...vary,
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key",
    "access-control-max-age": String(PREFLIGHT_SECONDS),
  };
  send(response, { status: 204, headers, body: undefined });
}
