/** What `keyward keys` refuses: what it says, how it exits, and that it repeats no key. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("a failure is reported on standard error, with what to try next", async () => {
  const small = await server.newOrganization({ overrides: { keys: 1 } });
  await server.newKey(small);
  await script(
    `
    $ keyward keys create --org {small}                                  # exit 1
    ! keyward: The organization has as many active keys as its plan allows: 1.
    ! keyward: Revoke a key that is no longer used, or change the plan.
    $ keyward keys create --org org_00000000000000000000000000           # exit 3
    ! keyward: There is no such organization.
    ! …
    $ keyward keys list --org nobody                                     # exit 3
    ! keyward: There is no such organization.
    ! …
    $ keyward keys get key_00000000000000000000000000 --json             # exit 3
    ! keyward: There is no such key.
    ! keyward: check the id: \`keyward orgs list\` and \`keyward keys list --org ID\` show them
    $ keyward keys revoke nothing                                        # exit 3
    ! keyward: There is no such key.
    ! …
    # A platform without domains knows no such setting.
    $ keyward keys create --org {small} --domains example.com,a.example  # exit 1
    ! keyward: domains belong to key pairs; keys of this platform are one secret
    $ keyward keys create --org {small} --expires-in soon                # exit 1
    ! keyward: expiresIn must be a whole number with a unit, such as 2s, 15m, 12h or 90d
    $ keyward keys create --org {small} --scopes "Agents Read"           # exit 1
    ! keyward: scopes…
    $ keyward keys create --org {small} --requests-per-minute 0          # exit 1
    ! keyward: limits.requestsPerMinute must be a whole number from 1 to 1000000000, or null for no limit
    # What a document cannot have beside it is a question of usage.
    $ keyward keys create --org {small} --secret-only --json             # exit 2
    ! keyward: option '--secret-only' cannot be used with option '--json'
    ! …
    $ keyward keys create --org {small} --idempotency-key "deploy 1"     # exit 2
    ! keyward: option '--idempotency-key <K>' argument 'deploy 1' is invalid. It must be 1 to 255 printable ASCII characters without spaces.
    ! keyward: see \`keyward keys create --help\`
  `,
    { cwd, words: { small } },
  );
});

test("keys verify takes a key from standard input alone, and repeats none that stands elsewhere", async () => {
  const { key } = await server.newKey(await server.newOrganization());
  await script(
    `
    $ keyward keys verify {key}                       # exit 2
    ! keyward: the key is read from standard input, because arguments stay in the shell's history and can be seen by other people of this machine
    ! keyward: pipe the key into \`keyward keys verify -\`; if a real key stood there, rotate it
    $ keyward keys verify - </dev/null                # exit 2
    ! keyward: there is no key on standard input
    ! keyward: pipe the key into \`keyward keys verify -\`
    $ keyward keys verify                             # exit 2
    ! keyward: missing required argument '-'
    ! keyward: see \`keyward keys verify --help\`
    $ keyward keys find {key} --org org_00000000000000000000000000     # exit 2
    ! keyward: the key is read from standard input, because arguments stay in the shell's history and can be seen by other people of this machine
    ! keyward: pipe the key into \`keyward keys find -\`; if a real key stood there, rotate it
    $ echo {key} | keyward keys find - --org {other}  # exit 3
    ! keyward: This is not a key of the organization.
    ! …
    $ keyward keys verify - {key}                     # exit 2
    ! keyward: too many arguments for 'verify'. Expected 1 argument but got 2: -, [cut]
    ! keyward: see \`keyward keys verify --help\`
    $ keyward keys verify --key={key} -               # exit 2
    ! keyward: unknown option '[cut]'
    ! keyward: see \`keyward keys verify --help\`
    $ keyward keys {key}                              # exit 2
    ! keyward: unknown command '[cut]'
    ! keyward: see \`keyward keys --help\`
    $ keyward {key}                                   # exit 2
    ! keyward: unknown command '[cut]'
    ! keyward: see \`keyward --help\`
    $ keyward keys create --org x --{key}             # exit 2
    ! keyward: unknown option '[cut]'
    ! …
    $ keyward keys create --org x --environment {key} # exit 2
    ! keyward: option '--environment <E>' argument '[cut]' is invalid. Allowed choices are live, test.
    ! …
    $ echo "two words" | keyward keys verify -        # exit 10
    valid           false
    code            malformed
    ⋮
  `,
    { cwd, words: { key, other: await server.newOrganization() } },
  );
});

test("a credential in place of an id is refused before any request, and not repeated", async () => {
  const { key } = await server.newKey(await server.newOrganization());
  const asked: (string | undefined)[] = [];
  const recorder = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(404).end();
  });
  await new Promise<void>((listening) => recorder.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void recorder.close());
  const onServer = `--url http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
  const refused = `                                              # exit 2
    ! keyward: this is not an id; nothing was sent
    ! keyward: \`keyward keys find - --org ID\` finds the id of a key; if a real key stood there, rotate it
  `;
  const commands = [
    ...["get", "disable", "enable", "revoke", "rotate"].map((command) => `keyward keys ${command} {key}`),
    "keyward keys list --org {key}",
    "keyward keys create --org {key}",
    "keyward keys find - --org {key} </dev/null",
    "keyward orgs get {key}",
    "keyward service-tokens revoke {key}",
  ];
  for (const command of commands)
    await script(
      `
    $ KEYWARD_TOKEN=x ${command} {onServer} ${refused}`,
      { cwd, words: { key, onServer } },
    );
  expect(asked).toEqual([]);
  await script(
    `
    $ KEYWARD_TOKEN=x keyward keys get key_01m7x4yn56vfnkq4925gf9a45e {onServer}  # exit 3
    ! …
    ⋮
  `,
    { cwd, words: { onServer } },
  );
  expect(asked).toHaveLength(1);
});
