/** Health and readiness. */
import { z } from "@hono/zod-openapi";
import { json } from "../admission/response.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { addRoute } from "./route.ts";

export function addOperationsRoutes(app: Application, context: HttpContext): void {
  addRoute(app, context, {
    method: "get",
    path: "/keyward/health",
    operationId: "health",
    summary: "Check that the process is running",
    tag: "operations",
    access: [],
    success: { status: 200, description: "The process is running", schema: z.object({ status: z.literal("ok") }) },
    errors: [],
    handle: () => ({ ok: true, value: json(200, { status: "ok" }) }),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/ready",
    operationId: "ready",
    summary: "Check that the process and its database are ready. A degraded node serves, and asks the database for each request",
    tag: "operations",
    access: [],
    success: { status: 200, description: "Both are ready", schema: z.object({ status: z.enum(["ready", "degraded"]) }) },
    errors: ["store_unavailable"],
    async handle() {
      await context.service.ping();
      const { node } = context.service.statistics();
      return { ok: true, value: json(200, { status: node?.leaseMs === 0 ? "degraded" : "ready" }) };
    },
  });
}
