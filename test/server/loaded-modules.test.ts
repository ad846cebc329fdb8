/** What a server loads at its start: what few need, or what nothing needs yet, is loaded by whoever needs it first. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { traceDirectory } from "../support/root.ts";
import { startProcess } from "../support/server-process.ts";

/** The URLs of the modules that a server loads until it has served a request of the operator and one with an unknown key. */
async function loaded(env: Record<string, string> = {}): Promise<string> {
  const file = join(traceDirectory("loaded"), "modules");
  const hook = `import { registerHooks } from "node:module"; import { appendFileSync } from "node:fs";
    registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(file)}, url + "\\n"), next(url, context)) });`;
  const server = await startProcess({
    isFromSources: true,
    env: { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` },
  });
  await server.operator("GET", "/keyward/v1/organizations");
  await fetch(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": "kw_live_unknown" } });
  await server.kill("SIGKILL");
  return readFileSync(file, "utf8");
}

describe("a server", () => {
  let started: Promise<string> | undefined;
  /** One start for all tests. */
  const modules = () => (started ??= loaded());

  test.each([
    ["the other commands", "/cli/command-line.ts", "/cli/serve.ts"],
    ["the client that they use", "/sdk/client.ts", "/http/listener.ts"],
    ["the library for JWTs", "/node_modules/jose/", "/http/management-jwt.ts"],
    ["the library that signs people in", "/node_modules/better-auth/", "/identity/index.ts"],
    ["the driver of PostgreSQL", "/node_modules/pg/", "/stores/sqlite/open.ts"],
  ])("does not load %s", async (_what, absent, present) => {
    expect(await modules()).not.toContain(absent);
    expect(await modules()).toContain(present);
  });

  test("loads nothing of OpenTelemetry without an endpoint, and with one it does", async () => {
    expect(await modules()).not.toContain("opentelemetry");
    expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" })).toContain("@opentelemetry/sdk-trace");
  });
});
