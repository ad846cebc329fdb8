/** `GET .../plan`: the limits that an organization's plan grants, and how many keys it has. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { wholeNumber } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { limitsSchema, overridesSchema } from "./records.ts";

const planSchema = z
  .object({
    plan: z.string(),
    limits: limitsSchema.openapi({ description: "The limits of each key, unless its own are smaller." }),
    overrides: overridesSchema.openapi({ description: "Limits that the operator set in place of the plan's." }),
    keys: z.object({ active: wholeNumber, allowed: wholeNumber.nullable().openapi({ description: "Null for no maximum." }) }),
  })
  .openapi("GrantedPlan");

export function addPlanRoute(app: Application, context: HttpContext): void {
  addOrganizationRoute(app, context, {
    method: "get",
    path: "/plan",
    operationId: "organizations.plan",
    summary: "Read the plan and how much of it is used",
    tag: "organizations",
    success: { status: 200, description: "The plan and its current use", schema: planSchema },
    errors: ["not_found"],
    handle: async ({ organizationId }) => {
      const granted = await context.service.plans.of(organizationId);
      return granted.ok ? ok(json(200, granted.value)) : granted;
    },
  });
}
