/** Backups: whole or absent, of a database in use or at rest. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { backUp } from "../../maintenance/backup.ts";
import { check } from "../../maintenance/check.ts";
import { run } from "../cli/script.ts";
import { traceDirectory } from "../support/root.ts";
import { startServer } from "../support/server.ts";
import { startProcess } from "../support/server-process.ts";
import { testService } from "../support/service.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const clock = () => NOW;

/** A data directory with some keys, which no server uses any more. */
async function atRest(keys = 3): Promise<string> {
  const ends: (() => Promise<void>)[] = [];
  const made = await testService({ whenDone: (end) => ends.push(end) });
  const organization = await made.newOrganization();
  for (let at = 0; at < keys; at++) await made.newKey(organization);
  for (const end of ends) await end();
  return made.directory;
}

/** Rows enough for a copy to take a while. */
function enlarge(directory: string, rows: number): void {
  const database = new DatabaseSync(join(directory, "keyward.db"));
  database.exec(`insert into usage (key_id, hour, outcome, count)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
    select (select id from api_keys limit 1), i * 3600000, 'valid', 1 from n`);
  database.close();
}

const idsIn = (file: string): string[] => {
  const database = new DatabaseSync(file, { readOnly: true });
  const ids = database.prepare("select id from api_keys").all();
  database.close();
  return ids.map(({ id }) => String(id));
};

test("a backup of a server under load has every key that was acknowledged before, and the server goes on", async () => {
  const server = await startProcess();
  const organization = await server.newOrganization();
  const acknowledged: string[] = [];
  let isLoaded = true;
  const loads = Array.from({ length: 4 }, async () => {
    while (isLoaded) acknowledged.push((await server.newKey(organization)).id);
  });
  while (acknowledged.length < 20) await new Promise(setImmediate);
  for (let turn = 0; turn < 3; turn++) {
    const before = [...acknowledged];
    const file = join(server.directory, `backup-${turn}.db`);
    await backUp({ dataDirectory: server.directory, file, clock });
    const ids = idsIn(file);
    expect(before.filter((id) => !ids.includes(id))).toEqual([]);
    expect((await check({ dataDirectory: "", file, clock })).faults).toEqual([]);
  }
  isLoaded = false;
  await Promise.all(loads);
  expect((await check({ dataDirectory: server.directory, file: undefined, clock })).faults).toEqual([]);
});

test("after kill -9 and before any restart, a backup has what was acknowledged, and nothing is lost by it", async () => {
  const server = await startProcess();
  const organization = await server.newOrganization();
  const { id } = await server.newKey(organization);
  await server.kill("SIGKILL");
  const file = join(server.directory, "backup.db");
  await backUp({ dataDirectory: server.directory, file, clock });
  expect(idsIn(file)).toEqual([id]);
  const again = await startServer({ directory: server.directory });
  expect((await again.operator("GET", `/keyward/v1/organizations/${organization}/keys/${id}`)).status).toBe(200);
});

test("a backup is one file that only its owner can read, says when it was made, and has what it says", async () => {
  const directory = await atRest();
  const place = traceDirectory("backups");
  const file = join(place, "backup.db");
  const made = await backUp({ dataDirectory: directory, file, clock });
  expect(made).toMatchObject({ file, madeAt: NOW, bytes: statSync(file).size, counts: { keys: 3, activeKeys: 3, organizations: 1 } });
  expect(readdirSync(place)).toEqual(["backup.db"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await check({ dataDirectory: "", file, clock })).toMatchObject({ backupMadeAt: NOW, counts: made.counts, faults: [] });
  expect(readdirSync(place)).toEqual(["backup.db"]);
});

test("what was deleted is not in a backup", async () => {
  const directory = await atRest();
  const database = new DatabaseSync(join(directory, "keyward.db"));
  database.exec(
    "pragma secure_delete = off; insert into facts values ('gone', 'zebra-zebra-zebra'); delete from facts where name = 'gone'",
  );
  database.close();
  const file = join(directory, "backup.db");
  await backUp({ dataDirectory: directory, file, clock });
  expect(readFileSync(join(directory, "keyward.db"), "latin1")).toContain("zebra-zebra-zebra");
  expect(readFileSync(file, "latin1")).not.toContain("zebra-zebra-zebra");
});

test("nothing is replaced: a name that is taken is refused, and its file stays as it is", async () => {
  const directory = await atRest();
  const file = join(directory, "taken");
  writeFileSync(file, "mine");
  await expect(backUp({ dataDirectory: directory, file, clock })).rejects.toThrow(/^\S+taken exists already; give the name of a new file$/);
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test.each([
  [
    "no database",
    async () => traceDirectory("empty"),
    "b.db",
    /^there is no database in \S+; name the data directory of the server with --data$/,
  ],
  ["a directory that does not exist", atRest, "none/b.db", /^\S+b\.db cannot be created \(ENOENT\)$/],
  [
    "another file in its place",
    async () => {
      const directory = traceDirectory("other");
      writeFileSync(join(directory, "keyward.db"), "not a database, but long enough to be one".repeat(10));
      return directory;
    },
    "b.db",
    /^\S+keyward\.db is not a database of Keyward$/,
  ],
])("refused in one sentence: %s", async (_sentence, make, name, sentence) => {
  const directory = await make();
  const file = join(directory, name);
  await expect(backUp({ dataDirectory: directory, file, clock })).rejects.toThrow(sentence);
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(directory).filter((each) => each.endsWith(".partial"))).toEqual([]);
});

test("kill -9 during a backup leaves no file of that name, and the next one succeeds and tidies up", async () => {
  const directory = await atRest();
  enlarge(directory, 400_000);
  const place = traceDirectory("killed");
  // The shell kills the command as soon as its temporary file has grown.
  const ended = await run(
    `keyward backup b.db --data ${directory} & pid=$!
     until [ -n "$(find . -name 'b.db.*.partial' -size +100k)" ]; do :; done; kill -9 $pid; wait $pid`,
    { cwd: place },
  );
  expect(ended.exit).toBe(137);
  expect(readdirSync(place)).not.toContain("b.db");
  expect(readdirSync(place)).toContainEqual(expect.stringMatching(/^b\.db\.\d+\.partial$/));
  expect(await run(`keyward backup b.db --data ${directory}`, { cwd: place })).toMatchObject({ exit: 0 });
  expect(readdirSync(place).filter((name) => !name.endsWith(".log"))).toEqual(["b.db"]);
});

test("a disk that is full ends a backup with one sentence, and leaves nothing", async () => {
  const directory = await atRest();
  enlarge(directory, 20_000);
  const place = traceDirectory("full");
  // A limit on the size of files fails writes in the same way wherever this runs. Blocks of 512 or 1,024 bytes, as the shell has it.
  const { exit, out, err } = await run(`trap '' XFSZ; ulimit -f 200; keyward backup b.db --data ${directory}`, { cwd: place });
  expect({ exit, out }).toEqual({ exit: 1, out: "" });
  expect(err).toMatch(
    /^keyward: (?:there is not enough room for b\.db; nothing was written|b\.db could not be written, or [^\n]*; nothing was kept)\n$/,
  );
  expect(readdirSync(place).filter((name) => !name.endsWith(".log"))).toEqual([]);
});

test("a directory that may not be written to is named", async () => {
  const directory = await atRest();
  // On Linux nobody makes files there, root included.
  const closed = existsSync("/sys/kernel") ? "/sys/kernel" : join(directory, "closed");
  if (!existsSync(closed)) mkdirSync(closed, { mode: 0o500 });
  await expect(backUp({ dataDirectory: directory, file: join(closed, "b.db"), clock })).rejects.toThrow(/cannot be created \(EACCES\)/);
});
