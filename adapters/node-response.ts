/** Writing an answer to a bare node:http response. */
import type { ServerResponse } from "node:http";
import { type Answer, JSON_HEADERS } from "../admission/response.ts";
import { SecureResponse, STRICT_TRANSPORT } from "../http/strict-transport.ts";

const JSON_LINES: readonly string[] = [...Object.entries(JSON_HEADERS).flat(), "content-length"];
const STRICT_LINES: readonly string[] = Object.entries(STRICT_TRANSPORT).flat();
const STRICT_JSON_LINES: readonly string[] = [...STRICT_LINES, ...JSON_LINES];

/** Writes head and body at once; does nothing when the answer has begun or the client is gone. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  if (headers === JSON_HEADERS && body !== undefined) {
    // Verdicts, the one answer whose speed is the product: no loop over headers of many forms.
    response.writeHead(status, [...(response instanceof SecureResponse ? STRICT_JSON_LINES : JSON_LINES), String(Buffer.byteLength(body))]);
    response.end(body);
    return;
  }
  // Names and values in turn: what node:http writes without looking at it again.
  const lines: (string | number)[] = response instanceof SecureResponse ? [...STRICT_LINES] : [];
  for (const name in headers) lines.push(name, headers[name] as string);
  if (body !== undefined) lines.push("content-length", Buffer.byteLength(body));
  response.writeHead(status, lines as string[]);
  response.end(body);
}
