/** What several commands share: options, the end of their help, and taking what was given. */
import { type Command, Option } from "commander";

/** Adds where the server is and how to answer: every command takes this but `serve`. */
export function onServer(command: Command): Command {
  return command
    .option("--data <DIR>", "the data directory of the server on this machine", "./data")
    .addOption(new Option("--url <URL>", "the address of a server elsewhere; the token is read from KEYWARD_TOKEN").conflicts("data"))
    .option("--json", "answer the management API's own JSON document");
}

/** For commands that are answered with something that is shown once. */
export function secretOnly(): Option {
  return new Option("--secret-only", "print the secret alone, for scripts").conflicts("json");
}

/** Shown at the end of a command's help. */
export function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}

/** Those of the named options that were given: what is absent stays absent in the request. */
export function given(options: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}
