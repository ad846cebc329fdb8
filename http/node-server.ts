/**
 * The HTTP/1.1 server in front of the surfaces: its limits and timeouts, and refusals in the platform's form where Node would write its own.
 * docs/guide/operate.md documents the timeouts.
 */

import { createServer, type IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SecureResponse, send } from "../adapters/node-response.ts";
import { identifyResponse } from "../admission/request-id.ts";
import { type PlainResponse, problemResponse } from "../admission/response.ts";
import { type Outcome, type Problem, refuse } from "../engine/errors.ts";
import { withoutPrefix } from "./base-url.ts";
import { endBroken, writeRaw } from "./broken-connection.ts";
import { closeInStages } from "./close-in-stages.ts";
import { isBusy, isEnding, latestResponse, noteRequest, trackConnections } from "./connections.ts";
import type { HttpContext } from "./context.ts";
import { identifyRequest, requestIdOf } from "./identified.ts";
import { BODY_MAX_BYTES, tooLarge } from "./json-body.ts";
import type { Surfaces } from "./listener.ts";
import { refuseConnect } from "./refuse-connect.ts";
import { isSecure } from "./strict-transport.ts";

/** In milliseconds. */
export interface ServerTimes {
  /** For the head of a request, from its first byte; on a new connection, from its opening. */
  readonly head: number;
  /** For a whole request. One to the upstream may take longer, as long as data moves within each such period. */
  readonly request: number;
  /** How often connections are checked; a timeout may be exceeded by as much. */
  readonly check: number;
}

const TIMES: ServerTimes = Object.freeze({ head: 10_000, request: 30_000, check: 1_000 });
/** Longer than load balancers keep an idle connection: they must be the ones to close it. */
const KEEP_ALIVE_MS = 65_000;

/** One between threads says which request comes over it. */
type Connection = Socket & { readonly requestId?: string | undefined };

interface NodeServerOptions {
  /** The path of the base URL, which a proxy may or may not remove. */
  readonly prefix?: string;
  readonly times?: ServerTimes;
}

export function nodeServer(
  context: Pick<HttpContext, "identity" | "platform" | "requestIds">,
  { listener, isForUpstream, upgrades }: Surfaces,
  { prefix = "", times = TIMES }: NodeServerOptions = {},
): Server {
  const server = createServer({
    // A connection that still has a response to send cannot switch: the request is then like any other.
    shouldUpgradeCallback: (request) => {
      if (upgrades === undefined || isBusy(request.socket)) return false;
      return upgrades.isUpgrade(request, withoutPrefix(prefix, request.url ?? ""));
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
    // `faultInHead` refuses it in the platform's form.
    requireHostHeader: false,
    ServerResponse: isSecure(context) ? SecureResponse : ServerResponse,
  });
  // No maximum, because Node would silently drop the rest. The size of the head is limited, with a 431.
  server.maxHeadersCount = 0;
  refuseConnect(server, (request, socket) => {
    identify(request);
    writeRaw(socket, identifyResponse(refused(NO_PATH.problem), requestIdOf(request)), isSecure(context));
  });
  trackConnections(server);
  closeInStages(server);

  const refused = (problem: Problem): PlainResponse => problemResponse(context.platform, problem, { connection: "close" });
  /** Of requests that other threads hand over, the id is known already. */
  const identify = (request: IncomingMessage) => {
    identifyRequest(request, (request.socket as Connection).requestId ?? context.requestIds.of(request));
  };
  const onRequest = (event: "request" | "checkContinue" | "checkExpectation", serve: RequestListener) => {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      if (isEnding(request.socket)) return;
      noteRequest(request, response);
      identify(request);
      if (prefix !== "") request.url = withoutPrefix(prefix, request.url ?? "");
      serve(request, response);
    });
  };
  onRequest("request", listener);
  onRequest("checkContinue", (request, response) => {
    // The upstream has limits of its own.
    if (Number(request.headers["content-length"]) > BODY_MAX_BYTES && !isForUpstream(request))
      return send(response, refused(tooLarge().problem));
    continueOnceRead(request, response);
    listener(request, response);
  });
  onRequest("checkExpectation", (_request, response) => send(response, refused(UNMET.problem)));
  // Before Node 24.9 a server with this listener would get every request that offers an upgrade here, as Java's client does with h2c.
  if (upgrades !== undefined && "shouldUpgradeCallback" in server)
    server.on("upgrade", (request, socket, head) => {
      identify(request);
      request.url = withoutPrefix(prefix, request.url ?? "");
      upgrades.upgrade(request, socket as Socket, head);
    });

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    // The connection is being closed already.
    if (!socket.writable) return;
    const refusal = refused((FAULTS[error.code ?? ""] ?? UNREADABLE).problem);
    const response = latestResponse(socket);
    const mayBeSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT" && response !== undefined && isForUpstream(response.req);
    const stillMs = mayBeSlow ? times.request : undefined;
    endBroken(socket, response, { refusal, newId: () => context.requestIds.make(), isSecure: isSecure(context), stillMs });
  });
  return server;
}

const UNREADABLE = refuse("invalid_request", "The request is not readable HTTP/1.1.");
const NO_PATH = refuse("invalid_request", "The request target must be a path.");
const UNMET = refuse("expectation_failed", "The only expectation that can be met is 100-continue.");
/** By the error codes of Node and its parser. */
const FAULTS: Readonly<Record<string, Outcome<never> & { ok: false }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: refuse("request_timeout", "The request did not come in time."),
  HPE_HEADER_OVERFLOW: refuse("headers_too_large", "The request line and headers are larger than 16 KB."),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: refuse("payload_too_large", "The extensions of the body's chunks are larger than 16 KB."),
};

/**
 * Sends 100 Continue when the body begins to be read, and so never for a request that is refused unread (RFC 9110, 10.1.1). HTTP/1.0 does
 * not have it.
 */
function continueOnceRead(request: IncomingMessage, response: ServerResponse): void {
  if (request.httpVersionMinor === 0) return;
  request.once("resume", () => {
    if (!response.headersSent) response.writeContinue();
  });
}
