/** The management API of refused requests: why was this refused? (docs/decisions/0034) */
import { z } from "@hono/zod-openapi";
import { json, type PlainResponse } from "../../admission/response.ts";
import { type Outcome, ok, refuse } from "../../engine/errors.ts";
import { REFUSALS } from "../../engine/judge.ts";
import { REFUSING_SURFACES, UNJUDGED_REASONS } from "../../engine/refused-request.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { ExplainedRefusal, Keyward } from "../../service/index.ts";
import type { Caller } from "../access.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, wholeNumber } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { addRoute } from "../route.ts";
import { nextCursorSchema, pageQuerySchema } from "./records.ts";

const factsSchema = z.object({
  missingScopes: z.array(z.string()).optional().openapi({ description: "Scopes that the request needed and the key lacks." }),
  origin: z
    .string()
    .nullable()
    .optional()
    .openapi({ description: "The website that the request came from, without its path; null if it named none." }),
  domains: z.array(z.string()).optional().openapi({ description: "Domains from which the public key may be used." }),
  resource: z.string().optional().openapi({ description: "What the request was about." }),
  expiredAt: time.optional().openapi({ description: "When the key expired." }),
  limits: z
    .array(z.object({ name: z.string(), limit: wholeNumber }))
    .optional()
    .openapi({ description: "The limits that were used up." }),
  retryAt: time.optional().openapi({ description: "The first moment at which the same request would have passed." }),
});

const refusalSchema = z
  .object({
    id: z.string(),
    at: time,
    keyId: z.string().nullable().openapi({ description: "Null for a credential that nobody has." }),
    organizationId: z.string().nullable(),
    requestId: z.string().openapi({ description: "As in X-Request-Id of the response." }),
    surface: z.enum(REFUSING_SURFACES).openapi({ description: "Where the request was judged." }),
    method: z.string().nullable().openapi({ description: "Null where the surface does not learn the request." }),
    path: z.string().nullable().openapi({ description: "Without its query, shortened, and without anything that looks like a secret." }),
    address: z.string().nullable().openapi({ description: "The address of the client, if it is known." }),
    reason: z.enum([...REFUSALS, ...UNJUDGED_REASONS]),
    facts: factsSchema,
    more: wholeNumber.openapi({ description: "How many further refusals of the key followed at once, and were not kept." }),
    explanation: z.string().openapi({ description: "Why it was refused, in a sentence for people." }),
    advice: z.string().openapi({ description: "What to do about it." }),
  })
  .openapi("RefusedRequest");

const pageSchema = z.object({ data: z.array(refusalSchema), nextCursor: nextCursorSchema });
const success = { status: 200, description: "One page: refused requests of the last day, a few hundred at most", schema: pageSchema };

export function addRefusalRoutes(app: Application, context: HttpContext): void {
  const { refusals } = context.service;

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/refusals",
    operationId: "refusals.list",
    summary: "List refused requests of an organization's keys, newest first",
    tag: "refusals",
    query: pageQuerySchema,
    success,
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query }) => toPage(await refusals.list(organizationId, query)),
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys/{keyId}/refusals",
    operationId: "refusals.ofKey",
    summary: "List refused requests of an API key, newest first",
    tag: "refusals",
    params: z.object({ keyId: z.string() }),
    query: pageQuerySchema,
    success,
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, params, query }) => toPage(await refusals.ofKey(organizationId, params.keyId, query)),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/refusals",
    operationId: "refusals.ofNobody",
    summary: "List refused requests that belong to no organization: with credentials that nobody has, or without any",
    tag: "refusals",
    access: ["operator"],
    query: pageQuerySchema,
    success,
    errors: ["invalid_request"],
    handle: async ({ query }) => toPage(await refusals.ofNobody(query)),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/refusals/{requestId}",
    operationId: "refusals.explain",
    summary: "Explain why a request was refused, by its X-Request-Id. Only requests with keys of the caller's organizations are found",
    tag: "refusals",
    access: ["operator", "member", "person"],
    params: z.object({ requestId: z.string() }),
    success: {
      status: 200,
      description: "Its refusals, newest first: more than one if several gateways judged it, or if clients choose their ids",
      schema: z.object({ data: z.array(refusalSchema) }),
    },
    errors: ["not_found"],
    async handle({ caller, params: { requestId } }) {
      if (caller === undefined) return refuse("not_found", "There is no such request.");
      const found = await refusals.explain(requestId, await organizationsOf(context.service, caller));
      return found.ok ? ok(json(200, { data: found.value.map(toRecord) })) : found;
    },
  });
}

/** Whose refusals a caller may see; undefined for everybody's. */
async function organizationsOf({ people }: Keyward, caller: Caller): Promise<readonly string[] | undefined> {
  if (caller.kind === "operator") return undefined;
  if (caller.kind === "member") return [caller.organizationId];
  return (await people.organizationsOf(caller.actor)).map(({ id }) => id);
}

function toPage(page: Awaited<ReturnType<Keyward["refusals"]["list"]>>): Outcome<PlainResponse> {
  if (!page.ok) return page;
  const { refusals, nextCursor } = page.value;
  return ok(json(200, { data: refusals.map(toRecord), nextCursor }));
}

function toRecord({ at, facts, ...rest }: ExplainedRefusal) {
  const { expiredAt, retryAt, ...others } = facts;
  return {
    ...rest,
    at: formatTimestamp(at),
    facts: {
      ...others,
      ...(expiredAt !== undefined && { expiredAt: formatTimestamp(expiredAt) }),
      ...(retryAt !== undefined && { retryAt: formatTimestamp(retryAt) }),
    },
  };
}
