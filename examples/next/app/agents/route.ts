/** A route handler behind Keyward: `GET /agents` needs a key with the scope agents:read. */
import { protect } from "@keyward/sdk/fetch";
import { kw } from "../../keyward.ts";

export const GET = protect(kw, { scopes: ["agents:read"] })((_request, { apiKey }) =>
  Response.json({ organization: apiKey.organizationId, agents: [] }),
);
