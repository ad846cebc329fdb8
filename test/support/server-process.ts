/** A real server in a process of its own, the program of `bin/keyward serve`: for tests of signals, of what a kill leaves behind, of starting, and of the process. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { forgetOrigin } from "./documented.ts";
import { traceDirectory } from "./root.ts";
import { forSuite, type Launch, MANY_ATTEMPTS, ONE_THREAD, type StartOptions, type TestServer, testServer } from "./server.ts";

const PROJECT = join(import.meta.dirname, "../..");
const CHEAP_PASSWORDS = `--import=${pathToFileURL(join(import.meta.dirname, "cheap-passwords.ts"))}`;

const FROM_SOURCES = [join(PROJECT, "bin/keyward")];
/** As bin/keyward has it. */
const NODE_COMPILE_CACHE = join(PROJECT, "node_modules/.cache/keyward-compile");

export interface ServerProcess extends TestServer {
  readonly process: ChildProcess;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

interface ProcessOptions extends StartOptions {
  /** Each module by itself, as `bin/keyward` runs them; else those of support/program.ts, which start in half the time. */
  isFromSources?: boolean;
}

/** For one test: killed when it ends. */
export function startProcess(options: ProcessOptions = {}): Promise<ServerProcess> {
  return launchProcess(options, onTestFinished);
}

/** For all tests of the file or `describe` that calls this: there before the first one, killed after the last. */
export function suiteProcess(options: StartOptions | (() => StartOptions | Promise<StartOptions>) = {}): ServerProcess {
  return forSuite(launchProcess, options);
}

const launchProcess = async (options: ProcessOptions, whenDone: Parameters<Launch<ServerProcess>>[1]): Promise<ServerProcess> => {
  const { platform = "keyward", directory = traceDirectory("server"), args = [], env = {}, isFromSources = false } = options;
  const [command = "", ...before] = isFromSources ? FROM_SOURCES : commandFor(platform);
  const child = spawn(command, [...before, "serve", "--platform", platform, "--port", "0", "--data", directory, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE, NODE_ENV: "", NODE_OPTIONS: CHEAP_PASSWORDS, ...MANY_ATTEMPTS, ...ONE_THREAD, ...env },
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

/** A file that defines a platform imports modules of the project: its server has them from the same place. */
function commandFor(platform: string): string[] {
  const program = process.env.KEYWARD_TEST_PROGRAM;
  return program === undefined || platform.includes("/") ? FROM_SOURCES : [process.execPath, program];
}

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
