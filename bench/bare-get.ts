/**
 * The floor of a request without a body: node:http as bare as it comes, on the same Node, with the work that no verification can leave out
 * (hash the key) and the same response, byte for byte. It looks nothing up, counts nothing, and does not build its response.
 */
import { hash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BareHttpOptions } from "./bare-http.ts";
import { givenOptions, say } from "./slices.ts";

const { headers, body } = givenOptions<BareHttpOptions>();
let last = "";

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  last = hash("sha256", request.headers.authorization ?? "", "latin1");
  response.writeHead(200, headers);
  response.end(body);
});
process.on("disconnect", () => process.exit(last.length));
server.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
