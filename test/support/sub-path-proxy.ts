/** A reverse proxy that has Keyward below a path of its own origin. */
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { onTestFinished } from "vitest";

/**
 * Passes on to `state.target` what is below `/keys`, with the path or without, and has nothing else; what the target does not respond to is a
 * 502, or ends where it broke off. `state.seen` are the paths that were asked for. For one test, unless `whenDone` ends it later.
 */
export async function subPathProxy(how: { strips: boolean }, whenDone: (end: () => void) => unknown = onTestFinished) {
  const state = { target: "", seen: [] as string[] };
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "";
    state.seen.push(path);
    if (!/^\/keys(?=\/|$|\?)/.test(path)) return void outgoing.writeHead(404).end("not of this app");
    const rest = path.slice("/keys".length);
    const passed = httpRequest(
      state.target + (how.strips ? (rest.startsWith("/") ? rest : `/${rest}`) : path),
      { method: incoming.method, headers: incoming.headers },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
        pipeline(response, outgoing, () => undefined);
      },
    );
    passed.on("error", () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end("no response")));
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  whenDone(() => {
    server.closeAllConnections();
    server.close();
  });
  return { state, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
