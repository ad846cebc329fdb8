/** Keyward inside an application of one's own: a middleware for node:http, Connect and Express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ask } from "../engine/judge.ts";
import { admitRequest } from "./admission.ts";
import type { HttpContext } from "./context.ts";
import { type KeyIdentity, keyIdentity } from "./key-identity.ts";
import { send } from "./node-answer.ts";
import { failureAnswer } from "./route.ts";

export type { KeyIdentity } from "./key-identity.ts";

/** A request that was admitted, with whose it is. */
export interface AdmittedRequest extends IncomingMessage {
  keyward?: KeyIdentity;
}

export type Middleware = (request: AdmittedRequest, response: ServerResponse, next: () => void) => void;

/**
 * Lets requests on that present a good key, and answers the others as the platform documents. An admitted request counts as under way
 * until its answer has ended or its connection is gone, whichever way. `askOf` says what a request needs besides a good key.
 * @example
 * const protect = keywardMiddleware({ service, platform, log: console }, () => ({ scopes: ["agents:read"] }));
 * createServer((request: AdmittedRequest, response) => protect(request, response, () => response.end(request.keyward?.organizationId)));
 */
export function keywardMiddleware(
  context: Pick<HttpContext, "service" | "platform" | "log">,
  askOf?: (request: IncomingMessage) => Ask,
): Middleware {
  return async function keyward(request, response, next) {
    try {
      const admission = await admitRequest(context, request.rawHeaders, askOf?.(request), true);
      if ("answer" in admission) return send(response, admission.answer);
      const { key, headers } = admission;
      const release = () => context.service.verifier.release(key);
      if (response.closed || response.destroyed) return release();
      response.once("close", release);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      request.keyward = keyIdentity(key);
    } catch (error) {
      return send(response, failureAnswer(context, error));
    }
    next();
  };
}
