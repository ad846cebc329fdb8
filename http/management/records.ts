/** The records that the management API returns, with their schemas. Times are ISO 8601 in UTC. */
import { z } from "@hono/zod-openapi";
import { type ApiKey, isRotationDue, KEY_STATUSES, STATE_REFUSALS, stateRefusals, statusOf } from "../../engine/api-key.ts";
import { CONDITIONS, conditionOf } from "../../engine/condition.ts";
import { byLimitField } from "../../engine/limit-fields.ts";
import { ROLES } from "../../engine/roles.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Invitation, Member, Organization, ServiceToken } from "../../service/index.ts";
import { PAGE_MAXIMUM } from "../../service/page.ts";
import type { HttpContext } from "../context.ts";
import { limitInput, time, wholeNumberInput } from "../inputs.ts";
import { personSchema } from "../person-schema.ts";

export const limitsSchema = z.strictObject(byLimitField(() => limitInput));
export const overridesSchema = z.strictObject({ ...limitsSchema.shape, keys: limitInput }).partial();

export const apiKeySchema = z
  .object({
    id: z.string(),
    organizationId: z.string().nullable().openapi({ description: "Null for a key that nobody has claimed." }),
    name: z.string().nullable(),
    environment: z.enum(["live", "test"]),
    prefix: z.string().openapi({ description: "The part of the key that may be shown." }),
    status: z.enum(KEY_STATUSES),
    refusedFor: z.array(z.enum(STATE_REFUSALS)).openapi({
      description: "Every reason for which requests with the key are refused now, in order of precedence; empty for a key that works.",
    }),
    condition: z.enum(CONDITIONS).openapi({
      description:
        "The first of these that applies. `expiring`: within 7 days; `unused`: for 30 days; `rate_limited`: in the memory of this process.",
    }),
    enabled: z.boolean(),
    scopes: z.array(z.string()),
    resources: z.array(z.string()).nullable().openapi({ description: "What the key is restricted to; null for no restriction." }),
    publicKey: z.string().nullable().openapi({ description: "The public half of a key pair." }),
    domains: z.array(z.string()).openapi({ description: "The websites that may use the public key alone." }),
    rotationDue: z.boolean().openapi({ description: "Whether the key is older than the platform recommends." }),
    limits: limitsSchema,
    createdAt: time,
    updatedAt: time,
    expiresAt: time.nullable(),
    revokedAt: time.nullable(),
    lastUsedAt: time.nullable(),
    predecessorId: z.string().nullable(),
    successorId: z.string().nullable(),
  })
  .openapi("ApiKey");

export const issuedKeySchema = apiKeySchema
  .extend({
    publicKey: z.string().nullable(),
    secretKey: z.string().optional().openapi({ description: "The secret half of a key pair. Shown once." }),
    key: z
      .string()
      .optional()
      .openapi({ description: "The full secret key. Shown once; absent when the request was repeated with its Idempotency-Key." }),
  })
  .openapi("IssuedApiKey");

export const rotatedKeySchema = issuedKeySchema
  .extend({
    endedIds: z.array(z.string()).optional().openapi({
      description: "Earlier keys that this rotation ended, newest first; absent when there were none.",
    }),
  })
  .openapi("RotatedApiKey");

/** The record of a key, without secrets. */
export async function toApiKeyRecord(
  { service, platform: { rotateAfterDays } }: Pick<HttpContext, "service" | "platform">,
  key: ApiKey,
): Promise<z.output<typeof apiKeySchema>> {
  const now = service.clock();
  const {
    id,
    organizationId,
    name,
    environment,
    prefix,
    enabled,
    scopes,
    resources,
    publicKey,
    domains,
    limits,
    predecessorId,
    successorId,
  } = key;
  return {
    id,
    organizationId,
    name,
    environment,
    prefix,
    status: statusOf(key, now),
    refusedFor: stateRefusals(key, now),
    condition: conditionOf(key, { rotateAfterDays, isRateLimited: await service.keys.isRateLimited(key.id) }, now),
    enabled,
    scopes: [...scopes],
    resources: resources && [...resources],
    publicKey,
    domains: [...domains],
    rotationDue: isRotationDue(key, rotateAfterDays, now),
    limits,
    createdAt: formatTimestamp(key.createdAt),
    updatedAt: formatTimestamp(key.updatedAt),
    expiresAt: formatTimestamp(key.expiresAt),
    revokedAt: formatTimestamp(key.revokedAt),
    lastUsedAt: formatTimestamp(key.lastUsedAt),
    predecessorId,
    successorId,
  };
}

export const organizationSchema = z
  .object({ id: z.string(), name: z.string(), plan: z.string(), overrides: overridesSchema, createdAt: time, updatedAt: time })
  .openapi("Organization");

export function toOrganizationRecord({
  id,
  name,
  plan,
  overrides,
  createdAt,
  updatedAt,
}: Organization): z.output<typeof organizationSchema> {
  return { id, name, plan, overrides, createdAt: formatTimestamp(createdAt), updatedAt: formatTimestamp(updatedAt) };
}

export const serviceTokenSchema = z
  .object({ id: z.string(), name: z.string(), createdAt: time, revokedAt: time.nullable() })
  .openapi("ServiceToken");

export function toServiceTokenRecord({ id, name, createdAt, revokedAt }: ServiceToken): z.output<typeof serviceTokenSchema> {
  return { id, name, createdAt: formatTimestamp(createdAt), revokedAt: formatTimestamp(revokedAt) };
}

export const memberSchema = z.object({ user: personSchema, role: z.enum(ROLES), createdAt: time }).openapi("Member");

export function toMemberRecord({ user, role, createdAt }: Member): z.output<typeof memberSchema> {
  return { user: { ...user }, role, createdAt: formatTimestamp(createdAt) };
}

export const invitationSchema = z
  .object({
    id: z.string(),
    organizationId: z.string(),
    role: z.enum(ROLES),
    note: z.string().nullable(),
    inviterId: z.string().nullable().openapi({ description: "Null for the operator." }),
    createdAt: time,
    expiresAt: time,
  })
  .openapi("Invitation");

export function toInvitationRecord({ createdAt, expiresAt, ...rest }: Invitation): z.output<typeof invitationSchema> {
  return { ...rest, createdAt: formatTimestamp(createdAt), expiresAt: formatTimestamp(expiresAt) };
}

/** Query parameters of every list. */
export const pageQuerySchema = z.object({
  limit: wholeNumberInput(1, PAGE_MAXIMUM, "1 to 100, 50 when absent.").optional(),
  cursor: z.string().optional().openapi({ description: "The nextCursor of the previous page." }),
});
export const nextCursorSchema = z.string().nullable().openapi({ description: "Null on the last page." });
