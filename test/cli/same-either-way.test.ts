/** The kept process that runs most commands of these tests shows what a process of its own shows. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, runInShell, serverHere } from "./script.ts";
import { simpleLine } from "./simple-line.ts";

const { server, cwd } = serverHere();

// biome-ignore format: a table
test.each([
  ["a command",                     "keyward orgs list", {}],
  ["bare, which shows its help",    "keyward", {}],
  ["help",                          "keyward help", {}],
  ["a topic of the help",           "keyward help exit-codes", {}],
  ["the version",                   "keyward --version", {}],
  ["completion of words",           "keyward __complete keys c", {}],
  ["no such command",               "keyward kyes", {}],
  ["no such id",                    "keyward orgs get org_00000000000000000000000000", {}],
  ["a setting before it",           "KEYWARD_OUTPUT=json keyward orgs list", {}],
  ["a setting around it",           "keyward orgs list", { KEYWARD_OUTPUT: "json" }],
  ["a key by echo",                 "echo kw_live_none | keyward keys verify - --json code", {}],
  ["a key by printf",               "printf %s kw_live_none | keyward keys verify - --json code", {}],
  ["nothing on standard input",     "keyward keys verify -", {}],
  ["no server there",               "KEYWARD_TOKEN=t keyward orgs list --url http://127.0.0.1:1", {}],
  ["words in quotes",               `keyward orgs list --fields 'a b' "c d"`, {}],
] as [string, string, Record<string, string>][])("%s", async (_name, line, env) => {
  expect(simpleLine(line), line).toBeDefined();
  const { requestId: _, ...kept } = await run(line, { cwd, env });
  const own = await runInShell(line, cwd, env);
  expect(kept).toEqual({ ...own, err: own.err.replace(/^keyward: the request was .*\n/m, "") });
});

test("nothing of a command is left for the next: no setting, no directory, no input, no exit code", async () => {
  const elsewhere = join(cwd, "elsewhere");
  mkdirSync(elsewhere);
  const verified = await run("echo kw_live_none | keyward keys verify - --json code", { cwd });
  expect(verified.exit).toBe(10);
  expect((await run("KEYWARD_OUTPUT=json keyward orgs list", { cwd })).out).toContain('"data"');
  expect(await run("keyward orgs list", { cwd })).toMatchObject({ exit: 0, out: expect.not.stringContaining('"data"') });
  expect((await run("keyward orgs list", { cwd: elsewhere })).err).toContain("no server runs on the data directory ./data");
  expect(await run("keyward keys verify -", { cwd })).toMatchObject({ exit: 2, err: expect.stringContaining("no key on standard input") });
  expect((await run("keyward --version", { cwd })).exit).toBe(0);
  expect(server.url).toBeDefined();
});

// biome-ignore format: a table
test.each([
  ["keyward keys list --org org_1 --json name,id  # exit 3", { args: ["keys", "list", "--org", "org_1", "--json", "name,id"], env: {}, input: "" }],
  [`A_B=1 C="x y" keyward orgs create "Acme & Söhne" '$x'`,  { args: ["orgs", "create", "Acme & Söhne", "$x"], env: { A_B: "1", C: "x y" }, input: "" }],
  ["A= keyward orgs list",                                   { args: ["orgs", "list"], env: { A: "" }, input: "" }],
  ["keyward orgs create ''",                                 { args: ["orgs", "create", ""], env: {}, input: "" }],
  ["echo \"two words\" | keyward keys verify -",             { args: ["keys", "verify", "-"], env: {}, input: "two words\n" }],
  ["printf %s key | keyward keys verify -",                  { args: ["keys", "verify", "-"], env: {}, input: "key" }],
])("one command: %s", (line, simple) => {
  expect(simpleLine(line)).toEqual(simple);
});

test.each([
  "keyward orgs list | head -1",
  "keyward orgs list > file",
  "keyward orgs list; true",
  "keyward orgs list && true",
  "keyward keys verify - </dev/null",
  'keyward orgs create "$NAME"',
  "keyward orgs create $NAME",
  "keyward orgs create $(name)",
  "keyward orgs create a\\ b",
  "keyward orgs create *",
  "keyward orgs create ~",
  "keyward orgs create ?",
  "keyward orgs create a{b,c}",
  "keyward orgs create `name`",
  "cd / && keyward orgs list",
  "keyward serve",
  "keyward mcp",
  "keyward login",
  "keyward audit --org org_1 --follow",
  "keywards",
  "mkdir -p x",
])("left to a shell: %s", (line) => {
  expect(simpleLine(line)).toBeUndefined();
});
