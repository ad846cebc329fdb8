/**
 * The gateway: requests to no route of Keyward are authenticated, limited and passed to the platform's own API, streaming in both directions.
 * Straight on node:http: bodies are never held in memory, and a slow reader slows the writer down. A response that has not ended, or a
 * connection that has switched protocols, ends when its key may no longer be used (docs/decisions/0023).
 */

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SecureResponse, send } from "../../adapters/node-response.ts";
import { type PlainResponse, problemResponse } from "../../admission/response.ts";
import { rowOf } from "../../telemetry/meter.ts";
import type { HttpContext } from "../context.ts";
import { failureResponse } from "../failure.ts";
import { requestIdOf } from "../identified.ts";
import { operationAdmission } from "../operation-admission.ts";
import { isSecure } from "../strict-transport.ts";
import { type AccessLog, noteCaller } from "./access-log.ts";
import { type Admitted, mayStillPass, noteEndedKey, release } from "./allowance.ts";
import { type Exchange, forwarder } from "./forward.ts";
import { requestFraming } from "./framing.ts";
import { NO_LONGER_VALID, NOTHING_THERE, targetProblem, UNFRAMED } from "./problems.ts";
import { readBeforeSwitch, requestedProtocol, responseOn, type Upgrade } from "./upgrade.ts";
import { openUpstreams, type UpstreamRoute } from "./upstreams.ts";

const ROW = rowOf("gateway");

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Whether a request asks for another protocol that its connection can switch to. Otherwise it is like any other request. */
  isUpgrade(request: IncomingMessage): boolean;
  /** Serves such a request, whose connection node:http has handed over. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Ends the connections that node:http has handed over. None switches from now on: a request that asks for it is like any other, and gets its response. */
  endUpgraded(): void;
  /** Ends those, and idle connections to upstreams. */
  close(): void;
}

interface GatewayOptions {
  readonly upstreams: readonly UpstreamRoute[];
  /** How long an upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number;
  /** None when absent. */
  readonly accessLog?: AccessLog | undefined;
}

type Begun = Pick<Exchange, "request" | "response" | "upgrade" | "entry">;

export function gateway(context: HttpContext, { upstreams: routes, timeoutMs, accessLog }: GatewayOptions): Gateway {
  const upstreams = openUpstreams(routes, timeoutMs);
  const admit = operationAdmission(context, "gateway");
  const forward = forwarder(context);
  const upgraded = new Set<Socket>();
  let isEnding = false;

  const { meter } = context;
  const refuse = ({ response, entry }: Begun, refusal: PlainResponse, reason: string, began?: number) => {
    if (entry !== undefined) entry.refused = reason;
    if (send(response, refusal)) meter?.responded(ROW, refusal.status, began);
  };

  async function serve(begun: Begun): Promise<void> {
    const { request } = begun;
    // First refuse what cannot be passed on safely: it is neither judged nor counted.
    const framing = requestFraming(request);
    if (framing === undefined) return refuse(begun, problemResponse(context.platform, UNFRAMED, { connection: "close" }), UNFRAMED.code);
    const { method = "", url: target = "" } = request;
    const problem = targetProblem(target);
    if (problem !== undefined) return refuse(begun, problemResponse(context.platform, problem), problem.code);
    const upstream = upstreams.find(target);
    if (upstream === undefined) return refuse(begun, problemResponse(context.platform, NOTHING_THERE), "no_upstream");
    const readings = meter?.clock.readings ?? 0;
    const admitting = admit(request, { method, target }, true);
    // Whoever verifies reads the clock by itself.
    const began = meter && (meter.clock.lastSince(readings) ?? meter.clock.now());
    const passage = await admitting;
    if (begun.entry !== undefined) noteCaller(begun.entry, passage);
    if (passage.by === "none") return refuse(begun, passage.response, passage.refused.code, began);
    await passOn({ ...begun, framing, upstream, began }, passage);
  }

  /** Looks once more before it forwards: whoever was stopped since the verdict must not act by what was true then. */
  async function passOn(exchange: Exchange, admitted: Admitted): Promise<void> {
    const { request, response, upgrade, began } = exchange;
    try {
      const allowed = mayStillPass(context, request.rawHeaders, admitted);
      if (allowed !== true && !(await allowed)) {
        release(admitted);
        noteEndedKey(context, request, admitted);
        return refuse(exchange, problemResponse(context.platform, NO_LONGER_VALID, admitted.headers), "no_longer_valid", began);
      }
      const isGone = upgrade === undefined ? response.closed || response.destroyed : upgrade.socket.destroyed;
      return isGone ? release(admitted) : forward(exchange, admitted);
    } catch (error) {
      release(admitted);
      throw error;
    }
  }

  const begin = (request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade) => {
    const begun = { request, response, upgrade, entry: accessLog?.begin(request, response, upgrade?.socket) };
    serve(begun).catch((error) => refuse(begun, failureResponse(context, error, requestIdOf(request)), "failure"));
  };
  const endUpgraded = () => {
    isEnding = true;
    for (const socket of upgraded) socket.destroy();
  };

  return {
    handle: (request, response) => begin(request, response),
    isUpgrade: (request) => !isEnding && requestedProtocol(request) !== undefined,
    upgrade(request, socket, head) {
      const protocol = requestedProtocol(request);
      if (protocol === undefined) return void socket.destroy();
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
      const response = responseOn(request, socket, isSecure(context) ? SecureResponse : ServerResponse);
      begin(request, response, { socket, takeEarly: readBeforeSwitch(socket, head), protocol });
    },
    endUpgraded,
    close() {
      endUpgraded();
      upstreams.close();
    },
  };
}
