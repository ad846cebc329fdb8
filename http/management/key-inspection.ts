/** Management routes that look at a key as verification does: the state of its limits, and the test of a credential. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { REFUSALS } from "../../engine/judge.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { neededScopesInput, originInput, rateLimitSchema, verdictSchema } from "../verdict-schema.ts";
import { apiKeySchema, toApiKeyRecord } from "./records.ts";

const keyLimitSchema = rateLimitSchema.extend({
  from: z.enum(["plan", "organization", "key"]).openapi({ description: "Where the limit comes from." }),
});
const testBody = z.strictObject({
  credential: z.string().openapi({ description: "The credential as a request presents it: the key, the pair, or the public key alone." }),
  origin: originInput,
  scopes: neededScopesInput,
});
const testedSchema = z
  .object({
    ...verdictSchema.shape,
    refusedFor: z
      .array(z.enum(REFUSALS))
      .openapi({ description: "Every reason to refuse it, in order of precedence: `code` is the first." }),
    isThisKey: z.boolean().openapi({ description: "Whether the credential belongs to the key in the path." }),
    rateLimits: z.array(rateLimitSchema),
  })
  .openapi("TestedCredential");

const findBody = z.strictObject({
  key: z
    .string()
    .openapi({ description: "The key; for a pair, both halves joined by a colon, or either half. Surrounding spaces are ignored." }),
});

export function addKeyInspectionRoutes(app: Application, context: HttpContext): void {
  const { keys } = context.service;

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys/find",
    operationId: "keys.findByKey",
    summary: "Find the record of a key by the key itself",
    tag: "keys",
    // Changes nothing and does not count as a use. A POST, because a key must not appear in a URL.
    permission: "read",
    body: findBody,
    success: { status: 200, description: "The record, whatever its status", schema: apiKeySchema },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: async ({ organizationId, body: { key } }) => {
      const found = await keys.findByCredential(organizationId, key.trim());
      return found.ok ? ok(json(200, await toApiKeyRecord(context, found.value))) : found;
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys/{keyId}/limits",
    operationId: "keys.limits",
    summary: "Read the current state of an API key's limits",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    success: {
      status: 200,
      description: "The limits in force; limits that the key does not have are left out",
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
    summary: "Test a credential without counting a request",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    body: testBody,
    success: { status: 200, description: "The verdict, also when the credential is refused", schema: testedSchema },
    errors: ["not_found"],
    handle: async ({ organizationId, params, body: { credential, origin, scopes } }) => {
      const tested = await keys.test(organizationId, params.keyId, credential, { origin, scopes });
      return tested.ok ? ok(json(200, tested.value)) : tested;
    },
  });
}
