/** Management routes of organizations. Members may read and rename theirs; everything else is for the operator. */
import { z } from "@hono/zod-openapi";
import { json, type PlainResponse } from "../../admission/response.ts";
import { type Outcome, ok, refuse } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Organization } from "../../service/index.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { durationInput, nameInput, time } from "../inputs.ts";
import { signManagementJwt, TTL_RANGE } from "../management-jwt.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { addRoute } from "../route.ts";
import { nextCursorSchema, organizationSchema, overridesSchema, pageQuerySchema, toOrganizationRecord } from "./records.ts";

const PATH = "/keyward/v1/organizations";
const settingsOf = ({ plans }: HttpContext["platform"]) => ({
  plan: z
    .string()
    .optional()
    .openapi({ enum: Object.keys(plans) }),
  overrides: overridesSchema
    .optional()
    .openapi({ description: "Limits that replace those of the plan; they replace all earlier overrides." }),
});
const tokenBody = z.strictObject({ ttl: durationInput(TTL_RANGE, "15m", "1s to 24h.").optional() });

/** Fields that only the operator may change. */
const GRANTED = ["plan", "overrides"] as const;

export function addOrganizationRoutes(app: Application, context: HttpContext): void {
  const { organizations } = context.service;
  const settings = settingsOf(context.platform);
  const createBody = z.strictObject({ name: nameInput(), ...settings });
  const updateBody = z.strictObject({ name: nameInput().optional(), ...settings }).openapi({ minProperties: 1 });

  addRoute(app, context, {
    method: "post",
    path: PATH,
    operationId: "organizations.create",
    summary: "Create an organization",
    tag: "organizations",
    access: ["operator"],
    body: createBody,
    success: { status: 201, description: "The organization", schema: organizationSchema },
    errors: [],
    handle: async ({ body }) => organizationResponse(201, await organizations.create(body, "operator")),
  });

  addRoute(app, context, {
    method: "get",
    path: PATH,
    operationId: "organizations.list",
    summary: "List organizations, newest first",
    tag: "organizations",
    access: ["operator"],
    query: pageQuerySchema,
    success: {
      status: 200,
      description: "One page",
      schema: z.object({ data: z.array(organizationSchema), nextCursor: nextCursorSchema }),
    },
    errors: ["invalid_request"],
    handle: async ({ query }) => {
      const page = await organizations.list(query);
      return page.ok
        ? ok(json(200, { data: page.value.organizations.map(toOrganizationRecord), nextCursor: page.value.nextCursor }))
        : page;
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "",
    operationId: "organizations.get",
    summary: "Read an organization",
    tag: "organizations",
    success: { status: 200, description: "The organization", schema: organizationSchema },
    errors: ["not_found"],
    handle: async ({ organizationId: id }) => organizationResponse(200, await organizations.get(id)),
  });

  addOrganizationRoute(app, context, {
    method: "patch",
    path: "",
    operationId: "organizations.update",
    summary: "Change the name; as the operator, also plan and overrides",
    tag: "organizations",
    permission: "organization",
    body: updateBody,
    success: { status: 200, description: "The updated organization", schema: organizationSchema },
    errors: ["not_found"],
    handle: async ({ organizationId: id, acting: { actor }, caller, body }) => {
      const granted = caller?.kind === "operator" ? undefined : GRANTED.find((field) => body[field] !== undefined);
      if (granted !== undefined) return refuse("forbidden", `Only the operator may change ${granted}.`, { field: granted });
      return organizationResponse(200, await organizations.update(id, body, actor));
    },
  });

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/tokens",
    operationId: "organizations.token",
    summary: "Create a management JWT for the organization",
    tag: "organizations",
    access: ["operator"],
    body: tokenBody,
    bodyOptional: true,
    success: { status: 201, description: "The JWT", schema: z.object({ token: z.string(), expiresAt: time }) },
    errors: ["not_found"],
    handle: async ({ organizationId, body: { ttl } }) => {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const signed = await signManagementJwt(context, { organizationId: organization.value.id, actor: "operator" }, ttl);
      return signed.ok ? ok(json(201, { token: signed.value.token, expiresAt: formatTimestamp(signed.value.expiresAt) })) : signed;
    },
  });
}

function organizationResponse(status: number, outcome: Outcome<Organization>): Outcome<PlainResponse> {
  return outcome.ok ? ok(json(status, toOrganizationRecord(outcome.value))) : outcome;
}
