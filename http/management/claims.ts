/** The management API of unclaimed and sealed keys, and of agent sessions: where a platform has these. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { AGENT_TTL_RANGE, signAgentSession } from "../agent-session.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { durationInput, time } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { apiKeySchema, toApiKeyRecord } from "./records.ts";

export function addClaimRoutes(app: Application, context: HttpContext): void {
  const { platform, service } = context;
  if (platform.unclaimedPlan !== null) {
    addOrganizationRoute(app, context, {
      method: "post",
      path: "/keys/claim",
      operationId: "keys.claim",
      summary: "Link an existing, unclaimed key to the organization",
      tag: "keys",
      body: z.strictObject({ key: z.string() }),
      success: { status: 200, description: "The key, which now belongs to the organization", schema: apiKeySchema },
      errors: ["not_claimable", "already_claimed", "key_limit_reached"],
      wrongCredential: "not_claimable",
      handle: async ({ organizationId, acting: { actor }, body: { key } }) => {
        const claimed = await service.keys.claim(organizationId, key.trim(), actor);
        return claimed.ok ? ok(json(200, await toApiKeyRecord(context, claimed.value))) : claimed;
      },
    });
  }

  if (platform.sealsKeys) {
    addOrganizationRoute(app, context, {
      method: "post",
      path: "/keys/{keyId}/show",
      operationId: "keys.show",
      summary: "Show a sealed key again; recorded in the audit log",
      tag: "keys",
      params: z.object({ keyId: z.string() }),
      success: { status: 200, description: "The full key", schema: z.object({ id: z.string(), key: z.string() }) },
      errors: ["not_found"],
      handle: async ({ organizationId, acting: { actor }, params }) => {
        const shown = await service.keys.show(organizationId, params.keyId, actor);
        return shown.ok ? ok(json(200, shown.value)) : shown;
      },
    });
  }

  if (platform.operations?.some(({ needs }) => needs === "agent") === true) {
    addOrganizationRoute(app, context, {
      method: "post",
      path: "/agent-sessions",
      operationId: "agentSessions.create",
      summary: "Create a session token for an agent, for the agent-scoped routes",
      tag: "agents",
      body: z.strictObject({
        agent: z
          .string()
          .regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces")
          .openapi({ description: "The address of the agent." }),
        ttl: durationInput(AGENT_TTL_RANGE, "15m", "1s to 1h.").optional(),
      }),
      success: { status: 201, description: "The token", schema: z.object({ token: z.string(), expiresAt: time }) },
      errors: ["not_found"],
      handle: async ({ organizationId, body: { agent, ttl } }) => {
        const organization = await service.organizations.get(organizationId);
        if (!organization.ok) return organization;
        const session = { agent: platform.canonicalResource(agent), organizationId: organization.value.id };
        const signed = await signAgentSession(context, session, ttl);
        return signed.ok ? ok(json(201, { token: signed.value.token, expiresAt: formatTimestamp(signed.value.expiresAt) })) : signed;
      },
    });
  }
}
