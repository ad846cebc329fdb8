/** docs/guide/scale.md: the three nodes of the guide, started and used by the commands that are printed there. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { cleanEnvironment, PROJECT } from "../cli/script.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { secret, traceDirectory } from "../support/root.ts";

const [, section = ""] = readFileSync(join(PROJECT, "docs/guide/scale.md"), "utf8").match(/## Three nodes\n([\s\S]*?)\n### /) ?? [];
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);

test("the three nodes of the guide run as printed", async () => {
  const [postgres = "", start = "", use = ""] = blocks;
  expect(postgres).toMatch(/^npm run postgres /);
  const { KEYWARD_DATABASE_URL } = await settingsOfTest();
  const ports = await Promise.all([1, 2, 3].map(freePort));
  const cwd = traceDirectory("guide");
  const here = (commands: string) =>
    commands
      .replaceAll("bin/keyward", join(PROJECT, "bin/keyward"))
      .replaceAll("localhost:400$n", "127.0.0.1:$(eval echo \\$PORT_$n)")
      .replace(/--port 400(\d)/g, (_all, at) => `--port ${ports[at - 1]}`);
  const env = cleanEnvironment({
    KEYWARD_DATABASE_URL: KEYWARD_DATABASE_URL ?? "",
    ...Object.fromEntries(ports.map((port, at) => [`PORT_${at + 1}`, String(port)])),
  });
  // In a group of its own, which is ended as a whole: the nodes run in the background of this shell.
  const nodes = spawn("bash", ["-c", `${here(start)}\nwait`], { cwd, env, stdio: "ignore", detached: true });
  onTestFinished(async () => {
    const ended = new Promise((done) => nodes.once("exit", done));
    process.kill(-(nodes.pid ?? 0), "SIGKILL");
    await ended;
  });
  await vi.waitFor(() => expect([1, 2, 3].map((n) => existsSync(join(cwd, `data/node-${n}/server.json`)))).toEqual([true, true, true]), {
    timeout: 60_000,
    interval: 100,
  });
  const shell = spawn("bash", ["-euc", `${here(use)}\necho "key=$KEY"`], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const said = await text(shell.stdout);
  secret(/^key=(.*)$/m.exec(said)?.[1]);
  expect(said.split("\n").slice(0, 6)).toEqual(["200", "200", "200", "401", "401", "401"]);
}, 120_000);

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    }),
  );
}
