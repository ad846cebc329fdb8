/** The alert rules: every name is one that a server has, every alert has its section in the guide, and each fires when it should and only then. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { complaintOf, promtool } from "../support/promtool.ts";
import { traceDirectory } from "../support/root.ts";
import { knownMetrics, metricsIn } from "./metric-names.ts";

const project = join(import.meta.dirname, "../..");
const file = join(project, "deploy/observability/alert-rules.yaml");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const rules: readonly Rule[] = parse(readFileSync(file, "utf8")).groups.flatMap(({ rules: of }: { rules: Rule[] }) => of);

test.each(rules.map(({ alert, expr }) => [alert, expr]))("%s asks for metrics that a server has", async (_alert, expr) => {
  const known = await knownMetrics();
  expect(metricsIn(expr).filter((name) => !known.has(name))).toEqual([]);
});

test("every alert has a name of its own, a severity, a sentence, and a section in the guide that says what to do", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(?:page|ticket)$/)]);
    expect(annotations.summary).toMatch(/\S/);
    const [page = "", anchor] = annotations.runbook.split("#");
    const headings = [...readFileSync(join(project, page), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
    expect(anchor).toBe(alert.toLowerCase());
    expect(headings, "a heading as the name of the alert").toContain(alert);
  }
});

test("the guide has no section for an alert that does not exist", () => {
  const sections = [...readFileSync(join(project, "docs/guide/observe.md"), "utf8").matchAll(/^### (Keyward\w+)$/gm)];
  expect(sections.map(([, name]) => name)).toEqual(rules.map(({ alert }) => alert));
});

const at = 'instance="a", job="keyward"';
const surface = (name: string) => `surface="${name}", ${at}`;
/** Durations of 10 requests a second, of which all are at most as long as `le`. */
const durations = (metric: string, labels: string, le: string) => [
  [`${metric}_bucket{${labels}, le="0.0001"}`, "0x60"],
  [`${metric}_bucket{${labels}, le="${le}"}`, "0+600x60"],
  [`${metric}_bucket{${labels}, le="+Inf"}`, "0+600x60"],
];
const requests = (name: string, good: number, bad: number) => [
  [`keyward_http_responses_total{${surface(name)}, status="2xx"}`, `0+${good}x60`],
  [`keyward_http_responses_total{${surface(name)}, status="5xx"}`, `0+${bad}x60`],
];

/** Series with a value each minute, as promtool takes them; the minute at which to look; the alerts that are firing then. */
type Scenario = readonly [sentence: string, series: readonly (readonly string[])[], minute: number, firing: readonly string[]];

// biome-ignore format: a table
const SCENARIOS: readonly Scenario[] = [
  ["a server that cannot be scraped", [[`up{${at}}`, "0x60"]], 5, ["KeywardDown"]],
  ["one that can", [[`up{${at}}`, "1x60"]], 5, []],
  ["three starts in a quarter of an hour", [[`process_start_time_seconds{${at}}`, "0 0 1 1 2 2 3 3 3 3"]], 9, ["KeywardRestarting"]],
  ["one start", [[`process_start_time_seconds{${at}}`, "0 0 1 1 1 1 1 1 1 1"]], 9, []],
  ["2 % of verifications are errors", requests("verify", 980, 20), 15, ["KeywardErrors"]],
  ["one in a thousand is", requests("verify", 999, 1), 15, []],
  ["errors of the API behind the gateway", requests("gateway", 500, 500), 15, []],
  ["2 % of requests get nothing from the API", [...requests("gateway", 980, 20), [`keyward_upstream_failures_total{reason="timeout", ${at}}`, "0+20x60"]], 15, ["KeywardUpstreamFailing"]],
  ["clients that stop sending", [...requests("gateway", 980, 20), [`keyward_upstream_failures_total{reason="stalled", ${at}}`, "0+20x60"]], 15, []],
  ["verifications that take half a second", durations("keyward_http_request_duration_seconds", surface("verify"), "0.5"), 25, ["KeywardSlowVerification"]],
  ["that take a millisecond", durations("keyward_http_request_duration_seconds", surface("verify"), "0.001"), 25, []],
  ["an API that takes ten seconds", durations("keyward_http_request_duration_seconds", surface("gateway"), "10"), 45, []],
  ["management calls that take five seconds", durations("keyward_http_request_duration_seconds", surface("management"), "5"), 45, ["KeywardSlowManagement"]],
  ["that take half a second", durations("keyward_http_request_duration_seconds", surface("management"), "0.5"), 45, []],
  ["a database that fails each minute", [[`keyward_store_failures_total{operation="write", ${at}}`, "0+2x60"]], 10, ["KeywardStoreFailing"]],
  ["that failed once", [[`keyward_store_failures_total{operation="write", ${at}}`, "0 0 1 1 1 1 1 1 1 1 1"]], 5, []],
  ["look-ups that take two seconds", durations("keyward_store_operation_duration_seconds", `operation="lookup", ${at}`, "2.5"), 25, ["KeywardStoreSlow"]],
  ["deletions of old rows that do", durations("keyward_store_operation_duration_seconds", `operation="upkeep", ${at}`, "2.5"), 25, []],
  ["half a gigabyte of free space", [[`keyward_data_directory_free_bytes{${at}}`, "5e8x60"]], 10, ["KeywardDiskNearlyFull"]],
  ["two gigabytes", [[`keyward_data_directory_free_bytes{${at}}`, "2e9x60"]], 10, []],
  ["usage that waits for minutes", [[`keyward_usage_queue_age_seconds{${at}}`, "0+60x60"]], 5, ["KeywardUsageNotWritten"]],
  ["usage that waits for two seconds", [[`keyward_usage_queue_age_seconds{${at}}`, "2x60"]], 5, []],
  ["a node without a lease", [[`keyward_lease_seconds{${at}}`, "0x60"]], 3, ["KeywardLeaseLost"]],
  ["a node with one", [[`keyward_lease_seconds{${at}}`, "4x60"]], 3, []],
  ["changes that are not applied for minutes", [[`keyward_feed_lag{${at}}`, "3x60"]], 5, ["KeywardFeedLagging"]],
  ["changes that are on their way at one scrape", [[`keyward_feed_lag{${at}}`, "0 0 3 0 0 0"]], 3, []],
  ["a clock that is three seconds behind", [[`keyward_clock_ahead_seconds{${at}}`, "-3x60"]], 5, ["KeywardClocksDisagree"]],
  ["a clock of the database that jumps", [[`keyward_bank_clock_corrections_total{${at}}`, "0+1x60"]], 10, ["KeywardClocksDisagree"]],
  ["a clock that is ten milliseconds ahead", [[`keyward_clock_ahead_seconds{${at}}`, "0.01x60"]], 5, []],
  ["fifty unknown credentials a second, and few others", [[`keyward_verifications_total{outcome="not_found", ${at}}`, "0+3000x60"], [`keyward_verifications_total{outcome="valid", ${at}}`, "0+60x60"]], 15, ["KeywardUnauthorizedFlood"]],
  ["the same among many more valid ones", [[`keyward_verifications_total{outcome="not_found", ${at}}`, "0+3000x60"], [`keyward_verifications_total{outcome="valid", ${at}}`, "0+60000x60"]], 15, []],
  ["addresses that are over their limit", [[`keyward_failed_attempts_total{answer="limited", ${at}}`, "0+300x60"]], 15, ["KeywardAddressesLimited"]],
  ["addresses that are refused", [[`keyward_failed_attempts_total{answer="refused", ${at}}`, "0+300x60"]], 15, []],
  ["a thread that is always busy", [[`keyward_event_loop_active_seconds_total{thread="2", ${at}}`, "0+59x60"]], 20, ["KeywardThreadBusy"]],
  ["a thread that is busy half of the time", [[`keyward_event_loop_active_seconds_total{thread="2", ${at}}`, "0+30x60"]], 20, []],
  ["a memory that all the time makes room", [[`keyward_cache_evictions_total{${at}}`, "0+1200x90"]], 60, ["KeywardCacheTooSmall"]],
  ["nearly all file descriptors open", [[`process_open_fds{${at}}`, "950x60"], [`process_max_fds{${at}}`, "1024x60"]], 10, ["KeywardFileDescriptorsLow"]],
  ["lines of the access log that are dropped", [[`keyward_access_log_dropped_lines_total{${at}}`, "0+10x60"]], 10, ["KeywardAccessLogDropping"]],
];

test("each alert has a scenario in which it fires", () => {
  const fired = new Set(SCENARIOS.flatMap(([, , , firing]) => firing));
  expect(rules.map(({ alert }) => alert).filter((alert) => !fired.has(alert))).toEqual([]);
});

describe.skipIf(promtool === undefined)("Prometheus' own checker", () => {
  test("accepts the rules", () => {
    expect(complaintOf(["check", "rules", file])).toBeUndefined();
  });

  test.each(SCENARIOS)("%s", (_sentence, series, minute, firing) => {
    const scenario = join(traceDirectory("alerts"), "scenario.yaml");
    const expected = firing.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 }));
    const text = {
      rule_files: [file],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: series.map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            { expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: `${minute}m`, exp_samples: expected },
          ],
        },
      ],
    };
    // YAML has all of JSON.
    writeFileSync(scenario, JSON.stringify(text));
    expect(complaintOf(["test", "rules", scenario])).toBeUndefined();
  });
});
