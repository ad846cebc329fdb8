/** Keyward around a `fetch` handler, as Workers, Deno and Bun run it. It asks a Keyward elsewhere. */
import { keywardAt } from "@keyward/sdk";
import { protect } from "@keyward/sdk/fetch";

const kw = keywardAt({ url: process.env.KEYWARD_URL ?? "http://127.0.0.1:4000", token: process.env.KEYWARD_TOKEN ?? "" });

const agents = protect(kw, { scopes: ["agents:read"] })((_request, { apiKey }) =>
  Response.json({ organization: apiKey.organizationId, agents: [] }),
);

const agent = protect(kw, { scopes: ["agents:read"], resource: agentOf })((request, { apiKey }) =>
  Response.json({ agent: agentOf(request), key: apiKey.keyId }),
);

function agentOf(request: Request): string {
  return new URL(request.url).pathname.slice("/agents/".length);
}

export default {
  fetch(request: Request): Response | Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/agents") return agents(request);
    return pathname.startsWith("/agents/") ? agent(request) : new Response("Not found", { status: 404 });
  },
};
