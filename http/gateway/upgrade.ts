/** Requests that ask for another protocol on their connection (RFC 9110, 7.8): WebSockets and others. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How long a client that got a refusal may take to close the connection. */
const LINGER_MS = 1_000;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?$/;
/** Other forms of HTTP and TLS: whoever spoke them behind the gateway would send requests that nobody judges. */
const NEVER = /^(?:h2c?|http|https|tls)(?:\/|$)/i;

/** A connection that node:http has handed over. */
export interface Upgrade {
  readonly socket: Socket;
  /** What the client has sent after its request. */
  readonly head: Buffer;
  readonly protocol: string;
}

/**
 * The protocol that the request asks for; undefined if the request is to be served like any other, as RFC 9110 allows: with several
 * protocols to choose from, one that is never switched to, HTTP/1.0, or a body, whose end the other protocol's beginning could be taken for.
 */
export function requestedProtocol({ headers, httpVersion }: Pick<IncomingMessage, "headers" | "httpVersion">): string | undefined {
  const protocol = headers.upgrade ?? "";
  if (httpVersion !== "1.1" || !TOKEN.test(protocol) || NEVER.test(protocol)) return undefined;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0" ? undefined : protocol;
}

/**
 * A response on such a connection, for whatever is not a switch: node:http no longer looks after the connection, so this closes it after the
 * response, and tells the response when the client can take more.
 */
export function responseOn(
  request: IncomingMessage,
  socket: Socket,
  Response: new (request: IncomingMessage) => ServerResponse,
): ServerResponse {
  const response = new Response(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on("error", () => undefined);
  socket.on("drain", () => response.emit("drain"));
  response.once("finish", () => {
    socket.end();
    // Whatever still comes is dropped: closing at once would reset the connection, and the client might not see the response.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
  });
  return response;
}
