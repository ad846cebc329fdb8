/** `keyward keys create --from` and `keyward keys revoke --from`: many keys, each once, and none when a row is wrong. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readCsv } from "../../cli/bulk/csv.ts";
import { barAt } from "../../cli/progress.ts";
import { ROOT, secret } from "../support/root.ts";
import { atTerminal, HAS_TERMINAL } from "./at-terminal.ts";
import { cleanEnvironment, json, run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();
/** Not among the traces, in which no key may be. */
const directory = mkdtempSync(join(ROOT, "bulk-"));
let files = 0;

/** The path of a new file with rows. */
function file(extension: string, content: string): string {
  const path = join(directory, `rows-${++files}.${extension}`);
  writeFileSync(path, content);
  return path;
}

interface Line {
  readonly row: string;
  readonly id: string;
  readonly name: string | null;
  readonly key: string;
}

function secretsIn(name: string): Line[] {
  const lines = readFileSync(name, "utf8").trim().split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line)).map((line: Line) => ({ ...line, key: secret(line.key) }));
}

const keysOf = async (organization: string) =>
  (await json(`keyward keys list --org ${organization} --all`, cwd)).data as { id: string; name: string; revokedAt: string | null }[];

describe("CSV", () => {
  // biome-ignore format: a table
  test.each<[string, string, ReturnType<typeof readCsv>]>([
    ["two lines",                          "a,b\n1,2\n",                   { rows: [{ line: 1, cells: ["a", "b"] }, { line: 2, cells: ["1", "2"] }] }],
    ["Excel's",                            "\ufeffa,b\r\n1,2",             { rows: [{ line: 1, cells: ["a", "b"] }, { line: 2, cells: ["1", "2"] }] }],
    ["quotes, commas and lines in a cell", 'a\n"x, ""y""\nz"\nlast\n',     { rows: [{ line: 1, cells: ["a"] }, { line: 2, cells: ['x, "y"\nz'] }, { line: 4, cells: ["last"] }] }],
    ["empty cells",                        "a,b\n,\n1,",                   { rows: [{ line: 1, cells: ["a", "b"] }, { line: 2, cells: ["", ""] }, { line: 3, cells: ["1", ""] }] }],
    ["empty lines, left out",              "a\n\n\n1\n",                   { rows: [{ line: 1, cells: ["a"] }, { line: 4, cells: ["1"] }] }],
    ["nothing",                            "",                             { rows: [] }],
    ["a quote that stays open",            'a\n"x',                        { line: 2, problem: "a quote is not closed, or text follows it" }],
    ["a quote within a cell",              'a\nx"y"\n',                    { line: 2, problem: "a quote stands within a cell" }],
  ])("%s", (_sentence, text, expected) => {
    expect(readCsv(text)).toEqual(expected);
  });
});

test("a progress bar says how far it is, and how long it will take", () => {
  expect(barAt({ done: 0, total: 10, noun: "keys", elapsedMs: 0 })).toBe("[                        ]  0/10 keys");
  expect(barAt({ done: 5, total: 10, noun: "keys", elapsedMs: 2_500 })).toBe("[############            ]  5/10 keys, 3 s left");
  expect(barAt({ done: 10, total: 10, noun: "keys", elapsedMs: 5_000 })).toBe("[########################]  10/10 keys, 0 s left");
});

test("a key is created for each row, its secret is in a file for the owner alone, and the same command creates nothing again", async () => {
  const acme = await server.newOrganization();
  const csv = file("csv", `name,scopes,requestsPerMinute,expiresIn\nbackend,"agents:read,agents:write",60,90d\nworker,,,\nworker,,,\n`);
  await script(
    `
    $ keyward keys create --org {acme} --from {csv} --dry-run
    dryRun  true
    keys    3
    $ keyward keys create --org {acme} --from {csv}
    created    3
    elsewhere  0
    existing   0
    secrets    {csv}.secrets.ndjson
    $ keyward keys create --org {acme} --from {csv} --json
    {
      "created": 0,
      "elsewhere": 0,
      "existing": 3,
      "secrets": "{csv}.secrets.ndjson"
    }
    # With another file for the secrets nothing is created again either.
    $ keyward keys create --org {acme} --from {csv} --secrets {directory}/other.ndjson
    created    0
    elsewhere  3
    existing   0
    secrets    {directory}/other.ndjson
    ! keyward: 3 of these keys were created before with another file for the secrets, where they are; they are left as they are
  `,
    { cwd, words: { acme, csv, directory } },
  );
  const name = `${csv}.secrets.ndjson`;
  expect(statSync(name).mode & 0o777).toBe(0o600);
  expect(existsSync(`${name}.pending`)).toBe(false);
  const made = secretsIn(name);
  expect(made.map((line) => line.name).sort()).toEqual(["backend", "worker", "worker"]);
  expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  expect((await keysOf(acme)).map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
  const backend = made.find((line) => line.name === "backend");
  expect(await json(`keyward keys get ${backend?.id}`, cwd)).toMatchObject({
    scopes: ["agents:read", "agents:write"],
    limits: { requestsPerMinute: 60 },
    expiresAt: expect.any(String),
  });
  expect((await run(`printf %s ${backend?.key} | keyward keys verify - --json code`, { cwd })).exit).toBe(0);
});

test("NDJSON has the fields of the API; a row that is added later is created alone", async () => {
  const acme = await server.newOrganization();
  const rows = [
    { name: "a", limits: { requestsPerDay: 5 } },
    { name: "b", concurrentRequests: 2, scopes: ["x"] },
  ];
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  const name = file("ndjson", lines);
  const create = `keyward keys create --org ${acme} --from ${name} --secrets ${directory}/keys.ndjson`;
  expect(await json(create, cwd)).toMatchObject({ created: 2 });
  writeFileSync(name, `{"name":"first of all"}\n${lines}`);
  expect(await json(create, cwd)).toMatchObject({ created: 1, existing: 2 });
  expect((await keysOf(acme)).map((key) => key.name).sort()).toEqual(["a", "b", "first of all"]);
});

test("every bad row is named with its line, and nothing is created", async () => {
  const acme = await server.newOrganization();
  const csv = file(
    "csv",
    "name,environment,requestsPerMinute,expiresIn\ngood,live,5,90d\nbad limit,live,many,\nbad environment,staging,,\ntoo few,live\nbad expiry,live,,90y\n,live,0,\n",
  );
  const ndjson = file("ndjson", '{"name":"good"}\n{"name":1}\n[]\n{"nmae":"x"}\n{"expiresIn":"1d","expiresAt":"2099-01-01T00:00:00Z"}\n');
  await script(
    `
    $ keyward keys create --org {acme} --from {csv}            # exit 2
    ! keyward: {csv}:3: requestsPerMinute must be a whole number
    ! keyward: {csv}:4: environment must be one of live, test
    ! keyward: {csv}:5: it has 2 cells, and there are 4 columns
    ! keyward: {csv}:6: expiresIn must be a whole number with a unit, such as 2s, 15m, 12h or 90d
    ! keyward: {csv}:7: limits.requestsPerMinute must be a whole number from 1 to 1000000000, or null for no limit
    ! keyward: 5 problems were found in {csv}; nothing was created
    ! keyward: correct these lines, and run the command again
    $ keyward keys create --org {acme} --from {ndjson}         # exit 2
    ! keyward: {ndjson}:2: name must be a string
    ! keyward: {ndjson}:3: it is no JSON object
    ! keyward: {ndjson}:4: "nmae" is not a known field
    ! keyward: {ndjson}:5: give expiresAt or expiresIn, not both
    ! keyward: 4 problems were found in {ndjson}; nothing was created
    ! …
    $ keyward keys list --org {acme} --json id
    {
      "data": [],
      "nextCursor": null
    }
  `,
    { cwd, words: { acme, csv, ndjson } },
  );
  expect(existsSync(`${csv}.secrets.ndjson`)).toBe(false);
});

test("a file that is none, a column that is none, and a file for secrets that others read are refused", async () => {
  const acme = await server.newOrganization();
  const columns = file("csv", "name,reqestsPerDay\na,5\n");
  const good = file("csv", "name\na\n");
  writeFileSync(join(directory, "open.ndjson"), "", { mode: 0o644 });
  writeFileSync(join(directory, "else.ndjson"), "kw_live_not_ours\n", { mode: 0o600 });
  await script(
    `
    $ keyward keys create --org {acme} --from keys.xlsx                           # exit 2
    ! keyward: keys.xlsx must end in .csv or .ndjson
    $ keyward keys create --org {acme} --from missing.csv                         # exit 2
    ! keyward: missing.csv cannot be read (ENOENT)
    $ keyward keys create --org {acme} --from {columns}                           # exit 2
    ! keyward: {columns}:1: there is no column "reqestsPerDay". Did you mean requestsPerDay? Columns: …
    ! …
    ! …
    $ keyward keys create --org {acme} --from {good} --secrets {directory}/open.ndjson        # exit 2
    ! keyward: {directory}/open.ndjson can be read by others
    ! keyward: run chmod 600 {directory}/open.ndjson, or name another file
    $ keyward keys create --org {acme} --from {good} --secrets {directory}/else.ndjson        # exit 2
    ! keyward: {directory}/else.ndjson is not what this command writes
    ! keyward: name another file with --secrets
    $ keyward keys create --org {acme} --from {good} --name x                     # exit 2
    ! keyward: option '--from <FILE>' cannot be used with option '--name <NAME>'
    ! …
    $ keyward keys create --org org_00000000000000000000000000 --from {good}      # exit 3
    ! keyward: There is no such organization.
    ! …
  `,
    { cwd, words: { acme, columns, good, directory } },
  );
  expect(await keysOf(acme)).toEqual([]);
});

test("more rows than the plan allows are refused before the first is created", async () => {
  const acme = await server.newOrganization({ overrides: { keys: 2 } });
  const csv = file("csv", "name\na\nb\nc\n");
  const { exit, err } = await run(`keyward keys create --org ${acme} --from ${csv}`, { cwd });
  expect({ exit, err }).toEqual({
    exit: 1,
    err: expect.stringContaining("the plan of the organization allows 2 more keys, and there are 3 rows; nothing was created"),
  });
  expect(await keysOf(acme)).toEqual([]);
});

test("a command that is killed goes on where it was: each row ends with one key that works, whose secret is in the file", async () => {
  const acme = await server.newOrganization();
  const csv = file("csv", `name\n${Array.from({ length: 300 }, (_, at) => `key ${at}`).join("\n")}\n`);
  const secrets = `${csv}.secrets.ndjson`;
  const create = ["keys", "create", "--org", acme, "--from", csv];
  for (const lines of [20, 120]) {
    const child = spawn("keyward", create, { cwd, env: cleanEnvironment(), stdio: "ignore" });
    const ended = new Promise((done) => child.once("exit", done));
    while (!existsSync(secrets) || readFileSync(secrets, "utf8").split("\n").length < lines)
      await new Promise((done) => setImmediate(done));
    child.kill("SIGKILL");
    await ended;
  }
  // As if it had been killed in the middle of a line.
  writeFileSync(secrets, readFileSync(secrets, "utf8").slice(0, -40));
  const { exit, err } = await run(`keyward ${create.join(" ")}`, { cwd });
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  const written = secretsIn(secrets);
  const active = (await keysOf(acme)).filter(({ revokedAt }) => revokedAt === null);
  expect(active.map(({ name }) => name).sort()).toEqual(Array.from({ length: 300 }, (_, at) => `key ${at}`).sort());
  expect(written.map(({ id }) => id).sort()).toEqual(active.map(({ id }) => id).sort());
}, 60_000);

test("Ctrl-C ends it once what is under way is written", async () => {
  const acme = await server.newOrganization();
  const csv = file("csv", `name\n${Array.from({ length: 500 }, (_, at) => `key ${at}`).join("\n")}\n`);
  const child = spawn("keyward", ["keys", "create", "--org", acme, "--from", csv], {
    cwd,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  const ended = new Promise((done) => child.once("exit", done));
  const secrets = `${csv}.secrets.ndjson`;
  while (!existsSync(secrets) || statSync(secrets).size === 0) await new Promise((done) => setImmediate(done));
  child.kill("SIGINT");
  expect(await ended).toBe(1);
  expect(err).toMatch(/^keyward: stopped: \d+ of 500 keys were created; the same command goes on with the others\n$/);
  expect((await keysOf(acme)).length).toBe(secretsIn(`${csv}.secrets.ndjson`).length);
});

test("a response that is lost costs no key: nobody has that secret, so another key takes its place", async () => {
  const acme = await server.newOrganization();
  const csv = file("csv", "name\na\nb\n");
  let lost = 0;
  const proxy = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const headers = { authorization: request.headers.authorization ?? "", "content-type": "application/json", "idempotency-key": "" };
    const sent = {
      ...headers,
      ...(request.headers["idempotency-key"] !== undefined && { "idempotency-key": String(request.headers["idempotency-key"]) }),
    };
    if (sent["idempotency-key"] === "") delete (sent as Record<string, string>)["idempotency-key"];
    const answered = await fetch(server.url + request.url, {
      method: request.method ?? "GET",
      headers: sent,
      ...(body.length > 0 && { body }),
    });
    const text = await answered.text();
    if (request.method === "POST" && request.url?.endsWith("/keys") && lost++ === 0) return void request.socket.destroy();
    response.writeHead(answered.status, { "content-type": answered.headers.get("content-type") ?? "" }).end(text);
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void proxy.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { exit } = await run(`keyward keys create --org ${acme} --from ${csv} --url ${url}`, {
    cwd,
    env: { KEYWARD_TOKEN: server.operatorToken },
  });
  expect(exit).toBe(0);
  const all = await keysOf(acme);
  const active = all.filter(({ revokedAt }) => revokedAt === null);
  expect([all.length, active.map(({ name }) => name).sort()]).toEqual([3, ["a", "b"]]);
  expect(
    secretsIn(`${csv}.secrets.ndjson`)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(active.map(({ id }) => id).sort());
});

describe("revoking from a file", () => {
  async function threeKeys() {
    const acme = await server.newOrganization();
    const keys = await Promise.all(["a", "b", "c"].map((name) => server.newKey(acme, { name })));
    return { acme, ids: keys.map(({ id }) => id) };
  }

  test("all keys are looked up before the first is revoked; said twice it does no more", async () => {
    const { acme, ids } = await threeKeys();
    const csv = file("csv", `name,id\n${ids.map((id) => `x,${id}`).join("\n")}\n`);
    const bad = file("csv", `id,name\n${ids[0]},a\n,b\nkey_00000000000000000000000000,c\nkw_live_0123456789abcdef0123456789,d\n`);
    await script(
      `
      $ keyward keys revoke --from {bad}                  # exit 2
      ! keyward: {bad}:3: it has no id
      ! keyward: {bad}:4: there is no key key_00000000000000000000000000
      ! keyward: {bad}:5: its id is not an id
      ! keyward: 3 problems were found in {bad}; nothing was revoked
      ! …
      $ keyward keys revoke --from {csv} --dry-run
      dryRun         true
      keys           3
      inUse          0
      revokedBefore  0
      $ keyward keys revoke --from {csv} --json
      {
        "revoked": 3,
        "revokedBefore": 0
      }
      $ keyward keys revoke --from {csv}
      revoked        0
      revokedBefore  3
      $ keyward keys revoke                               # exit 2
      ! keyward: missing required argument 'ID', or a file with --from
      ! …
      $ keyward keys revoke {id} --from {csv}             # exit 2
      ! keyward: give an id or --from, not both
      ! …
    `,
      { cwd, words: { csv, bad, id: ids[0] ?? "" } },
    );
    expect((await keysOf(acme)).every(({ revokedAt }) => revokedAt !== null)).toBe(true);
  });

  test.skipIf(!HAS_TERMINAL)("a person types how many keys that are, and sees how far it is", async () => {
    const { acme, ids } = await threeKeys();
    const ndjson = file("ndjson", ids.map((id) => JSON.stringify({ id })).join("\n"));
    const no = await atTerminal(`keyward keys revoke --from ${ndjson}`, { cwd, typed: "2\n" });
    expect(no).toEqual({ exit: 1, shown: expect.stringContaining("Revoke 3 keys for good, 0 of which are in use.") });
    expect((await keysOf(acme)).every(({ revokedAt }) => revokedAt === null)).toBe(true);
    const yes = await atTerminal(`keyward keys revoke --from ${ndjson}`, { cwd, typed: "3\n" });
    expect(yes).toEqual({ exit: 0, shown: expect.stringContaining("[########################]  3/3 keys, 0 s left") });
  });
});
