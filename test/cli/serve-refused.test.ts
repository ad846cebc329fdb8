/** `keyward serve` when it cannot run, or not safely. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { traceDirectory } from "../support/root.ts";
import { startServer } from "../support/server.ts";
import { run } from "./script.ts";

test("it refuses to start with one sentence and exit code 1", async () => {
  const server = await startServer();
  const cwd = traceDirectory("serve");
  writeFileSync(join(cwd, "file"), "");
  writeFileSync(join(cwd, "empty.ts"), "export default {};\n");
  mkdirSync(join(cwd, "data"));
  const port = new URL(server.url).port;
  // biome-ignore format: a table
  const refusals: [line: string, sentence: RegExp, env?: Record<string, string>][] = [
    [`--port ${port}`,                            /^port \d+ is taken; name another with --port or PORT$/],
    [`--port 0 --data ${server.directory}`,       /^another Keyward is running on this data directory; stop it, or name another directory with --data$/],
    ["--port 0 --data file",                      /^the data directory .* cannot be made: a file is in the way$/m],
    ["--port 0 --platform nonesuch",              /^there is no platform "nonesuch"; take one of keyward, /],
    ["--port 0 --platform ./empty.ts",            /^the platform file \.\/empty\.ts must export a platform made with definePlatform as default$/],
    ["--port 0 --upstream 127.0.0.1:3000",        /^--upstream must be an http or https URL/],
    ["--port 0",                                  /^KEYWARD_SECRET is not set; in production Keyward does not start without it\./, { NODE_ENV: "production" }],
  ];
  for (const [at, [line, sentence, env = {}]] of refusals.entries()) {
    const data = line.includes("--data") ? "" : `--data data/${at}`;
    const { exit, out, err } = await run(`keyward serve ${line} ${data}`, { cwd, env });
    expect({ exit, out, lines: err.split("\n") }, line).toEqual({ exit: 1, out: "", lines: [expect.stringMatching(/^keyward: /), ""] });
    expect(err.slice("keyward: ".length, -1)).toMatch(sentence);
  }
  expect((await server.operator("GET", "/keyward/ready")).status).toBe(200);
});
