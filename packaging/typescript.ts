/** The project's TypeScript compiler. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const SCRIPT = join(import.meta.dirname, "../node_modules/typescript/bin/tsc");

/** Of several checkers, each checks the types that they share. On two cores a single one is done sooner, and takes half the CPU time. */
const ONE_CHECKER = ["--checkers", "1"];
/** No garbage collection: one checker allocates less in total than four checkers keep. */
const ENVIRONMENT = { GOGC: "off" };

/** Runs it with these arguments. Returns the errors that it found, one a line; empty if there are none. @throws Error when it cannot run */
export async function typescript(args: readonly string[], cwd?: string): Promise<string> {
  const options = { cwd, env: { ...process.env, ...ENVIRONMENT }, maxBuffer: 2 ** 26 };
  const running = promisify(execFile)(process.execPath, [SCRIPT, ...ONE_CHECKER, ...args], options);
  const { stdout } = await running.catch((failure: { stdout: string; stderr: string }) => {
    if (!/error TS/.test(failure.stdout)) throw new Error(`the compiler did not run:\n${failure.stdout}${failure.stderr}`);
    return failure;
  });
  return stdout;
}
