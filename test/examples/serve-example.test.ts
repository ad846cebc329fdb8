/** `keyward serve --example`: what it refuses, and that the example ends with the server and keeps its data. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../cli/script.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { startServer } from "../support/server.ts";
import { startProcess } from "../support/server-process.ts";

test.each([
  ["a platform without an example", "--platform keyward", 1, /^keyward: there is no example behind the platform "keyward"; .*\n$/],
  ["a platform of one's own", "--platform ./platform.ts", 1, /^keyward: there is no example behind the platform "\.\/platform\.ts"; .*\n$/],
  ["a way out of the examples", "--platform ../cli/main", 1, /^keyward: there is no example behind the platform "\.\.\/cli\/main"; .*\n$/],
  ["what the examples share", "--platform api", 1, /^keyward: there is no example behind the platform "api"; .*\n$/],
  [
    "an API of one's own beside it",
    "--platform agentpay --upstream http://127.0.0.1:1",
    2,
    /^keyward: option '--example' cannot be used with option '--upstream <\[\/PATH=\]URL>'\n/,
  ],
])("%s is refused", async (_sentence, line, exit, sentence) => {
  const cwd = traceDirectory("example");
  expect(await run(`keyward serve --port 0 --example ${line}`, { cwd })).toEqual({ exit, out: "", err: expect.stringMatching(sentence) });
  expect(existsSync(join(cwd, "data"))).toBe(false);
});

test("a server that cannot start takes its example with it", async () => {
  const { url } = await startServer();
  const { exit, err } = await run(`keyward serve --platform agentpay --example --port ${new URL(url).port}`);
  expect([exit, err]).toEqual([1, expect.stringMatching(/is taken/)]);
});

test("it ends with the server, and everything that it acknowledged is there at the next start", async () => {
  const directory = traceDirectory("example");
  const options = { platform: "agentsgt", directory, args: ["--example"] };
  const first = await startProcess(options);
  const { json } = await first.operator("POST", `/keyward/v1/organizations/${await first.newOrganization()}/keys`);
  const headers = { authorization: `Bearer ${json.publicKey}:${secret(json.secretKey)}`, "content-type": "application/json" };
  await fetch(`${first.url}/api/v1/agents`, { method: "POST", headers, body: '{"name": "Guide"}' });
  await first.kill("SIGTERM");
  expect(first.process.exitCode).toBe(0);
  expect(statSync(join(directory, "example")).mode & 0o777).toBe(0o700);
  const agents = await (await fetch(`${(await startServer(options)).url}/api/v1/agents`, { headers })).json();
  expect(agents).toMatchObject({ data: [{ name: "Guide" }] });
});
