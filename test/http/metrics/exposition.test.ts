/** The metrics of running servers, read strictly. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { readExposition, sampleOf } from "../../support/exposition.ts";
import { settingsOfTest } from "../../support/postgres.ts";
import { complaintOf, promtool } from "../../support/promtool.ts";
import { call, startServer, suiteServer, type TestServer } from "../../support/server.ts";
import { freshKey } from "../../support/service.ts";

const server = suiteServer({ args: ["--environment", "live"] });
const ORGS = "/keyward/v1/organizations";

const textOf = async (of: TestServer) => (await of.operator("GET", "/keyward/metrics")).text;
const scrape = async (of: TestServer = server) => readExposition(await textOf(of));

async function verify(of: TestServer, token: string, key: string) {
  return call(`${of.url}/keyward/v1/verify`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
}

describe("the format", () => {
  test("holds for every line, and histograms are cumulative and complete", async () => {
    expect([...(await scrape()).keys()].filter((name) => name.startsWith("keyward_")).length).toBeGreaterThan(15);
  });

  test.skipIf(promtool === undefined)("and the names please Prometheus' own checker", async () => {
    const own = (await textOf(server)).split("\n\n").filter((family) => family.includes("# HELP keyward_"));
    expect(complaintOf(["check", "metrics"], `${own.join("\n\n")}\n`)).toBeUndefined();
  });

  test("base units: durations are seconds, and nothing is in milliseconds or percent", async () => {
    const names = [...(await scrape()).keys()].filter((name) => name.startsWith("keyward_"));
    expect(names.filter((name) => /_ms|millis|percent|_kb|_mb/i.test(name))).toEqual([]);
    expect(names.filter((name) => /duration|delay|_age|lease|ahead/.test(name) && !name.endsWith("_seconds"))).toEqual([]);
  });

  test("the number of series does not grow with keys, organizations, paths or agents", async () => {
    const series = async () =>
      [...(await scrape()).values()].flatMap(({ name, samples }) => (name.startsWith("keyward_") ? samples : [])).length;
    const before = await series();
    for (let turn = 0; turn < 5; turn++) {
      const organization = await server.newOrganization();
      const { key } = await server.newKey(organization);
      await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": key, "user-agent": `agent ${turn}` } });
      await call(`${server.url}/keyward/nothing-${turn}`);
    }
    expect(await series()).toBe(before);
    expect(before).toBeLessThan(500);
  });
});

describe("what is counted", () => {
  const responses = async (surface: string, status: string) =>
    sampleOf(await scrape(), "keyward_http_responses_total", { surface, status });
  const durations = async (surface: string) => sampleOf(await scrape(), "keyward_http_request_duration_seconds_count", { surface });

  test.each([
    ["a verification", "verify", "2xx", async () => verify(server, await server.newServiceToken(), freshKey("live"))],
    ["a verification by nobody", "verify", "4xx", async () => verify(server, "kws_nonsense", "x")],
    [
      "whoami with a wrong key",
      "verify",
      "4xx",
      () => call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": freshKey("live") } }),
    ],
    ["whoami without a key", "verify", "4xx", () => call(`${server.url}/keyward/v1/whoami`)],
    ["forward-auth without a key", "forward-auth", "4xx", () => fetch(`${server.url}/keyward/v1/forward-auth`)],
    ["a management call", "management", "2xx", () => server.operator("GET", ORGS)],
    ["one that is refused", "management", "4xx", () => call(server.url + ORGS)],
    ["one with HEAD, through the framework", "management", "4xx", () => fetch(server.url + ORGS, { method: "HEAD" })],
    ["a page that does not exist", "dashboard", "4xx", () => fetch(`${server.url}/keyward/nothing`, { headers: { accept: "text/html" } })],
    ["health", "operations", "2xx", () => call(`${server.url}/keyward/health`)],
    ["the OpenAPI document", "operations", "2xx", () => fetch(`${server.url}/keyward/openapi.json`)],
    [
      "signing in",
      "sign-in",
      "4xx",
      () => fetch(`${server.url}/keyward/auth/sign-in/email`, { method: "POST", headers: { origin: server.url } }),
    ],
  ])("%s is counted at %s as %s, with its duration", async (_sentence, surface, status, request) => {
    await server.newServiceToken();
    const before = [await responses(surface, status), await durations(surface)] as const;
    const response = await request();
    if ("body" in response) await response.text();
    // What the framework serves is counted when its connection has taken it.
    await expect.poll(() => responses(surface, status)).toBeGreaterThan(before[0]);
    expect(await durations(surface)).toBeGreaterThan(before[1]);
  });

  test("calls of the store, by kind", async () => {
    const own = await startServer();
    await verify(own, await own.newServiceToken(), freshKey("test"));
    const families = await scrape(own);
    expect(sampleOf(families, "keyward_store_failures_total")).toBe(0);
    expect(sampleOf(families, "keyward_store_operation_duration_seconds_count", { operation: "lookup" })).toBeGreaterThan(0);
    expect(sampleOf(families, "keyward_store_operation_duration_seconds_sum", { operation: "write" })).toBeGreaterThan(0);
  });

  test("credentials by what answered: the store first, then memory, for keys and for credentials that nobody has", async () => {
    const own = await startServer();
    const token = await own.newServiceToken();
    const { key } = await own.newKey(await own.newOrganization());
    const answeredBy = async () => {
      const families = await scrape(own);
      return ["memory", "unknown", "store"].map((answered_by) => sampleOf(families, "keyward_cache_lookups_total", { answered_by }));
    };
    const unknown = freshKey("test");
    for (const each of [key, key, key, unknown, unknown, "malformed"]) await verify(own, token, each);
    expect(await answeredBy()).toEqual([2, 1, 2]);
    const families = await scrape(own);
    expect([sampleOf(families, "keyward_cached_keys"), sampleOf(families, "keyward_cached_unknown_credentials")]).toEqual([1, 1]);
    expect(sampleOf(families, "keyward_cache_evictions_total")).toBe(0);
  });

  test("keys that made room for others", async () => {
    const own = await startServer({ env: { KEYWARD_CACHED_KEYS: "2" } });
    const [token, organization] = [await own.newServiceToken(), await own.newOrganization()];
    for (let turn = 0; turn < 5; turn++) await verify(own, token, (await own.newKey(organization)).key);
    expect(sampleOf(await scrape(own), "keyward_cache_evictions_total")).toBe(3);
  });

  test("usage that the store does not have yet, which is written within about a second", async () => {
    const own = await startServer();
    const token = await own.newServiceToken();
    const { key } = await own.newKey(await own.newOrganization());
    await verify(own, token, key);
    const families = await scrape(own);
    expect(sampleOf(families, "keyward_usage_queue_keys")).toBeLessThanOrEqual(1);
    expect(sampleOf(families, "keyward_usage_queue_age_seconds")).toBeLessThan(5);
    await expect.poll(async () => sampleOf(await scrape(own), "keyward_usage_queue_keys"), { timeout: 5_000 }).toBe(0);
    expect(sampleOf(await scrape(own), "keyward_usage_write_failures_total")).toBe(0);
  });

  test("refused requests that were too many to be kept", async () => {
    const own = await startServer();
    const key = `kw_live_${"a1B2".repeat(11)}`;
    const refuse = async () => (await fetch(`${own.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status;
    for (let turn = 0; turn < 8; turn++) await Promise.all(Array.from({ length: 40 }, refuse));
    expect(sampleOf(await scrape(own), "keyward_refusals_dropped_total")).toBeGreaterThan(0);
  });

  test("the gateway, with what its upstream failed at", async () => {
    const upstream = createServer((_request, response) => response.end("ok")).listen(0, "127.0.0.1");
    await new Promise((listening) => upstream.once("listening", listening));
    const own = await startServer({ args: ["--upstream", `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`] });
    const { key } = await own.newKey(await own.newOrganization());
    const ask = async (headers: Record<string, string>) => (await fetch(`${own.url}/things`, { headers })).status;
    expect([await ask({ "x-api-key": key }), await ask({})]).toEqual([200, 401]);
    await new Promise((closed) => upstream.close(closed));
    expect(await ask({ "x-api-key": key })).toBe(502);
    const families = await scrape(own);
    const statuses = ["2xx", "4xx", "5xx"].map((status) =>
      sampleOf(families, "keyward_http_responses_total", { surface: "gateway", status }),
    );
    expect(statuses).toEqual([1, 1, 1]);
    expect(sampleOf(families, "keyward_http_request_duration_seconds_count", { surface: "gateway" })).toBe(3);
    expect(sampleOf(families, "keyward_upstream_failures_total", { reason: "unreachable" })).toBe(1);
  });

  test("build, process and event loop", async () => {
    const families = await scrape();
    expect(families.get("keyward_build_info")?.samples[0]?.labels).toMatchObject({ node: process.version, database: "sqlite" });
    const process_ = ["process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds"];
    for (const name of process_) expect(sampleOf(families, name)).toBeGreaterThan(0);
    expect(sampleOf(families, "keyward_data_directory_free_bytes")).toBeGreaterThan(0);
    expect(sampleOf(families, "keyward_event_loop_active_seconds_total", { thread: "1" })).toBeGreaterThan(0);
    expect(sampleOf(families, "keyward_event_loop_delay_seconds_count", { thread: "1" })).toBeGreaterThan(0);
    expect(families.has("keyward_lease_seconds")).toBe(false);
  });
});

test("several threads: requests add up, and each has its event loop", async () => {
  const own = await startServer({ env: { KEYWARD_THREADS: "2" } });
  const ask = () => call(`${own.url}/keyward/v1/whoami`, { headers: { connection: "close", "x-api-key": freshKey("live") } });
  for (let turn = 0; turn < 20; turn++) await ask();
  const families = await scrape(own);
  expect(sampleOf(families, "keyward_threads")).toBe(2);
  expect(sampleOf(families, "keyward_http_responses_total", { surface: "verify", status: "4xx" })).toBe(20);
  expect(sampleOf(families, "keyward_http_request_duration_seconds_count", { surface: "verify" })).toBe(20);
  const threads = families.get("keyward_event_loop_active_seconds_total")?.samples.map(({ labels }) => labels.thread);
  expect(threads).toEqual(["1", "2"]);
});

test("a node on PostgreSQL: lease, feed, the bank and the clocks", async () => {
  const own = await startServer({ env: await settingsOfTest() });
  const { key } = await own.newKey(await own.newOrganization(), { limits: { requestsPerMinute: 100 } });
  for (let turn = 0; turn < 20; turn++)
    expect((await call(`${own.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status).toBe(200);
  const families = await scrape(own);
  expect(sampleOf(families, "keyward_lease_seconds")).toBeGreaterThan(0);
  expect(sampleOf(families, "keyward_feed_lag")).toBe(0);
  expect(sampleOf(families, "keyward_bank_statements_total", { kind: "read" })).toBeGreaterThan(0);
  expect(sampleOf(families, "keyward_bank_grants_total")).toBeGreaterThan(0);
  expect(sampleOf(families, "keyward_bank_asks_total")).toBeGreaterThan(0);
  expect(sampleOf(families, "keyward_bank_recalls_total", { direction: "sent" })).toBe(0);
  // On this machine both clocks are the same.
  expect(Math.abs(sampleOf(families, "keyward_clock_ahead_seconds"))).toBeLessThan(1);
  expect(sampleOf(families, "keyward_store_operation_duration_seconds_count", { operation: "bank" })).toBeGreaterThan(0);
  expect(sampleOf(families, "keyward_store_operation_duration_seconds_count", { operation: "node" })).toBeGreaterThan(0);
  expect(families.get("keyward_build_info")?.samples[0]?.labels.database).toBe("postgres");
});
