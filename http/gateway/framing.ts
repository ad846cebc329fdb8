/**
 * How the body of a message is delimited (RFC 9112, 6). The gateway never copies framing headers: it takes the parser's result and writes
 * its own, so that no header of a client or an upstream can make the next server see a body where there is none.
 */
import type { IncomingMessage } from "node:http";

export type Framing = { readonly kind: "none" } | { readonly kind: "length"; readonly bytes: number } | { readonly kind: "chunked" };

type Message = Pick<IncomingMessage, "headers" | "httpVersion" | "httpVersionMajor">;

const NONE: Framing = Object.freeze({ kind: "none" });
const EMPTY: Framing = Object.freeze({ kind: "length", bytes: 0 });
const CHUNKED: Framing = Object.freeze({ kind: "chunked" });
/** Requests of these methods need no length without a body; all others send a length of 0 (RFC 9110, 8.6). */
const BODILESS: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/**
 * The framing of a request to the upstream. Undefined if the request's own cannot be passed on: a transfer coding besides `chunked`, or any
 * transfer coding from a client older than HTTP/1.1 (RFC 9112, 6.1).
 */
export function requestFraming(request: Message & Pick<IncomingMessage, "method">): Framing | undefined {
  const framing = parsedFraming(request);
  if (framing?.kind === "chunked" && (request.httpVersionMajor < 1 || request.httpVersion === "1.0")) return undefined;
  return framing === NONE && !BODILESS.has(request.method) ? EMPTY : framing;
}

/**
 * The framing of a response to the client: a length, or none, and then node:http chooses. Undefined if the response's own cannot be passed on.
 * A 204 has no length (RFC 9110, 8.6); for HEAD and 304 it is the length of the response to a GET.
 */
export function responseFraming(incoming: Message & Pick<IncomingMessage, "statusCode">): Framing | undefined {
  const framing = parsedFraming(incoming);
  if (framing === undefined) return undefined;
  return framing.kind === "chunked" || incoming.statusCode === 204 ? NONE : framing;
}

/** Whether a body follows. */
export function hasBody(framing: Framing): boolean {
  return framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0);
}

/** The header lines of the framing: one, or none. */
export function framingLines(framing: Framing): readonly string[] {
  if (framing.kind === "chunked") return ["Transfer-Encoding", "chunked"];
  return framing.kind === "length" ? ["Content-Length", String(framing.bytes)] : [];
}

function parsedFraming({ headers }: Message): Framing | undefined {
  const coding = headers["transfer-encoding"];
  const length = headers["content-length"];
  if (coding === undefined) return length === undefined ? NONE : lengthFraming(length);
  // The parser refuses a length beside a coding. If it were made lenient, this would still refuse.
  return length === undefined && coding.toLowerCase() === "chunked" ? CHUNKED : undefined;
}

function lengthFraming(length: string): Framing | undefined {
  const bytes = Number(length);
  return /^\d+$/.test(length) && Number.isSafeInteger(bytes) ? { kind: "length", bytes } : undefined;
}
