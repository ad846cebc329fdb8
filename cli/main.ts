/** The command line of Keyward: `sh bin/keyward ...` runs this file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { addBackupCommand } from "./backup.ts";
import { addCheckCommand } from "./check.ts";
import { EXIT, type ExitCode, Failure } from "./failure.ts";
import { addKeyCommands } from "./keys.ts";
import { addMcpCommand } from "./mcp/command.ts";
import { example } from "./options.ts";
import { addOrganizationCommands } from "./orgs.ts";
import { note } from "./output.ts";
import { addServeCommand } from "./serve.ts";
import { addServiceTokenCommands } from "./service-tokens.ts";
import { addSignInCommand } from "./sign-in.ts";
import { addTokenCommand } from "./token.ts";

const EXIT_CODES = "\n\nExit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not authenticated, 10 verify said no.";

function commandLine(): Command {
  const { version, description } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  const program = new Command("keyward")
    .description(description)
    .version(version, "-v, --version", "print the version")
    .exitOverride()
    // Errors are written below, all in one form.
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend") + EXIT_CODES);
  addServeCommand(program);
  addOrganizationCommands(program);
  addKeyCommands(program);
  addSignInCommand(program);
  addTokenCommand(program);
  addServiceTokenCommands(program);
  addMcpCommand(program, version);
  addBackupCommand(program);
  addCheckCommand(program);
  return program;
}

/** Writes what went wrong, and returns the exit code. */
function report(error: unknown, program: Command, args: readonly string[]): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : reportUsage(error, program, args);
  note(error instanceof Error ? error.message : String(error));
  if (!(error instanceof Failure)) return EXIT.error;
  if (error.next !== undefined) note(error.next);
  return error.exitCode;
}

function reportUsage(error: CommanderError, program: Command, args: readonly string[]): ExitCode {
  // A group without a command: its help has been shown instead.
  if (error.code === "commander.help") return EXIT.usage;
  note(withoutSecrets(error.message.replace(/^error: /, "")));
  note(`see \`${commandNameOf(program, args)} --help\``);
  return EXIT.usage;
}

/** Commander repeats what was typed, and a key may have been typed in the wrong place: what looks random is cut out. */
function withoutSecrets(sentence: string): string {
  return sentence.replace(/(?=[\w.~+/=-]*[0-9A-Z])[\w.~+/=-]{16,}/g, "[cut]");
}

/** `keyward keys create` for the arguments `keys create --org`. */
function commandNameOf(program: Command, args: readonly string[]): string {
  const names = [program.name()];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command.commands.find((inner) => inner.name() === arg);
    if (command === undefined) break;
    names.push(command.name());
  }
  return names.join(" ");
}

// The caller of write() gets the error; without a listener the process would end with a stack trace.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const program = commandLine();
const args = process.argv.slice(2);
try {
  await program.parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = report(error, program, args);
}
