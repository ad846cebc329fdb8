/** Options and help that several commands share. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { pipedOutput } from "./environment.ts";
import { selectionReader } from "./fields.ts";
import type { ServerOptions } from "./find-server.ts";
import type { OutputOptions } from "./output.ts";

/** What `onServer` adds. */
export interface CommonOptions extends ServerOptions, OutputOptions {
  readonly dryRun?: boolean;
}

interface ServerCommand {
  /** False for a command that prints no document: it has no options that say how to print. */
  readonly json?: boolean;
  /** The fields of what the command prints, for `--json id,name`. Without them, --json takes no fields. */
  readonly fields?: readonly string[];
  /**
   * What it prints when its output is no terminal: text, as the commands of the first version do, on whose lines scripts rely, or JSON, as
   * all later ones do (docs/decisions/0030).
   */
  readonly piped?: "table" | "json";
}

/** Adds the options that say where the server is and how to print. Every command that asks a server takes them. */
export function onServer(command: Command, { json = true, fields, piped = "table" }: ServerCommand = {}): Command {
  command
    .option("--profile <NAME>", "a Keyward that you have signed in to with `keyward login` (env: KEYWARD_PROFILE)")
    .option("--data <DIR>", "the data directory of the server on this machine (env: KEYWARD_DATA; default: ./data)")
    .addOption(
      new Option("--url <URL>", "the address of a server elsewhere; the token is read from KEYWARD_TOKEN (env: KEYWARD_URL)").conflicts(
        "data",
      ),
    );
  return json ? printing(command, { fields, piped }) : command;
}

/** Adds the options that say how to print. */
export function printing(
  command: Command,
  { fields, piped }: { readonly fields: readonly string[] | undefined; readonly piped: "table" | "json" },
): Command {
  command.option("--quiet", "leave out notes; errors are still told");
  if (fields === undefined) command.option("--json", "print the management API's own JSON document");
  else command.option("--json [FIELDS]", "print the management API's own JSON document, or these fields of it", selectionReader(fields));
  if (piped === "json") command.addOption(new Option("--table", "print text, even where no terminal reads it").conflicts("json"));
  return command.hook("preAction", (_program, run) => choosePipedForm(run, piped));
}

/** What an option says goes first, then KEYWARD_OUTPUT, then what the command does by itself. */
function choosePipedForm(command: Command, piped: "table" | "json"): void {
  const isChosen = ["json", "table", "csv", "secretOnly"].some((name) => command.getOptionValue(name) !== undefined);
  if (isChosen || process.stdout.isTTY) return;
  const wanted = pipedOutput() ?? piped;
  if (wanted !== "json" && wanted !== "table") throw new InvalidArgumentError("KEYWARD_OUTPUT must be json or table.");
  if (wanted === "json") command.setOptionValue("json", true);
}

/** For commands that change something. */
export function dryRun(): Option {
  return new Option("--dry-run", "say what would be sent, and send nothing that changes anything");
}

/** For commands that destroy something. */
export function yes(): Option {
  return new Option("--yes", "do not ask; a script is never asked");
}

/** For commands that show a secret once. */
export function secretOnly(): Option {
  return new Option("--secret-only", "print the secret alone, for scripts").conflicts("json");
}

/** Shown at the end of a command's help. */
export function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}

/** The named options that were given. The others are absent, so that they are absent in the request too. */
export function given<Options extends object, Name extends keyof Options>(
  options: Options,
  names: readonly Name[],
): { [Each in Name]?: Exclude<Options[Each], undefined> } {
  const entries = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]] as const);
  return Object.fromEntries(entries) as { [Each in Name]?: Exclude<Options[Each], undefined> };
}

/** `a,b` → `["a", "b"]`. */
export function list(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
