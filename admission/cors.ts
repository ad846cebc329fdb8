/**
 * Cross-origin requests (the Fetch standard's CORS protocol), for platforms whose public keys are used from websites. The domains of keys
 * say which websites; the response names the origin, never `*`, and never allows the browser's own credentials.
 */
import { isAllowedHost, originHost } from "../engine/domain.ts";
import type { PresentedKey } from "../service/index.ts";
import type { AdmissionContext } from "./context.ts";
import { originHeader } from "./origin.ts";
import type { PlainResponse } from "./response.ts";

const READABLE = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
const PREFLIGHT_SECONDS = 600;

/** Whether the platform's keys are pairs, whose public half is used from websites. */
export function isForWebsites({ platform }: Pick<AdmissionContext, "platform">): boolean {
  return platform.keyForm.kind === "pair";
}

/** The CORS headers of the response to a request with this key. `Vary` is always among them: the response depends on the origin. */
export function corsHeaders(
  context: Pick<AdmissionContext, "platform">,
  rawHeaders: readonly string[],
  key: PresentedKey | undefined,
): Record<string, string> {
  if (!isForWebsites(context)) return {};
  const origin = originHeader(rawHeaders);
  const host = origin === undefined ? undefined : originHost(origin);
  const isAllowed = origin !== undefined && host !== undefined && isAllowedHost(key?.requiredOrigin ?? [], host);
  return { vary: "Origin", ...(isAllowed && { "access-control-allow-origin": origin, "access-control-expose-headers": READABLE }) };
}

/** Whether a browser asks before it sends the request itself. An `IncomingMessage` is such a request. */
export function isPreflight({
  method,
  headers,
}: {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/**
 * The response to a preflight. It carries no key: its origin may go on when some key in force allows it, and the request that follows is
 * judged by its own key.
 */
export async function preflightResponse(
  { service }: Pick<AdmissionContext, "service">,
  rawHeaders: readonly string[],
): Promise<PlainResponse> {
  const origin = originHeader(rawHeaders) ?? "null";
  const host = originHost(origin);
  const vary = { vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };
  if (host === undefined || !(await service.keys.isHostAllowed(host))) return { status: 403, headers: vary, body: undefined };
  const headers = {
    ...vary,
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key",
    "access-control-max-age": String(PREFLIGHT_SECONDS),
  };
  return { status: 204, headers, body: undefined };
}
