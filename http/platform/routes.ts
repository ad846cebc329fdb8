/** The routes that a platform documents, served from its description. */
import { type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AddressLimiter } from "../../admission/address-limiter.ts";
import { admitRequest } from "../../admission/admit.ts";
import { addressOf } from "../../admission/client-address.ts";
import { BEARER, extractCredential } from "../../admission/credential.ts";
import { json, noContent, type PlainResponse, problemResponse } from "../../admission/response.ts";
import { tooMany } from "../../admission/retry-after.ts";
import { invalid, type Outcome, ok, type Problem, refuse } from "../../engine/errors.ts";
import { may, type Permission } from "../../engine/roles.ts";
import type { CredentialPlace, Paging, Platform, PlatformRoute } from "../../platforms/define.ts";
import type { Actor, IssuedKey } from "../../service/index.ts";
import { authenticate } from "../access.ts";
import type { HttpContext } from "../context.ts";
import { clientOf, toResponse } from "../framework.ts";
import { bodyHeaders, readBytes } from "../json-body.ts";
import { asSchema, keySecurity, OF_BODY, OF_KEY, OF_TOKEN, refusals } from "../openapi.ts";
import { enveloped, envelopedSchema } from "./envelope.ts";
import { type FieldsReader, fieldsReader, type Settings } from "./fields.ts";

const METHODS = { create: "post", list: "get", get: "get", revoke: "delete" } as const satisfies Record<PlatformRoute["operation"], string>;
const STATUSES = { create: 201, list: 200, get: 200, revoke: 204 } as const satisfies Record<PlatformRoute["operation"], number>;

/** What the role of a member must allow. */
const PERMISSIONS = { create: "keys", list: "read", get: "read", revoke: "keys" } as const satisfies Record<
  PlatformRoute["operation"],
  Permission
>;

/** Who was let in, on behalf of which organization; null for a route that needs no credential. */
interface Admitted {
  readonly organizationId: string | null;
  readonly actor: Actor;
  /** The key that authenticates the request, where one does. */
  readonly keyId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export function addPlatformRoutes(app: OpenAPIHono, context: HttpContext): void {
  const { platform } = context;
  for (const route of platform.routes) {
    const method = METHODS[route.operation];
    const fields = route.operation === "create" ? fieldsReader(platform, route.fields) : undefined;
    app.openAPIRegistry.registerPath(documentation(context, route, fields?.schema));
    const admit = admission(context, route);
    app.on(method.toUpperCase(), route.path.replace("{id}", ":id"), async (c) => {
      // The body first: whoever sends it slowly is judged by what is true when it has come, not when it began.
      const bytes = await readBytes(route.operation === "create" ? c.req.raw.body : null);
      const admitted = await admit(c);
      if ("response" in admitted) return toResponse(admitted.response);
      const outcome = bytes.ok ? await run(context, route, fields, admitted, c, bytes.value) : bytes;
      if (!outcome.ok) return toResponse(problemResponse(platform, inOwnWords(route, outcome.problem), admitted.headers));
      return toResponse({ ...outcome.value, headers: { ...outcome.value.headers, ...admitted.headers } });
    });
  }
}

function documentation({ platform }: HttpContext, route: PlatformRoute, body: FieldsReader["schema"] | undefined): RouteConfig {
  const { operation, access, path, summary } = route;
  const takesId = operation === "get" || operation === "revoke";
  const isClosed = access !== "anonymous";
  return {
    method: METHODS[operation],
    path,
    operationId: `apiKeys.${operation}`,
    summary,
    tags: [platform.title],
    // The cookie of a session says nothing of the organization that is meant.
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

/** How a route lets requests in. */
function admission(context: HttpContext, route: PlatformRoute): (c: Context) => Promise<Admitted | { response: PlainResponse }> {
  const { platform, service } = context;
  switch (route.access) {
    case "key":
      return async (c) => {
        const admitted = await admitRequest(context, clientOf(c));
        if ("response" in admitted) return admitted;
        const { id, organizationId } = admitted.verdict.key;
        return { organizationId, actor: { keyId: id }, keyId: id, headers: admitted.headers };
      };
    case "member":
      return async (c) => {
        const client = clientOf(c);
        // A key beside the JWT is a second credential, though only the JWT counts here.
        if (extractCredential(client.rawHeaders, everyPlace(platform)).found === "several") {
          return {
            response: problemResponse(platform, refuse("multiple_credentials", "Send one credential, in one header, once.").problem),
          };
        }
        const authenticated = await authenticate(context, { method: c.req.method, ...client }, ["member"]);
        if ("response" in authenticated) return authenticated;
        const { caller } = authenticated;
        const refused = (detail: string) => ({ response: problemResponse(platform, { code: "forbidden", detail }) });
        if (caller.kind !== "member") return refused("Send the JWT of a member: it says which organization is meant.");
        const { organizationId, actor, role } = caller;
        if (!may(role, PERMISSIONS[route.operation])) return refused(`The role ${role} may not do this.`);
        return { organizationId, actor, keyId: undefined, headers: {} };
      };
    case "anonymous": {
      const limiter = new AddressLimiter(route.perAddress);
      return async (c) => {
        const now = service.monotonic();
        const retryAt = limiter.admit(addressOf(clientOf(c), context.trustedProxies), now);
        if (retryAt === 0) return { organizationId: null, actor: "anonymous", keyId: undefined, headers: {} };
        return { response: problemResponse(platform, tooMany("Rate limit exceeded.", retryAt, now)) };
      };
    }
  }
}

function everyPlace({ credentials }: Platform): readonly CredentialPlace[] {
  return [...BEARER, ...credentials.filter(({ header }) => header !== "authorization")];
}

async function run(
  context: HttpContext,
  route: PlatformRoute,
  fields: FieldsReader | undefined,
  admitted: Admitted,
  c: Context,
  bytes: Buffer,
): Promise<Outcome<PlainResponse>> {
  if (route.operation === "create") {
    const settings = fields?.read(bodyHeaders(c.req.raw.headers), bytes) ?? ok({});
    return settings.ok ? create(context, route, admitted, settings.value) : settings;
  }
  // Keys that nobody has claimed manage nothing.
  if (admitted.organizationId === null) return refuse("forbidden", "This key belongs to no organization yet.");
  const owned = { ...admitted, organizationId: admitted.organizationId };
  switch (route.operation) {
    case "list":
      return list(context, route, owned.organizationId, c);
    case "get":
      return get(context, route, owned.organizationId, c.req.param("id") ?? "");
    case "revoke":
      return revoke(context, route, owned, c.req.param("id") ?? "");
  }
}

async function create(
  context: HttpContext,
  route: PlatformRoute & { operation: "create" },
  { organizationId, actor }: Admitted,
  settings: Settings,
): Promise<Outcome<PlainResponse>> {
  const { keys } = context.service;
  let created: Outcome<IssuedKey>;
  if (route.access === "anonymous") created = await keys.createUnclaimed(settings);
  else if (organizationId === null) return refuse("forbidden", "This key belongs to no organization yet.");
  else created = await keys.create(organizationId, { name: settings.name }, actor);
  if (!created.ok) return created;
  const { apiKey, shown } = created.value;
  return ok(json(201, enveloped(context.platform, route.answer(apiKey, shown !== undefined && "key" in shown ? shown.key : ""))));
}

async function list(
  { service: { keys }, platform }: HttpContext,
  route: PlatformRoute & { operation: "list" },
  organizationId: string,
  c: Context,
): Promise<Outcome<PlainResponse>> {
  if (route.paging === null) {
    const active = await keys.listActive(organizationId);
    return ok(json(200, enveloped(platform, route.answer(active, { total: active.length, hasMore: false }))));
  }
  const page = readPage(route.paging, c);
  if (!page.ok) return page;
  const { number, size } = page.value;
  const found = await keys.listNumbered(organizationId, number, size);
  return ok(json(200, enveloped(platform, route.answer(found.keys, { total: found.total, hasMore: number * size < found.total }))));
}

const MOST_PAGES = 1_000_000;

/** Documentation alone: `readPage` checks what comes. */
function pagingSchema({ pageParameter, sizeParameter, defaultSize, maximumSize }: Paging) {
  return z.object({
    [pageParameter]: z.int().min(1).max(MOST_PAGES).default(1).optional(),
    [sizeParameter]: z.int().min(1).max(maximumSize).default(defaultSize).optional(),
  });
}

function readPage(
  { pageParameter, sizeParameter, defaultSize, maximumSize }: Paging,
  c: Context,
): Outcome<{ number: number; size: number }> {
  const number = readWhole(c.req.query(pageParameter), pageParameter, 1, MOST_PAGES);
  if (!number.ok) return number;
  const size = readWhole(c.req.query(sizeParameter), sizeParameter, defaultSize, maximumSize);
  return size.ok ? ok({ number: number.value, size: size.value }) : size;
}

function readWhole(text: string | undefined, field: string, otherwise: number, maximum: number): Outcome<number> {
  if (text === undefined) return ok(otherwise);
  const value = Number(text);
  return /^\d{1,9}$/.test(text) && value >= 1 && value <= maximum
    ? ok(value)
    : invalid(field, `${field} must be a whole number from 1 to ${maximum}`);
}

async function get(
  { service: { keys }, platform }: HttpContext,
  route: PlatformRoute & { operation: "get" },
  organizationId: string,
  id: string,
): Promise<Outcome<PlainResponse>> {
  const key = await keys.get(organizationId, id);
  if (!key.ok) return key;
  // What was revoked is gone, as in the list.
  return key.value.revokedAt === null
    ? ok(json(200, enveloped(platform, route.answer(key.value))))
    : refuse("not_found", "There is no such key.");
}

async function revoke(
  { service: { keys } }: HttpContext,
  route: PlatformRoute & { operation: "revoke" },
  by: Admitted & { organizationId: string },
  id: string,
): Promise<Outcome<PlainResponse>> {
  if (by.keyId !== undefined && keys.isSameId(id, by.keyId))
    return refuse("key_in_use", route.refusedSelf ?? "A key cannot revoke itself.");
  const revoked = await keys.revoke(by.organizationId, id, by.actor);
  if (!revoked.ok) return revoked;
  // A key that was revoked before is as unknown here as one that never was.
  return revoked.value.wasRevoked ? refuse("not_found", "There is no such key.") : ok(noContent());
}

/** The problem with the field as this route calls it: `label` where the service says `name`. */
function inOwnWords(route: PlatformRoute, problem: Problem): Problem {
  if (route.operation !== "create" || problem.field === undefined || problem.field in route.fields) return problem;
  const own = Object.entries(route.fields).find(([, { sets }]) => sets === problem.field)?.[0];
  return own === undefined ? problem : { ...problem, field: own, detail: problem.detail.replace(problem.field, own) };
}
