/** Keyward in a Fastify application: `GET /agents` needs a key with the scope agents:read, `GET /agents/:agent` one for that agent. */
import { keyward, platforms } from "@keyward/core";
import { protect } from "@keyward/core/fastify";
import { openSqlite } from "@keyward/core/sqlite";
import fastify from "fastify";

const { store } = await openSqlite({ directory: process.env.DATA ?? "./data" });
const kw = await keyward({ platform: platforms.keyward, store, secret: process.env.KEYWARD_SECRET ?? "" });
const app = fastify();

app.get("/agents", { onRequest: protect(kw, { scopes: ["agents:read"] }) }, async (request) => {
  return { organization: request.apiKey.organizationId, agents: [] };
});

const aboutAgent = protect(kw, { scopes: ["agents:read"], resource: ({ params }) => (params as { agent: string }).agent });
app.get("/agents/:agent", { onRequest: aboutAgent }, async (request) => {
  return { agent: (request.params as { agent: string }).agent, key: request.apiKey.keyId };
});

await app.listen({ port: Number(process.env.PORT ?? 3000) });
const server = app.server;
console.log(`listening on ${JSON.stringify(server.address())}`);

export { kw, server };
