/** The management API of looking at a key as verification would: where its limits stand, and testing a credential. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { REFUSALS } from "../../engine/judge.ts";
import type { HttpContext } from "../context.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { neededScopesInput, originInput, rateLimitSchema, verdictSchema } from "../verdict-schema.ts";
import { apiKeySchema, toApiKeyRecord } from "./records.ts";

const keyLimitSchema = rateLimitSchema.extend({
  from: z.enum(["plan", "organization", "key"]).openapi({ description: "Which of these decides the limit." }),
});
const testBody = z.strictObject({
  credential: z.string().openapi({ description: "As a request would present it: the key, the pair, or the public key alone." }),
  origin: originInput,
  scopes: neededScopesInput,
});
const testedSchema = z
  .object({
    ...verdictSchema.shape,
    refusedFor: z
      .array(z.enum(REFUSALS))
      .openapi({ description: "Every reason against, in the order in which they are told: `code` is the first." }),
    isThisKey: z.boolean().openapi({ description: "It is the credential of the key in the path, and of no other of the organization." }),
    rateLimits: z.array(rateLimitSchema),
  })
  .openapi("TestedCredential");

const findBody = z.strictObject({
  key: z
    .string()
    .openapi({ description: "The key; of a pair, both halves with a colon between, or either alone. Surrounding spaces do not matter." }),
});

export function addKeyInspectionRoutes(app: OpenAPIHono, context: HttpContext): void {
  const { keys } = context.service;

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys/find",
    operationId: "keys.findByKey",
    summary: "Find the record of a key by the key itself, which belongs into no URL",
    tag: "keys",
    // It changes nothing and does not count as a use: a POST because the key must not stand in the URL.
    permission: "read",
    body: findBody,
    success: { status: 200, description: "The record, whatever the key's status", schema: apiKeySchema },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: async ({ organizationId, body: { key } }) => {
      const found = await keys.findByCredential(organizationId, key.trim());
      return found.ok ? ok(json(200, toApiKeyRecord(context, found.value))) : found;
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys/{keyId}/limits",
    operationId: "keys.limits",
    summary: "Where the limits of an API key stand",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    success: {
      status: 200,
      description: "The limits that hold for it; those that do not are absent",
      schema: z.object({ data: z.array(keyLimitSchema) }),
    },
    errors: ["not_found"],
    handle: async ({ organizationId, params }) => {
      const limits = await keys.limits(organizationId, params.keyId);
      return limits.ok ? ok(json(200, { data: limits.value })) : limits;
    },
  });

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys/{keyId}/test",
    operationId: "keys.test",
    summary: "What would a request with this credential be told? Counts nothing",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    body: testBody,
    success: { status: 200, description: "The verdict, whatever it is", schema: testedSchema },
    errors: ["not_found"],
    handle: async ({ organizationId, params, body: { credential, origin, scopes } }) => {
      const tested = await keys.test(organizationId, params.keyId, credential, { origin, scopes });
      return tested.ok ? ok(json(200, tested.value)) : tested;
    },
  });
}
