/** The processes and directories of a measurement: all of them are gone when it ends, however it ends. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Contestant } from "./rounds.ts";
import type { FromChild, ToChild } from "./slices.ts";

const running = new Set<ChildProcess>();
const directories = new Set<string>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  removeDirectories();
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => process.exit(code));

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "keyward-bench-"));
  directories.add(directory);
  return directory;
}

/** Ends everything that was started since the last call. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(end));
  removeDirectories();
}

export function end(child: ChildProcess): Promise<void> {
  return new Promise((ended) => {
    if (child.exitCode !== null || child.signalCode !== null) return ended();
    child.once("exit", () => ended());
    child.kill("SIGKILL");
  });
}

/** A file of this folder in a process of its own, ready to be run in slices (see slices.ts). `ready` is what it said first. */
export async function startContestant(
  file: string,
  options: unknown,
  execArgv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<StartedContestant> {
  const child = fork(join(import.meta.dirname, file), [givenTo(options)], {
    execArgv: [...execArgv],
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  track(child);
  const next = (): Promise<FromChild> =>
    new Promise((resolve, reject) => {
      const died = (code: number | null) => reject(new Error(`${file} ended with ${code}`));
      child.once("exit", died);
      child.once("message", (message: FromChild) => {
        child.off("exit", died);
        resolve(message);
      });
    });
  const ready = await next();
  const ask = (message: ToChild): Promise<FromChild> => {
    child.send(message);
    return next();
  };
  return {
    ready,
    child,
    ask,
    async slice(milliseconds) {
      const { done = 0, seconds = Number.NaN } = await ask({ milliseconds });
      return done / seconds;
    },
  };
}

export interface StartedContestant extends Contestant {
  readonly ready: FromChild;
  readonly child: ChildProcess;
  /** Runs one slice, and returns all that it reports. */
  ask(message: ToChild): Promise<FromChild>;
}

/** An argument of a command has a maximum length: what is longer goes through a file. */
function givenTo(options: unknown): string {
  const text = JSON.stringify(options);
  if (text.length < 100_000) return text;
  const file = join(temporaryDirectory(), "options.json");
  writeFileSync(file, text);
  return file;
}

export interface Server {
  readonly url: string;
  readonly directory: string;
  readonly child: ChildProcess;
  /** From the spawn until it said that it listens. */
  readonly startMs: number;
}

/** The real thing, as people start it. */
export async function startKeyward(
  directory = temporaryDirectory(),
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const began = performance.now();
  const child = spawn("sh", [join(import.meta.dirname, "../bin/keyward"), "serve", "--port", "0", "--data", directory, ...args], {
    // However many cores the machine has: what is measured is one of them.
    env: { ...process.env, NODE_ENV: "", KEYWARD_THREADS: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  track(child);
  // Its log matters when it ends too soon; until then it is sign-in links that nobody here needs.
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4_096);
  });
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    const startMs = performance.now() - began;
    child.stdout.resume();
    return { url, directory, child, startMs };
  }
  throw new Error(`the server ended before it listened: ${log}`);
}

/** Calls the management API as the operator. Throws unless it worked. */
export async function operate<Body>({ url, directory }: Server, path: string, body: unknown): Promise<Body> {
  const { token } = JSON.parse(readFileSync(join(directory, "server.json"), "utf8")) as { token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} responded with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}

/** From now on the process is ended with the others. */
export function track(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

function removeDirectories(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  directories.clear();
}
