/** What keeps a Keyward running: health and readiness. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json, problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import type { HttpContext } from "./context.ts";
import { noSuchPage } from "./dashboard/pages.ts";
import { inAcceptedForm } from "./error-form.ts";
import { toResponse } from "./framework.ts";
import { addRoute } from "./route.ts";

export function addOperationsRoutes(app: OpenAPIHono, context: HttpContext): void {
  addRoute(app, context, {
    method: "get",
    path: "/keyward/health",
    operationId: "health",
    summary: "The process answers",
    tag: "operations",
    access: [],
    success: { status: 200, description: "It does", schema: z.object({ status: z.literal("ok") }) },
    errors: [],
    handle: () => ({ ok: true, value: json(200, { status: "ok" }) }),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/ready",
    operationId: "ready",
    summary: "The process and its database answer",
    tag: "operations",
    access: [],
    success: { status: 200, description: "They do", schema: z.object({ status: z.literal("ready") }) },
    errors: ["store_unavailable"],
    async handle() {
      await context.service.ping();
      return { ok: true, value: json(200, { status: "ready" }) };
    },
  });

  app.notFound((c) => {
    const page = noSuchPage(context, c.req.raw);
    if (page !== undefined) return page;
    const { problem } = refuse("not_found", "There is nothing at this path.");
    return toResponse(problemResponse(inAcceptedForm(context, c.req.raw).platform, problem));
  });
}
