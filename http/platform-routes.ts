/** The routes that a platform documents, served from its description. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Outcome, refuse } from "../engine/errors.ts";
import type { Field, PlatformRoute } from "../platforms/define.ts";
import type { PresentedKey } from "../service/cached-key.ts";
import { admitRequest } from "./admission.ts";
import { type Answer, json, noContent, problemAnswer } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { headerLines } from "./credential.ts";
import { parseJsonBody, readBytes } from "./json-body.ts";
import { fieldsSchema } from "./platform-fields.ts";
import { toResponse } from "./route.ts";
import { check } from "./schema.ts";

const METHODS = { create: "post", list: "get", revoke: "delete" } as const satisfies Record<PlatformRoute["operation"], string>;

export function addPlatformRoutes(app: OpenAPIHono, context: HttpContext): void {
  const { platform } = context;
  for (const route of platform.routes) {
    const method = METHODS[route.operation];
    app.openAPIRegistry.registerPath({
      method,
      path: route.path,
      summary: route.summary,
      tags: [platform.title],
      ...(route.operation === "create" && {
        request: { body: { content: { "application/json": { schema: fieldsSchema(route.fields) } } } },
      }),
      responses: { [route.operation === "create" ? 201 : route.operation === "list" ? 200 : 204]: { description: route.summary } },
    });
    app.on(method.toUpperCase(), route.path.replace("{id}", ":id"), async (c) => {
      const admission = await admitRequest(context, headerLines(c.req.raw.headers));
      if ("answer" in admission) return toResponse(admission.answer);
      const outcome = await run(context, route, admission.key, c.req.raw, c.req.param("id") ?? "");
      if (!outcome.ok) return toResponse(problemAnswer(platform, outcome.problem, admission.headers));
      return toResponse({ ...outcome.value, headers: { ...outcome.value.headers, ...admission.headers } });
    });
  }
}

async function run(context: HttpContext, route: PlatformRoute, key: PresentedKey, request: Request, id: string): Promise<Outcome<Answer>> {
  const { keys } = context.service;
  const { envelope } = context.platform;
  const actor = `key:${key.id}`;
  switch (route.operation) {
    case "create": {
      const fields = await readFields(request, route.fields);
      if (!fields.ok) return fields;
      const created = await keys.create(key.organizationId, { ...fields.value, environment: key.environment, parentId: key.id }, actor);
      if (!created.ok) return created;
      const { apiKey, key: secret = "" } = created.value;
      return { ok: true, value: json(201, envelope(route.answer(apiKey, secret))) };
    }
    case "list":
      return { ok: true, value: json(200, envelope(route.answer(await keys.listActive(key.organizationId)))) };
    case "revoke": {
      if (keys.isSameId(id, key.id)) return refuse("key_in_use", route.refusedSelf);
      const revoked = await keys.revoke(key.organizationId, id, actor);
      if (!revoked.ok) return revoked;
      // A key that was revoked before is as unknown here as one that never was.
      return revoked.value.wasRevoked ? refuse("not_found", "There is no such key.") : { ok: true, value: noContent() };
    }
  }
}

async function readFields(request: Request, fields: Readonly<Record<string, Field>>): Promise<Outcome<{ name?: string }>> {
  const bytes = await readBytes(request.body);
  if (!bytes.ok) return bytes;
  const mayBeEmpty = Object.values(fields).every(({ required }) => !required);
  const parsed = parseJsonBody(bytes.value, request.headers.get("content-type") ?? undefined, mayBeEmpty);
  if (!parsed.ok) return parsed;
  const checked = check(fieldsSchema(fields), parsed.value, "body");
  if (!checked.ok) return checked;
  const given = Object.entries(checked.value).filter(([, value]) => value !== undefined);
  return { ok: true, value: Object.fromEntries(given.map(([field, value]) => [fields[field]?.sets ?? field, value])) };
}
