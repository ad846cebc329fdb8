/** A statement whose text is made once: each execution has its own values, and no others. */
import { DatabaseSync } from "node:sqlite";
import { Kysely, PostgresAdapter, PostgresQueryCompiler } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { fixedStatement } from "../../../stores/sql/fixed-statement.ts";
import type { Database } from "../../../stores/sql/schema.ts";
import { sqliteDialect } from "../../../stores/sqlite/dialect.ts";

interface Fact {
  readonly name: string;
  readonly value: string;
}

function opened() {
  const database = new DatabaseSync(":memory:");
  database.exec("create table facts (name text primary key, value text)");
  const db = new Kysely<Database>({ dialect: sqliteDialect(database) });
  onTestFinished(() => db.destroy());
  return db;
}

function counted() {
  let built = 0;
  const insert = fixedStatement((db, fact: Fact) => {
    built++;
    return db.insertInto("facts").values(fact);
  });
  return { insert, built: () => built };
}

const facts = (db: Kysely<Database>) => db.selectFrom("facts").selectAll().orderBy("name").execute();

test("it is built once for all executions, in a transaction or not", async () => {
  const { insert, built } = counted();
  const db = opened();
  await insert(db, { name: "a", value: "1" });
  const { numAffectedRows } = await db.transaction().execute((tx) => insert(tx, { value: "2", name: "b" }));
  expect(numAffectedRows).toBe(1n);
  expect(await facts(db)).toEqual([
    { name: "a", value: "1" },
    { name: "b", value: "2" },
  ]);
  expect(built()).toBe(1);
});

test("what a transaction has taken back is gone, and an ended transaction executes nothing", async () => {
  const { insert } = counted();
  const db = opened();
  const tx = await db.startTransaction().execute();
  await insert(tx, { name: "a", value: "1" });
  await tx.rollback().execute();
  expect(await facts(db)).toEqual([]);
  await expect(insert(tx, { name: "b", value: "2" })).rejects.toThrow("rolled back");
});

test("a value that is used twice, constants and the order of the values are kept", async () => {
  const db = opened();
  const { insert } = counted();
  for (const name of ["a", "b", "c"]) await insert(db, { name, value: name });
  const select = fixedStatement((reader, { from, limit }: { from: string; limit: number }) =>
    reader
      .selectFrom("facts")
      .select(["name", (is) => is.val("constant").as("kind")])
      .where("name", ">=", from)
      .where("value", ">=", from)
      .orderBy("name")
      .limit(limit),
  );
  expect((await select(db, { limit: 1, from: "b" })).rows).toEqual([{ name: "b", kind: "constant" }]);
  expect((await select(db, { limit: 9, from: "c" })).rows).toEqual([{ name: "c", kind: "constant" }]);
});

test("null is a value", async () => {
  const db = opened();
  const value = fixedStatement((reader, { value }: { value: string | null }) => reader.selectNoFrom((is) => is.val(value).as("value")));
  expect((await value(db, { value: null })).rows).toEqual([{ value: null }]);
  expect((await value(db, { value: "a" })).rows).toEqual([{ value: "a" }]);
});

// biome-ignore format: a table
test.each<[string, object, string]>([
  ["a value less",      { name: "b" },                                   "a statement of 2 values was given others"],
  ["a value more",      { name: "b", value: "2", at: 1 },                "a statement of 2 values was given others"],
  ["another value",     { name: "b", at: 1 },                            "a statement has no value for value"],
  ["an undefined value", { name: "b", value: undefined },                "a statement has no value for value"],
])("%s than the first time executes nothing", async (_sentence, values, message) => {
  const { insert } = counted();
  const db = opened();
  await insert(db, { name: "a", value: "1" });
  await expect(insert(db, values as Fact)).rejects.toThrow(message);
  expect(await facts(db)).toHaveLength(1);
});

test("each kind of database has its own text", async () => {
  const { insert, built } = counted();
  const executed: string[] = [];
  const connection = {
    executeQuery: async ({ sql }: { readonly sql: string }) => {
      executed.push(sql);
      return { rows: [] };
    },
    streamQuery: () => {
      throw new Error("not here");
    },
  };
  const nothing = async () => undefined;
  const driver = {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
  const other = new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: () => {
        throw new Error("not here");
      },
    },
  });
  await insert(opened(), { name: "a", value: "1" });
  await insert(other, { name: "a", value: "1" });
  await insert(other, { name: "b", value: "1" });
  expect(executed).toEqual(Array(2).fill('insert into "facts" ("name", "value") values ($1, $2)'));
  expect(built()).toBe(2);
});
