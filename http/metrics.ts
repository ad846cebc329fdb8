/**
 * Metrics in Prometheus' format. They distinguish revoked keys from unknown ones, which the public must not learn: they need a service token,
 * or have a listener of their own that only the operator's network reaches.
 */

import type { RequestListener } from "node:http";
import { setTimeout } from "node:timers/promises";
import { send } from "../adapters/node-response.ts";
import { ALWAYS, type PlainResponse, problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import type { Keyward, Statistics } from "../service/index.ts";
import { authenticate } from "./access.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { inAcceptedForm } from "./error-form.ts";
import { failureResponse } from "./failure.ts";
import { clientOf, toResponse } from "./framework.ts";
import type { Surfaces } from "./listener.ts";
import { negotiatedRefusals, OF_TOKEN, securityOf } from "./openapi.ts";

const METRICS_PATH = "/keyward/metrics";
/** Prometheus' default path. */
const DEFAULT_PATH = "/metrics";
const EVENT_LOOP_SAMPLE_MS = 50;

/** The route for service tokens and the operator. It does not exist if metrics have a listener of their own. */
export function addMetrics(app: Application, context: HttpContext): void {
  if (context.hasMetricsListener === true) return;
  app.openAPIRegistry.registerPath({
    method: "get",
    path: METRICS_PATH,
    operationId: "metrics",
    summary: "Metrics in the format of Prometheus",
    tags: ["operations"],
    security: securityOf(["service"]),
    responses: {
      200: { description: "The metrics", content: { "text/plain": { schema: { type: "string" } } } },
      ...negotiatedRefusals(context.platform, OF_TOKEN),
    },
  });
  const scrape = scraper(context);
  app.get(METRICS_PATH, async (c) => {
    const inForm = inAcceptedForm(context, c.req.raw);
    const authenticated = await authenticate(inForm, { method: "GET", ...clientOf(c) }, ["service"]);
    return toResponse("response" in authenticated ? authenticated.response : await scrape());
  });
}

/** A listener for metrics alone, without authentication. */
export function metricsListener(context: HttpContext): Surfaces {
  const { platform } = context;
  const scrape = scraper(context);
  const listener: RequestListener = (request, response) => {
    const [path] = (request.url ?? "").split("?", 1);
    if (path !== METRICS_PATH && path !== DEFAULT_PATH)
      send(response, problemResponse(platform, refuse("not_found", "There is nothing at this path.").problem));
    else if (request.method !== "GET" && request.method !== "HEAD")
      send(response, problemResponse(platform, refuse("method_not_allowed", "This path takes GET, HEAD.").problem, { allow: "GET, HEAD" }));
    else
      scrape().then(
        (metrics) => send(response, metrics),
        (error) => send(response, failureResponse(context, error)),
      );
  };
  return { listener, isForUpstream: () => false };
}

/** Creates the registry on the first scrape: most processes never need it. */
function scraper(context: HttpContext): () => Promise<PlainResponse> {
  let registry: ReturnType<typeof registryOf> | undefined;
  return async () => {
    registry ??= registryOf(context);
    const { contentType, metrics } = await registry;
    return { status: 200, headers: { ...ALWAYS, "content-type": contentType }, body: await metrics() };
  };
}

type Metrics = typeof import("@prometheus-io/client");

/** For one process among several on the same database. */
function addNodeMetrics(
  { Gauge }: Metrics,
  registry: InstanceType<Metrics["Registry"]>,
  { statistics }: Pick<Keyward, "statistics">,
): void {
  const gauge = (name: string, help: string, read: (node: NodeState) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const { node } = statistics();
        if (node !== undefined) this.set(read(node));
      },
    });
  gauge(
    "keyward_lease_seconds",
    "For how long this node may answer from memory; 0 when it asks the database for each request",
    ({ leaseMs }) => leaseMs / 1_000,
  );
  gauge("keyward_feed_lag", "Changes of other nodes that this node knows of and has not applied", ({ lag }) => lag);
  const info = { name: "keyward_node_info", help: "The id of this node in the list of nodes", labelNames: ["node"] as const };
  new Gauge({ ...info, registers: [registry] }).set({ node: statistics().node?.id ?? "" }, 1);
}

type NodeState = NonNullable<Statistics["node"]>;

/** Values are read on each scrape: verification itself only counts. */
async function registryOf({
  service,
  attempts,
  statistics = async () => service.statistics(),
}: HttpContext): Promise<{ contentType: string; metrics(): Promise<string> }> {
  const client = await import("@prometheus-io/client");
  const { Counter, collectDefaultMetrics, Gauge, Registry } = client;
  const registry = new Registry();
  let { outcomes, cachedKeys } = await statistics();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: "keyward_verifications_total",
    help: "Verifications since the start, by outcome",
    labelNames: ["outcome"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(outcomes)) this.inc({ outcome }, count);
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
      this.set(cachedKeys);
    },
  });
  if (service.statistics().node !== undefined) addNodeMetrics(client, registry, service);
  // Before its first sample the event loop's histogram is NaN.
  await setTimeout(EVENT_LOOP_SAMPLE_MS);
  const metrics = async () => {
    ({ outcomes, cachedKeys } = await statistics());
    return registry.metrics();
  };
  return { contentType: registry.contentType, metrics };
}
