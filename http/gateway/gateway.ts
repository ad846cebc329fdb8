/**
 * The gateway: requests to no route of Keyward are authenticated, limited and passed to the platform's own API, streaming in both directions.
 * Straight on node:http: bodies are never held in memory, and a slow reader slows the writer down.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { send } from "../../adapters/node-response.ts";
import { clientAddress } from "../../admission/client-address.ts";
import { problemResponse } from "../../admission/response.ts";
import { isTrusted } from "../../admission/trusted-proxies.ts";
import { type Problem, refuse } from "../../engine/errors.ts";
import type { HttpContext } from "../context.ts";
import { failureResponse } from "../failure.ts";
import type { Caller } from "../identity-headers.ts";
import { credentialHeaders, operationAdmission } from "../operation-admission.ts";
import { hasDotSegment } from "../request-path.ts";
import { requestHeaders, responseHeaders } from "./forwarded-headers.ts";
import { type Framing, hasBody, requestFraming, responseFraming } from "./framing.ts";
import { openUpstream, type UpstreamFailure, type UpstreamOptions } from "./upstream.ts";

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends idle connections to the upstream. */
  close(): void;
}

export function gateway(context: HttpContext, options: UpstreamOptions): Gateway {
  const upstream = openUpstream(options);
  const admit = operationAdmission(context);
  const linesForUpstream = requestHeaders(credentialHeaders(context.platform));

  function outgoingLines(request: IncomingMessage, framing: Framing, caller: Caller): string[] {
    const peer = request.socket.remoteAddress ?? "";
    const proto = request.headers["x-forwarded-proto"];
    const isProxied = isTrusted(peer, context.trustedProxies);
    return linesForUpstream(request.rawHeaders, {
      caller,
      framing,
      upstreamHost: options.upstream.host,
      clientAddress: clientAddress(peer, isProxied ? request.headers["x-forwarded-for"]?.toString() : undefined, context.trustedProxies),
      clientHost: request.headers.host ?? "",
      clientProtocol: isProxied && proto === "https" ? "https" : "http",
    });
  }

  /** `headers` (rate limits, CORS) are added to every response, refusals included. */
  function forward(
    request: IncomingMessage,
    response: ServerResponse,
    framing: Framing,
    caller: Caller,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { method = "", url: target = "" } = request;
    const fail = (failure: UpstreamFailure) => {
      // Do not wait for the rest of the body.
      if (failure === "stalled") response.shouldKeepAlive = false;
      send(response, problemResponse(context.platform, UPSTREAM_PROBLEMS[failure], headers));
    };
    const outgoing = { method, target, headers: outgoingLines(request, framing, caller), body: hasBody(framing) ? request : undefined };
    const cancel = upstream.send(outgoing, {
      onFailure: fail,
      onResponse(incoming) {
        if (writeHead(response, incoming, headers)) return void pipeline(incoming, response, () => undefined);
        cancel();
        fail("unreadable");
      },
    });
    response.once("close", cancel);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // First refuse what cannot be passed on safely: it is neither judged nor counted.
    const framing = requestFraming(request);
    if (framing === undefined) return send(response, problemResponse(context.platform, UNFRAMED, { connection: "close" }));
    const { method = "", url: target = "" } = request;
    const problem = targetProblem(target);
    if (problem !== undefined) return send(response, problemResponse(context.platform, problem));
    const passage = await admit(request, { method, target }, true);
    if (passage.by === "none") return send(response, passage.response);
    if (passage.by === "agent") return forward(request, response, framing, passage.session, passage.headers);
    // From here the request counts as concurrent until its response has ended or its connection is closed.
    const { verdict, headers } = passage;
    if (response.closed || response.destroyed) return verdict.release();
    response.once("close", () => verdict.release());
    forward(request, response, framing, verdict.key, headers);
  }

  return {
    handle(request, response) {
      serve(request, response).catch((error) => send(response, failureResponse(context, error)));
    },
    close: () => upstream.close(),
  };
}

const UNFRAMED = refuse("invalid_request", "Send the body by its length, or with chunked as the only transfer coding.").problem;
const NO_PATH = refuse("invalid_request", "The request target must be a path.").problem;
const DOT_SEGMENTS = refuse("invalid_request", "The path must not have . or .. as a segment, in any encoding.").problem;

const UPSTREAM_PROBLEMS: Readonly<Record<UpstreamFailure, Problem>> = {
  unreachable: refuse("upstream_unreachable", "The API behind Keyward cannot be reached.").problem,
  unreadable: refuse("upstream_unreachable", "The response of the API behind Keyward cannot be passed on.").problem,
  stalled: refuse("request_timeout", "The request did not come in time.").problem,
  timeout: refuse("upstream_timeout", "The API behind Keyward did not respond in time.").problem,
};

/** Accepts only the origin form, since an absolute URL names a host of the client's choice, and no dot segments. */
function targetProblem(target: string): Problem | undefined {
  if (!target.startsWith("/")) return NO_PATH;
  return hasDotSegment(target) ? DOT_SEGMENTS : undefined;
}

/** Sends the head at once, before the first byte of the body. False if the upstream's head cannot be written. */
function writeHead(response: ServerResponse, incoming: IncomingMessage, headers: Readonly<Record<string, string>>): boolean {
  const status = incoming.statusCode ?? 0;
  const reason = incoming.statusMessage ?? "";
  const framing = responseFraming(incoming);
  if (status < 200 || status > 999 || framing === undefined) return false;
  try {
    const lines = responseHeaders(incoming.rawHeaders, framing, headers);
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(reason)) response.writeHead(status, reason, lines);
    else response.writeHead(status, lines);
    response.flushHeaders();
    return true;
  } catch {
    return false;
  }
}
