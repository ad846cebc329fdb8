/** Keyward in a Hono application, which asks a Keyward elsewhere: so it also runs on Workers, Deno and Bun, without a database of its own. */
import { serve } from "@hono/node-server";
import { keywardAt } from "@keyward/sdk";
import { protect } from "@keyward/sdk/hono";
import { Hono } from "hono";

const kw = keywardAt({ url: process.env.KEYWARD_URL ?? "http://127.0.0.1:4000", token: process.env.KEYWARD_TOKEN ?? "" });

export const app = new Hono()
  .get("/agents", protect(kw, { scopes: ["agents:read"] }), (c) => c.json({ organization: c.get("apiKey").organizationId, agents: [] }))
  .get("/agents/:agent", protect(kw, { scopes: ["agents:read"], resource: (c) => c.req.param("agent") ?? "" }), (c) =>
    c.json({ agent: c.req.param("agent"), key: c.get("apiKey").keyId }),
  );

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, (address) =>
  console.log(`listening on ${JSON.stringify(address)}`),
);

export { server };
