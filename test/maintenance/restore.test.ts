/** Restoring: everything or nothing, into an empty directory, and what was revoked since the backup stays revoked. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { backUp } from "../../maintenance/backup.ts";
import { check } from "../../maintenance/check.ts";
import { type Restored, restore } from "../../maintenance/restore.ts";
import { agentpay } from "../../platforms/agentpay.ts";
import { run } from "../cli/script.ts";
import { traceDirectory } from "../support/root.ts";
import { must, type TestService, testService } from "../support/service.ts";

const SECRET = "test-secret-test-secret-test-secret";
const NOW = Date.UTC(2026, 10, 20, 12);
const ENV = { KEYWARD_SECRET: SECRET };

/** Opens, and is closed before the next call of `close`. */
async function opened(directory: string, more: object = {}): Promise<TestService & { close(): Promise<void> }> {
  let close: () => Promise<void> = () => Promise.resolve();
  const made = await testService({ directory, whenDone: (end) => (close = end), ...more });
  return { ...made, close: () => close() };
}

const asked = (file: string, dataDirectory: string, endedSince: readonly string[] = [], env: Record<string, string> = ENV) =>
  restore({ file, dataDirectory, endedSince, env, clock: () => NOW + 3_600_000, randomBytes });

/** A backup, and what happened on the server after it. */
interface Story {
  readonly directory: string;
  readonly backup: string;
  readonly organization: string;
  readonly keys: Record<string, { id: string; key: string }>;
  readonly token: string;
  /** The audit log of the organization, as the command prints it. */
  readonly log: string;
}

async function story(): Promise<Story> {
  const directory = traceDirectory("story");
  const made = await opened(directory);
  const { service } = made;
  const organization = await made.newOrganization({ overrides: { keys: null } });
  const keys: Story["keys"] = {};
  for (const name of ["untouched", "revoked", "disabled", "enabled again", "rotated", "expires sooner", "expires later", "revoked before"])
    keys[name] = await made.newKey(organization, { name });
  const id = (name: string) => keys[name]?.id ?? "";
  const { token, serviceToken } = must(await service.serviceTokens.create({ name: "gateway" }, "operator"));
  must(await service.keys.revoke(organization, id("revoked before"), "operator"));
  const backup = join(directory, "backup.db");
  await backUp({ dataDirectory: directory, file: backup, clock: () => NOW });

  made.clock.now += 60_000;
  must(await service.keys.revoke(organization, id("revoked"), "operator"));
  must(await service.keys.update(organization, id("disabled"), { enabled: false }, "operator"));
  must(await service.keys.update(organization, id("enabled again"), { enabled: false }, "operator"));
  must(await service.keys.rotate(organization, id("rotated"), { overlap: "0s" }, "operator"));
  must(await service.keys.update(organization, id("expires sooner"), { expiresIn: "90d" }, "operator"));
  must(await service.serviceTokens.revoke(serviceToken.id, "operator"));
  const created = await made.newKey(organization, { name: "created since" });
  must(await service.keys.revoke(organization, created.id, "operator"));
  made.clock.now += 60_000;
  must(await service.keys.update(organization, id("enabled again"), { enabled: true }, "operator"));
  await service.flush();
  const log = join(directory, "audit.json");
  const entries = must(await service.audit.list(organization, { limit: 100 })).entries;
  writeFileSync(
    log,
    JSON.stringify({ data: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })), nextCursor: null }),
  );
  await made.close();
  return { directory, backup, organization, keys, token, log };
}

let told: Story;
beforeAll(async () => {
  told = await story();
});

/** The code that each key gets in a restored directory. */
async function codesIn(directory: string): Promise<Record<string, string>> {
  const { service, close } = await opened(directory, { clock: () => NOW + 3_600_000 });
  const codes = await Promise.all(Object.entries(told.keys).map(async ([name, { key }]) => [name, (await service.verify(key)).code]));
  const isTokenValid = await service.serviceTokens.isValid(told.token);
  await close();
  return { ...Object.fromEntries(codes), "service token": isTokenValid ? "valid" : "revoked" };
}

const AS_IN_BACKUP = {
  untouched: "valid",
  revoked: "valid",
  disabled: "valid",
  "enabled again": "valid",
  rotated: "valid",
  "expires sooner": "valid",
  "expires later": "valid",
  "revoked before": "revoked",
  "service token": "valid",
};

test("without a trail everything is as in the backup, and the result says from when it is", async () => {
  const directory = join(traceDirectory("restored"), "new", "data");
  const restored = await asked(told.backup, directory);
  expect(restored).toMatchObject({
    file: join(directory, "keyward.db"),
    madeAt: NOW,
    lastChangeAt: NOW,
    endedAgain: null,
    hasSecret: true,
  });
  expect(restored.counts).toMatchObject({ organizations: 1, keys: 8, activeKeys: 7 });
  expect(readdirSync(directory)).toEqual(["keyward.db"]);
  expect([statSync(directory).mode & 0o777, statSync(join(directory, "keyward.db")).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(await codesIn(directory)).toEqual(AS_IN_BACKUP);
  expect(await check({ dataDirectory: directory, file: undefined, clock: () => NOW })).toMatchObject({ backupMadeAt: null, faults: [] });
});

function newerCopy(): string {
  const file = join(traceDirectory("newer"), "keyward.db");
  copyFileSync(join(told.directory, "keyward.db"), file);
  const database = new DatabaseSync(file);
  database.exec("alter table audit add column later text; insert into kysely_migration values ('0999_later', '')");
  database.close();
  return file;
}

describe("what was ended since is ended again, with rows in the audit log", () => {
  test.each([
    ["an exported audit log", () => told.log, { "service token": "valid" }, []],
    ["another copy of the database", () => join(told.directory, "keyward.db"), {}, ["service token"]],
    ["a copy that a newer version has migrated", newerCopy, {}, ["service token"]],
  ] as const)("as %s tells", async (_sentence, trail, more, tokens) => {
    const directory = traceDirectory("restored");
    const { endedAgain } = await asked(told.backup, directory, [trail()]);
    const idOf = (name: string) => told.keys[name]?.id as string;
    expect(endedAgain).toEqual({
      revoked: [idOf("revoked")],
      disabled: [idOf("disabled")],
      expired: [idOf("rotated"), idOf("expires sooner")],
      serviceTokens: tokens.map(() => expect.stringMatching(/^st_/)),
      unknown: 1,
      changesOfPeople: 0,
      createdSince: 2,
    } satisfies Restored["endedAgain"]);
    expect(await codesIn(directory)).toEqual({
      ...AS_IN_BACKUP,
      revoked: "revoked",
      disabled: "disabled",
      rotated: "expired",
      "service token": "revoked",
      ...more,
    });
    const { store, close } = await opened(directory);
    const again = (await store.listAudit(told.organization, { limit: 100 })).filter(({ at }) => at === NOW + 3_600_000);
    await close();
    expect(again.map(({ action, subjectId, actor }) => ({ action, subjectId, actor })).reverse()).toEqual([
      { action: "key.revoked", subjectId: idOf("revoked"), actor: "operator" },
      { action: "key.updated", subjectId: idOf("disabled"), actor: "operator" },
      { action: "key.updated", subjectId: idOf("rotated"), actor: "operator" },
      { action: "key.updated", subjectId: idOf("expires sooner"), actor: "operator" },
    ]);
    expect((await check({ dataDirectory: directory, file: undefined, clock: () => NOW })).faults).toEqual([]);
  });

  test("a log with entries from before the backup alone changes nothing", async () => {
    const directory = traceDirectory("restored");
    const { endedAgain } = await asked(told.backup, directory, [told.backup]);
    expect(endedAgain).toMatchObject({ revoked: [], disabled: [], expired: [], serviceTokens: [], unknown: 0, createdSince: 0 });
    expect(await codesIn(directory)).toEqual(AS_IN_BACKUP);
  });

  test("an unclaimed key that was claimed and revoked since is revoked", async () => {
    const from = traceDirectory("unclaimed");
    const made = await opened(from, { platform: agentpay });
    const issued = must(await made.service.keys.createUnclaimed({ name: "agent" }));
    const key = (issued.shown as { key: string }).key;
    const backup = join(from, "backup.db");
    await backUp({ dataDirectory: from, file: backup, clock: () => NOW });
    const organization = await made.newOrganization();
    must(await made.service.keys.claim(organization, key, "operator"));
    must(await made.service.keys.revoke(organization, issued.apiKey.id, "operator"));
    await made.close();
    const directory = traceDirectory("restored");
    const { endedAgain } = await asked(backup, directory, [join(from, "keyward.db")]);
    expect(endedAgain?.revoked).toEqual([issued.apiKey.id]);
    const again = await opened(directory, { platform: agentpay });
    expect((await again.service.verify(key)).code).toBe("revoked");
    await again.close();
  });
});

test("sessions and operator tokens in a backup are ended: a person may have signed out since", async () => {
  const from = traceDirectory("sessions");
  copyFileSync(told.backup, join(from, "backup.db"));
  const database = new DatabaseSync(join(from, "backup.db"));
  database.exec(`insert into users (id, name, email, email_verified, created_at, updated_at) values ('usr_1', 'Ada', 'ada@example.com', 1, '', '');
    insert into operator_tokens (digest, expires_at) values ('1:x', 9e15);
    insert into sessions (id, token, user_id, expires_at, created_at, updated_at) values ('ses_1', 'token', 'usr_1', '2030-01-01', '', '')`);
  database.close();
  const directory = traceDirectory("restored");
  expect(await asked(join(from, "backup.db"), directory)).toMatchObject({ endedSessions: 1 });
  const { store, close } = await opened(directory);
  expect(await store.findSession({ token: "token" }, NOW)).toBeUndefined();
  expect(await store.isOperatorToken("1:x", NOW)).toBe(false);
  await close();
});

describe("refused in one sentence, and nothing is changed:", () => {
  /** The backup with something done to it. */
  const spoiled = (spoil: (file: string) => void) => {
    const file = join(traceDirectory("spoiled"), "backup.db");
    copyFileSync(told.backup, file);
    spoil(file);
    return file;
  };
  const sql = (text: string) => (file: string) => {
    const database = new DatabaseSync(file);
    database.exec(text);
    database.close();
  };
  test.each([
    [
      "a backup that is cut short",
      () => spoiled((file) => truncateSync(file, statSync(file).size - 5_000)),
      /^\S+backup\.db is cut short: /,
    ],
    [
      "a file that is no backup",
      () => spoiled((file) => writeFileSync(file, "{}".repeat(200))),
      /^\S+backup\.db is not a database of Keyward$/,
    ],
    ["no such file", () => join(told.directory, "none.db"), /^there is no database at \S+none\.db$/],
    [
      "a backup of a newer version",
      () => spoiled(sql("insert into kysely_migration values ('0999_later', '')")),
      /^\S+backup\.db was written by a newer version of Keyward, which made the change 0999_later; use that version or a newer one$/,
    ],
    ["a database that no server has used", () => spoiled(sql("delete from facts")), /^\S+backup\.db has never been used by a server$/],
  ])("%s", async (_sentence, make, sentence) => {
    const directory = join(traceDirectory("refused"), "data");
    await expect(asked(make(), directory)).rejects.toThrow(sentence);
    expect(existsSync(directory)).toBe(false);
  });

  test("a directory with data, which stays as it is", async () => {
    const directory = traceDirectory("occupied");
    writeFileSync(join(directory, "keyward.db"), "mine");
    await expect(asked(told.backup, directory)).rejects.toThrow(
      /^\S+ is not empty: it has keyward\.db; name an empty directory with --data, for a restore replaces nothing$/,
    );
    expect(readdirSync(directory)).toEqual(["keyward.db"]);
  });

  test("a backup of another secret, in the environment or in the directory", async () => {
    const directory = traceDirectory("secret");
    const other = "other-secret-other-secret-other-secret";
    await expect(asked(told.backup, directory, [], { KEYWARD_SECRET: other })).rejects.toThrow(
      /^\S+backup\.db needs another master secret than KEYWARD_SECRET; nothing was restored$/,
    );
    writeFileSync(join(directory, "secret"), other);
    await expect(asked(told.backup, directory, [], {})).rejects.toThrow(
      /needs another master secret than \S+\/secret; nothing was restored$/,
    );
    expect(readdirSync(directory)).toEqual(["secret"]);
  });

  const trail = (content: string) => {
    const file = join(traceDirectory("trail"), "audit.json");
    writeFileSync(file, content);
    return file;
  };
  test.each([
    [
      "one page of a log",
      () => trail('{"data":[],"nextCursor":"evt_1"}'),
      /^\S+ has one page of the audit log and not the others; export it with --all$/,
    ],
    [
      "a log with a line that is no JSON",
      () => trail('{"data":[]}\n{"da'),
      /^line 2 of \S+ is no JSON; export the log with: keyward audit/,
    ],
    [
      "something else in JSON",
      () => trail('[{"id":"evt_1","at":"2026-11-20T12:00:00Z"}]'),
      /^entry 1 of \S+ has no action: it is not from an audit log of Keyward$/,
    ],
    ["a log with no time", () => trail('[{"id":"evt_1","at":"soon"}]'), /^entry 1 of \S+ has no at: /],
    ["a file that is not there", () => "/none.json", /^\/none\.json cannot be read \(ENOENT\)$/],
    [
      "a database of another Keyward",
      () => spoiled(sql("update facts set value = 'other' where name = 'secret'")),
      /^\S+backup\.db belongs to another Keyward$/,
    ],
  ])("revocations from %s", async (_sentence, make, sentence) => {
    const directory = join(traceDirectory("refused"), "data");
    await expect(asked(told.backup, directory, [make()])).rejects.toThrow(sentence);
    expect(existsSync(directory)).toBe(false);
  });
});

test("a log may have one entry or one document on each line, and a secret may lie in the directory before", async () => {
  const { data } = JSON.parse(readFileSync(told.log, "utf8"));
  const place = traceDirectory("lines");
  writeFileSync(join(place, "one"), data.map((entry: object) => JSON.stringify(entry)).join("\n"));
  writeFileSync(join(place, "two"), data.map((entry: object) => JSON.stringify({ data: [entry] })).join("\n"));
  for (const name of ["one", "two"]) {
    const directory = traceDirectory("restored");
    writeFileSync(join(directory, "secret"), `${SECRET}\n`);
    const restored = await asked(told.backup, directory, [join(place, name)], {});
    expect(restored).toMatchObject({ hasSecret: true, endedAgain: { revoked: [told.keys.revoked?.id] } });
    expect(readdirSync(directory).sort()).toEqual(["keyward.db", "secret"]);
  }
});

test("without the master secret a backup is restored, and the result says that the secret is missing", async () => {
  expect(await asked(told.backup, traceDirectory("restored"), [], {})).toMatchObject({ hasSecret: false });
});

test("a restore that was interrupted has left nothing that counts: the next one succeeds", async () => {
  const directory = traceDirectory("interrupted");
  mkdirSync(join(directory, "restoring"));
  writeFileSync(join(directory, "restoring", "keyward.db"), "half of it");
  mkdirSync(join(directory, "lost+found"));
  await asked(told.backup, directory);
  expect(readdirSync(directory).sort()).toEqual(["keyward.db", "lost+found"]);
});

test("a disk that is full ends a restore with one sentence, and leaves nothing", async () => {
  const place = traceDirectory("full");
  const { exit, err } = await run(`trap '' XFSZ; ulimit -f 100; keyward restore ${told.backup} --data data`, { cwd: place, env: ENV });
  expect(exit).toBe(1);
  expect(err).toMatch(/^keyward: [^\n]+\n$/);
  expect(existsSync(join(place, "data"))).toBe(false);
});

test("the command tells from when the backup is, what was ended again, and where the secret must go", async () => {
  const place = traceDirectory("command");
  const plain = await run(`keyward restore ${told.backup} --data data --table`, { cwd: place });
  expect(plain.exit).toBe(0);
  expect(plain.out).toMatch(/^\S+\/data\/keyward\.db {2}8 keys \(7 active\) of 1 organization\n$/);
  expect(plain.err).toBe(
    [
      "keyward: the backup is from 2026-11-20T12:00:00.000Z",
      "keyward: keys and service tokens that were revoked or disabled after that moment work again: restore again with --revocations-from, or revoke them as soon as the server runs",
      "keyward: the master secret is not there yet: set KEYWARD_SECRET, or put the file secret into data",
      "",
    ].join("\n"),
  );
  const started = await run("keyward serve --port 0 --data data", { cwd: place });
  expect(started.err).toMatch(
    /^keyward: the master secret of this database is missing: put \S+\/data\/secret back, or set KEYWARD_SECRET to the one/m,
  );
  expect(existsSync(join(place, "data", "secret"))).toBe(false);
  rmSync(join(place, "data"), { recursive: true });
  const again = await run(`keyward restore ${told.backup} --data data --revocations-from ${told.log} --json`, { cwd: place, env: ENV });
  expect(JSON.parse(again.out)).toMatchObject({
    madeAt: "2026-11-20T12:00:00.000Z",
    hasSecret: true,
    endedAgain: { revoked: [told.keys.revoked?.id] },
  });
  expect(again.err).toContain("keyward: ended again: 1 key revoked, 1 disabled, 2 expired, 0 service tokens revoked\n");
  expect(again.err).toContain("keyward: 2 keys created after the backup are not in it\n");
});
