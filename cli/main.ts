/** The command line of Keyward: `sh bin/keyward ...` runs this file. */
import { runCommand } from "./run-command.ts";

// The caller of write() gets the error; without a listener the process would end with a stack trace.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

await runCommand(process.argv.slice(2));
