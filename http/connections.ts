/** What a server knows of its connections: which are open, and the latest response on each. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The response to the last request of a connection. Responses are sent in order: when it has ended, all before it have. */
const LATEST = Symbol("latest response");
type Connection = Socket & { [LATEST]?: ServerResponse };

const OPEN = new WeakMap<Server, Set<Socket>>();

/** Remembers the connections of a server, from now on. */
export function trackConnections(server: Server): void {
  const open = new Set<Socket>();
  OPEN.set(server, open);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

export function openConnections(server: Server): ReadonlySet<Socket> {
  return OPEN.get(server) ?? new Set();
}

export function noteRequest({ socket }: IncomingMessage, response: ServerResponse): void {
  (socket as Connection)[LATEST] = response;
}

export function latestResponse(socket: Socket): ServerResponse | undefined {
  return (socket as Connection)[LATEST];
}

/**
 * Whether the latest response says, or will say, that the connection ends with it. What a client has sent behind it cannot be answered any more
 * and must not be processed (RFC 9112, 9.6): the client may repeat it.
 */
export function isEnding(socket: Socket): boolean {
  // node:http's own note, once the head is written. There is no other place that has it.
  const latest = latestResponse(socket) as (ServerResponse & { readonly _last?: boolean }) | undefined;
  return latest !== undefined && (!latest.shouldKeepAlive || latest._last === true);
}

/**
 * Ends the connection with a response whose head has not been sent. Not if a request behind it has been taken already: that one's response would
 * be lost, and nothing of this request is still to come.
 */
export function endWith(response: ServerResponse): void {
  if (latestResponse(response.req.socket) === response) response.shouldKeepAlive = false;
}

/** Whether a response is still to be sent on it. */
export function isBusy(socket: Socket): boolean {
  return latestResponse(socket)?.writableFinished === false;
}
