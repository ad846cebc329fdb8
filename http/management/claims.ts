/** The management API of unclaimed and sealed keys, and of agent sessions: where a platform has these. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { AGENT_TTL_RANGE, signAgentSession } from "../agent-session.ts";
import type { HttpContext } from "../context.ts";
import { durationInput, time } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { inOrganization } from "./in-organization.ts";
import { apiKeySchema, toApiKeyRecord } from "./records.ts";

const PATH = "/keyward/v1/organizations/{organizationId}";
const MANAGERS = ["operator", "member"] as const;
const organizationParams = z.object({ organizationId: z.string() });

export function addClaimRoutes(app: OpenAPIHono, context: HttpContext): void {
  const { platform, service } = context;
  if (platform.unclaimedPlan !== null) {
    addRoute(app, context, {
      method: "post",
      path: `${PATH}/keys/claim`,
      operationId: "keys.claim",
      summary: "Link an existing, unclaimed key to the organization",
      tag: "keys",
      access: MANAGERS,
      params: organizationParams,
      body: z.strictObject({ key: z.string() }),
      success: { status: 200, description: "The key is the organization's", schema: apiKeySchema },
      errors: ["not_claimable", "already_claimed", "key_limit_reached"],
      wrongCredential: "not_claimable",
      handle: ({ caller, params, body: { key } }) =>
        inOrganization(context, caller, params.organizationId, async (organizationId, { actor }) => {
          const claimed = await service.keys.claim(organizationId, key.trim(), actor);
          return claimed.ok ? ok(json(200, toApiKeyRecord(context, claimed.value))) : claimed;
        }),
    });
  }

  if (platform.sealsKeys) {
    addRoute(app, context, {
      method: "post",
      path: `${PATH}/keys/{keyId}/show`,
      operationId: "keys.show",
      summary: "Show a sealed key again; the audit log has each showing",
      tag: "keys",
      access: MANAGERS,
      params: z.object({ organizationId: z.string(), keyId: z.string() }),
      success: { status: 200, description: "The full key", schema: z.object({ id: z.string(), key: z.string() }) },
      errors: ["not_found"],
      handle: ({ caller, params }) =>
        inOrganization(context, caller, params.organizationId, async (organizationId, { actor }) => {
          const shown = await service.keys.show(organizationId, params.keyId, actor);
          return shown.ok ? ok(json(200, shown.value)) : shown;
        }),
    });
  }

  if (platform.operations?.some(({ needs }) => needs === "agent") === true) {
    addRoute(app, context, {
      method: "post",
      path: `${PATH}/agent-sessions`,
      operationId: "agentSessions.create",
      summary: "Make a session token for an agent, which the agent-scoped routes take",
      tag: "agents",
      access: MANAGERS,
      params: organizationParams,
      body: z.strictObject({
        agent: z
          .string()
          .regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces")
          .openapi({ description: "The address of the agent." }),
        ttl: durationInput(AGENT_TTL_RANGE, "15m", "1s to 1h.").optional(),
      }),
      success: { status: 201, description: "The token", schema: z.object({ token: z.string(), expiresAt: time }) },
      errors: ["not_found"],
      handle: ({ caller, params, body: { agent, ttl } }) =>
        inOrganization(context, caller, params.organizationId, async (organizationId) => {
          const organization = await service.organizations.get(organizationId);
          if (!organization.ok) return organization;
          const session = { agent: platform.canonicalResource(agent), organizationId: organization.value.id };
          const signed = await signAgentSession(context, session, ttl);
          return signed.ok ? ok(json(201, { token: signed.value.token, expiresAt: formatTimestamp(signed.value.expiresAt) })) : signed;
        }),
    });
  }
}
