/** `GET .../plan`: what an organization's plan grants it, and how many keys it has. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import type { HttpContext } from "../context.ts";
import { wholeNumber } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
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
  addOrganizationRoute(app, context, {
    method: "get",
    path: "/plan",
    operationId: "organizations.plan",
    summary: "Read the plan and how much of it is used",
    tag: "organizations",
    success: { status: 200, description: "As it is now", schema: planSchema },
    errors: ["not_found"],
    handle: async ({ organizationId }) => {
      const granted = await context.service.plans.of(organizationId);
      return granted.ok ? ok(json(200, granted.value)) : granted;
    },
  });
}
