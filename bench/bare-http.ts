/**
 * The floor of HTTP verification: node:http as bare as it comes, on the same Node, with the work that no verification can leave out
 * (read the body, parse it as JSON, hash the key) and the same response, byte for byte: the same head, a body of the same length. It asks
 * for no service token, looks nothing up, counts nothing, and does not build its response.
 */
import { hash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { givenOptions, say } from "./slices.ts";

export interface BareHttpOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Threads that listen on the port, each with a server of its own. One when absent. */
  readonly threads?: number;
}

/** Of another thread: where the first one listens. */
const given = workerData as { readonly port?: number } | null;
const { headers, body, threads = 1 } = givenOptions<BareHttpOptions>();
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
server.listen({ port: given?.port ?? 0, host: "127.0.0.1", reusePort: threads > 1 }, async () => {
  if (!isMainThread) return parentPort?.postMessage("listening");
  process.on("disconnect", () => process.exit(last.length));
  const { port } = server.address() as AddressInfo;
  const more = Array.from(
    { length: threads - 1 },
    () => new Worker(import.meta.filename, { argv: process.argv.slice(2), workerData: { port } }),
  );
  await Promise.all(more.map((worker) => once(worker, "message")));
  say({ port });
});
