/** The listeners of a server: that of the product, with its gateway and access log, and that of metrics. */
import type { Server } from "node:http";
import type { Config } from "./config.ts";
import { httpApp } from "./http/app.ts";
import type { HttpContext } from "./http/context.ts";
import { drain } from "./http/drain.ts";
import { gateway } from "./http/gateway/gateway.ts";
import { nodeSurfaces } from "./http/listener.ts";
import { metricsListener } from "./http/metrics/metrics.ts";
import { nodeServer } from "./http/node-server.ts";
import { pathPrefix } from "./identity/paths.ts";
import { openAccessLog } from "./threads/access-log.ts";
import { type Listening, listen, listenFirst } from "./threads/listening.ts";

/** What the listeners of this process have to do with those of its other threads. */
interface OtherListeners {
  readonly isFirstOfSeveral: boolean;
  /** Called once the main thread listens, and before anybody is told. `server` listens nowhere: it serves what other threads hand over. */
  onListening(listening: Listening, server: Server): Promise<void>;
  /** Stops the listener and those of the other threads. */
  drain(server: Server): Promise<void>;
}

/** Opens them; `opened` closes them, in the reverse order. @throws Error with one sentence when an address cannot be had */
export async function openListeners(
  opened: AsyncDisposableStack,
  config: Config,
  context: HttpContext,
  others: OtherListeners,
): Promise<void> {
  const { upstreams, upstreamTimeoutMs: timeoutMs } = config;
  const access = context.meter && openAccessLog(config, context, context.meter);
  if (access !== undefined) opened.defer(() => access.close());
  const proxied = upstreams.length === 0 ? undefined : gateway(context, { upstreams, timeoutMs, accessLog: access?.log });
  if (proxied !== undefined) opened.defer(() => proxied.close());
  if (config.metrics !== undefined) {
    const metrics = nodeServer(context, metricsListener(context));
    await listen(metrics, config.metrics);
    opened.defer(() => drain(metrics, 0));
  }
  const prefix = config.baseUrl === undefined ? "" : pathPrefix(config.baseUrl);
  const surfaces = nodeSurfaces(context, httpApp(context), proxied);
  const server = nodeServer(context, surfaces, { prefix });
  const listening = await (others.isFirstOfSeveral ? listenFirst : listen)(server, config.listen);
  // A thread that drains may still hand requests over.
  opened.defer(() => others.drain(server));
  // Nobody would end them otherwise: node:http does not know them any more.
  if (proxied !== undefined) opened.defer(() => proxied.endUpgraded());
  await others.onListening(listening, nodeServer(context, surfaces));
}
