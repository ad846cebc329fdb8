/** `GET /keyward/v1/platform`: what a dashboard or another program must know about the platform that this server serves. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { byLimitField, LIMIT_FIELDS } from "../../engine/limit-fields.ts";
import { secretPattern } from "../../engine/secret-pattern.ts";
import type { Platform } from "../../platforms/define.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { limitInput, wholeNumber } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { limitsSchema } from "./records.ts";

const platformSchema = z
  .object({
    name: z.string(),
    title: z.string().openapi({ description: "The name as people write it." }),
    environments: z.array(z.enum(["live", "test"])).openapi({ description: "The environments that this server serves." }),
    keyForm: z.enum(["secret", "pair"]),
    secretPattern: z.string().openapi({
      description:
        "A regular expression (ECMAScript) that finds a secret of this platform in a text. Put no match into a URL: send it to POST /keyward/v1/organizations/{organizationId}/keys/find.",
    }),
    chosenKeys: z.object({ minimumLength: wholeNumber, maximumLength: wholeNumber }).nullable().openapi({
      description:
        "The length of keys that callers choose themselves, which need not match the pattern; null where callers cannot choose keys.",
    }),
    sealsKeys: z.boolean().openapi({ description: "Keys can be shown again." }),
    claimsKeys: z.boolean().openapi({ description: "Keys can be created without an account, and claimed by an organization later." }),
    rotateAfterDays: wholeNumber.nullable().openapi({ description: "Keys older than this number of days are flagged; null for never." }),
    scopes: z.array(z.string()).nullable().openapi({ description: "The scopes that keys may have; null for any." }),
    credentials: z.array(z.object({ header: z.string(), scheme: z.string().nullable() })),
    plans: z.record(
      z.string(),
      limitsSchema.extend({
        keys: limitInput,
        title: z.string().openapi({ description: "The name as people write it." }),
        customLimits: z.array(z.enum(LIMIT_FIELDS)).openapi({
          description:
            "Limits that are agreed with each organization: shown as Custom until they are set for it. The plan's numbers are in force meanwhile.",
        }),
      }),
    ),
    defaultPlan: z.string(),
    dashboard: z.object({
      columns: z.array(z.enum(["name", "publicKey", "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"])),
      actions: z.array(z.enum(["toggle", "rotate", "revoke"])),
      fields: z.array(z.enum(["environment", "expiry", "domains", "scopes", "resources", "limits"])),
      words: z.object({
        create: z.string(),
        name: z.string(),
        active: z.string(),
        revoke: z.string(),
        revoked: z.string(),
        resources: z.string(),
      }),
      sample: z.object({ method: z.literal("GET"), path: z.string() }),
    }),
  })
  .openapi("Platform");

export function addPlatformDescription(app: Application, context: HttpContext): void {
  const described = describePlatform(context);
  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/platform",
    operationId: "platform.get",
    summary: "Read the platform: its keys, its plans, its API keys page",
    tag: "platform",
    access: [],
    success: { status: 200, description: "The same for everybody", schema: platformSchema },
    errors: [],
    handle: () => ok(json(200, described)),
  });
}

function describePlatform({ platform, service }: HttpContext) {
  const { name, title, keyForm, sealsKeys, unclaimedPlan, rotateAfterDays, scopes, plans, defaultPlan, dashboard } = platform;
  return {
    name,
    title,
    environments: service.environments,
    keyForm: keyForm.kind,
    secretPattern: secretPattern(keyForm),
    chosenKeys: (keyForm.kind === "secret" && keyForm.custom) || null,
    sealsKeys,
    claimsKeys: unclaimedPlan !== null,
    rotateAfterDays,
    scopes,
    credentials: platform.credentials.map(({ header, scheme }) => ({ header, scheme: scheme ?? null })),
    plans: Object.fromEntries(Object.entries(plans).map(([plan, offered]) => [plan, describePlan(plan, offered)])),
    defaultPlan,
    dashboard,
  };
}

function describePlan(name: string, { title = name, customLimits = [], ...limits }: Platform["plans"][string]) {
  return { ...byLimitField((field) => limits[field]), keys: limits.keys, title, customLimits };
}
