/** A route, declared once: access, validation, OpenAPI and the handler's types are read from here. */
import { type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { type ErrorCode, type Outcome, refuse } from "../engine/errors.ts";
import { StoreUnavailable } from "../service/index.ts";
import { type Access, authenticate, type Caller } from "./access.ts";
import { type Answer, problemAnswer } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { headerLines } from "./credential.ts";
import { parseJsonBody, readBytes } from "./json-body.ts";
import { OF_BODY, OF_TOKEN, refusals } from "./openapi.ts";
import { check } from "./schema.ts";

type Values = z.ZodObject;

const idempotencyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .optional()
    .openapi({ description: "1 to 255 printable ASCII characters; a repeated request finds what the first one made." }),
});

export interface RouteDeclaration<Params extends Values, Query extends Values, Body extends Values> {
  readonly method: "get" | "post" | "patch" | "delete";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly tag: string;
  /** Who may call; empty for everybody. The operator always may. */
  readonly access: readonly Access[];
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** A missing body is `{}`. */
  readonly bodyOptional?: boolean;
  readonly takesIdempotencyKey?: boolean;
  readonly success: { readonly status: number; readonly description: string; readonly schema?: z.ZodType };
  readonly errors: readonly ErrorCode[];
  handle(request: RouteRequest<Params, Query, Body>): Promise<Outcome<Answer>> | Outcome<Answer>;
}

export interface RouteRequest<Params extends Values, Query extends Values, Body extends Values> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  /** Undefined on a route that is open to everybody. */
  readonly caller: Caller | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Adds the route and its documentation to the application. */
export function addRoute<Params extends Values, Query extends Values, Body extends Values>(
  app: OpenAPIHono,
  context: HttpContext,
  route: RouteDeclaration<Params, Query, Body>,
): void {
  app.openAPIRegistry.registerPath(documentation(route));
  app.on(route.method.toUpperCase(), toHonoPath(route.path), async (c) =>
    toResponse(await respond(context, route, c.req.raw, c.req.param(), c.req.query())),
  );
}

async function respond<Params extends Values, Query extends Values, Body extends Values>(
  context: HttpContext,
  route: RouteDeclaration<Params, Query, Body>,
  request: Request,
  rawParams: Record<string, string>,
  rawQuery: Record<string, string>,
): Promise<Answer> {
  const { platform } = context;
  let caller: Caller | undefined;
  if (route.access.length > 0) {
    const authenticated = await authenticate(context, headerLines(request.headers), route.access);
    if ("answer" in authenticated) return authenticated.answer;
    caller = authenticated.caller;
  }
  const params = route.params === undefined ? { ok: true as const, value: {} } : check(route.params, rawParams, "path");
  if (!params.ok) return problemAnswer(platform, params.problem);
  const query = route.query === undefined ? { ok: true as const, value: {} } : check(route.query, rawQuery, "query");
  if (!query.ok) return problemAnswer(platform, query.problem);
  const body = await readBody(route, request);
  if (!body.ok) return problemAnswer(platform, body.problem);
  const idempotencyKey = route.takesIdempotencyKey === true ? (request.headers.get("idempotency-key") ?? undefined) : undefined;
  const outcome = await route.handle({
    params: params.value as z.output<Params>,
    query: query.value as z.output<Query>,
    body: body.value as z.output<Body>,
    caller,
    idempotencyKey,
  });
  return outcome.ok ? outcome.value : problemAnswer(platform, outcome.problem);
}

async function readBody<Params extends Values, Query extends Values, Body extends Values>(
  route: RouteDeclaration<Params, Query, Body>,
  request: Request,
): Promise<Outcome<unknown>> {
  if (route.body === undefined) return { ok: true, value: {} };
  const bytes = await readBytes(request.body);
  if (!bytes.ok) return bytes;
  const value = parseJsonBody(bytes.value, request.headers.get("content-type") ?? undefined, route.bodyOptional === true);
  return value.ok ? check(route.body, value.value, "body") : value;
}

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body ?? null, { status, headers });
}

/** What a failure is to the caller: an outage of the store is never a verdict. The cause is for the log alone. */
export function failureAnswer({ platform, log }: HttpContext, error: unknown): Answer {
  const isOutage = error instanceof StoreUnavailable;
  log.error(
    { failure: error instanceof Error ? error.message : "unknown", stack: isOutage || !(error instanceof Error) ? undefined : error.stack },
    isOutage ? "the store is not available" : "a request failed",
  );
  const { problem } = isOutage
    ? refuse("store_unavailable", "The database is not available. Nothing was changed.")
    : refuse("internal", "Keyward could not answer this request.");
  return problemAnswer(platform, problem);
}

function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function documentation<Params extends Values, Query extends Values, Body extends Values>(
  route: RouteDeclaration<Params, Query, Body>,
): RouteConfig {
  const { method, path, summary, tag, access, params, query, body, bodyOptional, takesIdempotencyKey, success, errors } = route;
  const closed = access.length > 0;
  return {
    method,
    path,
    summary,
    tags: [tag],
    security: access.map((kind) => ({ [kind]: [] })),
    request: {
      ...(params !== undefined && { params }),
      ...(query !== undefined && { query }),
      ...(takesIdempotencyKey === true && { headers: idempotencyHeader }),
      ...(body !== undefined && { body: { required: bodyOptional !== true, content: { "application/json": { schema: body } } } }),
    },
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.schema !== undefined && { content: { "application/json": { schema: success.schema } } }),
      },
      ...refusals(errors, closed ? OF_TOKEN : [], body === undefined ? [] : OF_BODY),
    },
  };
}
