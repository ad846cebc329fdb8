/**
 * Hands requests that are rare over to the main thread, where all that they need is: the management API, signing in, the dashboard. Each goes
 * over a connection of its own to an HTTP server of the main thread, which nobody else can reach, and which knows the client's address from
 * the thread that has its connection, never from a header.
 */
import { request as httpRequest, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { send } from "../adapters/node-response.ts";
import { problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import { endWith } from "../http/connections.ts";
import type { HttpContext } from "../http/context.ts";
import { failureResponse } from "../http/failure.ts";
import { type Framing, framingLines, hasBody, requestFraming } from "../http/gateway/framing.ts";
import { writeHead } from "../http/gateway/response-head.ts";
import { requestIdOf } from "../http/identified.ts";
import { ThreadSocket } from "./thread-socket.ts";

interface Connecting {
  readonly port: MessagePort;
  readonly remoteAddress: string | undefined;
  readonly requestId: string;
}

/** Of a message, for one connection only, and what delimits its body: each connection has its own. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
const UNFRAMED = refuse("invalid_request", "The body of the request is not delimited as HTTP/1.1 allows.").problem;

/** For the other threads: serves requests in the main thread. */
export function handOver(context: HttpContext, main: MessagePort): RequestListener {
  return (request, response) => {
    const framing = requestFraming(request);
    if (framing === undefined) return send(response, problemResponse(context.platform, UNFRAMED, { connection: "close" }));
    const socket = connect(main, request);
    const outgoing = httpRequest({
      createConnection: () => socket as unknown as Socket,
      method: request.method,
      path: request.url,
      headers: linesFor(request, framing, context),
      setHost: false,
    });
    outgoing.once("response", (incoming) => pass(incoming, response, (error) => fail(context, response, error)));
    outgoing.on("error", (error) => fail(context, response, error));
    response.once("close", () => {
      outgoing.destroy();
      socket.destroy();
    });
    if (hasBody(framing)) request.pipe(outgoing);
    else outgoing.end();
  };
}

/** For the main thread: what is handed over through `port` is served by `server`, which does not listen. */
export function acceptHandedOver(server: Server, port: MessagePort): void {
  port.on("message", ({ port: connection, ...about }: Connecting) => {
    server.emit("connection", new ThreadSocket(connection, about));
  });
  port.unref();
}

function connect(main: MessagePort, request: IncomingMessage): ThreadSocket {
  const { port1, port2 } = new MessageChannel();
  const { remoteAddress } = request.socket;
  main.postMessage({ port: port2, remoteAddress, requestId: requestIdOf(request) } satisfies Connecting, [port2]);
  return new ThreadSocket(port1);
}

/** The header lines as they came, but for those of the connection. */
function linesFor({ rawHeaders, headers }: IncomingMessage, framing: Framing, { identity }: HttpContext): string[] {
  // HTTP/1.0 allows a request without a host, and HTTP/1.1 does not.
  const lines: string[] = headers.host === undefined ? ["Host", new URL(identity.baseUrl()).host] : [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at] as string, rawHeaders[at + 1] as string];
    if (!OF_CONNECTION.has(name.toLowerCase())) lines.push(name, value);
  }
  // The response then says `close` only where the client's connection is to be closed.
  lines.push("Connection", "keep-alive", ...framingLines(framing));
  return lines;
}

function pass(incoming: IncomingMessage, response: ServerResponse, onFailure: (error: Error) => void): void {
  if (response.headersSent || response.destroyed) return void incoming.destroy();
  if (incoming.headers.connection?.toLowerCase() === "close") endWith(response);
  if (writeHead(response, incoming, {})) pipeline(incoming, response, () => undefined);
  else onFailure(new Error("the main thread's response cannot be written"));
}

function fail(context: HttpContext, response: ServerResponse, error: Error): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) response.destroy();
  else send(response, failureResponse(context, error, requestIdOf(response.req)));
}
