/** How a connection ends on which a request is not readable, too large in its head, or too slow. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { send } from "../adapters/node-response.ts";
import type { PlainResponse } from "../admission/response.ts";
import { STRICT_TRANSPORT } from "../admission/strict-transport.ts";

const LINGER_MS = 1_000;

export interface Ending {
  /** What the client is told, where it can still be told anything. */
  readonly refusal: PlainResponse;
  /** Whether the base URL is https. */
  readonly isSecure: boolean;
  /** Where the request only takes long: it may go on, as long as something moves in every such time. */
  readonly stillMs: number | undefined;
}

/**
 * - `between`: the last request has come and was responded to, or there was none. What came now is none.
 * - `received`: the last request has come, and its response is under way. What follows it is broken.
 * - `coming`: the request is broken itself, and its response has not begun.
 * - `begun`: the same, and its response has begun.
 * - `over`: the same, and its response has gone out.
 */
type Stage = "between" | "received" | "coming" | "begun" | "over";

function stageOf(response: ServerResponse | undefined): Stage {
  if (response === undefined) return "between";
  const isOver = response.writableFinished || response.destroyed;
  if (response.req.complete) return isOver ? "between" : "received";
  if (isOver) return "over";
  return response.headersSent ? "begun" : "coming";
}

/** `response` is that to the last request on the connection; responses go out in order. Nothing is written into one that has begun. */
export function endBroken(socket: Socket, response: ServerResponse | undefined, ending: Ending): void {
  const stage = stageOf(response);
  // A browser that opened the connection in reserve has asked for nothing.
  if (response === undefined || stage === "between")
    socket.bytesRead === 0 ? socket.destroy() : writeRaw(socket, ending.refusal, ending.isSecure);
  else if (stage === "received") endAfter(response, socket);
  else if (stage !== "over" && ending.stillMs !== undefined)
    whenStill(response, socket, ending.stillMs, () => endBroken(socket, response, { ...ending, stillMs: undefined }));
  else if (stage === "coming") send(response, ending.refusal);
  else socket.destroy();
}

/** Reads no more from the connection, and closes it when the response has gone out. */
function endAfter(response: ServerResponse, socket: Socket): void {
  socket.pause();
  if (!response.headersSent) response.shouldKeepAlive = false;
  response.once("close", () => socket.destroySoon());
}

/** Calls `end` when a time has passed in which nothing moved on the connection, though its body was waited for. */
function whenStill(response: ServerResponse, socket: Socket, timeMs: number, end: () => void): void {
  const { req: request } = response;
  const moved = () => socket.bytesRead + socket.bytesWritten;
  let before = moved();
  const timer = setInterval(() => {
    // Paused, it is the upstream that takes nothing, which has a time of its own.
    const isStill = moved() === before && !request.isPaused() && !request.complete;
    before = moved();
    if (isStill) end();
  }, timeMs);
  for (const message of [request, response]) message.once("close", () => clearInterval(timer));
}

/**
 * For a connection on which there is no request to respond to. What still comes is read and dropped for a moment: were the connection
 * closed at once, a client in the middle of sending would be told of a reset instead (RFC 9112, 9.6).
 */
export function writeRaw(socket: Duplex, { status, headers, body = "" }: PlainResponse, isSecure: boolean): void {
  const all = {
    date: new Date().toUTCString(),
    "content-length": Buffer.byteLength(body),
    ...headers,
    ...(isSecure && STRICT_TRANSPORT),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}
