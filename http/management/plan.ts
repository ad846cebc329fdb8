/** `GET .../plan`: what an organization's plan grants it, and how many keys it has. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import type { HttpContext } from "../context.ts";
import { wholeNumber } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { inOrganization } from "./in-organization.ts";
import { limitsSchema, overridesSchema } from "./records.ts";

const planSchema = z
  .object({
    plan: z.string(),
    limits: limitsSchema.openapi({ description: "What holds for each key, unless its own limits are smaller." }),
    overrides: overridesSchema.openapi({ description: "What the operator grants beyond the plan." }),
    keys: z.object({ active: wholeNumber, allowed: wholeNumber.nullable().openapi({ description: "Null for any number." }) }),
  })
  .openapi("GrantedPlan");

export function addPlanRoute(app: OpenAPIHono, context: HttpContext): void {
  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/organizations/{organizationId}/plan",
    operationId: "organizations.plan",
    summary: "Read the plan and how much of it is used",
    tag: "organizations",
    access: ["operator", "member"],
    params: z.object({ organizationId: z.string() }),
    success: { status: 200, description: "As it is now", schema: planSchema },
    errors: ["not_found"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const granted = await context.service.plans.of(organizationId);
        return granted.ok ? ok(json(200, granted.value)) : granted;
      }),
  });
}
