/** `POST /keyward/v1/domains/check`: which of these may a key pair allow? The answer is what saving would say. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { checkDomains, DOMAINS_MAXIMUM } from "../../engine/domain.ts";
import { ok } from "../../engine/errors.ts";
import type { HttpContext } from "../context.ts";
import { addRoute } from "../route.ts";

const checkedSchema = z.object({
  given: z.string(),
  domain: z.string().nullable().openapi({ description: "As keys keep it; null when it is none." }),
  message: z.string().nullable().openapi({ description: "Why it is none." }),
});

/** Where keys are pairs: no other key has domains. */
export function addDomainCheck(app: OpenAPIHono, context: HttpContext): void {
  if (context.platform.keyForm.kind !== "pair") return;
  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/domains/check",
    operationId: "domains.check",
    summary: "Check domains before they are saved",
    tag: "keys",
    access: ["operator", "member", "person"],
    // It changes nothing.
    permission: "read",
    body: z.strictObject({
      domains: z.string().openapi({
        pattern: `^[^,\\r\\n]*([,\\r\\n][^,\\r\\n]*){0,${DOMAINS_MAXIMUM - 1}}$`,
        example: "example.com, *.example.org",
        description: "With commas or line breaks between them.",
      }),
    }),
    success: { status: 200, description: "Each of them, in the order given", schema: z.object({ data: z.array(checkedSchema) }) },
    errors: [],
    handle: ({ body }) => {
      const checked = checkDomains(body.domains);
      return checked.ok ? ok(json(200, { data: checked.value })) : checked;
    },
  });
}
