/** Keyward inside an application: a middleware for node:http, Connect and Express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Ask, admitRequest } from "../admission/admit.ts";
import type { AdmissionContext } from "../admission/context.ts";
import { FAILED_ATTEMPTS_PER_MINUTE, FailedAttempts } from "../admission/failed-attempts.ts";
import { failureResponse } from "../admission/failure.ts";
import { type KeyIdentity, keyIdentity } from "../admission/key-identity.ts";
import { proxyList } from "../admission/trusted-proxies.ts";
import { send } from "./node-response.ts";

export type { KeyIdentity } from "../admission/key-identity.ts";

/** A request that was admitted, with the identity of its key. */
export interface AdmittedRequest extends IncomingMessage {
  keyward?: KeyIdentity;
}

export interface MiddlewareContext extends Pick<AdmissionContext, "service" | "platform" | "log"> {
  /** Addresses or subnets of proxies whose `X-Forwarded-For` counts; none when absent. */
  readonly trustedProxies?: readonly string[];
  /** How many wrong credentials one client address may present in a minute before it gets 429 for them; 100 when absent. */
  readonly failedAttemptsPerMinute?: number;
}

export type Middleware = (request: AdmittedRequest, response: ServerResponse, next: () => void) => void;

/**
 * Makes a middleware that calls `next` for requests with a valid key and responds to all others in the platform's form: 401, 403, 429, or 503
 * when the database is not available. It puts the key's identity into `request.keyward` and the rate limits into the response's headers. An
 * admitted request counts as concurrent until its response has ended or its connection is closed.
 * @param askOf what a request needs besides a valid key: scopes, a resource
 * @throws RangeError when `trustedProxies` has an entry that is neither an address nor a subnet
 * @example
 * const protect = keywardMiddleware({ service, platform, log: console }, () => ({ scopes: ["agents:read"] }));
 * createServer((request: AdmittedRequest, response) => protect(request, response, () => response.end(request.keyward?.organizationId)));
 */
export function keywardMiddleware(context: MiddlewareContext, askOf?: (request: IncomingMessage) => Ask): Middleware {
  const { service, platform, log, trustedProxies = [], failedAttemptsPerMinute: perMinute = FAILED_ATTEMPTS_PER_MINUTE } = context;
  const attempts = new FailedAttempts({ perMinute, clock: service.monotonic, trustedProxies: proxyList(trustedProxies) });
  const admitting: AdmissionContext = { service, platform, log, attempts };
  return async function keyward(request, response, next) {
    try {
      const admission = await admitRequest(admitting, request, askOf?.(request), true);
      if ("response" in admission) return send(response, admission.response);
      const { verdict, headers } = admission;
      const release = () => verdict.release();
      if (response.closed || response.destroyed) return release();
      response.once("close", release);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      request.keyward = keyIdentity(verdict.key);
    } catch (error) {
      return send(response, failureResponse(admitting, error));
    }
    next();
  };
}
