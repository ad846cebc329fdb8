/** Group commit: transactions that wait at the same time share a commit, and nothing else. */
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql, type Transaction } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { sqliteDialect } from "../../../stores/sqlite/dialect.ts";

interface Tables {
  readonly kept: { readonly number: number };
}

/** A database with one table, and the statements that begin and end transactions, as they are executed. */
function opened() {
  const database = new DatabaseSync(":memory:");
  database.exec("create table kept (number integer primary key)");
  const executed: string[] = [];
  const exec = database.exec.bind(database);
  database.exec = (text) => {
    executed.push(text);
    exec(text);
  };
  const db = new Kysely<Tables>({ dialect: sqliteDialect(database) });
  onTestFinished(() => db.destroy());
  return { database, db, commits: () => executed.filter((text) => text === "commit").length };
}

const keep = (tx: Transaction<Tables>, number: number) => tx.insertInto("kept").values({ number }).execute();
const keepIn = (db: Kysely<Tables>, number: number) => db.transaction().execute((tx) => keep(tx, number));
const kept = async (db: Kysely<Tables>) =>
  (await db.selectFrom("kept").select("number").orderBy("number").execute()).map(({ number }) => number);

test("ten transactions at once need one commit; one alone needs one too", async () => {
  const { db, commits } = opened();
  await Promise.all(Array.from({ length: 10 }, (_, number) => keepIn(db, number)));
  expect(commits()).toBe(1);
  await keepIn(db, 10);
  expect(commits()).toBe(2);
  expect(await kept(db)).toHaveLength(11);
});

test("two hundred at once need four: no group has more than 64", async () => {
  const { db, commits } = opened();
  await Promise.all(Array.from({ length: 200 }, (_, number) => keepIn(db, number)));
  expect(commits()).toBe(4);
  expect(await kept(db)).toHaveLength(200);
});

test("one that fails is rolled back, and the others are kept", async () => {
  const { db, commits } = opened();
  const failing = () =>
    db.transaction().execute(async (tx) => {
      await keep(tx, 100);
      throw new Error("no");
    });
  const twice = () =>
    db.transaction().execute(async (tx) => {
      await keep(tx, 101);
      await keep(tx, 0);
    });
  const outcomes = await Promise.allSettled([keepIn(db, 0), failing(), keepIn(db, 1), twice(), keepIn(db, 2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"]);
  expect(await kept(db)).toEqual([0, 1, 2]);
  expect(commits()).toBe(1);
});

test("no transaction resolves before the commit, and no read sees uncommitted data", async () => {
  const { db, commits } = opened();
  const seen: unknown[] = [];
  const writing = keepIn(db, 1).then(() => seen.push(["written", commits()]));
  const reading = kept(db).then((numbers) => seen.push(["read", numbers, commits()]));
  await Promise.all([writing, reading]);
  expect(seen.toSorted()).toEqual(
    [
      ["read", [1], 1],
      ["written", 1],
    ].toSorted(),
  );
});

test("if the commit fails, all of its transactions fail and none is kept; the next ones work", async () => {
  const { database, db } = opened();
  const exec = database.exec;
  database.exec = (text) => {
    if (text === "commit") throw new Error("disk I/O error");
    exec(text);
  };
  const outcomes = await Promise.allSettled([keepIn(db, 1), keepIn(db, 2)]);
  expect(outcomes).toEqual(Array(2).fill({ status: "rejected", reason: new Error("disk I/O error") }));
  database.exec = exec;
  expect(await kept(db)).toEqual([]);
  await keepIn(db, 3);
  expect(await kept(db)).toEqual([3]);
});

test("when SQLite takes back the whole transaction within one, the earlier ones fail as well, and the later ones do not", async () => {
  const { db } = opened();
  const full = () =>
    db.transaction().execute(async (tx) => {
      await keep(tx, 2);
      // What SQLite does by itself on a full disk.
      await sql`rollback`.execute(tx);
      throw new Error("database or disk is full");
    });
  const outcomes = await Promise.allSettled([keepIn(db, 1), full(), keepIn(db, 3)]);
  expect(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.message : "kept"))).toEqual([
    "the database took back the whole transaction",
    "database or disk is full",
    "kept",
  ]);
  expect(await kept(db)).toEqual([3]);
});

test("when one cannot be rolled back, nothing of its group is kept", async () => {
  const { database, db } = opened();
  const exec = database.exec;
  database.exec = (text) => {
    if (text.startsWith("rollback to")) throw new Error("disk I/O error");
    exec(text);
  };
  const half = () =>
    db.transaction().execute(async (tx) => {
      await keep(tx, 2);
      throw new Error("no");
    });
  const outcomes = await Promise.allSettled([keepIn(db, 1), half(), keepIn(db, 3)]);
  database.exec = exec;
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  expect(await kept(db)).toEqual([3]);
});

test("a transaction that waits for something else holds up the commit, and is not cut in two", async () => {
  const { db, commits } = opened();
  const slow = db.transaction().execute(async (tx) => {
    await keep(tx, 1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(commits()).toBe(0);
    await keep(tx, 2);
  });
  await Promise.all([slow, keepIn(db, 3)]);
  expect(await kept(db)).toEqual([1, 2, 3]);
});
