/** One process that runs commands, one after the other, for all tests of a worker: a process for each takes longer to start than to do its work. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface Task {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly input: string;
}

export interface Printed {
  readonly exit: number | NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

let started: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs one command as if in a process of its own: with its own directory, environment, streams and exit code. */
export function runKept(task: Task): Promise<Printed> {
  const ended = last.then(() => give(task));
  last = ended.catch(() => undefined);
  return ended;
}

function give(task: Task): Promise<Printed> {
  started ??= start();
  const child = started;
  return new Promise((resolve, reject) => {
    const fail = () => {
      started = undefined;
      reject(new Error(`the process that runs commands has ended during: keyward ${task.args.join(" ")}`));
    };
    child.once("exit", fail);
    child.once("message", (ended: Printed) => {
      child.removeListener("exit", fail);
      resolve(ended);
    });
    child.send(task);
  });
}

function start(): ChildProcess {
  const child = fork(join(import.meta.dirname, "run-tasks.ts"), { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  // It ends when this process does, which it must not keep running.
  child.unref();
  child.channel?.unref();
  return child;
}
