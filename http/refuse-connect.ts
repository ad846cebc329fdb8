/**
 * Refuses CONNECT in its turn. node:http takes its hands off a connection on which CONNECT arrives, also while responses to earlier requests
 * are still to be sent there: from then on nobody tells them when the client can take more or has gone, and an error ends the process.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { isBusy, isEnding, latestResponse } from "./connections.ts";

/** What node:http does for the responses on a connection, as long as it looks after it. */
const LOOKED_AFTER = ["close", "drain"] as const;
type Listeners = ReturnType<Socket["listeners"]>[];

/** `refuse` writes the refusal on the connection and closes it. Call this before anything else listens to the server's connections. */
export function refuseConnect(server: Server, refuse: (request: IncomingMessage, socket: Socket) => void): void {
  const ofNode = new WeakMap<Socket, Listeners>();
  server.on("connection", (socket) =>
    ofNode.set(
      socket,
      LOOKED_AFTER.map((event) => socket.listeners(event)),
    ),
  );
  server.on("connect", (request: IncomingMessage, connection) => {
    const socket = connection as Socket;
    socket.on("error", () => undefined);
    const latest = latestResponse(socket);
    if (latest === undefined || !isBusy(socket)) return refuse(request, socket);
    for (const [at, event] of LOOKED_AFTER.entries())
      for (const listener of ofNode.get(socket)?.[at] ?? []) socket.on(event, listener as () => void);
    // Only a connection that is read tells that the client has gone. As node:http does, a client that ends its side is taken for gone.
    socket.once("end", () => socket.end()).resume();
    // A connection that ends with the latest response has no place for another one.
    if (!isEnding(socket)) latest.once("close", () => socket.writable && refuse(request, socket));
  });
}
