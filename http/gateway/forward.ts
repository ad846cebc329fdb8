/** Passes an admitted request to its upstream, and the response or the switch of protocols back, for as long as its key is in force. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { send } from "../../adapters/node-response.ts";
import { clientAddress } from "../../admission/client-address.ts";
import { REQUEST_ID_HEADER } from "../../admission/request-id.ts";
import { problemResponse } from "../../admission/response.ts";
import { isTrusted } from "../../admission/trusted-proxies.ts";
import type { Problem } from "../../engine/errors.ts";
import { rowOf } from "../../telemetry/meter.ts";
import { endWith } from "../connections.ts";
import type { HttpContext } from "../context.ts";
import { requestIdOf } from "../identified.ts";
import { credentialHeaders } from "../operation-admission.ts";
import type { AccessEntry } from "./access-log.ts";
import { type Admitted, noteEndedKey, release, whileAllowed } from "./allowance.ts";
import { requestHeaders } from "./forwarded-headers.ts";
import { type Framing, hasBody } from "./framing.ts";
import { NO_LONGER_VALID, UPSTREAM_PROBLEMS } from "./problems.ts";
import { writeHead, writeSwitch } from "./response-head.ts";
import { tunnel } from "./tunnel.ts";
import type { Upgrade } from "./upgrade.ts";
import type { Upstream, UpstreamFailure } from "./upstream.ts";

/** A request on its way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly framing: Framing;
  readonly upstream: Upstream;
  readonly upgrade: Upgrade | undefined;
  /** When it was judged, for metrics; undefined where there are none. */
  readonly began: number | undefined;
  /** For the access log; undefined where there is none. */
  readonly entry: AccessEntry | undefined;
}

const ROW = rowOf("gateway");

/** For a response that is nearly complete when its key ends: with the time in which a change is noticed, this stays below a second. */
const GRACE_MS = 300;

export function forwarder(context: HttpContext): (exchange: Exchange, admitted: Admitted) => void {
  const { meter } = context;
  const linesForUpstream = requestHeaders(credentialHeaders(context.platform));

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
      requestId: requestIdOf(request),
      clientProtocol: isProxied && proto === "https" ? "https" : "http",
    });
    return upgrade === undefined ? lines : [...lines, "Connection", "Upgrade", "Upgrade", upgrade.protocol];
  }

  /** The headers of the admission (rate limits, CORS) are added to every response, refusals included. */
  return function forward(exchange, admitted) {
    const { request, response, framing, upstream, upgrade, began, entry } = exchange;
    const { method = "", url: target = "" } = request;
    const refuse = (problem: Problem) => {
      const refusal = problemResponse(context.platform, problem, admitted.headers);
      if (send(response, refusal)) meter?.responded(ROW, refusal.status, began);
    };
    const fail = (failure: UpstreamFailure) => {
      meter?.upstreamFailed(failure);
      if (entry !== undefined) entry.refused = `upstream_${failure}`;
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
          if (entry !== undefined) entry.upstreamStatus = incoming.statusCode;
          if (writeHead(response, incoming, admitted.headers)) {
            // A stream may last for hours: what is measured ends where the response begins.
            meter?.responded(ROW, response.statusCode, began);
            return void pipeline(incoming, response, () => undefined);
          }
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
            meter?.responded(ROW, 101, began);
            if (entry !== undefined) Object.assign(entry, { status: 101, upstreamStatus: 101 });
            response.detachSocket(upgrade.socket);
            writeSwitch(upgrade.socket, incoming, upgrade.protocol, { ...admitted.headers, [REQUEST_ID_HEADER]: requestIdOf(request) });
            tunnel({ socket: upgrade.socket, head: upgrade.takeEarly() }, { socket, head });
          }),
      },
    );

    const cut = () => {
      if (isSwitched) upgrade?.socket.destroy();
      else if (response.headersSent) response.destroy();
      else {
        cancel();
        endWith(response);
        if (entry !== undefined) entry.refused = "no_longer_valid";
        noteEndedKey(context, request, admitted);
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
      release(admitted);
    });
  };
}
