/** A route handler with a parameter: `GET /agents/{agent}` needs a key that may be used for that agent. */
import { protect } from "@keyward/sdk/fetch";
import type { NextRequest } from "next/server.js";
import { kw } from "../../../keyward.ts";

interface Context {
  readonly params: Promise<{ agent: string }>;
}

const aboutAgent = protect(kw, { scopes: ["agents:read"], resource: ({ url }) => new URL(url).pathname.split("/").at(-1) ?? "" });

export const GET = aboutAgent(async (_request: NextRequest, { apiKey }, { params }: Context) =>
  Response.json({ agent: (await params).agent, key: apiKey.keyId }),
);
