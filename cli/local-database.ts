/** The commands that read the database of this machine themselves: `backup`, `restore` and `check`. They need no running server. */
import type { Command } from "commander";
import { defaultData, hasPostgres } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { printing } from "./options.ts";

export const DATA_OPTION = [
  "--data <DIR>",
  "the data directory of the server on this machine (env: KEYWARD_DATA)",
  defaultData() ?? "./data",
] as const;

/** Options of these commands that print a document, which has these fields. */
export function onFiles(command: Command, fields: readonly string[]): Command {
  return printing(command.option(...DATA_OPTION), { fields, piped: "json" });
}

/** @throws Failure when the data is in PostgreSQL, which has better means of its own. `instead` says which. */
export function requireEmbedded(command: string, instead: string): void {
  if (hasPostgres())
    throw new Failure(`KEYWARD_DATABASE_URL is set: \`keyward ${command}\` is for the embedded database`, {
      exitCode: EXIT.usage,
      next: instead,
    });
}

/** `1,204 keys (1,190 active) of 3 organizations`. */
export function countsInWords({ keys, activeKeys, organizations }: { keys: number; activeKeys: number; organizations: number }): string {
  return `${plural(keys, "key")} (${whole.format(activeKeys)} active) of ${plural(organizations, "organization")}`;
}

/** `1 key`, `1,204 keys`. */
export function plural(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const whole = new Intl.NumberFormat("en");
