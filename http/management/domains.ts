/** `POST /keyward/v1/domains/check`: checks domains for a key pair by the same rules as saving them. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { checkDomains, DOMAINS_MAXIMUM } from "../../engine/domain.ts";
import { ok } from "../../engine/errors.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { addRoute } from "../route.ts";

const checkedSchema = z.object({
  given: z.string(),
  domain: z.string().nullable().openapi({ description: "The domain in its stored form; null when it is not valid." }),
  message: z.string().nullable().openapi({ description: "Why it is not valid; null when it is." }),
});

/** Only for platforms whose keys are pairs: no other key has domains. */
export function addDomainCheck(app: Application, context: HttpContext): void {
  if (context.platform.keyForm.kind !== "pair") return;
  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/domains/check",
    operationId: "domains.check",
    summary: "Check domains before they are saved",
    tag: "keys",
    access: ["operator", "member", "person"],
    // A check changes nothing, so reading is enough.
    permission: "read",
    body: z.strictObject({
      domains: z.string().openapi({
        pattern: `^[^,\\r\\n]*([,\\r\\n][^,\\r\\n]*){0,${DOMAINS_MAXIMUM - 1}}$`,
        example: "example.com, *.example.org",
        description: "Domains, separated by commas or line breaks.",
      }),
    }),
    success: { status: 200, description: "Every domain, in the order given", schema: z.object({ data: z.array(checkedSchema) }) },
    errors: [],
    handle: ({ body }) => {
      const checked = checkDomains(body.domains);
      return checked.ok ? ok(json(200, { data: checked.value })) : checked;
    },
  });
}
