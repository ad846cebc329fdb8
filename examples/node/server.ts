/** Keyward in a server on node:http: `GET /agents` needs a key with the scope agents:read. */
import { createServer } from "node:http";
import { keyward, platforms } from "@keyward/core";
import { protect } from "@keyward/core/node";
import { openSqlite } from "@keyward/core/sqlite";

const { store } = await openSqlite({ directory: process.env.DATA ?? "./data" });
const kw = await keyward({ platform: platforms.keyward, store, secret: process.env.KEYWARD_SECRET ?? "" });

const reads = protect(kw, { scopes: ["agents:read"] });

const server = createServer((request, response) => {
  if (request.url !== "/agents") return void response.writeHead(404).end();
  reads(request, response, () => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ organization: request.apiKey.organizationId, agents: [] }));
  });
});

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on ${JSON.stringify(server.address())}`));

export { kw, server };
