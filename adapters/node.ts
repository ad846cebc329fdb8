/** Keyward inside an application of one's own: a middleware for node:http, Connect and Express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { admitRequest } from "../admission/admit.ts";
import { proxyList } from "../admission/client-address.ts";
import { FAILED_ATTEMPTS_PER_MINUTE, FailedAttempts } from "../admission/failed-attempts.ts";
import { type KeyIdentity, keyIdentity } from "../admission/key-identity.ts";
import type { Ask } from "../engine/judge.ts";
import type { HttpContext } from "../http/context.ts";
import { failureAnswer } from "../http/route.ts";
import { send } from "./node-response.ts";

export type { KeyIdentity } from "../admission/key-identity.ts";

/** A request that was admitted, with whose it is. */
export interface AdmittedRequest extends IncomingMessage {
  keyward?: KeyIdentity;
}

export interface MiddlewareContext extends Pick<HttpContext, "service" | "platform" | "log"> {
  /** Addresses or subnets of proxies whose `X-Forwarded-For` counts; none when absent. */
  readonly trustedProxies?: readonly string[];
  /** How many wrong credentials one client address may present in a minute before it gets 429 for them; 100 when absent. */
  readonly failedAttemptsPerMinute?: number;
}

export type Middleware = (request: AdmittedRequest, response: ServerResponse, next: () => void) => void;

/**
 * Lets requests on that present a good key, and answers the others as the platform documents. An admitted request counts as under way
 * until its answer has ended or its connection is gone, whichever way. `askOf` says what a request needs besides a good key.
 * @example
 * const protect = keywardMiddleware({ service, platform, log: console }, () => ({ scopes: ["agents:read"] }));
 * createServer((request: AdmittedRequest, response) => protect(request, response, () => response.end(request.keyward?.organizationId)));
 */
export function keywardMiddleware(context: MiddlewareContext, askOf?: (request: IncomingMessage) => Ask): Middleware {
  const { service, platform, log, trustedProxies = [], failedAttemptsPerMinute: perMinute = FAILED_ATTEMPTS_PER_MINUTE } = context;
  const attempts = new FailedAttempts({ perMinute, clock: service.monotonic, trustedProxies: proxyList(trustedProxies) });
  const admitting = { service, platform, log, attempts };
  return async function keyward(request, response, next) {
    try {
      const admission = await admitRequest(admitting, request, askOf?.(request), true);
      if ("answer" in admission) return send(response, admission.answer);
      const { verdict, headers } = admission;
      const release = () => verdict.release();
      if (response.closed || response.destroyed) return release();
      response.once("close", release);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      request.keyward = keyIdentity(verdict.key);
    } catch (error) {
      return send(response, failureAnswer(admitting, error));
    }
    next();
  };
}
