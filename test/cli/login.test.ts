/** `keyward login`, `logout` and `profiles`: a person lets this terminal in, with a page in the browser. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { PASSWORDS, signedIn } from "../support/people-at-server.ts";
import { ROOT, secret, traceDirectory } from "../support/root.ts";
import { cleanEnvironment, run, script, serverHere } from "./script.ts";

const { server } = serverHere({ env: PASSWORDS });

/** A machine of its own: no data directory, and its own settings. */
function machine() {
  const cwd = traceDirectory("cli");
  // Not among the traces, in which no token may be.
  const config = join(mkdtempSync(join(ROOT, "login-")), "config");
  return { cwd, config, file: join(config, "keyward/profiles.json"), env: { XDG_CONFIG_HOME: config } };
}

/** A login that waits, with the code that it shows, and how it ends. */
async function begin({ cwd, env }: ReturnType<typeof machine>, more: readonly string[] = []) {
  const child = spawn("keyward", ["login", "--url", server.url, "--no-browser", ...more], {
    cwd,
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let err = "";
  const code = await new Promise<string>((shown) => {
    child.stderr.on("data", (chunk) => {
      err += chunk;
      const found = /the code ([A-Z]{4}-[A-Z]{4})/.exec(err)?.[1];
      if (found !== undefined) shown(found);
    });
  });
  const out = text(child.stdout);
  const ended = new Promise<number | null>((done) => child.once("close", done)).then(async (exit) => ({ exit, out: await out, err }));
  return { code, ended };
}

const PATH = "/keyward/v1/device-logins";

test("a person compares the code, lets the terminal in, and it acts as that person until they sign out", async () => {
  const here = machine();
  const { browser, organizationId } = await signedIn(server, { name: "Ada Lovelace" });
  const { code, ended } = await begin(here);
  const waiting = await browser.send("POST", `${PATH}/read`, { userCode: code.toLowerCase().replace("-", " ") });
  expect(waiting.json).toMatchObject({ client: expect.stringMatching(/^keyward on /), address: "127.0.0.1" });
  expect((await browser.send("POST", `${PATH}/approve`, { userCode: code })).status).toBe(204);
  const { host } = new URL(server.url);
  expect(await ended).toEqual({ exit: 0, out: `${host}\n`, err: expect.stringContaining(`signed in to ${server.url} until `) });
  expect(statSync(here.file).mode & 0o777).toBe(0o600);
  expect(statSync(join(here.config, "keyward")).mode & 0o777).toBe(0o700);
  const token = secret(JSON.parse(readFileSync(here.file, "utf8")).profiles[host].token as string);
  await script(
    `
    $ XDG_CONFIG_HOME={config} keyward whoami --json kind,user.name
    {
      "kind": "person",
      "user": {
        "name": "Ada Lovelace"
      }
    }
    $ XDG_CONFIG_HOME={config} keyward keys create --org {org} --name remote --json id
    {
      "id": "{id}"
    }
    # A key is found by its id in any of the person's organizations.
    $ XDG_CONFIG_HOME={config} keyward keys get {id} --json name
    {
      "name": "remote"
    }
    $ XDG_CONFIG_HOME={config} keyward orgs list                          # exit 4
    ! keyward: Only the operator may do this.
    ! …
    $ XDG_CONFIG_HOME={config} keyward profiles list --table
    NAME             IN USE  EXPIRES                   URL
    {host}  yes     …  {url}
    $ XDG_CONFIG_HOME={config} keyward profiles use
    ! keyward: commands use no profile
    $ XDG_CONFIG_HOME={config} keyward whoami                             # exit 1
    ! keyward: no server runs on the data directory ./data: there is no server.json in it
    ! …
    # A profile is named by an option, by a variable, or by its address.
    $ XDG_CONFIG_HOME={config} keyward whoami --profile {host} --json kind
    {
      "kind": "person"
    }
    $ XDG_CONFIG_HOME={config} KEYWARD_PROFILE={host} keyward whoami --json kind
    {
      "kind": "person"
    }
    $ XDG_CONFIG_HOME={config} keyward whoami --url {url}/ --json kind
    {
      "kind": "person"
    }
    $ XDG_CONFIG_HOME={config} keyward whoami --profile nobody            # exit 3
    ! keyward: there is no profile "nobody".
    ! keyward: \`keyward profiles list\` shows them, and \`keyward login\` makes one
    $ XDG_CONFIG_HOME={config} keyward profiles use {host}
    ! keyward: commands use {host}
    $ XDG_CONFIG_HOME={config} keyward logout
    ! keyward: signed out of {url}
    $ XDG_CONFIG_HOME={config} keyward profiles list --json name
    {
      "data": []
    }
    $ KEYWARD_TOKEN={token} keyward whoami --url {url}                  # exit 4
    ! keyward: The token is not valid, or has expired.
    ! …
  `,
    { cwd: here.cwd, words: { org: organizationId, url: server.url, host, token, config: here.config } },
  );
}, 30_000);

test("a refused login ends with exit code 4, and leaves no profile", async () => {
  const here = machine();
  const { browser } = await signedIn(server);
  const { code, ended } = await begin(here);
  expect((await browser.send("POST", `${PATH}/refuse`, { userCode: code })).status).toBe(204);
  expect(await ended).toMatchObject({
    exit: 4,
    out: "",
    err: expect.stringContaining("nobody has let this terminal in: it was refused, or"),
  });
  expect((await run("keyward profiles list --json", here)).out).toContain('"data": []');
});

test("a server on ./data goes before the profile in use; a profile can be forgotten", async () => {
  const here = machine();
  const { browser } = await signedIn(server);
  const { code, ended } = await begin(here, ["--profile", "work"]);
  await browser.send("POST", `${PATH}/approve`, { userCode: code });
  expect(await ended).toMatchObject({ exit: 0, out: "work\n" });
  const local = join(server.directory, "..");
  await script(
    `
    $ cd {local} && XDG_CONFIG_HOME={config} keyward whoami --json kind
    {
      "kind": "operator"
    }
    $ XDG_CONFIG_HOME={config} keyward whoami --json kind
    {
      "kind": "person"
    }
    $ XDG_CONFIG_HOME={config} keyward profiles forget work
    ! keyward: forgot work
    $ XDG_CONFIG_HOME={config} keyward login                            # exit 2
    ! keyward: name the address of the Keyward with --url
    ! …
    $ XDG_CONFIG_HOME={config} keyward login --url http://127.0.0.1:1   # exit 1
    ! keyward: nothing responds at http://127.0.0.1:1 (…)
    ! …
  `,
    { cwd: here.cwd, words: { local, config: here.config } },
  );
});

test("a file of profiles that is none is named, and not repeated", async () => {
  const here = machine();
  await run(`mkdir -p ${here.config}/keyward`);
  writeFileSync(here.file, '{"profiles":{"x":"kwc_secret"}}', { mode: 0o600 });
  const { exit, err } = await run("keyward profiles list", here);
  expect({ exit, err }).toEqual({
    exit: 1,
    err: `keyward: ${here.file} is not what \`keyward login\` writes\nkeyward: remove it, and sign in again\n`,
  });
});
