/** What the command line says about itself, and about words that it does not know. No server is needed for any of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { traceDirectory } from "../support/root.ts";
import { PROJECT, run, script } from "./script.ts";

const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));

const COMMANDS = [
  "serve",
  "orgs",
  "orgs create",
  "orgs list",
  "orgs get",
  "orgs set",
  "keys",
  "keys create",
  "keys list",
  "keys get",
  "keys revoke",
  "keys disable",
  "keys enable",
  "keys rotate",
  "keys find",
  "keys verify",
  "token",
  "service-tokens",
  "service-tokens create",
  "service-tokens list",
  "service-tokens revoke",
];

test("every command explains itself, with an example that begins with its name", async () => {
  const helps = await Promise.all(COMMANDS.map(async (command) => ({ command, ...(await run(`keyward ${command} --help`)) })));
  for (const { command, ...help } of helps) {
    expect(help, command).toEqual({
      exit: 0,
      err: "",
      out: expect.stringMatching(/^Usage: keyward .*\n[\s\S]*\nExample:\n {2}\$ .*keyward /),
    });
    expect(help.out, command).toContain(`Usage: keyward ${command} `);
    expect(help.out.split("Example:")[1], command).toContain(`keyward ${command}`);
  }
});

test("keyward --help lists the commands and the exit codes", async () => {
  const { out, ...rest } = await run("keyward --help");
  expect(rest).toEqual({ exit: 0, err: "" });
  for (const command of COMMANDS.filter((name) => !name.includes(" "))) expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  expect(out).toContain("Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not authenticated, 10 verify said no.");
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
