/**
 * Forward-auth: a gateway asks whether a request may pass, at `/keyward/v1/forward-auth` and every path below it, with any method. Straight
 * on node:http: every request through the gateway waits for it. docs/guide/gateways.md has the configuration of each gateway.
 *
 * It takes no token of its own: whoever calls it directly learns what whoami tells the holder of a key.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { send, sendEmpty } from "../../adapters/node-response.ts";
import { isForWebsites, isPreflight, preflightResponse } from "../../admission/cors.ts";
import { type PlainResponse, problemResponse } from "../../admission/response.ts";
import type { Problem } from "../../engine/errors.ts";
import { rowOf } from "../../telemetry/meter.ts";
import type { HttpContext } from "../context.ts";
import { failureResponse } from "../failure.ts";
import { requestIdOf } from "../identified.ts";
import { operationAdmission, type Passage } from "../operation-admission.ts";
import { type Allowed, allowedResponse } from "./allowed-response.ts";
import { DISAGREEING, FORGED, faultByRules, forgesIdentity } from "./faults.ts";
import { gatewayPeer } from "./gateway-peer.ts";
import { originalRequest } from "./original-request.ts";

export const FORWARD_AUTH_PATH = "/keyward/v1/forward-auth";

const ROW = rowOf("forward-auth");

type Decided = Allowed | PlainResponse;

/** Serves a request at or below the path. */
type ForwardAuth = (request: IncomingMessage, response: ServerResponse) => void;

export function forwardAuth(context: HttpContext): ForwardAuth {
  const { platform, preflights } = context;
  const admit = operationAdmission(context, "forward-auth");
  const isGateway = gatewayPeer(context);
  const mayPassUnjudged = preflights === "pass" || (preflights === undefined && isForWebsites(context));
  const hasRules = platform.operations !== null;
  const allowed = allowedResponse(platform);
  const refused = (problem: Problem): PlainResponse => problemResponse(platform, problem);
  const toResponse = (passage: Passage): Decided => {
    if (passage.by === "none") return passage.response;
    return allowed(passage.by === "key" ? passage.verdict.key : passage.session, passage.headers);
  };

  function respond(request: IncomingMessage): Decided | Promise<Decided> {
    const { method = "", url = "", rawHeaders } = request;
    if (forgesIdentity(rawHeaders)) return refused(FORGED);
    const rest = url.slice(FORWARD_AUTH_PATH.length);
    const original = originalRequest({ method, rest, rawHeaders, isFromGateway: isGateway(request) });
    if (original === undefined) return refused(DISAGREEING);
    if (mayPassUnjudged && isPreflight({ method: original.method, headers: request.headers })) return passPreflight(rawHeaders);
    const fault = hasRules ? faultByRules(original, rawHeaders) : undefined;
    if (fault !== undefined) return refused(fault);
    // The end of the request is not seen here: it counts as over at once, and only its start against the limit of concurrent ones.
    const passage = admit(request, { method: original.method, target: original.target ?? "/" }, false);
    return passage instanceof Promise ? passage.then(toResponse) : toResponse(passage);
  }

  /** A preflight carries no key: where it is not left to the API, some key in force must allow its origin. The API then responds to it. */
  async function passPreflight(rawHeaders: readonly string[]): Promise<Decided> {
    if (preflights === "pass") return allowed(undefined, {});
    const decided = await preflightResponse(context, rawHeaders);
    return decided.status === 403 ? decided : allowed(undefined, { vary: decided.headers.vary ?? "" });
  }

  const { meter } = context;
  const fail = (response: ServerResponse, error: unknown, began?: number) => {
    const failure = withRetry(failureResponse(context, error, requestIdOf(response.req)));
    if (send(response, failure, false)) meter?.responded(ROW, failure.status, began);
  };
  /** Not in the listener: a closure there would put its variables on the heap for every request. */
  const writeLate = (response: ServerResponse, deciding: Promise<Decided>, began: number | undefined) => {
    deciding
      .then((late) => {
        if (write(response, late)) meter?.responded(ROW, statusOf(late), began);
      })
      .catch((error) => fail(response, error, began));
  };
  return (request, response) => {
    if (announcesBody(request.rawHeaders)) response.shouldKeepAlive = false;
    const readings = meter?.clock.readings ?? 0;
    try {
      const responded = respond(request);
      const began = meter?.clock.lastSince(readings);
      if (responded instanceof Promise) writeLate(response, responded, began ?? meter?.clock.now());
      else if (write(response, responded)) meter?.responded(ROW, statusOf(responded), began);
    } catch (error) {
      fail(response, error);
    }
  };
}

/** The gateway passes a refusal on under its own name. False when the client is gone. */
function write(response: ServerResponse, decided: Decided): boolean {
  return "lines" in decided ? sendEmpty(response, decided.lines) : send(response, decided, false);
}

function statusOf(decided: Decided): number {
  return "lines" in decided ? 200 : decided.status;
}

/** A gateway that is refused because the store is down may ask again soon. */
function withRetry(response: PlainResponse): PlainResponse {
  return response.status === 503 ? { ...response, headers: { ...response.headers, "retry-after": "1" } } : response;
}

/**
 * A body is not read, and the connection is closed: a gateway that announces a body without sending it would have its next request on the
 * connection read as that body.
 */
function announcesBody(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    // Few names begin with c or t.
    const first = name.charCodeAt(0) | 0x20;
    if (first !== 0x63 && first !== 0x74) continue;
    const canonical = name.toLowerCase();
    if (canonical === "transfer-encoding") return true;
    if (canonical === "content-length") return rawHeaders[at + 1] !== "0";
  }
  return false;
}
