/** Keyward inside an Express application. */
import type { Request } from "express";
import type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
import { type Middleware, protect as protectNode } from "./node.ts";
import type { ProtectOptions } from "./route.ts";

export type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
export type { ProtectOptions } from "./route.ts";

declare global {
  namespace Express {
    interface Request {
      /** The key of a request that `protect` has admitted. On other routes it is missing. */
      apiKey: KeyIdentity;
    }
  }
}

/**
 * Makes a middleware that passes requests with a valid key on to the route's handler, with the key's identity in `request.apiKey`, and responds
 * to all others in the platform's form. The request counts as concurrent until its response has ended or its connection is closed.
 * @param port `await keyward(...)` or `keywardAt(...)`
 * @throws TypeError, RangeError with one sentence when the route cannot be protected like that
 * @example
 * app.get("/agents/:agent", protect(kw, { scopes: ["agents:read"], resource: (request) => request.params.agent }), (request, response) => {
 *   response.json({ organization: request.apiKey.organizationId });
 * });
 */
export function protect(port: AdmissionPort, options: ProtectOptions<Request<Record<string, string>>> = {}): Middleware {
  // What Express passes to a middleware is a request of node:http with more members.
  return protectNode(port, options as ProtectOptions<unknown>);
}
