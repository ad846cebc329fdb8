/** The dashboard for Grafana: it parses, its queries are PromQL over metrics that a server has, and it fits any Prometheus. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownMetrics, metricsIn } from "./metric-names.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly legendFormat?: string }[];
}

const dashboard = JSON.parse(readFileSync(join(import.meta.dirname, "../../deploy/observability/grafana-dashboard.json"), "utf8"));
const panels: readonly Panel[] = dashboard.panels;
const charts = panels.filter(({ type }) => type !== "row");
const queries = charts.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));
/** As Grafana does before it asks. */
const filledIn = (expr: string) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*");

test.each(queries)("%s: %s", async (_title, expr) => {
  expect(expr).toContain('instance=~"$instance"');
  const known = await knownMetrics();
  expect(metricsIn(filledIn(expr)).filter((name) => !known.has(name))).toEqual([]);
});

test("every metric of Keyward is on it, but for what an info metric or another panel says", async () => {
  const shown = new Set(queries.flatMap(([, expr]) => metricsIn(filledIn(expr)).map((name) => name.replace(/_(?:bucket|sum|count)$/, ""))));
  const own = new Set(
    [...(await knownMetrics())].filter((name) => name.startsWith("keyward_")).map((name) => name.replace(/_(?:bucket|sum|count)$/, "")),
  );
  const elsewhere = ["keyward_node_info", "keyward_event_loop_idle_seconds_total", "keyward_bank_counters"];
  expect([...own].filter((name) => !shown.has(name) && !elsewhere.includes(name))).toEqual([]);
});

test("it names no data source of anybody: the person who imports it chooses one", () => {
  for (const { title, datasource } of charts) expect([title, datasource?.uid]).toEqual([title, "$datasource"]);
  expect(dashboard.templating.list.map(({ name }: { name: string }) => name)).toEqual(["datasource", "instance"]);
  expect([dashboard.id, dashboard.uid, dashboard.title]).toEqual([null, "keyward", "Keyward"]);
});

test("panels have ids of their own, and lie beside each other", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of panels) {
    expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
        taken.add(`${x},${y}`);
      }
  }
});
