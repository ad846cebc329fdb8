/** Ends a connection whose request is unreadable, too slow, or has a head that is too large. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { send } from "../adapters/node-response.ts";
import { identifyResponse } from "../admission/request-id.ts";
import type { PlainResponse } from "../admission/response.ts";
import { STRICT_TRANSPORT } from "../admission/strict-transport.ts";

interface Ending {
  /** The response, if one can still be sent. */
  readonly refusal: PlainResponse;
  /** For a refusal that belongs to no readable request. */
  readonly newId: () => string;
  /** Whether the base URL is https. */
  readonly isSecure: boolean;
  /** For a request that is only slow: it may continue as long as data moves within each period of so many milliseconds. */
  readonly stillMs: number | undefined;
}

/**
 * - `between`: the last request is complete and has its response, or there was none. What arrived now is not a request.
 * - `received`: the last request is complete, and its response is under way. What follows it is broken.
 * - `coming`: the request itself is broken, and its response has not begun.
 * - `begun`: the same, but its response has begun.
 * - `over`: the same, but its response has been sent.
 */
type Stage = "between" | "received" | "coming" | "begun" | "over";

function stageOf(response: ServerResponse | undefined): Stage {
  if (response === undefined) return "between";
  const isOver = response.writableFinished || response.destroyed;
  if (response.req.complete) return isOver ? "between" : "received";
  if (isOver) return "over";
  return response.headersSent ? "begun" : "coming";
}

/** `response` belongs to the last request on the connection; responses are sent in order. Nothing is written into one that has begun. */
export function endBroken(socket: Socket, response: ServerResponse | undefined, ending: Ending): void {
  const stage = stageOf(response);
  // Browsers open spare connections: one without a request gets no response.
  if (response === undefined || stage === "between")
    socket.bytesRead === 0 ? socket.destroy() : writeRaw(socket, identifyResponse(ending.refusal, ending.newId()), ending.isSecure);
  else if (stage === "received") endAfter(response, socket);
  else if (stage !== "over" && ending.stillMs !== undefined)
    onStandstill(response, socket, ending.stillMs, () => endBroken(socket, response, { ...ending, stillMs: undefined }));
  else if (stage === "coming") send(response, ending.refusal);
  else if (stage === "over") socket.destroySoon();
  else if (response.writableEnded) endAfter(response, socket);
  else socket.destroy();
}

/** Stops reading from the connection, and closes it when the response has been sent. */
function endAfter(response: ServerResponse, socket: Socket): void {
  socket.pause();
  if (!response.headersSent) response.shouldKeepAlive = false;
  response.once("close", () => socket.destroySoon());
}

/** Calls `end` after a period in which no data moved on the connection while the body was awaited. */
function onStandstill(response: ServerResponse, socket: Socket, timeMs: number, end: () => void): void {
  const { req: request } = response;
  const moved = () => socket.bytesRead + socket.bytesWritten;
  let before = moved();
  const timer = setInterval(() => {
    // If the request is paused, the upstream is not reading, and it has a time limit of its own.
    const isStill = moved() === before && !request.isPaused() && !request.complete;
    before = moved();
    if (isStill) end();
  }, timeMs);
  for (const message of [request, response]) message.once("close", () => clearInterval(timer));
}

/** Writes a response on a connection without a readable request, and closes it. */
export function writeRaw(socket: Socket, { status, headers, body = "" }: PlainResponse, isSecure: boolean): void {
  const all = {
    date: new Date().toUTCString(),
    "content-length": Buffer.byteLength(body),
    ...headers,
    ...(isSecure && STRICT_TRANSPORT),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  socket.destroySoon();
}
