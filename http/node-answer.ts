/** Writing an answer to a bare node:http response. */
import type { ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";

/** Writes head and body at once; does nothing when the answer has begun or the client is gone. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
