/** The management API of looking at a key as verification would: where its limits stand, and testing a credential. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { REFUSALS } from "../../engine/judge.ts";
import type { HttpContext } from "../context.ts";
import { addRoute } from "../route.ts";
import { rateLimitSchema, verdictSchema, verifyBody } from "../verify/verify.ts";
import { inOrganization } from "./in-organization.ts";
import { apiKeySchema, toApiKeyRecord } from "./records.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/keys";
const PATH = `${ALL}/{keyId}` as const;
const MANAGERS = ["operator", "member"] as const;
const keyParams = z.object({ organizationId: z.string(), keyId: z.string() });
const keyLimitSchema = rateLimitSchema.extend({
  from: z.enum(["plan", "organization", "key"]).openapi({ description: "Which of these decides the limit." }),
});
const testBody = z.strictObject({
  credential: z.string().openapi({ description: "As a request would present it: the key, the pair, or the public key alone." }),
  origin: verifyBody.shape.origin,
  scopes: verifyBody.shape.scopes,
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

  addRoute(app, context, {
    method: "post",
    path: `${ALL}/find`,
    operationId: "keys.findByKey",
    summary: "Find the record of a key by the key itself, which belongs into no URL",
    tag: "keys",
    access: MANAGERS,
    // It changes nothing and does not count as a use: a POST because the key must not stand in the URL.
    permission: "read",
    params: z.object({ organizationId: z.string() }),
    body: findBody,
    success: { status: 200, description: "The record, whatever the key's status", schema: apiKeySchema },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: ({ caller, params, body: { key } }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const found = await keys.findByCredential(organizationId, key.trim());
        return found.ok ? ok(json(200, toApiKeyRecord(context, found.value))) : found;
      }),
  });

  addRoute(app, context, {
    method: "get",
    path: `${PATH}/limits`,
    operationId: "keys.limits",
    summary: "Where the limits of an API key stand",
    tag: "keys",
    access: MANAGERS,
    params: keyParams,
    success: {
      status: 200,
      description: "The limits that hold for it; those that do not are absent",
      schema: z.object({ data: z.array(keyLimitSchema) }),
    },
    errors: ["not_found"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const limits = await keys.limits(organizationId, params.keyId);
        return limits.ok ? ok(json(200, { data: limits.value })) : limits;
      }),
  });

  addRoute(app, context, {
    method: "post",
    path: `${PATH}/test`,
    operationId: "keys.test",
    summary: "What would a request with this credential be told? Counts nothing",
    tag: "keys",
    access: MANAGERS,
    params: keyParams,
    body: testBody,
    success: { status: 200, description: "The verdict, whatever it is", schema: testedSchema },
    errors: ["not_found"],
    handle: ({ caller, params, body: { credential, origin, scopes } }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const tested = await keys.test(organizationId, params.keyId, credential, { origin, scopes });
        return tested.ok ? ok(json(200, tested.value)) : tested;
      }),
  });
}
