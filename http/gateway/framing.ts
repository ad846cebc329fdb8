/**
 * How the body of a message is delimited (RFC 9112, 6). The gateway never copies framing: it reads what the parser made of a message and
 * writes the frame itself, so that no header of a client or of an upstream can make the next reader see a body where there is none.
 */
import type { IncomingMessage } from "node:http";

export type Framing = { readonly kind: "none" } | { readonly kind: "length"; readonly bytes: number } | { readonly kind: "chunked" };

type Message = Pick<IncomingMessage, "headers" | "httpVersion" | "httpVersionMajor">;

const NONE: Framing = Object.freeze({ kind: "none" });
const EMPTY: Framing = Object.freeze({ kind: "length", bytes: 0 });
const CHUNKED: Framing = Object.freeze({ kind: "chunked" });
/** Methods whose requests say nothing where they have no body; all others say a length of 0 (RFC 9110, 8.6). */
const BODILESS: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/**
 * The frame of a request as it goes to the upstream; undefined where the request's own cannot be passed on: a transfer coding beside
 * `chunked`, which would be taken off here and missed there, or any at all from a client older than HTTP/1.1 (RFC 9112, 6.1).
 */
export function requestFraming(request: Message & Pick<IncomingMessage, "method">): Framing | undefined {
  const framing = parsedFraming(request);
  if (framing?.kind === "chunked" && (request.httpVersionMajor < 1 || request.httpVersion === "1.0")) return undefined;
  return framing === NONE && !BODILESS.has(request.method) ? EMPTY : framing;
}

/**
 * The frame of a response as it goes to the client, who is served by node:http: a length, or none, where node:http chooses. Undefined where
 * the response's own cannot be passed on. 204 has no length (RFC 9110, 8.6); with HEAD and 304 it is that of the response to a GET.
 */
export function responseFraming(incoming: Message & Pick<IncomingMessage, "statusCode">): Framing | undefined {
  const framing = parsedFraming(incoming);
  if (framing === undefined) return undefined;
  return framing.kind === "chunked" || incoming.statusCode === 204 ? NONE : framing;
}

/** Whether a body is to follow. */
export function hasBody(framing: Framing): boolean {
  return framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0);
}

/** The header lines that say it: exactly one frame, or none. */
export function framingLines(framing: Framing): readonly string[] {
  if (framing.kind === "chunked") return ["Transfer-Encoding", "chunked"];
  return framing.kind === "length" ? ["Content-Length", String(framing.bytes)] : [];
}

function parsedFraming({ headers }: Message): Framing | undefined {
  const coding = headers["transfer-encoding"];
  const length = headers["content-length"];
  if (coding === undefined) return length === undefined ? NONE : lengthFraming(length);
  // The parser refuses a length beside a coding. Were it made lenient, this would still be no message to pass on.
  return length === undefined && coding.toLowerCase() === "chunked" ? CHUNKED : undefined;
}

function lengthFraming(length: string): Framing | undefined {
  const bytes = Number(length);
  return /^\d+$/.test(length) && Number.isSafeInteger(bytes) ? { kind: "length", bytes } : undefined;
}
