/**
 * The floor of HTTP verification: node:http as bare as it comes, on the same Node, with the work that no verification can leave out
 * (read the body, parse it as JSON, hash the key) and the same response, byte for byte: the same head, a body of the same length. It asks
 * for no service token, looks nothing up, counts nothing, and does not build its response.
 */
import { hash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { givenOptions, say } from "./slices.ts";

export interface BareHttpOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const { headers, body } = givenOptions<BareHttpOptions>();
let last = "";

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { key } = JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString("utf8")) as { key: string };
    last = hash("sha256", key, "latin1");
    response.writeHead(200, headers);
    response.end(body);
  });
});
process.on("disconnect", () => process.exit(last.length));
server.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
