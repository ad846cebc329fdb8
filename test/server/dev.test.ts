/** `npm run dev`: in a small project, for a restart needs no more than a file that changes. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { PROJECT } from "../cli/script.ts";
import { traceDirectory } from "../support/root.ts";

/** Says when it starts, and changes nothing: the watched files are the test's. */
const SERVER = `console.log("start", ...process.argv.slice(2)); setInterval(() => undefined, 1000);`;

test("it starts serve with its options, and again when a source of the server or of the dashboard changes", async () => {
  const project = traceDirectory("dev");
  for (const folder of ["bin", "cli", "service", "dashboard/src", "dashboard/dist", "data", "test"])
    mkdirSync(join(project, folder), { recursive: true });
  cpSync(join(PROJECT, "bin/dev.ts"), join(project, "bin/dev.ts"));
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  for (const file of ["dashboard/index.html", "dashboard/vite.config.ts", "server.ts"]) writeFileSync(join(project, file), "");
  writeFileSync(join(project, "cli/main.ts"), SERVER);
  const dev = spawn(process.execPath, [join(project, "bin/dev.ts"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => dev.once("exit", done));
  onTestFinished(() => void dev.kill("SIGTERM"));

  const lines = createInterface(dev.stdout)[Symbol.asyncIterator]();
  const nextStart = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done || value.startsWith("start")) return value;
    }
  };
  expect(await nextStart()).toBe("start serve --port 0");
  for (const file of ["service/new.ts", "dashboard/src/new.tsx", "server.ts"]) {
    // What the server writes, and what it is not made of, restarts nothing: the next start is told by the file alone.
    for (const other of ["data/keyward.db", "dashboard/dist/build.js", "test/new.test.ts"]) writeFileSync(join(project, other), file);
    writeFileSync(join(project, file), "// changed\n");
    expect(await nextStart(), file).toBe("start serve --port 0");
  }
  dev.kill("SIGTERM");
  expect(await ended).toBe(0);
});
