/**
 * The HTTP/1.1 server in front of the surfaces: its limits and times, and in the platform's form what Node would otherwise write by itself.
 * docs/operate.md states the times.
 */

import { createServer, type IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { SecureResponse, send } from "../adapters/node-response.ts";
import { type PlainResponse, problemResponse } from "../admission/response.ts";
import { type Outcome, type Problem, refuse } from "../engine/errors.ts";
import { withoutPrefix } from "./base-url.ts";
import { endBroken, writeRaw } from "./broken-connection.ts";
import type { HttpContext } from "./context.ts";
import { BODY_MAX_BYTES, tooLarge } from "./json-body.ts";
import type { Surfaces } from "./listener.ts";
import { isSecure } from "./strict-transport.ts";

/** In milliseconds. */
export interface ServerTimes {
  /** For the head of a request, from its first byte or, on a new connection, from its opening. */
  readonly head: number;
  /** For a whole request. One that is passed to the upstream may take longer, as long as something moves in every such time. */
  readonly request: number;
  /** How often connections are looked at; by so much a time may be exceeded. */
  readonly check: number;
}

export const TIMES: ServerTimes = Object.freeze({ head: 10_000, request: 30_000, check: 1_000 });
/** Longer than load balancers keep a connection: the side that closes first must be theirs. */
const KEEP_ALIVE_MS = 65_000;

export interface NodeServerOptions {
  /** The path of the base URL, which a proxy may leave on. */
  readonly prefix?: string;
  readonly times?: ServerTimes;
}

export function nodeServer(
  context: Pick<HttpContext, "identity" | "platform">,
  { listener, isForUpstream }: Surfaces,
  { prefix = "", times = TIMES }: NodeServerOptions = {},
): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
    // `faultInHead` says it in the platform's form.
    requireHostHeader: false,
    ServerResponse: isSecure(context) ? SecureResponse : ServerResponse,
  });
  // Node drops in silence what is more: the size of the head is the limit, and says 431.
  server.maxHeadersCount = 0;
  /** By connection, the response to the request that came last. Responses go out in order: when it has ended, so have all before it. */
  const latest = new WeakMap<Duplex, ServerResponse>();

  const refused = (problem: Problem): PlainResponse => problemResponse(context.platform, problem, { connection: "close" });
  const onRequest = (event: "request" | "checkContinue" | "checkExpectation", serve: RequestListener) => {
    const withoutItsPrefix = withoutPrefix(prefix, serve);
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      latest.set(request.socket, response);
      withoutItsPrefix(request, response);
    });
  };
  onRequest("request", listener);
  onRequest("checkContinue", (request, response) => {
    // Upstreams have limits of their own.
    if (Number(request.headers["content-length"]) > BODY_MAX_BYTES && !isForUpstream(request))
      return send(response, refused(tooLarge().problem));
    continueOnceRead(request, response);
    listener(request, response);
  });
  onRequest("checkExpectation", (_request, response) => send(response, refused(UNMET.problem)));
  server.on("connect", (_request, socket: Duplex) => writeRaw(socket, refused(NO_PATH.problem), isSecure(context)));

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    // It is being closed already, and what still comes is of no interest.
    if (!socket.writable) return;
    const refusal = refused((FAULTS[error.code ?? ""] ?? UNREADABLE).problem);
    const response = latest.get(socket);
    const mayBeSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT" && response !== undefined && isForUpstream(response.req);
    endBroken(socket, response, { refusal, isSecure: isSecure(context), stillMs: mayBeSlow ? times.request : undefined });
  });
  return server;
}

const UNREADABLE = refuse("invalid_request", "The request is not readable HTTP/1.1.");
const NO_PATH = refuse("invalid_request", "The request target must be a path.");
const UNMET = refuse("expectation_failed", "The only expectation that can be met is 100-continue.");
/** By the codes of Node and of its parser. */
const FAULTS: Readonly<Record<string, Outcome<never> & { ok: false }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: refuse("request_timeout", "The request did not come in time."),
  HPE_HEADER_OVERFLOW: refuse("headers_too_large", "The request line and headers are larger than 16 KB."),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: refuse("payload_too_large", "The extensions of the body's chunks are larger than 16 KB."),
};

/**
 * Asks for the body when somebody begins to read it, and so never for one that is refused unread (RFC 9110, 10.1.1). Clients of HTTP/1.0
 * wait for nothing.
 */
function continueOnceRead(request: IncomingMessage, response: ServerResponse): void {
  if (request.httpVersionMinor === 0) return;
  request.once("resume", () => {
    if (!response.headersSent) response.writeContinue();
  });
}
