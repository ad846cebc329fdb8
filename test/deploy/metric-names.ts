/** The names of metrics: those that servers have, and those that an expression of PromQL asks for. */
import { parser } from "@prometheus-io/lezer-promql";
import { readExposition } from "../support/exposition.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

let known: Promise<ReadonlySet<string>> | undefined;

/** Of a server with the embedded database and of one with PostgreSQL; and those that Prometheus makes itself. */
export function knownMetrics(): Promise<ReadonlySet<string>> {
  known ??= scrapeBoth();
  return known;
}

async function scrapeBoth(): Promise<ReadonlySet<string>> {
  const servers = [await startServer(), await startServer({ env: await settingsOfTest() })];
  const texts = await Promise.all(servers.map(async (server) => (await server.operator("GET", "/keyward/metrics")).text));
  const names = texts.flatMap((text) => [...readExposition(text).values()].flatMap(({ samples }) => samples.map(({ name }) => name)));
  return new Set([...names, "up"]);
}

/** @throws Error when it is no PromQL */
export function metricsIn(expression: string): readonly string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (type.name === "VectorSelector") names.push(/^[\w:]+/.exec(expression.slice(from, to))?.[0] ?? "");
    },
  });
  return names;
}
