/** What the command line says about itself, and about words that it does not know. No server is needed for any of it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { commandLine } from "../../cli/command-line.ts";
import { traceDirectory } from "../support/root.ts";
import { PROJECT, run, script } from "./script.ts";

const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));

/** Every command with its names: `["keys", "create"]`. */
function commandsBelow(command: Command, names: readonly string[] = []): { readonly command: Command; readonly path: string }[] {
  return command.commands.flatMap((inner) => {
    const path = [...names, inner.name()];
    return [{ command: inner, path: path.join(" ") }, ...commandsBelow(inner, path)];
  });
}

const ALL = commandsBelow(commandLine());
const COMMANDS = ALL.map(({ path }) => path);

/** What `--help` prints. */
function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help;
}

test("every command explains itself, with an example that begins with its name", async () => {
  expect(COMMANDS.length).toBeGreaterThan(30);
  for (const { command, path } of ALL) {
    const help = helpOf(command);
    expect(help, path).toMatch(/^Usage: keyward .*\n[\s\S]*\nExample:\n {2}\$ .*keyward /);
    expect(help, path).toContain(`Usage: keyward ${path} `);
    expect(help.split("Example:")[1], path).toContain(`keyward ${path}`);
  }
  for (const { command, path } of [ALL[0], ALL.at(-1)].filter((each) => each !== undefined))
    expect(await run(`keyward ${path} --help`), path).toEqual({ exit: 0, err: "", out: helpOf(command) });
});

test("the scripts of the tests are the manual: each command is run by one of them", () => {
  const tests = ["test/cli/*.test.ts", "test/maintenance/*.test.ts"];
  const manual = globSync(tests, { cwd: PROJECT }).map((file) => readFileSync(join(PROJECT, file), "utf8"));
  const leaves = ALL.filter(({ command }) => command.commands.length === 0).map(({ path }) => path);
  // A line of a script, a line that `run` takes, or the arguments of a process that goes on.
  const isRun = (path: string) => new RegExp(`(?:^ *\\$ .*|[\`"].*)keyward ${path}\\b|args: \\["${path}"`, "m");
  expect(leaves.filter((path) => !manual.some((text) => isRun(path).test(text)))).toEqual([]);
});

test("every command that changes something can say what it would send, and every one that destroys something can be told not to ask", () => {
  const options = ({ command }: (typeof ALL)[number]) => command.options.map(({ long }) => long);
  const changing = /\b(?:create|update|set|disable|enable|rotate|revoke|remove|token)$/;
  for (const each of ALL.filter(({ path, command }) => changing.test(path) && command.commands.length === 0))
    expect(options(each), each.path).toContain("--dry-run");
  for (const each of ALL.filter(({ path }) => /\b(?:revoke|remove)$/.test(path))) expect(options(each), each.path).toContain("--yes");
});

test("keyward --help lists the commands and the exit codes", async () => {
  const { out, ...rest } = await run("keyward --help");
  expect(rest).toEqual({ exit: 0, err: "" });
  for (const command of COMMANDS.filter((name) => !name.includes(" "))) expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  expect(out).toContain("Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not authenticated, 10 verify said no.");
});

test("keyward help has a page for what concerns all commands", async () => {
  await script(
    `
    $ keyward help exit-codes
    Exit codes. Scripts may rely on their meanings.
       0  it was done; of \`keys verify\`, the request may pass
       1  it was not done; standard error says why, and what to try
       2  the command was not understood; nothing was sent
       3  there is no such key, organization or other record
       4  the token is missing, not accepted, or may not do this
      10  \`keys verify\` said no: the verdict is on standard output
    $ keyward help environment | grep KEYWARD_DATA
      KEYWARD_URL       …
      KEYWARD_DATA      …
    $ keyward help output | head -1
    Output. Results go to standard output, everything else to standard error.
  `,
    { cwd: traceDirectory("cli") },
  );
});

test("words that it does not know are questions of usage", async () => {
  await script(
    `
    $ keyward --version
    ${version}
    # A group alone shows its help, on standard error: nothing was done.
    $ keyward service-tokens               # exit 2
    ! Usage: keyward service-tokens [options] [command]
    ⋮
    $ keyward                              # exit 2
    ! Usage: keyward [options] [command]
    ⋮
    $ keyward help keys
    Usage: keyward keys [options] [command]
    ⋮
    $ keyward key list                     # exit 2
    ! keyward: unknown command 'key' (Did you mean keys?)
    ! keyward: see \`keyward --help\`
    $ keyward keys create                  # exit 2
    ! keyward: required option '--org <ID>' not specified
    ! keyward: see \`keyward keys create --help\`
    $ keyward keys list --org x --activ    # exit 2
    ! keyward: unknown option '--activ' (Did you mean --active?)
    ! keyward: see \`keyward keys list --help\`
    $ keyward keys get                     # exit 2
    ! keyward: missing required argument 'ID'
    ! …
    $ keyward orgs create Acme Inc         # exit 2
    ! keyward: too many arguments for 'create'. Expected 1 argument but got 2: Acme, Inc.
    ! …
    $ keyward keys create --org x --requests-per-minute -1              # exit 2
    ! keyward: option '--requests-per-minute <N>' argument '-1' is invalid. It must be a whole number.
    ! …
    $ keyward keys create --org x --expires-in 1d --expires-at 2099-01-31T12:00:00Z  # exit 2
    ! keyward: option '--expires-at <T>' cannot be used with option '--expires-in <90d>'
    ! …
    $ keyward serve --port http            # exit 2
    ! keyward: option '--port <N>' argument 'http' is invalid. The port must be a whole number from 0 to 65535.
    ! …
    $ PORT=65536 keyward serve             # exit 2
    ! keyward: The port must be a whole number from 0 to 65535.
    ! …
    $ keyward serve --environment staging  # exit 2
    ! keyward: option '--environment <E>' argument 'staging' is invalid. Allowed choices are live, test.
    ! …
  `,
    { cwd: traceDirectory("cli") },
  );
});
