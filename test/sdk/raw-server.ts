/** A bare HTTP server that sends the responses of a test, and remembers what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answering = (response: ServerResponse) => unknown;

/** Sends the n-th response to the n-th request, and the last one to all others. Ends with the test. */
export async function rawServer(...responses: readonly Answering[]): Promise<{ url: string; received: RawRequest[] }> {
  const received: RawRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    (responses[received.length - 1] ?? responses.at(-1))?.(response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answering {
  return (response) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export const cut: Answering = (response) => response.socket?.destroy();
/** Promises more than it sends. */
export const cutInBody: Answering = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" }).write('{"data":[');
  setTimeout(() => response.socket?.destroy(), 20);
};
export const silence: Answering = () => undefined;
