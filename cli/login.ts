/** `keyward login` and `logout`: signing in to a Keyward elsewhere, by a page in the browser that lets this terminal in. */
import { hostname, userInfo } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { KeywardClient, KeywardError, KeywardUnreachable } from "../sdk/index.ts";
import { openInBrowser } from "./browser.ts";
import { failureOf } from "./client.ts";
import { isAtTerminal } from "./confirm.ts";
import { defaultUrl } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { type FoundServer, readAddress } from "./find-server.ts";
import { example } from "./options.ts";
import { note, print } from "./output.ts";
import { profileNamed, profilesPath, readProfiles, writeProfiles } from "./profiles-file.ts";

interface LoginOptions {
  readonly url?: string;
  readonly profile?: string;
  readonly browser: boolean;
}

export function addLoginCommands(program: Command): void {
  program
    .command("login")
    .description("sign in to a Keyward elsewhere, with a page in the browser; commands then go there")
    .option("--url <URL>", "its address (env: KEYWARD_URL)")
    .option("--profile <NAME>", "what to call it; default: the host of its address")
    .option("--no-browser", "only print the address of the page")
    .addHelpText("after", example("keyward login --url https://keys.example.com"))
    .action(login);

  program
    .command("logout")
    .description("end the session of a profile, and forget the profile")
    .option("--profile <NAME>", "default: the one that commands use")
    .addHelpText("after", example("keyward logout --profile keys.example.com"))
    .action(logout);
}

async function login({ url, profile, browser }: LoginOptions): Promise<void> {
  const text = url ?? defaultUrl();
  if (text === undefined)
    throw new Failure("name the address of the Keyward with --url", { exitCode: EXIT.usage, next: "see `keyward login --help`" });
  const address = readAddress(text, url === undefined ? "KEYWARD_URL" : "--url");
  const name = profile ?? new URL(address).host;
  const before = await readProfiles();
  const session = await letIn(address, browser).catch((error: unknown) => {
    throw failureOf(error, { url: address, token: "", whenSilent: "check the address, or start the server there", whenRefused: "" });
  });
  await writeProfiles({ current: name, profiles: { ...before.profiles, [name]: { url: address, ...session } } });
  note(`signed in to ${address} until ${session.expiresAt}; the token is in ${profilesPath()}`);
  await print(name);
}

/** Resolves when a person has let this terminal in. @throws Failure when they refuse, or nobody does in time */
async function letIn(url: string, opensBrowser: boolean): Promise<{ token: string; expiresAt: string }> {
  const { deviceLogins } = new KeywardClient({ baseUrl: url });
  const begun = await deviceLogins.begin(describeThisTerminal());
  note(`open ${begun.url}`);
  note(`and check that it shows the code ${begun.userCode}`);
  if (opensBrowser && isAtTerminal()) await openInBrowser(begun.url);
  for (;;) {
    await pause(begun.intervalSeconds * 1_000);
    const { token, expiresAt } = await deviceLogins.take(begun.deviceCode).catch(waitingFor);
    if (token !== null && expiresAt !== null) return { token, expiresAt };
  }
}

/** A server that is away for a moment is asked again. @throws Failure once the login is over */
function waitingFor(error: unknown): { token: null; expiresAt: null } {
  if (error instanceof KeywardUnreachable) return { token: null, expiresAt: null };
  if (error instanceof KeywardError && error.status === 404)
    throw new Failure("nobody has let this terminal in: it was refused, or ten minutes have passed", {
      exitCode: EXIT.notAuthenticated,
      next: "run `keyward login` again",
    });
  throw error;
}

/** Printable ASCII, as the API wants it. */
function describeThisTerminal(): string {
  return `keyward on ${hostname()} (${userInfo().username})`.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}

async function logout({ profile }: { readonly profile?: string }): Promise<void> {
  const before = await readProfiles();
  const name = profile ?? before.current;
  if (name === null) throw new Failure("there is no profile in use", { exitCode: EXIT.usage, next: "name one with --profile" });
  const { url, token } = profileNamed(before, name);
  const server: FoundServer = {
    url,
    token,
    whenSilent: "the profile is kept; try again, or run `keyward profiles forget`",
    whenRefused: "",
  };
  await new KeywardClient({ baseUrl: url, token }).session.end().catch((error: unknown) => {
    // The session has ended already.
    if (!(error instanceof KeywardError) || error.status !== 401) throw failureOf(error, server);
  });
  const { [name]: _ended, ...profiles } = before.profiles;
  await writeProfiles({ current: before.current === name ? null : before.current, profiles });
  note(`signed out of ${url}`);
}
