/** Management routes of keys. The dashboard and the command line use these and nothing else. */
import { z } from "@hono/zod-openapi";
import { json, noContent, type PlainResponse } from "../../admission/response.ts";
import type { ApiKey } from "../../engine/api-key.ts";
import { KEY_FILTERS } from "../../engine/condition.ts";
import { type Outcome, ok, refuse } from "../../engine/errors.ts";
import { OVERLAP_DEFAULT, OVERLAP_RANGE } from "../../engine/rotation.ts";
import type { IssuedKey } from "../../service/index.ts";
import { KEY_ORDERS, SEARCH_MAX_CHARACTERS } from "../../service/key-list.ts";
import { EXPIRY_RANGE } from "../../service/key-settings.ts";
import type { Application } from "../application.ts";
import { check } from "../check-input.ts";
import type { HttpContext } from "../context.ts";
import { domainsInput, durationInput, nameInput, resourcesInput, scopesInput, timeInput, wholeNumber } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { addRoute } from "../route.ts";
import {
  apiKeySchema,
  issuedKeySchema,
  limitsSchema,
  nextCursorSchema,
  pageQuerySchema,
  rotatedKeySchema,
  toApiKeyRecord,
} from "./records.ts";

const settingsOf = (platform: HttpContext["platform"]) => ({
  name: nameInput().nullable().optional(),
  scopes: scopesInput(platform).optional(),
  resources: resourcesInput.optional(),
  domains: domainsInput(platform).optional(),
  limits: limitsSchema.partial().optional(),
  expiresAt: timeInput("In the future; null for never.").nullable().optional(),
  expiresIn: durationInput(EXPIRY_RANGE, "90d", "A duration from now instead of expiresAt: 1s to 3650d.").optional(),
});
const ONE_EXPIRY = { not: { required: ["expiresAt", "expiresIn"] } };
const rotateBody = z.strictObject({
  overlap: durationInput(OVERLAP_RANGE, OVERLAP_DEFAULT, "How long the old key works beside the new one: 0s to 30d.").optional(),
});
const listQuery = pageQuerySchema.extend({
  active: z.enum(["true", "false"]).optional().openapi({ description: "Leave out revoked and expired keys." }),
  search: z.string().optional().openapi({
    maxLength: SEARCH_MAX_CHARACTERS,
    pattern: "^\\P{Cc}*$",
    description: "Part of the name, the id, the prefix or the public key; at most 128 characters, ASCII letters in any case.",
  }),
  status: z.enum(KEY_FILTERS).optional().openapi({
    description: "`current` means not revoked; `expiring`, `rotation_due` and `unused` are active keys in that condition.",
  }),
  environment: z.enum(["live", "test"]).optional(),
  sort: z.enum(KEY_ORDERS).optional().openapi({
    description:
      "With a minus for descending; -createdAt when absent. Keys without the value are last either way. A cursor belongs to its sort.",
  }),
  count: z.enum(["true", "false"]).optional().openapi({ description: "Return `total` too." }),
});
const CHECK_MAXIMUM = 100;
const checkSchema = z.object({
  data: z.array(
    z.object({
      index: wholeNumber.openapi({ description: "The place of the key in the request, from 0." }),
      field: z.string().nullable(),
      message: z.string(),
    }),
  ),
  remaining: wholeNumber.nullable().openapi({ description: "How many more keys the plan allows; null for no maximum." }),
});
const keyListSchema = z.object({
  data: z.array(apiKeySchema),
  nextCursor: nextCursorSchema,
  total: wholeNumber.optional().openapi({ description: "The number of keys on all pages; only when `count` is true." }),
});

export function addKeyRoutes(app: Application, context: HttpContext): void {
  const { keys } = context.service;
  const toRecord = (key: ApiKey) => toApiKeyRecord(context, key);
  const settings = settingsOf(context.platform);
  const environment = z
    .enum(["live", "test"])
    .optional()
    .openapi({ enum: [...context.service.environments] });
  const createBody = z.strictObject({ ...settings, environment }).openapi(ONE_EXPIRY);
  const updateBody = z.strictObject({ ...settings, enabled: z.boolean().optional() }).openapi({ ...ONE_EXPIRY, minProperties: 1 });

  const issuedResponse = async (outcome: Outcome<IssuedKey>): Promise<Outcome<PlainResponse>> => {
    if (!outcome.ok) return outcome;
    const { apiKey, shown, ended } = outcome.value;
    const record = await toRecord(apiKey);
    if (shown === undefined) return ok(json(201, record, { "idempotent-replayed": "true" }));
    return ok(json(201, { ...record, ...shown, ...(ended !== undefined && { endedIds: ended }) }));
  };

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys",
    operationId: "keys.create",
    summary: "Create an API key",
    tag: "keys",
    body: createBody,
    bodyOptional: true,
    takesIdempotencyKey: true,
    success: { status: 201, description: "The record with the full key, which is shown only once", schema: issuedKeySchema },
    errors: ["not_found", "key_limit_reached", "idempotency_in_progress", "idempotency_mismatch"],
    handle: async ({ organizationId, acting: { actor }, body, idempotencyKey }) =>
      issuedResponse(await keys.create(organizationId, { ...body, idempotencyKey }, actor)),
  });

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys/check",
    operationId: "keys.check",
    summary: "Check new keys before they are created",
    tag: "keys",
    // A check changes nothing, so reading is enough.
    permission: "read",
    body: z.strictObject({
      keys: z
        .array(z.record(z.string(), z.unknown()))
        .max(CHECK_MAXIMUM)
        .openapi({ description: `At most ${CHECK_MAXIMUM}, each as it would be sent to create it.` }),
    }),
    success: { status: 200, description: "Nothing was created", schema: checkSchema },
    errors: ["not_found"],
    handle: async ({ organizationId, body }) => {
      const granted = await context.service.plans.of(organizationId);
      if (!granted.ok) return granted;
      const { active, allowed } = granted.value.keys;
      const data = body.keys.flatMap((key, index) => {
        const read = check(createBody, key, "key");
        const checked = read.ok ? keys.check(read.value) : read;
        return checked.ok ? [] : [{ index, field: checked.problem.field ?? null, message: checked.problem.detail }];
      });
      return ok(json(200, { data, remaining: allowed === null ? null : Math.max(0, allowed - active) }));
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys",
    operationId: "keys.list",
    summary: "List API keys, newest first by default",
    tag: "keys",
    query: listQuery,
    success: { status: 200, description: "One page", schema: keyListSchema },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query: { active, count, ...query } }) => {
      const organization = await context.service.organizations.get(organizationId);
      if (!organization.ok) return organization;
      const page = await keys.list(organizationId, { ...query, activeOnly: active === "true", count: count === "true" });
      if (!page.ok) return page;
      // JSON leaves out an undefined total.
      const { nextCursor, total } = page.value;
      return ok(json(200, { data: await Promise.all(page.value.keys.map(toRecord)), nextCursor, total }));
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys/{keyId}",
    operationId: "keys.get",
    summary: "Read an API key",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    success: { status: 200, description: "The record", schema: apiKeySchema },
    errors: ["not_found"],
    handle: async ({ organizationId, params }) => recordResponse(await keys.get(organizationId, params.keyId)),
  });

  addOrganizationRoute(app, context, {
    method: "patch",
    path: "/keys/{keyId}",
    operationId: "keys.update",
    summary: "Change name, enabled, expiry, scopes or limits",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    body: updateBody,
    success: { status: 200, description: "The updated record", schema: apiKeySchema },
    errors: ["not_found", "key_not_active", "already_rotated"],
    handle: async ({ organizationId, acting: { actor }, params, body }) =>
      recordResponse(await keys.update(organizationId, params.keyId, body, actor)),
  });

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/keys/{keyId}/rotate",
    operationId: "keys.rotate",
    summary: "Rotate an API key: both keys work until the overlap ends; the predecessor of the old one ends at once",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    body: rotateBody,
    bodyOptional: true,
    takesIdempotencyKey: true,
    success: { status: 201, description: "The successor with its full key, which is shown only once", schema: rotatedKeySchema },
    errors: ["not_found", "key_not_active", "already_rotated", "idempotency_in_progress", "idempotency_mismatch"],
    handle: async ({ organizationId, acting: { actor }, params, body: { overlap }, idempotencyKey }) =>
      issuedResponse(await keys.rotate(organizationId, params.keyId, { overlap, idempotencyKey }, actor)),
  });

  addOrganizationRoute(app, context, {
    method: "delete",
    path: "/keys/{keyId}",
    operationId: "keys.revoke",
    summary: "Revoke an API key permanently",
    tag: "keys",
    params: z.object({ keyId: z.string() }),
    success: { status: 204, description: "Once this response is sent, the key is refused" },
    errors: ["not_found"],
    handle: async ({ organizationId, acting: { actor }, params }) => {
      const revoked = await keys.revoke(organizationId, params.keyId, actor);
      return revoked.ok ? ok(noContent()) : revoked;
    },
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/keys/{keyId}",
    operationId: "keys.find",
    summary: "Find an API key by its id alone",
    tag: "keys",
    access: ["operator", "member", "person"],
    params: z.object({ keyId: z.string() }),
    success: { status: 200, description: "The record", schema: apiKeySchema },
    errors: ["not_found"],
    handle: async ({ caller, params: { keyId } }) => {
      if (caller?.kind === "member") return recordResponse(await keys.get(caller.organizationId, keyId));
      const found = await keys.getOfAny(keyId);
      if (caller?.kind !== "person" || !found.ok) return recordResponse(found);
      // A key of an organization that the person does not belong to is refused like one that does not exist.
      const { organizationId } = found.value;
      const role = organizationId === null ? undefined : await context.service.people.roleOf(organizationId, caller.actor);
      return role === undefined ? refuse("not_found", "There is no such key.") : recordResponse(found);
    },
  });

  async function recordResponse(outcome: Awaited<ReturnType<typeof keys.get>>): Promise<Outcome<PlainResponse>> {
    return outcome.ok ? ok(json(200, await toRecord(outcome.value))) : outcome;
  }
}
