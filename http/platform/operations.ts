/** What the documented routes do: create, list, get and revoke keys, in the platform's documented form. */
import { json, noContent, type PlainResponse } from "../../admission/response.ts";
import { type Outcome, ok, refuse } from "../../engine/errors.ts";
import type { PlatformRoute } from "../../platforms/define.ts";
import type { IssuedKey } from "../../service/index.ts";
import type { HttpContext } from "../context.ts";
import { enveloped } from "../envelope.ts";
import type { BodyHeaders } from "../json-body.ts";
import type { FieldsReader, Settings } from "./fields.ts";
import { readPage } from "./paging.ts";
import type { Admitted } from "./route-access.ts";

/** What an operation reads of its request. */
interface OperationInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: BodyHeaders;
  readonly bytes: Buffer;
}

export async function runOperation(
  context: HttpContext,
  route: PlatformRoute,
  fields: FieldsReader | undefined,
  admitted: Admitted,
  { params: { id = "" }, query, headers, bytes }: OperationInput,
): Promise<Outcome<PlainResponse>> {
  if (route.operation === "create") {
    const settings = fields?.read(headers, bytes) ?? ok({});
    return settings.ok ? create(context, route, admitted, settings.value) : settings;
  }
  // An unclaimed key belongs to no organization and manages nothing.
  if (admitted.organizationId === null) return refuse("forbidden", "This key belongs to no organization yet.");
  const owned = { ...admitted, organizationId: admitted.organizationId };
  switch (route.operation) {
    case "list":
      return list(context, route, owned.organizationId, query);
    case "get":
      return get(context, route, owned.organizationId, id);
    case "revoke":
      return revoke(context, route, owned, id);
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
  return ok(json(201, enveloped(context.platform, route.respond(apiKey, shown !== undefined && "key" in shown ? shown.key : ""))));
}

async function list(
  { service: { keys }, platform }: HttpContext,
  route: PlatformRoute & { operation: "list" },
  organizationId: string,
  query: OperationInput["query"],
): Promise<Outcome<PlainResponse>> {
  if (route.paging === null) {
    const active = await keys.listActive(organizationId);
    return ok(json(200, enveloped(platform, route.respond(active, { total: active.length, hasMore: false }))));
  }
  const page = readPage(route.paging, query);
  if (!page.ok) return page;
  const { number, size } = page.value;
  const found = await keys.listNumbered(organizationId, number, size);
  return ok(json(200, enveloped(platform, route.respond(found.keys, { total: found.total, hasMore: number * size < found.total }))));
}

async function get(
  { service: { keys }, platform }: HttpContext,
  route: PlatformRoute & { operation: "get" },
  organizationId: string,
  id: string,
): Promise<Outcome<PlainResponse>> {
  const key = await keys.get(organizationId, id);
  if (!key.ok) return key;
  // A revoked key is not found, as in the list.
  return key.value.revokedAt === null
    ? ok(json(200, enveloped(platform, route.respond(key.value))))
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
  // A key that was already revoked is refused like one that never existed.
  return revoked.value.wasRevoked ? refuse("not_found", "There is no such key.") : ok(noContent());
}
