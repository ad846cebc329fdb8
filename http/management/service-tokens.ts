/** Management routes of service tokens, for the operator. */
import { z } from "@hono/zod-openapi";
import { json, noContent } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { nameInput } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { serviceTokenSchema, toServiceTokenRecord } from "./records.ts";

const PATH = "/keyward/v1/service-tokens";

export function addServiceTokenRoutes(app: Application, context: HttpContext): void {
  const { serviceTokens } = context.service;

  addRoute(app, context, {
    method: "post",
    path: PATH,
    operationId: "serviceTokens.create",
    summary: "Create a service token",
    tag: "service tokens",
    access: ["operator"],
    body: z.strictObject({ name: nameInput() }),
    success: {
      status: 201,
      description: "The record with the token, which is shown only once",
      schema: serviceTokenSchema.extend({ token: z.string() }),
    },
    errors: [],
    handle: async ({ body }) => {
      const created = await serviceTokens.create(body, "operator");
      return created.ok ? ok(json(201, { ...toServiceTokenRecord(created.value.serviceToken), token: created.value.token })) : created;
    },
  });

  addRoute(app, context, {
    method: "get",
    path: PATH,
    operationId: "serviceTokens.list",
    summary: "List service tokens",
    tag: "service tokens",
    access: ["operator"],
    success: {
      status: 200,
      description: "All service tokens, including revoked ones",
      schema: z.object({ data: z.array(serviceTokenSchema) }),
    },
    errors: [],
    handle: async () => ok(json(200, { data: (await serviceTokens.list()).map(toServiceTokenRecord) })),
  });

  addRoute(app, context, {
    method: "delete",
    path: `${PATH}/{id}`,
    operationId: "serviceTokens.revoke",
    summary: "Revoke a service token permanently",
    tag: "service tokens",
    access: ["operator"],
    params: z.object({ id: z.string() }),
    success: { status: 204, description: "Once this response is sent, the token is refused" },
    errors: ["not_found"],
    handle: async ({ params: { id } }) => {
      const revoked = await serviceTokens.revoke(id, "operator");
      return revoked.ok ? ok(noContent()) : revoked;
    },
  });
}
