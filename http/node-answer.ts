/** Writing an answer to a bare node:http response. */
import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";

/** Writes head and body at once; does nothing when the answer has begun or the client is gone. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  // Names and values in turn: what node:http writes without looking at it again.
  const lines: (string | number)[] = [];
  for (const name in headers) lines.push(name, headers[name] as string);
  if (body !== undefined) lines.push("content-length", Buffer.byteLength(body));
  response.writeHead(status, lines as string[]);
  response.end(body);
}
