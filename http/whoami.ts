/** `GET /keyward/v1/whoami`: the verdict on a platform credential as the platform answers it. Counts like any protected request. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { admitRequest } from "./admission.ts";
import { json } from "./answer.ts";
import { clientOf } from "./client-address.ts";
import type { HttpContext } from "./context.ts";
import { keyIdentity } from "./key-identity.ts";
import { keySecurity, OF_KEY, refusals } from "./openapi.ts";
import { toResponse } from "./route.ts";

export const WHOAMI_PATH = "/keyward/v1/whoami";
const answerSchema = z.object({
  keyId: z.string(),
  organizationId: z.string().nullable(),
  environment: z.enum(["live", "test"]),
  scopes: z.array(z.string()),
  resources: z.array(z.string()).nullable(),
  expiresAt: z.string().nullable(),
});

export function addWhoami(app: OpenAPIHono, context: HttpContext): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    path: WHOAMI_PATH,
    summary: "Whose key is this?",
    tags: ["verification"],
    security: keySecurity(context.platform),
    responses: {
      200: { description: "In the platform's envelope", content: { "application/json": { schema: answerSchema } } },
      ...refusals(OF_KEY),
    },
  });
  app.get(WHOAMI_PATH, async (c) => {
    const admission = await admitRequest(context, clientOf(c));
    if ("answer" in admission) return toResponse(admission.answer);
    return toResponse(json(200, context.platform.envelope({ ...keyIdentity(admission.key) }), admission.headers));
  });
}
