/** The embedded store: the contract that every store keeps, and what is true of a database that is files in one directory. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { boundsOf } from "../../engine/condition.ts";
import { stackOf } from "../../engine/errors.ts";
import { describeStore } from "../../stores/conformance/describe-store.ts";
import { NOW, World } from "../../stores/conformance/world.ts";
import { type Organization, type Store, StoreUnavailable } from "../../stores/contract.ts";
import { toSendable } from "../../stores/sendable-error.ts";
import { openSqlite, type SqliteOptions } from "../../stores/sqlite/open.ts";
import { traceDirectory } from "../support/root.ts";

const HOLD = join(import.meta.dirname, "hold.ts");
const IN_USE = "another Keyward is running on this data directory; stop it, or name another directory with --data";

describeStore("sqlite", () => openSqlite({ directory: traceDirectory("sqlite") }));

/** Opened for one test, and closed with it. */
async function open(options: Partial<SqliteOptions> = {}) {
  const { directory = traceDirectory("sqlite"), ...rest } = options;
  const { store, close } = await openSqlite({ directory, ...rest });
  onTestFinished(close);
  const world = new World();
  world.store = store;
  return { store, close, directory, world };
}

/** Looks into the file of a store that is closed. SQLite's own locks make this safe beside an open one too; `node:fs` would drop them. */
function inFile<Result>(directory: string, look: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(directory, "keyward.db"));
  try {
    return look(database);
  } finally {
    database.close();
  }
}

const tablesIn = (directory: string) =>
  inFile(directory, (database) =>
    database
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'")
      .all()
      .map(({ name }) => name),
  );

/** Every key has its row in audit and feed, and the other way round: nothing of a creation is there without the rest. */
async function expectWhole(store: Store, organizationId: string) {
  const keys = (await store.listKeys(organizationId, { limit: 10_000 })).map(({ id }) => id).sort();
  const audited = (await store.listAudit(organizationId, { limit: 10_000 }))
    .filter(({ action }) => action === "key.created")
    .map(({ subjectId }) => subjectId);
  const fed = (await store.changesAfter(0, 10_000)).filter(({ kind }) => kind === "key").map(({ subjectId }) => subjectId);
  expect({ audited: audited.sort(), fed: fed.sort() }).toEqual({ audited: keys, fed: keys });
  return keys;
}

/** Another process that has the directory open, and what it has said. */
async function holder(directory: string) {
  const child = spawn(process.execPath, [HOLD, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("close", done));
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  const said: string[] = [];
  const lines = createInterface(child.stdout);
  const until = async (count: number) => {
    while (said.length < count) await new Promise((next) => lines.once("line", next));
  };
  lines.on("line", (line) => said.push(line));
  await until(1);
  expect(said[0]).toBe("open");
  return { ids: () => said.slice(1), until, kill };
}

describe("one process has the directory", () => {
  test("a second opening in the same process is refused, and does not let go of the first one's lock", async () => {
    const { directory, store } = await open();
    for (let attempt = 0; attempt < 2; attempt++) {
      const refusal = await openSqlite({ directory }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(StoreUnavailable);
      expect(refusal).toHaveProperty("message", IN_USE);
    }
    const { status, stderr } = spawnSync(process.execPath, [HOLD, directory], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 1, stderr: `${IN_USE}\n` });
    await store.ping();
  });

  test("of three openings at once never two succeed", async () => {
    const directory = traceDirectory("sqlite");
    const openings = await Promise.allSettled(Array.from({ length: 3 }, () => openSqlite({ directory })));
    const opened = openings.filter((opening) => opening.status === "fulfilled");
    for (const { value } of opened) onTestFinished(value.close);
    expect(opened.length).toBeLessThanOrEqual(1);
    for (const opening of openings) if (opening.status === "rejected") expect(opening.reason).toHaveProperty("message", IN_USE);
    await opened[0]?.value.store.ping();
  });

  test("a directory that another process has open is refused; after kill -9 it opens, and nothing acknowledged is lost or half done", async () => {
    const directory = traceDirectory("sqlite");
    const other = await holder(directory);
    await other.until(50);
    await expect(openSqlite({ directory })).rejects.toThrow(IN_USE);
    await other.until(other.ids().length + 20);
    await other.kill();

    const { store } = await open({ directory });
    const keys = await expectWhole(store, "org_held");
    expect(new Set(other.ids()).difference(new Set(keys))).toEqual(new Set());
    expect(keys.length - other.ids().length).toBeLessThanOrEqual(1);
  });

  test("it can be opened again as soon as it is closed", async () => {
    const directory = traceDirectory("sqlite");
    for (let round = 0; round < 2; round++) {
      const { store, close } = await openSqlite({ directory });
      await store.ping();
      await close();
    }
  });
});

describe("several databases in one process", () => {
  test("each has its own data, and closing one or failing to open one leaves the others open", async () => {
    const [first, second] = [await open(), await open()];
    await first.world.organization({ id: "org_first" });
    await second.world.organization({ id: "org_second" });
    await first.close();
    await expect(openSqlite({ directory: second.directory })).rejects.toThrow(IN_USE);
    await expect(first.store.ping()).rejects.toThrow("the database is closed");
    expect(await second.store.listOrganizations({ limit: 10 })).toMatchObject([{ id: "org_second" }]);
    const again = await open({ directory: first.directory });
    expect(await again.store.listOrganizations({ limit: 10 })).toMatchObject([{ id: "org_first" }]);
  });

  test("a process ends by itself when all are closed", () => {
    const source = `import { openSqlite } from ${JSON.stringify(join(import.meta.dirname, "../../stores/sqlite/open.ts"))};
      const opened = [await openSqlite({ directory: process.argv[2] + "/a" }), await openSqlite({ directory: process.argv[2] + "/b" })];
      for (const { close } of opened) await close();`;
    const directory = traceDirectory("sqlite");
    const file = join(directory, "closing.ts");
    writeFileSync(file, source);
    const { status, stderr, signal } = spawnSync(process.execPath, [file, directory], { encoding: "utf8", timeout: 20_000 });
    expect({ status, stderr, signal }).toEqual({ status: 0, stderr: "", signal: null });
  });
});

describe("the directory", () => {
  test("is made, with those above it, for its owner alone", async () => {
    const directory = join(traceDirectory("sqlite"), "a", "b");
    await open({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("that is there keeps its mode", async () => {
    const directory = join(traceDirectory("sqlite"), "shared");
    mkdirSync(directory, { mode: 0o750 });
    await open({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o750);
  });

  /** The mode of each file in the directory. */
  const modes = (directory: string) =>
    Object.fromEntries(
      readdirSync(directory)
        .sort()
        .map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]),
    );
  const ALL_PRIVATE = {
    "keyward.db": "600",
    "keyward.db-shm": "600",
    "keyward.db-wal": "600",
    "keyward.lock": "600",
    "keyward.lock-journal": "600",
  };

  test("that others may enter holds files for their owner alone, under the usual umask", async () => {
    const directory = join(traceDirectory("sqlite"), "shared");
    mkdirSync(directory, { mode: 0o755 });
    const before = process.umask(0o022);
    onTestFinished(() => void process.umask(before));
    const { store } = await open({ directory });
    await store.ping();
    expect(modes(directory)).toEqual(ALL_PRIVATE);
  });

  test("that holds files which others may read, of a server that was killed, takes that from them", async () => {
    const directory = traceDirectory("sqlite");
    const other = await holder(directory);
    await other.until(5);
    await other.kill();
    for (const name of Object.keys(ALL_PRIVATE)) chmodSync(join(directory, name), 0o664);
    const { store } = await open({ directory });
    await store.ping();
    expect(modes(directory)).toEqual(ALL_PRIVATE);
  });

  test("holds a database with a write-ahead log", async () => {
    const { directory, store, close } = await open();
    await store.ping();
    await close();
    expect(inFile(directory, (database) => database.prepare("pragma journal_mode").get())).toEqual({ journal_mode: "wal" });
    expect(inFile(directory, (database) => database.prepare("pragma integrity_check").get())).toEqual({ integrity_check: "ok" });
  });

  test("with a file that is no database is refused in a sentence, and can be opened once the file is repaired", async () => {
    const directory = traceDirectory("sqlite");
    writeFileSync(join(directory, "keyward.db"), "This is not a database. ".repeat(100));
    const refusal = await openSqlite({ directory }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreUnavailable);
    expect(refusal).toHaveProperty("message", "file is not a database");
    writeFileSync(join(directory, "keyward.db"), "");
    await (await open({ directory })).store.ping();
  });
});

describe("a database that is full", () => {
  const directory = traceDirectory("sqlite");
  const world = new World();
  let close = async () => {};
  let organization: Organization;
  let made = 0;
  let failure: unknown;
  const create = () => world.create(world.aKey(organization.id, { name: "x".repeat(100) }));

  beforeAll(async () => {
    const opened = await openSqlite({ directory, maxPageCount: 80 });
    close = opened.close;
    world.store = opened.store;
    organization = await world.organization();
    while (failure === undefined && made < 5_000) {
      failure = await create().then(
        () => undefined,
        (error: unknown) => error,
      );
      made += Number(failure === undefined);
    }
  });
  afterAll(() => close());

  test("refuses changes as unavailable, leaves nothing half-written, and can be read", async () => {
    expect(failure).toBeInstanceOf(StoreUnavailable);
    await expect(create()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(made).toBeGreaterThan(10);
    expect(await expectWhole(world.store, organization.id)).toHaveLength(made);
    expect(await world.store.findOrganization(organization.id)).toEqual(organization);
    await world.store.ping();
  });

  test("adds up no part of a batch that does not fit", async () => {
    const keyIds = Array.from({ length: 3_000 }, () => world.id("key"));
    const outcomes = keyIds.map((keyId) => ({ keyId, hour: NOW, outcome: "valid", count: 1 }));
    await expect(world.store.recordUse({ outcomes, lastUses: [], counters: [] })).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await world.store.usageOf(keyIds[0]!, 0)).toEqual([]);
  });

  test("says in the log that it is full", () => {
    expect(failure).toHaveProperty("message", expect.stringContaining("full"));
  });

  test("takes changes again when it may grow", async () => {
    await close();
    const { store, world } = await open({ directory });
    expect((await world.create(world.aKey(organization.id))).outcome).toBe("created");
    expect(await expectWhole(store, organization.id)).toHaveLength(made + 1);
  });
});

describe("a failure in the thread", () => {
  test("comes with its cause and the stack of the thread, and with none of the values", async () => {
    const { store, world } = await open();
    const token = world.aServiceToken({ name: "a name of its own" });
    await store.createServiceToken(token, "a digest of its own", world.change());
    const failure = await store.createServiceToken(token, "another digest", world.change()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    const stack = stackOf(failure);
    expect(stack).toMatch(/createServiceToken failed: UNIQUE constraint failed: service_tokens/);
    expect(stack).toMatch(/stores\/sql\/service-tokens\.ts:\d+/);
    expect((failure as Error).cause).toMatchObject({ cause: { message: expect.stringContaining("UNIQUE constraint failed") } });
    for (const value of [token.id, token.name, "another digest"])
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(value);
  });

  test.each([
    [
      "an error with properties",
      Object.assign(new Error("outer", { cause: Object.assign(new TypeError("inner"), { detail: "a value" }) }), {
        parameters: ["a value"],
      }),
      ["Error: outer", "TypeError: inner"],
    ],
    ["a cause that cannot be sent", new Error("outer", { cause: { run: () => "a value" } }), ["Error: outer"]],
    ["what is no error", "a value", ["Error: unknown failure"]],
  ])("%s arrives as its messages and stacks", (_name, thrown, lines) => {
    const arrived = structuredClone(toSendable(thrown));
    const stack = stackOf(arrived) ?? "";
    for (const line of lines) expect(stack).toContain(line);
    expect(inspect(arrived, { depth: 9, showHidden: true })).not.toContain('"a value"');
    expect(inspect(arrived, { depth: 9, showHidden: true })).not.toContain("'a value'");
  });

  test("that leads back to itself ends", () => {
    const error = new Error("round");
    error.cause = error;
    expect(stackOf(structuredClone(toSendable(error)))?.match(/Error: round/g)?.length).toBeLessThan(10);
  });
});

describe("migrations", () => {
  test("an existing database keeps its data and its change feed", async () => {
    const { directory, world, close } = await open();
    const organization = await world.organization({ overrides: { keys: null } });
    const { key, digest } = await world.key(organization.id);
    await world.store.recordUse({
      outcomes: [],
      lastUses: [{ keyId: key.id, at: NOW }],
      counters: [{ counterId: key.counterId, state: { minute: [NOW, 1], day: [] }, at: NOW }],
    });
    await world.store.settle("kept", "yes");
    const feed = await world.store.changesAfter(0, 100);
    await close();
    for (let round = 0; round < 2; round++) {
      const { store, close } = await open({ directory });
      expect(await store.findOrganization(organization.id)).toEqual(organization);
      expect(await store.findKeyByDigest(digest)).toEqual({
        outcome: "found",
        key: { ...key, lastUsedAt: NOW },
        digest,
        organization: { plan: "any", overrides: { keys: null } },
        counter: JSON.stringify({ minute: [NOW, 1], day: [] }),
      });
      expect(await store.settle("kept", "no")).toBe("yes");
      expect(await store.changesAfter(0, 100)).toEqual(feed);
      await close();
    }
  });

  test("a database of an older version opens with its keys, people and sessions, and its change feed goes on after its last number", async () => {
    const directory = traceDirectory("sqlite");
    inFile(directory, (database) => database.exec(readFileSync(join(import.meta.dirname, "schema-2026-11-24.sql"), "utf8")));
    const { store, world, close } = await open({ directory });
    const enabled = { enabled: true, name: "enabled", limits: { requestsPerMinute: 5, requestsPerDay: null, concurrentRequests: null } };
    expect(await store.findKeyByDigest("digest of key_old")).toMatchObject({ outcome: "found", key: enabled });
    const listed = async (is: "active" | "disabled") =>
      (await store.listKeys("org_old", { limit: 9, condition: { is, bounds: boundsOf(null, NOW) } })).map(({ id }) => id);
    expect([await listed("active"), await listed("disabled")]).toEqual([["key_old"], ["key_older"]]);
    expect(await store.findSession({ token: "token of ses_old" }, NOW)).toMatchObject({
      user: { id: "usr_old" },
      expiresAt: Date.UTC(2099, 0, 1),
    });
    await world.store.updateKey("org_old", "key_old", { enabled: false }, world.change());
    await world.store.updateKey("org_old", "key_older", { enabled: true }, world.change());
    expect([await listed("active"), await listed("disabled")]).toEqual([["key_older"], ["key_old"]]);
    expect((await store.changesAfter(0, 10)).map(({ sequence, subjectId }) => [sequence, subjectId])).toEqual([
      [7, "key_older"],
      [8, "key_old"],
      [9, "key_old"],
      [10, "key_older"],
    ]);
    await close();
    // A boolean is 0 or 1 in the file, whichever version wrote it.
    expect(
      inFile(directory, (database) =>
        database
          .prepare("select id, enabled from api_keys order by id")
          .all()
          .map((row) => ({ ...row })),
      ),
    ).toEqual([
      { id: "key_old", enabled: 0 },
      { id: "key_older", enabled: 1 },
    ]);
  });

  test("the usage by hour of an older version is there by day", async () => {
    const directory = traceDirectory("sqlite");
    inFile(directory, (database) => {
      database.exec(readFileSync(join(import.meta.dirname, "schema-2026-11-24.sql"), "utf8"));
      const add = database.prepare("insert into usage (key_id, hour, outcome, count) values ('key_old', ?, ?, ?)");
      const midnight = NOW - (NOW % 86_400_000);
      for (const [hours, outcome, count] of [
        [-1, "valid", 1],
        [0, "valid", 2],
        [23, "valid", 4],
        [23, "expired", 8],
      ] as const)
        add.run(midnight + hours * 3_600_000, outcome, count);
    });
    const { store, close } = await open({ directory });
    const midnight = NOW - (NOW % 86_400_000);
    expect(await store.usageByDay("org_old", ["key_old"], 0)).toEqual([
      {
        keyId: "key_old",
        counts: [
          { day: midnight - 86_400_000, outcome: "valid", count: 1 },
          { day: midnight, outcome: "expired", count: 8 },
          { day: midnight, outcome: "valid", count: 6 },
        ],
      },
    ]);
    await close();
  });

  test("numbers of the change feed are not used again once the feed was pruned", async () => {
    const { store, world } = await open();
    await world.organization();
    const last = (await store.changesAfter(0, 10)).at(-1)?.sequence ?? 0;
    await store.prune(NOW + 2 * 86_400_000, 30);
    expect(await store.changesAfter(0, 10)).toEqual([]);
    await world.organization();
    expect((await store.changesAfter(0, 10)).map(({ sequence }) => sequence)).toEqual([last + 1]);
  });

  /** A table that is in the way of the last thing that the first step makes. */
  function withTableInTheWay() {
    const directory = traceDirectory("sqlite");
    inFile(directory, (database) => database.exec("create table idempotency (in_the_way text)"));
    return directory;
  }

  test("a step that fails half-way leaves nothing of itself, and is taken whole once it can be", async () => {
    const directory = withTableInTheWay();
    await expect(openSqlite({ directory })).rejects.toBeInstanceOf(StoreUnavailable);
    expect(tablesIn(directory)).toEqual(["idempotency"]);
    inFile(directory, (database) => database.exec("drop table idempotency"));
    const { world, close } = await open({ directory });
    await world.key((await world.organization()).id);
    await close();
    expect(tablesIn(directory)).toContain("api_keys");
  });

  test("a step that fails is named, with the reason", async () => {
    const refusal = await openSqlite({ directory: withTableInTheWay() }).catch((error: unknown) => error);
    expect(refusal).toHaveProperty(
      "message",
      expect.stringMatching(/^the database could not be migrated: 0001_foundation failed\b.*idempotency.* already exists/),
    );
  });

  test("a database that a newer Keyward has migrated is refused and not touched", async () => {
    const { directory, world, close } = await open();
    const organization = await world.organization();
    await close();
    inFile(directory, (database) =>
      database.exec("insert into kysely_migration (name, timestamp) values ('9999_from_the_future', '2030-01-01T00:00:00.000Z')"),
    );
    const refusal = await openSqlite({ directory }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreUnavailable);
    expect(refusal).toHaveProperty("message", "the database was migrated by a newer version of Keyward; start that version");
    inFile(directory, (database) => database.exec("delete from kysely_migration where name = '9999_from_the_future'"));
    expect(await (await open({ directory })).store.findOrganization(organization.id)).toEqual(organization);
  });
});

describe("closing", () => {
  test("resolves every call that is under way or rejects it as unavailable; what has resolved stays, and nothing is half done", async () => {
    for (let round = 0; round < 2; round++) {
      const { directory, world, close } = await open();
      const { id } = await world.organization();
      const keys = Array.from({ length: 300 }, () => world.aKey(id));
      const creations = keys.map((key) => world.create(key));
      await creations[20 * round];
      const [results] = await Promise.all([Promise.allSettled(creations), close()]);
      for (const result of results) if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StoreUnavailable);
      const answered = keys.filter((_, index) => results[index]?.status === "fulfilled").map((key) => key.id);
      expect(answered.length).toBeGreaterThan(20 * round);

      const reopened = await open({ directory });
      const stored = await expectWhole(reopened.store, id);
      expect(new Set(answered).difference(new Set(stored))).toEqual(new Set());
      await reopened.close();
    }
  });

  test("can be called twice, and every call after it is unavailable at once", async () => {
    const { store, close } = await open();
    await Promise.all([close(), close()]);
    await close();
    for (const method of [
      () => store.ping(),
      () => store.findKeyOfAny("key_1"),
      () => store.settle("a", "b"),
      () => store.listServiceTokens(),
    ]) {
      await expect(method()).rejects.toBeInstanceOf(StoreUnavailable);
    }
  });
});

test("service tokens are in the audit log under no organization", async () => {
  const { directory, store, world, close } = await open();
  const token = world.aServiceToken({ name: "gateway" });
  await store.createServiceToken(token, world.id("digest"), world.change(NOW, "operator"));
  await store.revokeServiceToken(token.id, world.change(NOW + 1, "operator"));
  await store.revokeServiceToken(token.id, world.change(NOW + 2, "operator"));
  await close();
  const rows = inFile(directory, (database) =>
    database.prepare("select at, actor, action, organization_id, subject_id, details from audit order by id").all(),
  );
  expect(rows.map((row) => ({ ...row }))).toEqual([
    {
      at: NOW,
      actor: "operator",
      action: "service_token.created",
      organization_id: null,
      subject_id: token.id,
      details: '{"name":"gateway"}',
    },
    { at: NOW + 1, actor: "operator", action: "service_token.revoked", organization_id: null, subject_id: token.id, details: "{}" },
  ]);
});
