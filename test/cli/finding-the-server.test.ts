/** How a command finds its server, and what it says when it does not. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { traceDirectory } from "../support/root.ts";
import { suiteProcess } from "../support/server-process.ts";
import { run, script } from "./script.ts";

const cwd = traceDirectory("cli");
mkdirSync(join(cwd, "data"));
const server = suiteProcess({ directory: join(cwd, "data") });

test("a server is found in ./data, in the directory of --data, or at --url with KEYWARD_TOKEN; a token that it does not know is exit code 4", async () => {
  const wrong = `kwo_${"A".repeat(43)}`;
  mkdirSync(join(cwd, "stale"));
  writeFileSync(join(cwd, "stale/server.json"), JSON.stringify({ url: server.url, pid: 1, token: wrong }));
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ cd / && keyward orgs get {acme} --data {directory}
    id         {acme}
    ⋮
    $ cd / && KEYWARD_TOKEN={token} keyward orgs get {acme} --url {url}
    id         {acme}
    ⋮
    $ keyward orgs list --data {directory} --url {url}         # exit 2
    ! keyward: option '--url <URL>' cannot be used with option '--data <DIR>'
    ! …
    $ keyward orgs list --data stale                              # exit 4
    ! keyward: The token is not valid, or has expired.
    ! keyward: the server at {url} is not the one that wrote stale/server.json: start that one again, or name the right data directory with --data
    $ KEYWARD_TOKEN={wrong} keyward orgs list --url {url}         # exit 4
    ! keyward: The token is not valid, or has expired.
    ! keyward: put a token that may do this into KEYWARD_TOKEN: …
    $ keyward orgs list --url {url}                               # exit 4
    ! keyward: KEYWARD_TOKEN is not set; --url needs it
    ! keyward: put a token that may do this into KEYWARD_TOKEN: …
    $ KEYWARD_TOKEN="{wrong} x" keyward orgs list --url {url}     # exit 4
    ! keyward: KEYWARD_TOKEN holds characters that no token has
    ! …
  `,
    { cwd, words: { directory: server.directory, url: server.url, token: server.operatorToken, wrong } },
  );
  expect(readFileSync(join(cwd, "stderr.log"), "utf8")).not.toContain("AAAA");
  // A server that was killed leaves its address behind.
  await server.kill("SIGKILL");
  await script(
    `
    $ keyward orgs list   # exit 1
    ! keyward: nothing responds at {url} (ECONNREFUSED)
    ! keyward: start it with \`npm start\` or \`bin/keyward serve --data ./data\`, or name another data directory with --data, or an address with --url
  `,
    { cwd, words: { url: server.url } },
  );
});

test("without a server a command says where it looked and what to try", async () => {
  const cwd = traceDirectory("cli");
  const next = "! keyward: start it with `npm start` or `bin/keyward serve --data";
  await script(
    `
    $ keyward orgs list                                        # exit 1
    ! keyward: no server runs on the data directory ./data: there is no server.json in it
    ${next} ./data\`, or name another data directory with --data, or an address with --url
    $ keyward keys list --org x --data other --json            # exit 1
    ! keyward: no server runs on the data directory other: there is no server.json in it
    ${next} other\`, or name another data directory with --data, or an address with --url
    $ KEYWARD_TOKEN=t keyward orgs list --url http://127.0.0.1:1/base/   # exit 1
    ! keyward: nothing responds at http://127.0.0.1:1/base (…)
    ! keyward: check the address, or start the server there
  `,
    { cwd },
  );
});

test.each([
  ["no JSON at all", "kwo_secret"],
  ["half a document", '{"url":"http://127.0.0.1:1","token":"kwo_secret'],
  ["a document without it", '{"url":"http://127.0.0.1:1","pid":1}'],
])("a server.json that holds %s is named, and not repeated", async (_sentence, content) => {
  const cwd = traceDirectory("cli");
  mkdirSync(join(cwd, "data"));
  writeFileSync(join(cwd, "data/server.json"), content);
  expect(await run("keyward orgs list", { cwd })).toEqual({
    exit: 1,
    out: "",
    err: "keyward: data/server.json is not what a server writes\nkeyward: restart the server\n",
  });
});

test.each([
  ["another protocol", "ftp://keys.example.com", /^keyward: --url must be an http or https URL/],
  ["no protocol", "keys.example.com", /^keyward: --url must be an http or https URL/],
  ["a query", "https://keys.example.com/?a=b", /^keyward: --url must be an http or https URL/],
  ["a user and a password", "https://me:pass@keys.example.com", /^keyward: --url must not hold a user name or password/],
])("a --url with %s is a question of usage, and is not repeated", async (_sentence, url, said) => {
  const ended = await run(`keyward orgs list --url '${url}'`, { env: { KEYWARD_TOKEN: "t" } });
  expect(ended).toEqual({ exit: 2, out: "", err: expect.stringMatching(said) });
  expect(ended.err).not.toContain("pass@");
});
