/** Writes a plain response to node:http. */
import { ServerResponse } from "node:http";
import { identifyProblem, REQUEST_ID_HEADER } from "../admission/request-id.ts";
import { JSON_HEADERS, type PlainResponse } from "../admission/response.ts";
import { STRICT_TRANSPORT } from "../admission/strict-transport.ts";

const JSON_LINES: readonly string[] = [...Object.entries(JSON_HEADERS).flat(), "content-length"];
const STRICT_LINES: readonly string[] = Object.entries(STRICT_TRANSPORT).flat();
const STRICT_JSON_LINES: readonly string[] = [...STRICT_LINES, ...JSON_LINES];

/** The response of a server whose base URL is https, for `createServer({ ServerResponse })`: `send` adds `Strict-Transport-Security`. */
export class SecureResponse extends ServerResponse {}

/**
 * Writes head and body at once. Does nothing, and returns false, when the response has begun or the client is gone. With `isOwn` false, another
 * host may pass the response on as its own: it does not tell browsers to use https there.
 */
export function send(response: ServerResponse, plain: PlainResponse, isOwn = true): boolean {
  if (response.headersSent || response.destroyed) return false;
  const { status, headers } = plain;
  if (headers === JSON_HEADERS && plain.body !== undefined) {
    const { body } = plain;
    // Verdicts, whose speed is the product: no loop over headers.
    const bytes = Buffer.byteLength(body);
    const lines = response instanceof SecureResponse ? STRICT_JSON_LINES : JSON_LINES;
    response.writeHead(status, [...lines, String(bytes), REQUEST_ID_HEADER, requestIdOf(response)]);
    // As many bytes as characters: it is ASCII, which node:http writes faster as latin1.
    response.end(body, bytes === body.length ? "latin1" : "utf8");
    return true;
  }
  const requestId = requestIdOf(response);
  const { body } = identifyProblem(plain, requestId);
  // Names and values in turn: node:http writes them without looking at them again.
  const lines: (string | number)[] = isOwn && response instanceof SecureResponse ? [...STRICT_LINES] : [];
  for (const name in headers) lines.push(name, headers[name] as string);
  if (body !== undefined) lines.push("content-length", Buffer.byteLength(body));
  lines.push(REQUEST_ID_HEADER, requestId);
  response.writeHead(status, lines as string[]);
  response.end(body);
  return true;
}

/** Writes a 200 without a body, for a program, or returns false as `send` does. `lines` are names and values in turn, without a length; they are not changed. */
export function sendEmpty(response: ServerResponse, lines: readonly string[]): boolean {
  if (response.headersSent || response.destroyed) return false;
  response.writeHead(200, [...lines, "content-length", "0", REQUEST_ID_HEADER, requestIdOf(response)]);
  response.end();
  return true;
}

/** The server gave it to the request. */
function requestIdOf({ req }: ServerResponse): string {
  return (req as unknown as { readonly requestId: string }).requestId;
}
