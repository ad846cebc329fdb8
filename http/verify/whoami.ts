/** `GET /keyward/v1/whoami`: the verdict on a platform credential as the platform answers it. Counts like any protected request. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { admitRequest } from "../../admission/admit.ts";
import { clientOf } from "../../admission/client-address.ts";
import { keyIdentity } from "../../admission/key-identity.ts";
import { json } from "../../admission/response.ts";
import { list, nullable, record, text, time } from "../../platforms/schema.ts";
import type { HttpContext } from "../context.ts";
import { asSchema, keySecurity, OF_KEY, refusals } from "../openapi.ts";
import { enveloped, envelopedSchema } from "../platform/envelope.ts";
import { toResponse } from "../route.ts";

export const WHOAMI_PATH = "/keyward/v1/whoami";
const identitySchema = record({
  keyId: text(),
  organizationId: nullable(text("Null for a key that nobody has claimed.")),
  environment: { type: "string", enum: ["live", "test"] },
  scopes: list(text()),
  resources: nullable(list(text("What the key is restricted to; null for no restriction."))),
  expiresAt: nullable(time("Null for never.")),
});

export function addWhoami(app: OpenAPIHono, context: HttpContext): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    path: WHOAMI_PATH,
    operationId: "whoami",
    summary: "Whose key is this?",
    tags: ["verification"],
    security: keySecurity(context.platform),
    responses: {
      200: {
        description: "The key, in the platform's envelope",
        content: { "application/json": { schema: asSchema(envelopedSchema(context.platform, identitySchema)) } },
      },
      ...refusals(context.platform, OF_KEY),
    },
  });
  app.get(WHOAMI_PATH, async (c) => {
    const admission = await admitRequest(context, clientOf(c));
    if ("answer" in admission) return toResponse(admission.answer);
    return toResponse(json(200, enveloped(context.platform, { ...keyIdentity(admission.verdict.key) }), admission.headers));
  });
}
