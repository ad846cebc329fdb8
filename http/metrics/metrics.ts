/**
 * Metrics in Prometheus' format. They distinguish revoked keys from unknown ones, which the public must not learn: they need a service token,
 * or have a listener of their own that only the operator's network reaches.
 */

import type { RequestListener } from "node:http";
import { send } from "../../adapters/node-response.ts";
import { ALWAYS, type PlainResponse, problemResponse } from "../../admission/response.ts";
import { refuse } from "../../engine/errors.ts";
import { authenticate } from "../access.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { inAcceptedForm } from "../error-form.ts";
import { failureResponse } from "../failure.ts";
import { clientOf, toResponse } from "../framework.ts";
import { requestIdOf } from "../identified.ts";
import type { Surfaces } from "../listener.ts";
import { negotiatedRefusals, OF_TOKEN, securityOf } from "../openapi.ts";
import { openExposition } from "./exposition.ts";

const METRICS_PATH = "/keyward/metrics";
/** Prometheus' default path. */
const DEFAULT_PATH = "/metrics";

/** The route for service tokens and the operator. It does not exist if metrics have a listener of their own. */
export function addMetrics(app: Application, context: HttpContext): void {
  if (context.hasMetricsListener === true) return;
  app.addOperation(() => ({
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
  }));
  const scrape = scraper(context);
  app.get(METRICS_PATH, async (c) => {
    const inForm = inAcceptedForm(context, c.req.raw);
    const authenticated = await authenticate(inForm, { ...clientOf(c), method: "GET" }, ["service"]);
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
        (error) => send(response, failureResponse(context, error, requestIdOf(request))),
      );
  };
  return { listener, isForUpstream: () => false };
}

/** Opens the exposition on the first scrape: most processes never need it. */
function scraper(context: HttpContext): () => Promise<PlainResponse> {
  let opening: ReturnType<typeof openExposition> | undefined;
  return async () => {
    opening ??= openExposition(context).catch((error) => {
      opening = undefined;
      throw error;
    });
    const { contentType, text } = await opening;
    return { status: 200, headers: { ...ALWAYS, "content-type": contentType }, body: await text() };
  };
}
