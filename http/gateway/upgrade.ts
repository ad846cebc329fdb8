/** Requests that ask for another protocol on their connection (RFC 9110, 7.8): WebSockets and others. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How long a client that got a refusal may take to close the connection. */
const LINGER_MS = 1_000;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?$/;
/** Other forms of HTTP and TLS: whoever spoke them behind the gateway would send requests that nobody judges. */
const NEVER = /^(?:h2c?|http|https|tls)(?:\/|$)/i;

/** What a client may send before its connection switches. It is read no further until then. */
const EARLY_MAX_BYTES = 65_536;

/** A connection that node:http has handed over. */
export interface Upgrade {
  readonly socket: Socket;
  /** Ends the reading before the switch. Returns what the client has sent after its request. */
  takeEarly(): Buffer;
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
 * Reads from the connection until it switches, since only a reader learns that the client has gone: the connection is then closed. What the client
 * sends meanwhile is kept, and dropped if the connection does not switch. `head` is what has come already.
 */
export function readBeforeSwitch(socket: Socket, head: Buffer): () => Buffer {
  let early = [head];
  let length = head.length;
  const keep = (chunk: Buffer) => {
    // The response has been sent.
    if (socket.writableEnded) return;
    early.push(chunk);
    length += chunk.length;
    if (length >= EARLY_MAX_BYTES) socket.pause();
  };
  const close = () => void socket.destroySoon();
  socket.on("data", keep).once("end", close);
  return () => {
    socket.off("data", keep).off("end", close).pause();
    const taken = Buffer.concat(early);
    early = [];
    return taken;
  };
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
