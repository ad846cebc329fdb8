/** Options and help that several commands share. */
import { type Command, Option } from "commander";
import type { ServerOptions } from "./find-server.ts";
import type { OutputOptions } from "./output.ts";

/** What `onServer` adds. */
export interface CommonOptions extends ServerOptions, OutputOptions {}

/** Adds the options that say where the server is and, unless it prints no document, how to print. Every command but `serve` takes them. */
export function onServer(command: Command, { json = true }: { readonly json?: boolean } = {}): Command {
  command
    .option("--data <DIR>", "the data directory of the server on this machine", "./data")
    .addOption(new Option("--url <URL>", "the address of a server elsewhere; the token is read from KEYWARD_TOKEN").conflicts("data"));
  return json ? command.option("--json", "print the management API's own JSON document") : command;
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
