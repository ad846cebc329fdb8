/** Keyward in an Express application: `GET /agents` needs a key with the scope agents:read, `GET /agents/:agent` one for that agent. */
import { keyward, platforms } from "@keyward/core";
import { protect } from "@keyward/core/express";
import { openSqlite } from "@keyward/core/sqlite";
import express from "express";

const { store } = await openSqlite({ directory: process.env.DATA ?? "./data" });
const kw = await keyward({ platform: platforms.keyward, store, secret: process.env.KEYWARD_SECRET ?? "" });
const app = express();

app.get("/agents", protect(kw, { scopes: ["agents:read"] }), (request, response) => {
  response.json({ organization: request.apiKey.organizationId, agents: [] });
});

const aboutAgent = protect(kw, { scopes: ["agents:read"], resource: (request) => request.params.agent ?? "" });
app.get("/agents/:agent", aboutAgent, (request, response) => {
  response.json({ agent: request.params.agent, key: request.apiKey.keyId });
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on ${JSON.stringify(server.address())}`));

export { kw, server };
