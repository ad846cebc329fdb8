/** `GET /keyward/v1/whoami`: the verdict on a platform credential as the platform words it. Counts like any protected request. */
import { type Admission, admitRequest } from "../../admission/admit.ts";
import { keyIdentity } from "../../admission/key-identity.ts";
import { noteRefusal } from "../../admission/note-refusal.ts";
import { json, type PlainResponse } from "../../admission/response.ts";
import { list, nullable, record, text, time } from "../../platforms/schema.ts";
import type { HttpContext } from "../context.ts";
import type { DirectRoute, RouteInput } from "../direct-route.ts";
import { enveloped, envelopedSchema } from "../envelope.ts";
import { asSchema, keySecurity, OF_KEY, refusals } from "../openapi.ts";

export const WHOAMI_PATH = "/keyward/v1/whoami";
const identitySchema = record({
  keyId: text(),
  organizationId: nullable(text("Null for a key that nobody has claimed.")),
  environment: { type: "string", enum: ["live", "test"] },
  scopes: list(text()),
  resources: nullable(list(text("What the key is restricted to; null for no restriction."))),
  expiresAt: nullable(time("Null for never.")),
});

export function whoamiRoute(context: HttpContext): DirectRoute {
  const { platform } = context;
  const respond = (admission: Admission, request: RouteInput): PlainResponse => {
    if ("response" in admission) {
      const { requestId, method, url } = request;
      noteRefusal(context, admission, undefined, { surface: "whoami", requestId, client: request, method, target: url });
      return admission.response;
    }
    return json(200, enveloped(platform, keyIdentity(admission.verdict.key)), admission.headers);
  };
  return {
    method: "GET",
    path: WHOAMI_PATH,
    takesBody: false,
    surface: "verify",
    document: () => ({
      operationId: "whoami",
      summary: "Identify the presented key",
      tags: ["verification"],
      security: keySecurity(platform),
      responses: {
        200: {
          description: "The key, in the platform's envelope",
          content: { "application/json": { schema: asSchema(envelopedSchema(platform, identitySchema)) } },
        },
        ...refusals(platform, OF_KEY),
      },
    }),
    respond(request) {
      const admission = admitRequest(context, request);
      return admission instanceof Promise ? admission.then((late) => respond(late, request)) : respond(admission, request);
    },
  };
}
