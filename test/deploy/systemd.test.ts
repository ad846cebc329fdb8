/** deploy/keyward.service: systemd takes it, finds little that it leaves open, and is told when the server is ready. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { isOnPath } from "../support/is-program.ts";
import { traceDirectory } from "../support/root.ts";
import { startProcess } from "../support/server-process.ts";

const UNIT = join(import.meta.dirname, "../../deploy/keyward.service");
/** From 0, nothing is left open, to 10 (systemd-analyze(1)). Of what it counts, a server that compiles JavaScript needs 1.2. */
const EXPOSURE = "1.3";
const text = readFileSync(UNIT, "utf8");
const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];

describe.skipIf(!isOnPath("systemd-analyze"))("systemd-analyze", () => {
  test("verify: every setting is one that systemd knows", () => {
    const directory = traceDirectory("systemd");
    const program = join(directory, "keyward");
    writeFileSync(program, "#!/bin/sh\n");
    chmodSync(program, 0o755);
    const unit = join(directory, "keyward.service");
    writeFileSync(unit, text.replace(/^ExecStart=\S+/m, `ExecStart=${program}`));
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
    expect({ status, said: about(stdout + stderr) }).toEqual({ status: 0, said: [] });
    writeFileSync(unit, text.replace("NoNewPrivileges=", "NoNewPrivilege="));
    expect(about(spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" }).stderr)).toContainEqual(
      expect.stringContaining("NoNewPrivilege"),
    );
  });

  test(`security: the exposure level is at most ${EXPOSURE}`, () => {
    const args = ["security", "--offline=true", "--no-pager", `--threshold=${Number(EXPOSURE) * 10}`, UNIT];
    expect(execFileSync("systemd-analyze", args, { encoding: "utf8" })).toContain("Overall exposure level for keyward.service");
  });
});

/** What is said of this unit; others of the machine may have faults of their own. */
const about = (said: string) => said.split("\n").filter((line) => line.includes("keyward"));

test("memory may be written and executed, because JavaScript is compiled while it runs", () => {
  expect(text).not.toMatch(/^MemoryDenyWriteExecute=(?:yes|true|1)/m);
});

test("it waits longer for a stop than the server takes", () => {
  const [, drainMs = ""] = /UNDER_WAY_MS = ([\d_]+)/.exec(readFileSync(join(import.meta.dirname, "../../http/drain.ts"), "utf8")) ?? [];
  expect(Number(setting("TimeoutStopSec")) * 1_000).toBeGreaterThanOrEqual(2 * Number(drainMs.replaceAll("_", "")));
});

test("the server tells systemd when it is ready and when it stops, through systemd's own program", async () => {
  const directory = traceDirectory("notify");
  const [bin, told] = [join(directory, "bin"), join(directory, "told")];
  mkdirSync(bin);
  writeFileSync(join(bin, "systemd-notify"), `#!/bin/sh\necho "$@" >> ${told}\n`);
  chmodSync(join(bin, "systemd-notify"), 0o755);
  const env = { NOTIFY_SOCKET: "/run/systemd/notify", PATH: `${bin}:${process.env.PATH}` };
  const server = await startProcess({ directory, env });
  const { pid } = server.process;
  await vi.waitFor(() => expect(readFileSync(told, "utf8")).toBe(`--pid=${pid} READY=1\n`), { timeout: 10_000 });
  await server.kill("SIGTERM");
  expect(readFileSync(told, "utf8")).toBe(`--pid=${pid} READY=1\n--pid=${pid} STOPPING=1\n`);
});

test("a server that is to tell a systemd that is not there goes on", async () => {
  const directory = traceDirectory("notify");
  const server = await startProcess({ directory, env: { NOTIFY_SOCKET: "/nowhere", PATH: "/usr/bin:/bin" } });
  await vi.waitFor(() => expect(readFileSync(join(directory, "server.log"), "utf8")).toContain("systemd cannot be told READY=1"), {
    timeout: 20_000,
  });
  await server.kill("SIGTERM");
  expect(server.process.exitCode).toBe(0);
});
