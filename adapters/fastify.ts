/** Keyward inside a Fastify application. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AdmissionPort, Decision, KeyIdentity } from "../admission/port.ts";
import { openRoute, type ProtectOptions, withRequestId } from "./route.ts";

export type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
export type { ProtectOptions } from "./route.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The key of a request that `protect` has admitted. On other routes it is missing. */
    apiKey: KeyIdentity;
  }
}

export type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/**
 * Makes a hook that lets requests with a valid key go on, with the key's identity in `request.apiKey`, and responds to all others in the
 * platform's form. The request counts as concurrent until its response has ended or its connection is closed.
 * @param port `await keyward(...)` or `keywardAt(...)`
 * @throws TypeError, RangeError with one sentence when the route cannot be protected like that
 * @example
 * app.get("/agents", { onRequest: protect(kw, { scopes: ["agents:read"] }) }, (request) => ({ organization: request.apiKey.organizationId }));
 */
export function protect(port: AdmissionPort, options: ProtectOptions<FastifyRequest> = {}): Hook {
  const ask = openRoute(port, options);
  return function keyward(request, reply, done) {
    const decision = ask(withRequestId(request.raw, request.id), request);
    if (decision instanceof Promise) void decision.then((late) => proceed(late, request, reply, done));
    else proceed(decision, request, reply, done);
  };
}

function proceed(decision: Decision, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if ("refusal" in decision) {
    const { status, headers, body } = decision.refusal;
    // As bytes: Fastify would add a charset to the type of a text.
    reply
      .code(status)
      .headers(headers)
      .send(body === undefined ? undefined : Buffer.from(body));
    return;
  }
  const { apiKey, headers, release } = decision;
  if (reply.raw.closed || reply.raw.destroyed) {
    release?.();
    return;
  }
  if (release !== undefined) reply.raw.once("close", release);
  reply.headers(headers);
  request.apiKey = apiKey;
  done();
}
