/** Serves a direct route on node:http. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "../adapters/node-response.ts";
import { REQUEST_ID_HEADER } from "../admission/request-id.ts";
import type { HeldResponse, PlainResponse } from "../admission/response.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import { rowOf } from "../telemetry/meter.ts";
import type { HttpContext } from "./context.ts";
import type { AnyResponse, DirectMatch, RouteInput } from "./direct-route.ts";
import { inFormAcceptedBy } from "./error-form.ts";
import { failureResponse } from "./failure.ts";
import { requestIdOf } from "./identified.ts";
import { BODY_MAX_BYTES, NO_BODY, tooLarge } from "./json-body.ts";

/** Responds to a request that is for this route. */
export function serveDirect(context: HttpContext, match: DirectMatch, request: IncomingMessage, response: ServerResponse): void {
  if (match.route.takesBody) respondWhenRead(context, match, request, response);
  else respondOn(context, match, request, response, NO_BODY);
}

/** A body on its way, and what happens once it is read. No literal, and none in it: see `respondWhenRead`. */
class Reading {
  readonly context: HttpContext;
  readonly match: DirectMatch;
  readonly response: ServerResponse;
  length = 0;
  /** Nearly every body comes in one. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;

  constructor(context: HttpContext, match: DirectMatch, response: ServerResponse) {
    this.context = context;
    this.match = match;
    this.response = response;
  }

  add(chunk: Buffer): void {
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#others === undefined) this.#others = [chunk];
    else this.#others.push(chunk);
  }

  whole(): Buffer {
    if (this.#first === undefined) return Buffer.alloc(0);
    return this.#others === undefined ? this.#first : Buffer.concat([this.#first, ...this.#others]);
  }
}

const READING = Symbol("reading");
type RequestWithBody = IncomingMessage & { [READING]: Reading };

/**
 * The listeners are the same two functions for every request, and find what they need on it. V8 may place the table of listeners of each
 * request among long-lived objects, once many requests have waited (docs/decisions/0024): a closure in it would keep the whole request
 * until the next full garbage collection. So would a literal that holds the response.
 */
function respondWhenRead(context: HttpContext, match: DirectMatch, request: IncomingMessage, response: ServerResponse): void {
  (request as RequestWithBody)[READING] = new Reading(context, match, response);
  request.on("data", addChunk as (chunk: Buffer) => void);
  request.on("end", respondToBody as () => void);
}

function addChunk(this: RequestWithBody, chunk: Buffer): void {
  const reading = this[READING];
  if (reading.length > BODY_MAX_BYTES) return;
  reading.length += chunk.length;
  if (reading.length <= BODY_MAX_BYTES) reading.add(chunk);
  else {
    // The rest is not read: the connection is closed.
    reading.response.shouldKeepAlive = false;
    respondOn(reading.context, reading.match, this, reading.response, tooLarge());
  }
}

function respondToBody(this: RequestWithBody): void {
  const reading = this[READING];
  if (reading.length > BODY_MAX_BYTES) return;
  respondOn(reading.context, reading.match, this, reading.response, ok(reading.whole()));
}

function respondOn(
  context: HttpContext,
  match: DirectMatch,
  request: IncomingMessage,
  response: ServerResponse,
  body: Outcome<Buffer>,
): void {
  const { meter } = context;
  const { route } = match;
  const row = rowOf(route.surface ?? "management");
  const readings = meter?.clock.readings ?? 0;
  // Whoever verifies reads the clock by itself.
  const arrivedAt = route.surface === "verify" ? undefined : meter?.clock.now();
  try {
    const responded = route.respond(request as IncomingMessage & RouteInput, body, match);
    const began = arrivedAt ?? meter?.clock.lastSince(readings);
    if (responded instanceof Promise) sendLate(context, request, response, responded, { row, began: began ?? meter?.clock.now() });
    else {
      const isSent = sendOrHold(response, responded as PlainResponse | HeldResponse);
      if (isSent) meter?.responded(row, responded.status, began);
    }
  } catch (error) {
    fail(context, request, response, error, { row, began: arrivedAt });
  }
}

/** What is measured of a request: see `Meter.responded`. */
interface Timed {
  readonly row: number;
  readonly began: number | undefined;
}

function sendLate(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  responding: Promise<AnyResponse>,
  timed: Timed,
): void {
  responding
    .then((late) => {
      const isSent = sendOrHold(response, late as PlainResponse | HeldResponse);
      if (isSent) context.meter?.responded(timed.row, late.status, timed.began);
    })
    // `catch` and not a second argument: a header that node:http refuses must not become a rejection that nobody handles.
    .catch((error) => fail(context, request, response, error, timed));
}

function fail(context: HttpContext, request: IncomingMessage, response: ServerResponse, error: unknown, { row, began }: Timed): void {
  const failure = failureResponse(inFormAcceptedBy(context, request), error, requestIdOf(request));
  if (send(response, failure)) context.meter?.responded(row, failure.status, began);
}

/** How soon a connection is found out whose other end has vanished without closing it, in milliseconds: probes begin then. */
const PROBE_AFTER_MS = 15_000;

/** False when the client is gone. */
function sendOrHold(response: ServerResponse, responded: PlainResponse | HeldResponse): boolean {
  if (!("release" in responded)) return send(response, responded);
  if (response.headersSent || response.destroyed) {
    responded.release();
    return false;
  }
  response.once("close", responded.release);
  response.socket?.setKeepAlive(true, PROBE_AFTER_MS);
  response.writeHead(responded.status, { ...responded.headers, [REQUEST_ID_HEADER]: requestIdOf(response.req) }).write(responded.body);
  return true;
}
