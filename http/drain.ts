/**
 * Stopping a server without losing a request. A client may have sent its next request on a kept connection when the server decides to close
 * it; a connection closed at that moment is a request without a response. So connections stay open for some time after the last response
 * on them, and each response from now on says `Connection: close`, after which a client sends nothing more there.
 */
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { isLingering } from "./close-in-stages.ts";
import { isBusy, latestResponse, openConnections } from "./connections.ts";

/** For how long an idle connection is kept: longer than a request is on its way. */
export const STRAGGLERS_MS = 500;
/** Between two looks at a connection that is not idle yet. */
const AGAIN_MS = 50;
/** How long requests under way may take to end. */
const UNDER_WAY_MS = 10_000;

const ENDS = new WeakMap<Server, Promise<unknown>>();

/** Takes no further connections. Resolves when the last one has ended. */
export function stopListening(server: Server): Promise<unknown> {
  const known = ENDS.get(server);
  if (known !== undefined) return known;
  const ended = new Promise((done) => server.once("close", done));
  ENDS.set(server, ended);
  // node:http's own `close` closes idle connections at once.
  NetServer.prototype.close.call(server);
  return ended;
}

/**
 * Stops listening, serves what arrives on open connections for `stragglersMs`, and resolves when requests under way have ended. Those that take
 * longer than ten seconds are cut off. Where others listen on the same port, they must have stopped first: a client that is told to leave
 * would come back to one that is about to stop.
 */
export async function drain(server: Server, stragglersMs = STRAGGLERS_MS): Promise<void> {
  const ended = stopListening(server);
  sayClose(server);
  const timers = new Set<NodeJS.Timeout>();
  const closeIdleLater = (afterMs = stragglersMs) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      // What has arrived by then is read first: `setImmediate` runs after reading.
      setImmediate(() => closeIdle(server) || closeIdleLater(Math.max(stragglersMs, AGAIN_MS)));
    }, afterMs);
    timers.add(timer);
  };
  for (const socket of openConnections(server)) onceAnswered(socket, closeIdleLater);
  closeIdleLater();
  // Not `closeAllConnections`: it leaves connections open that node:http has handed over, such as those with CONNECT.
  const cutOff = () => openConnections(server).forEach((socket) => void socket.destroy());
  timers.add(setTimeout(cutOff, UNDER_WAY_MS));
  await ended;
  for (const timer of timers) clearTimeout(timer);
  // The server's own checks of its connections end with this.
  server.close(() => undefined);
}

/** From now on each response says that its connection ends with it. */
function sayClose(server: Server): void {
  for (const event of ["request", "checkContinue", "checkExpectation"])
    server.prependListener(event, (_request: unknown, response: ServerResponse) => {
      response.shouldKeepAlive = false;
    });
  for (const socket of openConnections(server)) {
    const response = latestResponse(socket);
    if (response?.headersSent === false) response.shouldKeepAlive = false;
  }
}

/** Calls `then` after a response under way whose head, sent before, has said that the connection stays open. */
function onceAnswered(socket: Socket, then: () => void): void {
  const response = latestResponse(socket);
  if (isBusy(socket) && response?.headersSent === true) response.once("finish", then);
}

/** False: not yet. node:http counts a connection as idle while a slow client is still reading the response, and while it lingers. */
function closeIdle(server: Server): boolean {
  const open = [...openConnections(server)];
  const isStillRead = (socket: Socket) => isBusy(socket) && latestResponse(socket)?.writableEnded === true;
  if (open.some((socket) => isStillRead(socket) || isLingering(socket))) return false;
  server.closeIdleConnections();
  // Browsers open spare connections: to node:http they are not idle, but waiting for their first request.
  for (const socket of open) if (socket.bytesRead === 0 && latestResponse(socket) === undefined) socket.destroy();
  return true;
}
