/** A start that migrates a database says so in the log, once; a new database and one that is up to date are not worth a line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { expect, test } from "vitest";
import { migrationNames, migrationsFor } from "../../stores/sql/migrations.ts";
import { SQLITE, sqliteDialect } from "../../stores/sqlite/dialect.ts";
import { traceDirectory } from "../support/root.ts";
import { launch } from "../support/server.ts";

const SENTENCE = "the database has been migrated; older versions do not start on it any more";

test("the log names the migrations that a start has run", async () => {
  const directory = traceDirectory("migrations");
  const [last = "", before = ""] = migrationNames().toReversed();
  const older = new Kysely<unknown>({ dialect: sqliteDialect(new DatabaseSync(join(directory, "keyward.db"))) });
  const { error } = await new Migrator({ db: older, provider: migrationsFor(SQLITE) }).migrateTo(before);
  await older.destroy();
  expect(error).toBeUndefined();
  const announced = () => {
    const lines = readFileSync(join(directory, "server.log"), "utf8").split("\n");
    return lines.filter((line) => line.includes(SENTENCE)).map((line) => JSON.parse(line).migrations);
  };
  const once = async () => {
    let end = async (): Promise<void> => undefined;
    await launch({ directory, env: { KEYWARD_SECRET: "a secret for a database that is older" } }, (stop) => (end = stop));
    await end();
  };
  await once();
  expect(announced()).toEqual([[last]]);
  await once();
  expect(announced()).toEqual([[last]]);
});

test("a new database is not migrated", async () => {
  const directory = traceDirectory("migrations");
  let end = async (): Promise<void> => undefined;
  await launch({ directory }, (stop) => (end = stop));
  await end();
  expect(readFileSync(join(directory, "server.log"), "utf8")).not.toContain(SENTENCE);
});
