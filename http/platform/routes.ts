/** The routes that a platform documents, served from its description. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import { problemResponse } from "../../admission/response.ts";
import type { Problem } from "../../engine/errors.ts";
import type { PlatformRoute } from "../../platforms/define.ts";
import { type Application, addDirectRoute } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { envelopedSchema } from "../envelope.ts";
import { asSchema, keySecurity, OF_BODY, OF_KEY, OF_TOKEN, refusals } from "../openapi.ts";
import { inRequest } from "../request-scope.ts";
import { traced } from "../traced.ts";
import { type FieldsReader, fieldsReader } from "./fields.ts";
import { runOperation } from "./operations.ts";
import { pagingSchema } from "./paging.ts";
import { routeAccess } from "./route-access.ts";

const METHODS = { create: "POST", list: "GET", get: "GET", revoke: "DELETE" } as const satisfies Record<PlatformRoute["operation"], string>;
const STATUSES = { create: 201, list: 200, get: 200, revoke: 204 } as const satisfies Record<PlatformRoute["operation"], number>;

export function addPlatformRoutes(app: Application, context: HttpContext): void {
  const { platform } = context;
  for (const route of platform.routes) {
    const method = METHODS[route.operation];
    const fields = route.operation === "create" ? fieldsReader(platform, route.fields) : undefined;
    const admit = routeAccess(context, route);
    addDirectRoute(app, {
      method,
      path: route.path,
      takesBody: route.operation === "create",
      surface: "platform",
      document: () => documentation(context, route, fields?.schema),
      // The body has been read: a caller that sends it slowly is judged by what is true when it is complete.
      respond: traced(context, { method, path: route.path, surface: "platform" }, (request, bytes, match) =>
        inRequest(request.requestId, async () => {
          const admitted = await admit(request);
          if ("response" in admitted) return admitted.response;
          const outcome = bytes.ok
            ? await runOperation(context, route, fields, admitted, { ...match, headers: request.headers, bytes: bytes.value })
            : bytes;
          if (!outcome.ok) return problemResponse(platform, nameField(route, outcome.problem), admitted.headers);
          return { ...outcome.value, headers: { ...outcome.value.headers, ...admitted.headers } };
        }),
      ),
    });
  }
}

function documentation(
  { platform }: HttpContext,
  route: PlatformRoute,
  body: FieldsReader["schema"] | undefined,
): Omit<RouteConfig, "method" | "path"> {
  const { operation, access, summary } = route;
  const takesId = operation === "get" || operation === "revoke";
  const isClosed = access !== "anonymous";
  return {
    operationId: `apiKeys.${operation}`,
    summary,
    tags: [platform.title],
    // No session cookie: it does not say which organization is meant.
    security: access === "key" ? keySecurity(platform) : isClosed ? [{ member: [] }] : [],
    request: {
      ...(takesId && { params: z.object({ id: z.string() }) }),
      ...(operation === "list" && route.paging !== null && { query: pagingSchema(route.paging) }),
      ...(body !== undefined && { body: { required: !body.safeParse({}).success, content: { "application/json": { schema: body } } } }),
    },
    responses: {
      [STATUSES[operation]]: {
        description: summary,
        ...(operation !== "revoke" && {
          content: { "application/json": { schema: asSchema(envelopedSchema(platform, route.response)) } },
        }),
      },
      ...refusals(
        platform,
        access === "key" ? OF_KEY : isClosed ? OF_TOKEN : ["rate_limited"],
        operation === "create" ? OF_BODY : ["invalid_request"],
        takesId ? ["not_found"] : [],
        operation === "revoke" ? ["key_in_use"] : [],
      ),
    },
  };
}

/** The problem with the field as this route calls it: `label` where the service says `name`. */
function nameField(route: PlatformRoute, problem: Problem): Problem {
  if (route.operation !== "create" || problem.field === undefined || problem.field in route.fields) return problem;
  const own = Object.entries(route.fields).find(([, { sets }]) => sets === problem.field)?.[0];
  return own === undefined ? problem : { ...problem, field: own, detail: problem.detail.replace(problem.field, own) };
}
