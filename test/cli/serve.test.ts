/** `keyward serve`: how it starts, and how it ends. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { secret, traceDirectory } from "../support/root.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";
import { cleanEnvironment, PROJECT, script } from "./script.ts";

const announced = (directory: string) => existsSync(join(directory, "server.json"));

/** What the server of a data directory tells the commands of its owner. */
function announcement(directory: string): { url: string; pid: number; token: string } {
  const server = JSON.parse(readFileSync(join(directory, "server.json"), "utf8"));
  secret(server.token);
  return server;
}

/** A process that has ended and whose end nobody has asked for yet is not alive: who adopts an orphan may take a while. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(20);
}

/** Starts a command of which the server is a part, in a group of its own, and waits for the server. Returns both processes. */
async function startGroup(
  command: string,
  args: readonly string[],
  { directory, env = {} }: { directory: string; env?: Record<string, string> },
) {
  const child = spawn(command, args, { cwd: PROJECT, detached: true, env: cleanEnvironment(env), stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => {
    if (announced(directory) && isAlive(announcement(directory).pid)) process.kill(announcement(directory).pid, "SIGKILL");
  });
  for await (const line of createInterface(child.stdout!)) if (line.startsWith("listening on ")) break;
  return { parent: child.pid!, ...announcement(directory) };
}

/** Holds a connection on which a request has begun and does not end. Resolves when the server has seen it. */
function holdRequest({ url, operatorToken }: ServerProcess): Promise<void> {
  const held = request(`${url}/keyward/v1/organizations`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json", expect: "100-continue" },
  });
  held.on("error", () => undefined);
  held.flushHeaders();
  onTestFinished(() => void held.destroy());
  return new Promise((seen) => held.once("continue", () => seen()));
}

test("it announces itself on standard output in one line, and to the commands of its owner in server.json", async () => {
  const directory = traceDirectory("serve");
  const child = spawn(
    "sh",
    ["-c", "exec keyward serve --port 0 --host 0.0.0.0 --data new/data --platform keyward --environment test 2>log"],
    { cwd: directory, env: cleanEnvironment({ PORT: "1", KEYWARD_PLATFORM: "nonesuch" }) },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  await until(() => lines.length > 0);
  const { url, pid } = announcement(join(directory, "new/data"));
  expect(lines).toEqual([`listening on ${url}`]);
  expect(url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  expect(pid).toBe(child.pid);
  expect(statSync(join(directory, "new/data/server.json")).mode & 0o777).toBe(0o600);
  await script(
    `
    $ keyward orgs create Acme --data new/data
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --data new/data --secret-only
    kw_test_…
  `,
    { cwd: directory },
  );
});

test("only the owner can read the data directory, even if directory and files existed before", async () => {
  const directory = traceDirectory("serve");
  chmodSync(directory, 0o755);
  for (const [name, text] of [
    ["secret", "an-older-secret-an-older-secret-1\n"],
    ["server.json", "{}"],
    ["server.json.new", "{}"],
  ] as const) {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o644);
  }
  const before = process.umask(0o022);
  onTestFinished(() => void process.umask(before));
  const server = await startProcess({ directory });
  await server.newOrganization();
  const modes = Object.fromEntries(
    readdirSync(directory)
      .sort()
      .filter((name) => name !== "server.log")
      .map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]),
  );
  expect(modes).toEqual({
    "keyward.db": "600",
    "keyward.db-shm": "600",
    "keyward.db-wal": "600",
    "keyward.lock": "600",
    "keyward.lock-journal": "600",
    secret: "600",
    "server.json": "600",
  });
  expect(readFileSync(join(directory, "secret"), "utf8")).toBe("an-older-secret-an-older-secret-1\n");
});

test("without --port and --platform, PORT and KEYWARD_PLATFORM say which", async () => {
  const directory = traceDirectory("serve");
  const platform = join(directory, "platform.ts");
  writeFileSync(platform, `export { agentsend as default } from ${JSON.stringify(join(PROJECT, "platforms/index.ts"))};\n`);
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => free.once("listening", done));
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));

  const { url } = await startGroup("sh", ["-c", `exec keyward serve --data ${directory}`], {
    directory,
    env: { PORT: String(port), KEYWARD_PLATFORM: platform },
  });
  expect(url).toBe(`http://127.0.0.1:${port}`);
  const document = (await (await fetch(`${url}/keyward/openapi.json`)).json()) as { info: { title: string } };
  expect(document.info.title).toBe("AgentSend API keys");
});

test("SIGTERM ends it with exit code 0, and takes its announcement back", async () => {
  const server = await startProcess();
  await server.kill("SIGTERM");
  expect(server.process.exitCode).toBe(0);
  expect(announced(server.directory)).toBe(false);
});

test("a second signal ends it at once, whatever is still under way", async () => {
  const server = await startProcess({ env: { npm_lifecycle_event: "" } });
  await holdRequest(server);
  server.process.kill("SIGINT");
  await sleep(300);
  expect(server.process.exitCode).toBeNull();
  const from = performance.now();
  await server.kill("SIGTERM");
  expect(server.process.exitCode).toBe(143);
  expect(performance.now() - from).toBeLessThan(1_000);
});

test("under npm it ends when its parent does, so that a killed npm leaves no orphan", async () => {
  const directory = traceDirectory("serve");
  const { parent, pid } = await startGroup("sh", ["-c", `keyward serve --port 0 --data ${directory} & wait`], {
    directory,
    env: { npm_lifecycle_event: "start" },
  });
  expect(pid).not.toBe(parent);
  process.kill(parent, "SIGKILL");
  await until(() => !isAlive(pid));
  expect(announced(directory)).toBe(false);
});

test("without npm it outlives its parent, as a server in the background must", async () => {
  const directory = traceDirectory("serve");
  const { parent, pid } = await startGroup("sh", ["-c", `keyward serve --port 0 --data ${directory} & wait`], { directory });
  process.kill(parent, "SIGKILL");
  await sleep(1_200);
  expect(isAlive(pid)).toBe(true);
});

test.each([
  ["Ctrl-C, which reaches it from the terminal and once more from npm, ends it gracefully", (npm: number) => process.kill(-npm, "SIGINT")],
  ["SIGTERM to npm ends it gracefully", (npm: number) => process.kill(npm, "SIGTERM")],
  ["SIGKILL to npm ends it gracefully", (npm: number) => process.kill(npm, "SIGKILL")],
])("npm start: %s", async (_sentence, end) => {
  const directory = traceDirectory("serve");
  const { parent, pid } = await startGroup("npm", ["start", "--", "--port", "0", "--data", directory], { directory });
  end(parent);
  await until(() => !isAlive(pid));
  expect(announced(directory)).toBe(false);
});
