/** The text of the metrics: our families, and what the client library knows of the process and of Node.js. */
import type { Metric } from "@prometheus-io/client";
import type { HttpContext } from "../context.ts";
import { FAMILIES, type Family, type Sample } from "./families.ts";
import { type Scrape, takeScrape } from "./scrape.ts";

/** The library watches the event loop in any case: as rarely as it can. */
const UNUSED_PRECISION_MS = 60_000;

interface Exposition {
  readonly contentType: string;
  /** Values are read on each call: verification itself only counts. */
  text(): Promise<string>;
}

export async function openExposition(context: HttpContext): Promise<Exposition> {
  const { collectDefaultMetrics, Registry } = await import("@prometheus-io/client");
  const registry = new Registry();
  let scrape = await takeScrape(context);
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: UNUSED_PRECISION_MS });
  // Ours are of every thread, and stay what they are when somebody else scrapes too.
  for (const { name } of registry.getMetricsAsArray()) if (name.startsWith("nodejs_eventloop_")) registry.removeSingleMetric(name);
  for (const family of FAMILIES) {
    // What this process never has, such as a lease on the embedded database, is absent rather than 0.
    if (family.samples(scrape).length > 0) registry.registerMetric(asMetric(family, () => scrape));
  }
  return {
    contentType: registry.contentType,
    async text() {
      scrape = await takeScrape(context);
      return registry.metrics();
    },
  };
}

/** A family in the form that the registry takes. */
function asMetric({ name, help, type, samples }: Family, scrape: () => Scrape): Metric<string> {
  const values = () => samples(scrape()).map((sample) => ({ metricName: name + (sample.suffix ?? ""), ...pick(sample) }));
  const metric = { name, help, type, aggregator: "sum", get: async () => ({ name, help, type, values: values() }), reset: () => undefined };
  return metric as unknown as Metric<string>;
}

function pick({ labels = {}, value }: Sample): { labels: Readonly<Record<string, string | number>>; value: number } {
  return { labels, value };
}
