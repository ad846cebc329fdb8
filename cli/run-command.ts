/** One command: from the words that were typed to the exit code of this process. */
import { type Command, CommanderError } from "commander";
import { complete } from "./complete.ts";
import { COMPLETE } from "./completion.ts";
import { EXIT, type ExitCode, Failure } from "./failure.ts";
import { TOPICS } from "./help-topics.ts";
import { commandIn, settleJson } from "./json-argument.ts";
import { note, print } from "./output.ts";
import { emptyProgram } from "./program.ts";
import { addServeCommand } from "./serve.ts";

/** Writes what went wrong, and returns the exit code. */
function report(error: unknown, program: Command, args: readonly string[]): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : reportUsage(error, program, args);
  note(error instanceof Error ? error.message : String(error));
  if (!(error instanceof Failure)) return EXIT.error;
  if (error.next !== undefined) note(error.next);
  if (error.requestId !== undefined) note(`the request was ${error.requestId}`);
  return error.exitCode;
}

function reportUsage(error: CommanderError, program: Command, args: readonly string[]): ExitCode {
  // A group without a command: its help has been shown instead.
  if (error.code === "commander.help") return EXIT.usage;
  note(withoutSecrets(error.message.replace(/^error: /, "").replace("--json [FIELDS]", "--json")));
  note(`see \`${commandNameOf(program, args)} --help\``);
  return EXIT.usage;
}

/** Commander repeats what was typed, and a key may have been typed in the wrong place: what looks random is cut out. */
function withoutSecrets(sentence: string): string {
  return sentence.replace(/(?=[\w.~+/=-]*[0-9A-Z])[\w.~+/=-]{16,}/g, "[cut]");
}

/** `keyward keys create` for the arguments `keys create --org`. */
function commandNameOf(program: Command, args: readonly string[]): string {
  return [program.name(), ...args.slice(0, commandIn(program, args).from)].join(" ");
}

/** A server starts without loading the other commands: with the client that they use, they are a tenth of its files. */
async function programFor([command]: readonly string[]): Promise<Command> {
  if (command !== "serve") return (await import("./command-line.ts")).commandLine();
  const program = emptyProgram();
  addServeCommand(program);
  return program;
}

/** Runs the command that these words are, and sets the exit code of this process unless it is 0. Never throws. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const program = await programFor(args);
  const topic = args[0] === "help" && Object.hasOwn(TOPICS, args[1] ?? "") ? TOPICS[args[1] ?? ""] : undefined;
  try {
    if (topic !== undefined) await print(topic);
    else if (args[0] === COMPLETE)
      process.stdout.write(
        complete(program, args.slice(1))
          .map((word) => `${word}\n`)
          .join(""),
      );
    else await program.parseAsync(settleJson(program, args), { from: "user" });
  } catch (error) {
    process.exitCode = report(error, program, args);
  }
}
