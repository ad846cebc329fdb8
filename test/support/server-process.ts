/** A real server in a process of its own, as `bin/keyward serve` starts it: for tests of signals, of what a kill leaves behind, of starting, and of the process. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { forgetOrigin } from "./documented.ts";
import { traceDirectory } from "./root.ts";
import { forSuite, type Launch, MANY_ATTEMPTS, ONE_THREAD, type StartOptions, type TestServer, testServer } from "./server.ts";

const BIN = join(import.meta.dirname, "../../bin/keyward");
const CHEAP_PASSWORDS = `--import=${pathToFileURL(join(import.meta.dirname, "cheap-passwords.ts"))}`;

export interface ServerProcess extends TestServer {
  readonly process: ChildProcess;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** For one test: killed when it ends. */
export function startProcess(options: StartOptions = {}): Promise<ServerProcess> {
  return launchProcess(options, onTestFinished);
}

/** For all tests of the file or `describe` that calls this: there before the first one, killed after the last. */
export function suiteProcess(options: StartOptions | (() => StartOptions | Promise<StartOptions>) = {}): ServerProcess {
  return forSuite(launchProcess, options);
}

const launchProcess: Launch<ServerProcess> = async (options, whenDone) => {
  const { platform = "keyward", directory = traceDirectory("server"), args = [], env = {} } = options;
  const child = spawn(BIN, ["serve", "--platform", platform, "--port", "0", "--data", directory, ...args], {
    env: { ...process.env, NODE_ENV: "", NODE_OPTIONS: CHEAP_PASSWORDS, ...MANY_ATTEMPTS, ...ONE_THREAD, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(directory, "server.log"), { flags: "a" });
  child.stderr.pipe(log);
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  let url = "";
  whenDone(async () => {
    await kill("SIGKILL");
    forgetOrigin(url);
  });
  url = await listening(child, directory);
  return { ...testServer(url, directory, options), process: child, kill };
};

async function listening(child: ChildProcess, directory: string): Promise<string> {
  if (child.stdout === null) throw new Error("the server's standard output is not piped");
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`the server ended before it listened: ${readFileSync(join(directory, "server.log"), "utf8")}`);
}
