/** `keyward whoami` and `keyward open`. */
import { describe, expect, test } from "vitest";
import { PASSWORDS } from "../support/people-at-server.ts";
import { atTerminal, HAS_TERMINAL } from "./at-terminal.ts";
import { run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere({ env: PASSWORDS });

test("whoami says as whom commands act, with any token", async () => {
  await script(
    `
    $ keyward whoami
    {
      "server": "{url}",
      "kind": "operator",
      "actor": "operator",
      "user": null,
      "organizations": [],
      "expiresAt": null
    }
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ KEYWARD_TOKEN=$(keyward token --org {acme}) keyward whoami --url {url} --table
    server         {url}
    kind           member
    actor          operator
    user           -
    organizations  id={acme} name=Acme role=owner
    expiresAt      -
    $ KEYWARD_TOKEN=$(keyward service-tokens create --name x --secret-only) keyward whoami --url {url} --json kind
    {
      "kind": "service"
    }
    $ KEYWARD_TOKEN=kwo_wrong keyward whoami --url {url}               # exit 4
    ! keyward: The token is not valid, or has expired.
    ! …
  `,
    { cwd, words: { url: server.url } },
  );
});

test("open prints the address of the dashboard's page where no terminal is", async () => {
  const acme = await server.newOrganization();
  const { id } = await server.newKey(acme);
  await script(
    `
    $ keyward open
    {url}/keyward/
    $ keyward open --org {acme}
    {url}/org/{acme}/settings/api-keys
    $ keyward open --key {id}
    {url}/org/{acme}/settings/api-keys/{id}
    $ keyward open --key key_00000000000000000000000000       # exit 3
    ! keyward: There is no such key.
    ! …
  `,
    { cwd, words: { url: server.url, acme, id } },
  );
});

describe.skipIf(!HAS_TERMINAL)("at a terminal", () => {
  test("open starts the browser, and prints the address if there is none", async () => {
    expect((await atTerminal("keyward open", { cwd, env: { BROWSER: "true" } })).shown).toContain(`opened ${server.url}/keyward/`);
    expect((await atTerminal("keyward open", { cwd, env: { BROWSER: "/nowhere/browser" } })).shown).toBe(`${server.url}/keyward/\n`);
    expect((await run("true")).exit).toBe(0);
  });
});
