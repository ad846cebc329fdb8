/** Keyward inside a Hono application, on any of its runtimes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
import { openRoute, type ProtectOptions, withRequestId } from "./route.ts";
import { clientOf, releasedAtEnd, toResponse, withHeaders } from "./web-response.ts";

export type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
export type { ProtectOptions } from "./route.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** The key of a request that `protect` has admitted. On other routes it is missing. */
    apiKey: KeyIdentity;
  }
}

/** What @hono/node-server puts into the environment of a request. */
type OnNode = Partial<{ readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }> | undefined;

/**
 * Makes a middleware that lets requests with a valid key go on, with the key's identity in `c.get("apiKey")`, and responds to all others in the
 * platform's form. The request counts as concurrent until its response has been sent, or the client is gone.
 * @param port `await keyward(...)` or `keywardAt(...)`
 * @throws TypeError, RangeError with one sentence when the route cannot be protected like that
 * @example
 * app.get("/agents", protect(kw, { scopes: ["agents:read"] }), (c) => c.json({ organization: c.get("apiKey").organizationId }));
 */
export function protect(port: AdmissionPort, options: ProtectOptions<Context> = {}): MiddlewareHandler {
  const ask = openRoute(port, options);
  return async function keyward(c, next) {
    const { incoming, outgoing } = (c.env as OnNode) ?? {};
    const decision = await ask(withRequestId(incoming ?? clientOf(c.req.raw), c.get("requestId")), c);
    if ("refusal" in decision) return toResponse(decision.refusal);
    const { apiKey, headers, release } = decision;
    if (release !== undefined) releaseWhenGone(c.req.raw, outgoing, release);
    c.set("apiKey", apiKey);
    try {
      await next();
    } catch (error) {
      release?.();
      throw error;
    }
    const response = withHeaders(c.res, headers);
    const ending = release === undefined || outgoing !== undefined ? response : releasedAtEnd(response, release);
    if (ending === c.res) return;
    // Otherwise Hono would copy the headers of the response that is replaced.
    c.res = undefined;
    c.res = ending;
  };
}

function releaseWhenGone(request: Request, outgoing: ServerResponse | undefined, release: () => void): void {
  if (outgoing?.closed) release();
  else if (outgoing !== undefined) outgoing.once("close", release);
  else request.signal.addEventListener("abort", release, { once: true });
}
