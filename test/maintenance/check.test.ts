/** What `keyward check` finds: every kind of fault, and none where there is none. */
import { closeSync, copyFileSync, openSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { backUp } from "../../maintenance/backup.ts";
import { check } from "../../maintenance/check.ts";
import { agentpay } from "../../platforms/agentpay.ts";
import { run } from "../cli/script.ts";
import { traceDirectory } from "../support/root.ts";
import { testService } from "../support/service.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
let backup = "";

beforeAll(async () => {
  const ends: (() => Promise<void>)[] = [];
  const made = await testService({ whenDone: (end) => ends.push(end) });
  const organization = await made.newOrganization();
  const keys = [await made.newKey(organization, { limits: { requestsPerMinute: 9 } }), await made.newKey(organization)];
  for (const { key } of keys) await made.service.verify(key);
  await made.service.keys.revoke(organization, keys[1]?.id ?? "", "operator");
  await made.service.flush();
  for (const end of ends) await end();
  backup = join(made.directory, "backup.db");
  await backUp({ dataDirectory: made.directory, file: backup, clock: () => NOW });
});

/** A copy of the backup, in which something is wrong. */
function brokenBy(sql: string): string {
  const file = join(traceDirectory("broken"), "broken.db");
  copyFileSync(backup, file);
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
  return file;
}

const faultsOf = async (file: string) =>
  (await check({ dataDirectory: "", file, clock: () => NOW })).faults.map(({ check: what, detail }) => `${what}: ${detail}`);

test("a whole database has no faults, and its counts", async () => {
  const { faults, counts } = await check({ dataDirectory: "", file: backup, clock: () => NOW });
  expect(faults).toEqual([]);
  expect(counts).toMatchObject({ organizations: 1, keys: 2, activeKeys: 1, serviceTokens: 0, auditEntries: 4, verifications: 2 });
});

// biome-ignore format: a table
test.each([
  ["a key of nobody",          "update api_keys set organization_id = 'org_gone'",             "references: 2 rows of api_keys name a row of organizations that does not exist (organization_id)"],
  ["usage of no key",          "update usage set key_id = 'key_gone' where key_id = (select max(id) from api_keys)", "references: 1 row of usage name a row of api_keys that does not exist (key_id)"],
  ["a last use of no key",     "insert into last_uses values ('key_gone', 1)",                 "references: 1 row of last_uses name a row of api_keys that does not exist (key_id)"],
  ["a counter of no key",      "update counters set counter_id = 'key_gone'",                  "references: 1 row of counters name a row of api_keys that does not exist (counter_id)"],
  ["a successor that is gone", "update api_keys set successor_id = 'key_gone' where revoked_at is null", "references: 1 row of api_keys name a row of api_keys that does not exist (successor_id)"],
  ["a gap in the feed",        "delete from change_feed where sequence = 2",                   "change feed: 1 numbers between 1 and 4 are missing"],
  ["a feed that went back",    "update feed_head set sequence = 3",                            "change feed: the last number is 4, and feed_head says 3"],
  ["no head of the feed",      "delete from feed_head",                                        "change feed: feed_head has 0 rows in place of one"],
  ["usage below one",          "update usage set count = 0",                                   "usage: 2 rows of usage have no count, or an hour that is none"],
  ["an hour that is none",     "update usage set hour = hour + 1 where key_id = (select max(id) from api_keys)", "usage: 1 row of usage have no count, or an hour that is none"],
  ["scopes that are no list",  "update api_keys set scopes = 'agents' where revoked_at is null", "records: 1 row of api_keys have no JSON in scopes"],
])("found: %s", async (_sentence, sql, fault) => {
  expect(await faultsOf(brokenBy(sql))).toEqual([fault]);
});

describe("of the master secret", () => {
  const ofSecret = async (file: string, secret?: string) =>
    (await check({ dataDirectory: "", file, clock: () => NOW, env: { KEYWARD_SECRET: secret } })).faults.map(({ detail }) => detail);
  const OWN = "test-secret-test-secret-test-secret";

  test("the right one, and none, find nothing", async () => {
    expect(await ofSecret(backup, OWN)).toEqual([]);
    expect(await check({ dataDirectory: "", file: backup, clock: () => NOW })).toMatchObject({ hasSecret: false, faults: [] });
  });

  test("another one is found out", async () => {
    expect(await ofSecret(backup, "other-secret-other-secret-other-secret")).toEqual([
      "the database was last used with another master secret than KEYWARD_SECRET",
    ]);
  });

  test("digests under a secret that the database has not met, or cut off, are counted", async () => {
    const faults = await ofSecret(
      brokenBy(`update api_keys set digest = '7' || substr(digest, 2) where revoked_at is null;
        insert into service_tokens (id, name, digest, created_at) values ('st_1', 'x', '1:short', 1)`),
    );
    expect(faults).toEqual([
      "1 digests of api_keys are under no secret that the database knows",
      "1 digests of service_tokens are under no secret that the database knows",
    ]);
  });

  test("sealed keys that were altered, or belong to another key, are counted", async () => {
    const ends: (() => Promise<void>)[] = [];
    const made = await testService({ platform: agentpay, whenDone: (end) => ends.push(end) });
    const organization = await made.newOrganization();
    for (let at = 0; at < 3; at++) await made.newKey(organization);
    for (const end of ends) await end();
    const database = new DatabaseSync(join(made.directory, "keyward.db"));
    database.exec(
      `update api_keys set sealed = (select sealed from api_keys order by id desc limit 1) where id = (select min(id) from api_keys)`,
    );
    database.close();
    const checked = await check({ dataDirectory: made.directory, file: undefined, clock: () => NOW, env: { KEYWARD_SECRET: OWN } });
    expect(checked.faults).toEqual([{ check: "secrets", detail: "1 sealed keys cannot be shown with the master secret" }]);
  });
});

test("damaged pages are found, and end the check", async () => {
  const file = brokenBy("");
  const opened = openSync(file, "r+");
  const database = new DatabaseSync(file, { readOnly: true });
  const { page } = database.prepare("select rootpage as page from sqlite_schema where name = 'api_keys'").get() as { page: number };
  database.close();
  writeSync(opened, Buffer.alloc(4_096, 0xff), 0, 4_096, (page - 1) * 4_096);
  closeSync(opened);
  const { faults, counts } = await check({ dataDirectory: "", file, clock: () => NOW });
  expect(counts).toBeNull();
  expect(new Set(faults.map(({ check: what }) => what))).toEqual(new Set(["file"]));
});

test.each([
  ["cut short", (file: string) => truncateSync(file, statSync(file).size - 4_096), /^\S+broken\.db is cut short: it has \d+ of \d+ bytes$/],
  ["cut to its first bytes", (file: string) => truncateSync(file, 50), /^\S+broken\.db is cut short: it has 50 bytes$/],
  ["empty", (file: string) => truncateSync(file, 0), /^\S+broken\.db is not a database of Keyward$/],
])("a file that is %s is refused in one sentence", async (_sentence, spoil, sentence) => {
  const file = brokenBy("");
  spoil(file);
  await expect(check({ dataDirectory: "", file, clock: () => NOW })).rejects.toThrow(sentence);
});

test.each([
  ["of another program", "drop table kysely_migration", /^\S+broken\.db is a database, but not one of Keyward$/],
  [
    "of a newer version",
    "insert into kysely_migration values ('0999_later', '2030-01-01')",
    /^\S+ was written by a newer version of Keyward, which made the change 0999_later; use that version or a newer one$/,
  ],
])("a database %s is refused in one sentence", async (_sentence, sql, sentence) => {
  await expect(check({ dataDirectory: "", file: brokenBy(sql), clock: () => NOW })).rejects.toThrow(sentence);
});

test("the exit code says whether something is wrong, and the JSON document what", async () => {
  const file = brokenBy("delete from feed_head");
  const whole = await run(`keyward check ${backup} --table`);
  expect(whole).toMatchObject({ exit: 0, err: "" });
  expect(whole.out).toMatch(/^keys +2$/m);
  expect(whole.out).toMatch(/^faults +none$/m);
  const broken = await run(`keyward check ${file} --json`);
  expect(broken.exit).toBe(1);
  expect(broken.err).toMatch(/^keyward: 1 fault found in \S+\nkeyward: keep this database as it is, and restore the last good backup/);
  expect(JSON.parse(broken.out).faults).toEqual([{ check: "change feed", detail: "feed_head has 0 rows in place of one" }]);
});

test("with PostgreSQL the commands say what to use instead, with exit code 2", async () => {
  for (const [command, instead] of [
    ["backup b.db", "pg_dump"],
    ["restore b.db", "pg_restore"],
  ]) {
    const { exit, err } = await run(`keyward ${command}`, { env: { KEYWARD_DATABASE_URL: "postgres://user:hidden@db.test/keyward" } });
    expect(exit).toBe(2);
    expect(err).toContain(instead);
    expect(err).not.toContain("hidden");
  }
});
