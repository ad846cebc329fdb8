/**
 * The gateway: requests to no route of Keyward are authenticated, limited and passed to the platform's own API, streaming in both directions.
 * Straight on node:http: bodies are never held in memory, and a slow reader slows the writer down. A response that has not ended, or a
 * connection that has switched protocols, ends when its key may no longer be used (docs/decisions/0023).
 */

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { SecureResponse, send } from "../../adapters/node-response.ts";
import { clientAddress } from "../../admission/client-address.ts";
import { publicRefusal } from "../../admission/refusal.ts";
import { problemResponse } from "../../admission/response.ts";
import { isTrusted } from "../../admission/trusted-proxies.ts";
import type { Problem } from "../../engine/errors.ts";
import type { HttpContext } from "../context.ts";
import { failureResponse } from "../failure.ts";
import { credentialHeaders, operationAdmission } from "../operation-admission.ts";
import { isSecure } from "../strict-transport.ts";
import { type Admitted, whileAllowed } from "./allowance.ts";
import { requestHeaders } from "./forwarded-headers.ts";
import { type Framing, hasBody, requestFraming } from "./framing.ts";
import { NOTHING_THERE, targetProblem, UNFRAMED, UPSTREAM_PROBLEMS } from "./problems.ts";
import { writeHead, writeSwitch } from "./response-head.ts";
import { tunnel } from "./tunnel.ts";
import { requestedProtocol, responseOn, type Upgrade } from "./upgrade.ts";
import type { Upstream, UpstreamFailure } from "./upstream.ts";
import { openUpstreams, type UpstreamRoute } from "./upstreams.ts";

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Whether a request asks for another protocol that its connection can switch to. Otherwise it is like any other request. */
  isUpgrade(request: IncomingMessage): boolean;
  /** Serves such a request, whose connection node:http has handed over. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Ends the connections that node:http has handed over, and from now on every further one. */
  endUpgraded(): void;
  /** Ends those, and idle connections to upstreams. */
  close(): void;
}

interface GatewayOptions {
  readonly upstreams: readonly UpstreamRoute[];
  /** How long an upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number;
}

/** A request on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly framing: Framing;
  readonly upstream: Upstream;
  readonly upgrade: Upgrade | undefined;
}

/** For a response that is nearly complete when its key ends: with the time in which a change is noticed, this stays below a second. */
const GRACE_MS = 300;
const NO_LONGER_VALID: Problem = publicRefusal("revoked");

export function gateway(context: HttpContext, { upstreams: routes, timeoutMs }: GatewayOptions): Gateway {
  const upstreams = openUpstreams(routes, timeoutMs);
  const admit = operationAdmission(context);
  const linesForUpstream = requestHeaders(credentialHeaders(context.platform));
  const upgraded = new Set<Socket>();
  let isEnding = false;

  function outgoingLines({ request, framing, upstream, upgrade }: Exchange, admitted: Admitted): string[] {
    const peer = request.socket.remoteAddress ?? "";
    const proto = request.headers["x-forwarded-proto"];
    const isProxied = isTrusted(peer, context.trustedProxies);
    const lines = linesForUpstream(request.rawHeaders, {
      caller: admitted.by === "key" ? admitted.verdict.key : admitted.session,
      framing,
      upstreamHost: upstream.host,
      clientAddress: clientAddress(peer, isProxied ? request.headers["x-forwarded-for"]?.toString() : undefined, context.trustedProxies),
      clientHost: request.headers.host ?? "",
      clientProtocol: isProxied && proto === "https" ? "https" : "http",
    });
    return upgrade === undefined ? lines : [...lines, "Connection", "Upgrade", "Upgrade", upgrade.protocol];
  }

  /** The headers of the admission (rate limits, CORS) are added to every response, refusals included. */
  function forward(exchange: Exchange, admitted: Admitted): void {
    const { request, response, framing, upstream, upgrade } = exchange;
    const { method = "", url: target = "" } = request;
    const refuse = (problem: Problem) => send(response, problemResponse(context.platform, problem, admitted.headers));
    const fail = (failure: UpstreamFailure) => {
      // Do not wait for the rest of the body.
      if (failure === "stalled") response.shouldKeepAlive = false;
      refuse(UPSTREAM_PROBLEMS[failure]);
    };
    const lines = outgoingLines(exchange, admitted);
    const body = hasBody(framing) ? request : undefined;
    let isSwitched = false;
    const cancel = upstream.send(
      { method, target, headers: lines, body, isUpgrade: upgrade !== undefined },
      {
        onFailure: fail,
        onResponse(incoming) {
          if (writeHead(response, incoming, admitted.headers)) return void pipeline(incoming, response, () => undefined);
          cancel();
          fail("unreadable");
        },
        onUpgrade:
          upgrade &&
          ((incoming, socket, head) => {
            if (incoming.headers.upgrade?.toLowerCase() !== upgrade.protocol.toLowerCase()) {
              socket.destroy();
              return fail("unreadable");
            }
            isSwitched = true;
            response.detachSocket(upgrade.socket);
            writeSwitch(upgrade.socket, incoming, upgrade.protocol, admitted.headers);
            tunnel(upgrade, { socket, head });
          }),
      },
    );

    const cut = () => {
      if (isSwitched) upgrade?.socket.destroy();
      else if (response.headersSent) response.destroy();
      else {
        cancel();
        response.shouldKeepAlive = false;
        refuse(NO_LONGER_VALID);
      }
    };
    let timer: NodeJS.Timeout | undefined;
    const stop = whileAllowed(context, request.rawHeaders, admitted, () => {
      if (isSwitched) cut();
      else timer = setTimeout(cut, GRACE_MS);
    });
    // Until then the request counts as concurrent.
    (upgrade?.socket ?? response).once("close", () => {
      stop();
      clearTimeout(timer);
      cancel();
      if (admitted.by === "key") admitted.verdict.release();
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade): Promise<void> {
    // First refuse what cannot be passed on safely: it is neither judged nor counted.
    const framing = requestFraming(request);
    if (framing === undefined) return send(response, problemResponse(context.platform, UNFRAMED, { connection: "close" }));
    const { method = "", url: target = "" } = request;
    const problem = targetProblem(target);
    if (problem !== undefined) return send(response, problemResponse(context.platform, problem));
    const upstream = upstreams.find(target);
    if (upstream === undefined) return send(response, problemResponse(context.platform, NOTHING_THERE));
    const passage = await admit(request, { method, target }, true);
    if (passage.by === "none") return send(response, passage.response);
    const isGone = upgrade === undefined ? response.closed || response.destroyed : upgrade.socket.destroyed;
    if (!isGone) return forward({ request, response, framing, upstream, upgrade }, passage);
    if (passage.by === "key") passage.verdict.release();
  }

  const begin = (request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade) => {
    serve(request, response, upgrade).catch((error) => send(response, failureResponse(context, error)));
  };
  const endUpgraded = () => {
    isEnding = true;
    for (const socket of upgraded) socket.destroy();
  };

  return {
    handle: (request, response) => begin(request, response),
    isUpgrade: (request) => requestedProtocol(request) !== undefined,
    upgrade(request, socket, head) {
      const protocol = requestedProtocol(request);
      if (isEnding || protocol === undefined) return void socket.destroy();
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
      begin(request, responseOn(request, socket, isSecure(context) ? SecureResponse : ServerResponse), { socket, head, protocol });
    },
    endUpgraded,
    close() {
      endUpgraded();
      upstreams.close();
    },
  };
}
