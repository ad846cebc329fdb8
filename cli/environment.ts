/** The environment as the command line reads it, and nowhere else; the server reads its own settings (config.ts). */
import { homedir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";

/** The token for a server elsewhere; "" when there is none. */
export function tokenForUrl(): string {
  return process.env.KEYWARD_TOKEN?.trim() ?? "";
}

/** The address of a server elsewhere, for commands without --url. */
export function defaultUrl(): string | undefined {
  return process.env.KEYWARD_URL || undefined;
}

/** The data directory, for commands without --data. */
export function defaultData(): string | undefined {
  return process.env.KEYWARD_DATA || undefined;
}

/** What commands print when their output is no terminal and no option says it: `json` or `table`. */
export function pipedOutput(): string | undefined {
  return process.env.KEYWARD_OUTPUT || undefined;
}

/** Where the settings of programs are, for this user. */
export function configDirectory(): string {
  return process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
}

/** The profile that commands use, whichever is in use otherwise. */
export function defaultProfile(): string | undefined {
  return process.env.KEYWARD_PROFILE || undefined;
}

/** The program that opens an address, instead of what the system has for it. */
export function browserProgram(): string | undefined {
  return process.env.BROWSER || undefined;
}

/** Whether colours are unwelcome (no-color.org), or the terminal has none. */
export function refusesColour(): boolean {
  return Boolean(process.env.NO_COLOR) || process.env.TERM === "dumb";
}

/** Where `serve` listens without `--port`. @throws InvalidArgumentError */
export function defaultPort(): number {
  return portNumber(process.env.PORT || "4000");
}

/** What `serve` serves without `--platform`. */
export function defaultPlatform(): string {
  return process.env.KEYWARD_PLATFORM || "keyward";
}

/** Where a supervisor wants to be told how the process does. */
export function supervisorSocket(): string | undefined {
  return process.env.NOTIFY_SOCKET || undefined;
}

/** Whether npm started this process, as `npm start` does. */
export function isUnderNpm(): boolean {
  return Boolean(process.env.npm_lifecycle_event);
}

/** @throws InvalidArgumentError */
export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("The port must be a whole number from 0 to 65535.");
  return Number(text);
}

/** The directory for state of this user that is no configuration (XDG Base Directory Specification). */
export function stateDirectory(): string {
  return process.env.XDG_STATE_HOME || join(homedir(), ".local/state");
}

/** Whether the server keeps its data in PostgreSQL rather than in the data directory. */
export function hasPostgres(): boolean {
  return Boolean(process.env.KEYWARD_DATABASE_URL || process.env.KEYWARD_DATABASE_URL_FILE);
}

/** The settings of the server, for commands that look for its master secret. */
export function serverSettings(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** `PGHOST`, `PGPASSWORD` and so on, for what the address of a database leaves out. */
export function postgresVariables(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
