/** A route, declared once: its access, validation, OpenAPI entry and types come from the declaration. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import type { Client } from "../admission/client-address.ts";
import { type PlainResponse, problemResponse, type StreamedResponse } from "../admission/response.ts";
import type { ErrorCode, Outcome } from "../engine/errors.ts";
import { may, type Permission } from "../engine/roles.ts";
import { type Access, authenticate, type Caller, mayManage } from "./access.ts";
import { type Application, addDirectRoute } from "./application.ts";
import { check } from "./check-input.ts";
import type { HttpContext } from "./context.ts";
import type { DirectMatch, RouteInput } from "./direct-route.ts";
import { inFormAcceptedBy } from "./error-form.ts";
import { parseJsonBody } from "./json-body.ts";
import { negotiatedRefusals, OF_BODY, OF_TOKEN, securityOf, type Tag } from "./openapi.ts";
import { inRequest } from "./request-scope.ts";
import { surfaceOf } from "./surface-of.ts";
import { traced } from "./traced.ts";

export type Values = z.ZodObject;
export type RouteResult = Promise<Outcome<PlainResponse | StreamedResponse>> | Outcome<PlainResponse | StreamedResponse>;

const idempotencyHeader = z.object({
  "Idempotency-Key": z.string().optional().openapi({
    minLength: 1,
    maxLength: 255,
    pattern: "^[\\x21-\\x7e]+$",
    description: "1 to 255 printable ASCII characters; a repeated request returns what the first one created.",
  }),
});

export interface RouteDeclaration<Params extends Values, Query extends Values, Body extends Values> {
  readonly method: "get" | "post" | "patch" | "delete";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: `/${string}`;
  /** The name in generated clients and the SDK, such as `keys.create`. Stable. */
  readonly operationId: string;
  readonly summary: string;
  readonly tag: Tag;
  /** Who may call the route; empty for everybody. The operator always may. */
  readonly access: readonly Access[];
  /** Also admits callers without any credential; `caller` is then undefined. */
  readonly anonymous?: boolean;
  /** The permission that a member's role needs. When absent: `read` for get, `keys` for other methods. */
  readonly permission?: Permission;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** A missing body is `{}`. */
  readonly bodyOptional?: boolean;
  readonly takesIdempotencyKey?: boolean;
  readonly success: {
    readonly status: number;
    readonly description: string;
    readonly schema?: z.ZodType;
    /** JSON when absent. */
    readonly contentType?: string;
    /** Descriptions of the headers, by name. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly errors: readonly ErrorCode[];
  /** The refusal, one of `errors`, that means a wrong credential in the body, such as an unknown invitation: it counts as a failed attempt. */
  readonly wrongCredential?: ErrorCode;
  handle(
    request: RouteRequest<Params, Query, Body>,
  ): Promise<Outcome<PlainResponse | StreamedResponse>> | Outcome<PlainResponse | StreamedResponse>;
}

export interface RouteRequest<Params extends Values, Query extends Values, Body extends Values> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  /** Undefined on a route that is open to everybody. */
  readonly caller: Caller | undefined;
  /** The canonical id of the organization in the path; undefined if the path has none, or something that is not an id. */
  readonly organizationId: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The header lines and the connection of the request. */
  readonly client: Client;
}

/** Adds the route and its documentation to the application. */
export function addRoute<Params extends Values, Query extends Values, Body extends Values>(
  app: Application,
  context: HttpContext,
  route: RouteDeclaration<Params, Query, Body>,
): void {
  const method = route.method.toUpperCase() as Uppercase<typeof route.method>;
  const surface = surfaceOf(route.path, []);
  addDirectRoute(app, {
    method,
    path: route.path,
    takesBody: route.body !== undefined,
    isStreamed: route.success.contentType !== undefined,
    surface,
    document: () => documentation(context.platform, route),
    respond: traced(context, { method, path: route.path, surface }, (request, body, match) =>
      inRequest(request.requestId, () => respond(inFormAcceptedBy(context, request), route, request, body, match)),
    ),
  });
}

async function respond<Params extends Values, Query extends Values, Body extends Values>(
  context: HttpContext,
  route: RouteDeclaration<Params, Query, Body>,
  request: RouteInput,
  bytes: Outcome<Buffer>,
  { params: rawParams, query: rawQuery }: Pick<DirectMatch, "params" | "query">,
): Promise<PlainResponse | StreamedResponse> {
  const { platform, service } = context;
  const presentedId = rawParams.organizationId;
  const organizationId = presentedId === undefined ? undefined : service.organizations.canonicalId(presentedId);
  // The body has been read: a caller that sends it slowly is judged by what is true when it is complete.
  const admitted = await admit(context, route, request, organizationId ?? presentedId);
  if ("response" in admitted) return admitted.response;
  const { caller } = admitted;
  const params = route.params === undefined ? { ok: true as const, value: {} } : check(route.params, rawParams, "path");
  if (!params.ok) return problemResponse(platform, params.problem);
  const query = route.query === undefined ? { ok: true as const, value: {} } : check(route.query, rawQuery, "query");
  if (!query.ok) return problemResponse(platform, query.problem);
  const body = bytes.ok ? readBody(route, request, bytes.value) : bytes;
  if (!body.ok) return problemResponse(platform, body.problem);
  const idempotencyKey = route.takesIdempotencyKey === true ? request.headers["idempotency-key"]?.toString() : undefined;
  const outcome = await route.handle({
    params: params.value as z.output<Params>,
    query: query.value as z.output<Query>,
    body: body.value as z.output<Body>,
    caller,
    organizationId,
    idempotencyKey,
    client: request,
  });
  if (outcome.ok) return outcome.value;
  const { problem } = outcome;
  return problemResponse(platform, problem.code === route.wrongCredential ? await context.attempts.refuse(request, problem) : problem);
}

/** The caller, if the route is for such callers and the role allows it. An organization of others is refused like one that does not exist. */
async function admit<Params extends Values, Query extends Values, Body extends Values>(
  context: HttpContext,
  { access, anonymous, method, permission = method === "get" ? "read" : "keys" }: RouteDeclaration<Params, Query, Body>,
  request: RouteInput,
  organizationId: string | undefined,
): Promise<{ readonly caller: Caller | undefined } | { readonly response: PlainResponse }> {
  if (access.length === 0) return { caller: undefined };
  context.untrustedForwarders?.note(request);
  const authenticated = await authenticate(
    context,
    { method: request.method, rawHeaders: request.rawHeaders, socket: request.socket, organizationId },
    access,
  );
  if ("response" in authenticated) {
    const isAnonymous = anonymous === true && request.headers.authorization === undefined && authenticated.response.status === 401;
    return isAnonymous ? { caller: undefined } : authenticated;
  }
  const { caller } = authenticated;
  const refused = (code: ErrorCode, detail: string) => ({ response: problemResponse(context.platform, { code, detail }) });
  if (organizationId !== undefined && !mayManage(caller, organizationId)) return refused("not_found", "There is no such organization.");
  if (access.includes("member") && caller.kind === "member" && !may(caller.role, permission))
    return refused("forbidden", `The role ${caller.role} may not do this.`);
  return authenticated;
}

function readBody<Params extends Values, Query extends Values, Body extends Values>(
  route: RouteDeclaration<Params, Query, Body>,
  request: RouteInput,
  bytes: Buffer,
): Outcome<unknown> {
  if (route.body === undefined) return { ok: true, value: {} };
  const value = parseJsonBody(bytes, request.headers, route.bodyOptional === true);
  return value.ok ? check(route.body, value.value, "body") : value;
}

function documentation<Params extends Values, Query extends Values, Body extends Values>(
  platform: HttpContext["platform"],
  route: RouteDeclaration<Params, Query, Body>,
): Omit<RouteConfig, "method" | "path"> {
  const {
    operationId,
    summary,
    tag,
    access,
    anonymous = false,
    params,
    query,
    body,
    bodyOptional,
    takesIdempotencyKey,
    success,
    errors,
    wrongCredential,
  } = route;
  const closed = access.length > 0;
  return {
    operationId,
    summary,
    tags: [tag],
    security: securityOf(access, anonymous),
    request: {
      ...(params !== undefined && { params }),
      ...(query !== undefined && { query }),
      ...(takesIdempotencyKey === true && { headers: idempotencyHeader }),
      ...(body !== undefined && { body: { required: bodyOptional !== true, content: { "application/json": { schema: body } } } }),
    },
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.schema !== undefined && { content: { [success.contentType ?? "application/json"]: { schema: success.schema } } }),
        ...(success.headers !== undefined && { headers: headersIn(success.headers) }),
      },
      ...negotiatedRefusals(
        platform,
        errors,
        wrongCredential === undefined ? [] : ["rate_limited"],
        closed ? OF_TOKEN : [],
        body === undefined ? [] : OF_BODY,
      ),
    },
  };
}

function headersIn(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" as const } }]),
  );
}
