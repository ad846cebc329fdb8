/** Traces at a collector that speaks OTLP. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { settingsOfTest } from "../support/postgres.ts";
import { call, type StartedServer, startServer, type TestServer } from "../support/server.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";
import { freshKey } from "../support/service.ts";
import { startCollector } from "./collector.ts";

const ORGS = "/keyward/v1/organizations";
const SERVER = 2;
const CLIENT = 3;

/** A server that sends its traces to a collector. */
async function traced(env: Record<string, string> = {}) {
  const collector = await startCollector();
  const server = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env });
  /** Stops the server, which sends what is left. */
  const spans = async () => {
    await server.stop();
    return collector.spans;
  };
  return { collector, server, spans };
}

/** OpenTelemetry reads the environment of its process when a server, or a thread of it, starts. */
async function startTraced(env: Record<string, string>): Promise<StartedServer> {
  for (const [name, value] of Object.entries(env)) if (name.startsWith("OTEL_")) vi.stubEnv(name, value);
  try {
    return await startServer({ env });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function verify(server: TestServer, token: string, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (await call(`${server.url}/keyward/v1/verify`, { method: "POST", headers, body: JSON.stringify({ key }) })).status;
}

describe("a management call", () => {
  test("is a span with its route, status and request id, and the calls of the store are its children", async () => {
    const { server, spans } = await traced();
    const { requestId, json } = await server.operator("POST", ORGS, { name: "Acme" });
    const all = await spans();
    const [span] = all.filter(({ name }) => name === `POST ${ORGS}`);
    expect(span).toMatchObject({ kind: SERVER, parentId: "", status: 0 });
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": ORGS,
      "http.response.status_code": 201,
      "keyward.surface": "management",
      "keyward.request_id": requestId,
    });
    const children = all.filter(({ parentId }) => parentId === span?.spanId);
    expect(children.map(({ name, kind, traceId }) => [name, kind, traceId])).toContainEqual([
      "store createOrganization",
      CLIENT,
      span?.traceId,
    ]);
    expect(JSON.stringify(all)).not.toContain(json.id);
  });

  test("continues the trace of its caller, unless the header is sent twice or is none", async () => {
    const { server, spans } = await traced();
    const [traceId, parentId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    const parent = `00-${traceId}-${parentId}-01`;
    await server.operator("GET", ORGS, undefined, { traceparent: parent });
    await server.operator("GET", `${ORGS}/org_unknown`, undefined, { traceparent: `${parent}, ${parent}` });
    await server.operator("GET", "/keyward/v1/service-tokens", undefined, { traceparent: "nonsense" });
    const all = await spans();
    const continued = (route: string) =>
      all.filter(({ name }) => name === `GET ${route}`).map((span) => [span.traceId === traceId, span.parentId]);
    expect(continued(ORGS)).toEqual([[true, parentId]]);
    expect(continued(`${ORGS}/{organizationId}`)).toEqual([[false, ""]]);
    expect(continued("/keyward/v1/service-tokens")).toEqual([[false, ""]]);
  });

  test("of a caller that does not want its trace kept is not kept", async () => {
    const { server, spans } = await traced();
    await server.operator("GET", ORGS, undefined, { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" });
    expect((await spans()).filter(({ name }) => name === `GET ${ORGS}`)).toEqual([]);
  });

  test("says so when it was refused, and signing in is one too", async () => {
    const { server, spans } = await traced();
    await call(server.url + ORGS);
    await fetch(`${server.url}/keyward/auth/sign-in/email`, { method: "POST", headers: { origin: server.url }, body: "{}" });
    const statuses = (await spans()).map(({ name, attributes }) => [name, attributes["http.response.status_code"]]);
    expect(statuses).toContainEqual([`GET ${ORGS}`, 401]);
    expect(statuses).toContainEqual(["POST /keyward/auth/sign-in/email", expect.any(Number)]);
  });
});

describe("a verification", () => {
  test("from memory makes no span; the look-up of a key that is not in memory makes one", async () => {
    const { collector, server, spans } = await traced();
    const token = await server.newServiceToken();
    const { key } = await server.newKey(await server.newOrganization());
    await verify(server, token, key);
    const lookups = () => collector.spans.filter(({ name }) => name === "store findKeyByDigest").length;
    for (let turn = 0; turn < 50; turn++) {
      expect(await verify(server, token, key)).toBe(200);
      expect((await fetch(`${server.url}/keyward/v1/forward-auth`, { headers: { "x-api-key": key } })).status).toBe(200);
      expect((await fetch(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status).toBe(200);
    }
    const all = await spans();
    expect(lookups()).toBe(1);
    expect(all.filter(({ name }) => /verify|whoami|forward/.test(name))).toEqual([]);
    expect(all.filter(({ name }) => name === "store findKeyByDigest")).toMatchObject([{ parentId: "", kind: CLIENT }]);
  });

  test("whose limit is shared waits for the bank, which is a span; the comparison of clocks each second is none", async () => {
    const { server, spans } = await traced(await settingsOfTest());
    const { key } = await server.newKey(await server.newOrganization(), { limits: { requestsPerMinute: 100 } });
    await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } });
    const names = (await spans()).map(({ name }) => name);
    // The look-up has read the bank.
    expect(names).toContain("store writeBank");
    expect(names.filter((name) => name === "store readBank").length).toBeLessThanOrEqual(3);
    expect(names.filter((name) => name === "store renew")).toEqual([]);
  });

  test("in another thread is traced there", async () => {
    const { server, spans } = await traced({ KEYWARD_THREADS: "2" });
    const token = await server.newServiceToken();
    for (let turn = 0; turn < 20; turn++)
      await call(`${server.url}/keyward/v1/verify`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" },
        body: JSON.stringify({ key: freshKey("live") }),
      });
    expect((await spans()).filter(({ name }) => name === "store findKeyByDigest").length).toBe(20);
  });
});

test("no span has a credential, an id of anybody or a query", async () => {
  const { collector, server, spans } = await traced();
  const organization = await server.newOrganization({ name: "Unmistakable Ltd" });
  const { id, key } = await server.newKey(organization, { name: "unmistakable" });
  const token = await server.newServiceToken();
  await verify(server, token, key);
  await server.operator("GET", `${ORGS}/${organization}/keys/${id}?unmistakable=query`);
  await server.operator("GET", `${ORGS}/${organization}/keys/${key}`);
  await server.operator("DELETE", `${ORGS}/${organization}/keys/${id}`);
  await spans();
  const sent = collector.bodies.join("\n") + JSON.stringify(collector.requests);
  expect(sent).toContain("{organizationId}");
  for (const hidden of [key, key.slice(8, 24), token, server.operatorToken, organization, id]) expect(sent).not.toContain(hidden);
  expect(sent).not.toMatch(/unmistakable/i);
});

test("the environment of OpenTelemetry is respected: name, attributes, headers, sampler; SIGTERM sends what is left", async () => {
  const collector = await startCollector();
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: "keys-of-acme",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=staging",
    OTEL_EXPORTER_OTLP_HEADERS: "x-team=keys",
  };
  const named = await startProcess({ env: settings });
  await named.operator("GET", ORGS);
  await named.kill("SIGTERM");
  const [span] = collector.spans;
  expect(span?.resource).toMatchObject({ "service.name": "keys-of-acme", "deployment.environment.name": "staging" });
  expect(collector.requests[0]).toMatchObject({ path: "/v1/traces", headers: { "x-team": "keys" } });
  const off = await traced({ OTEL_TRACES_SAMPLER: "always_off" });
  await off.server.operator("GET", ORGS);
  expect(await off.spans()).toEqual([]);
});

describe("a collector", () => {
  const logOf = (server: ServerProcess) => readFileSync(join(server.directory, "server.log"), "utf8");
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };

  async function withCollector(url: string) {
    // It sends as soon as it can, so that many attempts fail.
    const server = await startProcess({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: "200" } });
    const calls = async () => {
      for (let turn = 0; turn < 200; turn++)
        await Promise.all(Array.from({ length: 5 }, () => server.operator("GET", "/keyward/v1/service-tokens")));
    };
    return { server, calls };
  }

  test.each([
    ["that cannot be reached", () => Promise.resolve("http://127.0.0.1:1")],
    ["that never responds", async () => (await startCollector(false)).url],
  ])("%s delays no call, floods no log, and holds the end up for two seconds at most", async (_sentence, address) => {
    const { server, calls } = await withCollector(await address());
    expect(await timed(calls)).toBeLessThan(15_000);
    expect((await call(`${server.url}/keyward/health`)).status).toBe(200);
    expect(await timed(() => server.kill("SIGTERM"))).toBeLessThan(5_000);
    expect(logOf(server).match(/traces could not be sent/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(server.process.exitCode).toBe(0);
  });
});
