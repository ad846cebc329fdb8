/** Runs the commands that its parent sends, each with a directory, an environment and streams of its own. Ends with its parent. */
import { Readable, Writable } from "node:stream";
import { runCommand } from "../../cli/run-command.ts";
import type { Printed, Task } from "./kept-process.ts";

async function run({ args, cwd, env, input }: Task): Promise<Printed> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const [out, err] = [new Collected(), new Collected()];
  const streams = { stdin: Readable.from(input === "" ? [] : [input]), stdout: out, stderr: err };
  for (const [name, value] of Object.entries(streams)) Object.defineProperty(process, name, { value, configurable: true });
  process.exitCode = undefined;
  await runCommand(args);
  const exit = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { exit, out: out.text(), err: err.text() };
}

class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

process.on("message", (task: Task) => void run(task).then((ended) => process.send?.(ended)));
process.on("disconnect", () => process.exit());
