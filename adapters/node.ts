/** Keyward inside an application on node:http or Connect. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdmissionPort, Decision, KeyIdentity } from "../admission/port.ts";
import { openRoute, type ProtectOptions, withRequestId } from "./route.ts";

export type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
export type { ProtectOptions } from "./route.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** The key of a request that `protect` has admitted. On other routes it is missing. */
    apiKey: KeyIdentity;
  }
}

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Makes a middleware that calls `next` for requests with a valid key and responds to all others in the platform's form: 401, 403, 429, or 503
 * when it cannot be decided. It puts the key's identity into `request.apiKey` and the rate limits into the response's headers. An admitted
 * request counts as concurrent until its response has ended or its connection is closed.
 * @param port `await keyward(...)` or `keywardAt(...)`
 * @throws TypeError, RangeError with one sentence when the route cannot be protected like that
 * @example
 * const reads = protect(kw, { scopes: ["agents:read"] });
 * createServer((request, response) => reads(request, response, () => response.end(request.apiKey.organizationId)));
 */
export function protect(port: AdmissionPort, options: ProtectOptions<IncomingMessage> = {}): Middleware {
  const ask = openRoute(port, options);
  return function keyward(request, response, next) {
    const decision = ask(withRequestId(request, (request as { id?: unknown }).id), request);
    if (decision instanceof Promise) void decision.then((late) => proceed(late, request, response, next));
    else proceed(decision, request, response, next);
  };
}

function proceed(decision: Decision, request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if ("refusal" in decision) {
    const { status, headers, body } = decision.refusal;
    if (!response.headersSent && !response.destroyed) response.writeHead(status, headers).end(body);
    return;
  }
  const { apiKey, headers, release } = decision;
  if (response.closed || response.destroyed) {
    release?.();
    return;
  }
  if (release !== undefined) response.once("close", release);
  for (const name in headers) response.setHeader(name, headers[name] as string);
  request.apiKey = apiKey;
  next();
}
