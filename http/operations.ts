/** What keeps a Keyward running: health, readiness, metrics. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "@prometheus-io/client";
import { refuse } from "../engine/errors.ts";
import { json, problemAnswer } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { addRoute, toResponse } from "./route.ts";

export function addOperationsRoutes(app: OpenAPIHono, context: HttpContext): void {
  addRoute(app, context, {
    method: "get",
    path: "/keyward/health",
    summary: "The process answers",
    tag: "operations",
    access: [],
    success: { status: 200, description: "It does" },
    errors: [],
    handle: () => ({ ok: true, value: json(200, { status: "ok" }) }),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/ready",
    summary: "The process and its database answer",
    tag: "operations",
    access: [],
    success: { status: 200, description: "They do" },
    errors: ["store_unavailable"],
    async handle() {
      await context.service.ping();
      return { ok: true, value: json(200, { status: "ready" }) };
    },
  });

  const registry = metricsOf(context);
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/keyward/metrics",
    summary: "Metrics in the format of Prometheus",
    tags: ["operations"],
    responses: { 200: { description: "The metrics", content: { "text/plain": { schema: { type: "string" } } } } },
  });
  app.get("/keyward/metrics", async (c) =>
    c.text(await registry.metrics(), 200, { "content-type": registry.contentType, "cache-control": "no-store" }),
  );
  app.notFound(() => {
    const { problem } = refuse("not_found", "There is nothing at this path.");
    return toResponse(problemAnswer(context.platform, problem));
  });
}

/** Read when somebody scrapes: verification itself only counts. */
function metricsOf({ service: { verifier } }: HttpContext): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: "keyward_verifications_total",
    help: "Verifications since the start, by outcome",
    labelNames: ["outcome"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(verifier.outcomes)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: "keyward_cached_keys",
    help: "Keys in memory",
    registers: [registry],
    collect() {
      this.set(verifier.cache.size);
    },
  });
  return registry;
}
