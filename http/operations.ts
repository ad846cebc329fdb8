/** What keeps a Keyward running: health, readiness, metrics. */
import { setTimeout } from "node:timers/promises";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { refuse } from "../engine/errors.ts";
import { json, problemAnswer } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { noSuchPage } from "./dashboard.ts";
import { inAcceptedForm } from "./error-form.ts";
import { addRoute, toResponse } from "./route.ts";

const EVENT_LOOP_SAMPLE_MS = 50;

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

  let registry: ReturnType<typeof metricsOf> | undefined;
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/keyward/metrics",
    summary: "Metrics in the format of Prometheus",
    tags: ["operations"],
    responses: { 200: { description: "The metrics", content: { "text/plain": { schema: { type: "string" } } } } },
  });
  app.get("/keyward/metrics", async (c) => {
    registry ??= metricsOf(context);
    const { contentType, metrics } = await registry;
    return c.text(await metrics(), 200, { "content-type": contentType, "cache-control": "no-store" });
  });
  app.notFound((c) => {
    const page = noSuchPage(context, c.req.raw);
    if (page !== undefined) return page;
    const { problem } = refuse("not_found", "There is nothing at this path.");
    return toResponse(problemAnswer(inAcceptedForm(context, c.req.raw).platform, problem));
  });
}

/** Made when somebody scrapes for the first time, and read when somebody scrapes: verification itself only counts. */
async function metricsOf({ service: { verifier }, attempts }: HttpContext): Promise<{ contentType: string; metrics(): Promise<string> }> {
  const { Counter, collectDefaultMetrics, Gauge, Registry } = await import("@prometheus-io/client");
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
  new Counter({
    name: "keyward_failed_attempts_total",
    help: "Wrong credentials since the start, by whether they were refused as such or their address was over its limit",
    labelNames: ["answer"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [answer, count] of Object.entries(attempts.answered)) this.inc({ answer }, count);
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
  // The event loop's histogram says "not a number" before its first sample.
  await setTimeout(EVENT_LOOP_SAMPLE_MS);
  return { contentType: registry.contentType, metrics: () => registry.metrics() };
}
