/** The operator's list of the processes that share a database. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, wholeNumber } from "../inputs.ts";
import { addRoute } from "../route.ts";

const nodeSchema = z
  .object({
    id: z.string().openapi({ description: "Drawn at each start of the process." }),
    isThis: z.boolean().openapi({ description: "Whether this response comes from it." }),
    host: z.string(),
    pid: wholeNumber,
    url: z.string().openapi({ description: "Where it listens; empty until it does." }),
    version: z.string(),
    startedAt: time,
    leaseSeconds: wholeNumber.openapi({ description: "For how long it may still answer from memory; 0 when it asks the database." }),
    lag: wholeNumber.openapi({ description: "Changes that it has not acknowledged yet." }),
    verificationsPerSecond: wholeNumber,
  })
  .openapi("Node");

export function addNodeRoutes(app: Application, context: HttpContext): void {
  const { service } = context;
  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/nodes",
    operationId: "nodes.list",
    summary: "List the processes that share the database",
    tag: "operations",
    access: ["operator"],
    success: {
      status: 200,
      description: "All nodes, in the order in which they were started. Empty on the embedded database, which has one process",
      schema: z.object({ data: z.array(nodeSchema) }),
    },
    errors: [],
    async handle() {
      const own = service.statistics().node?.id;
      const nodes = await service.listNodes();
      const data = nodes.map(({ id, about, lag, renewedMsAgo, leaseMs }) => ({
        id,
        isThis: id === own,
        host: about.host,
        pid: about.pid,
        url: about.url,
        version: about.version,
        startedAt: formatTimestamp(about.startedAt),
        leaseSeconds: Math.max(0, Math.ceil((leaseMs - renewedMsAgo) / SECOND_MS)),
        lag,
        verificationsPerSecond: Math.round(about.verificationsPerSecond),
      }));
      return ok(json(200, { data }));
    },
  });
}
