/** Databases for tests on the PostgreSQL of this run. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import pg from "pg";
import { inject, onTestFinished } from "vitest";

let server: Promise<string> | undefined;

/** The URL of the server's database `postgres`, as the superuser. Starts the server if this is the first call of the run. */
function postgresUrl(): Promise<string> {
  server ??= ask();
  return server;
}

async function ask(): Promise<string> {
  const answer = await text(connect(inject("postgresPort"), "127.0.0.1"));
  if (!answer.startsWith("postgres:")) throw new Error(answer);
  return answer;
}

/** Runs statements in a database as the superuser, on a connection of their own. Returns the rows of the last one. */
export async function inPostgres(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** A new, empty database, and what removes it. */
export async function createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const admin = await postgresUrl();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await inPostgres(admin, `create database ${name} strategy file_copy`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: async () => void (await inPostgres(admin, `drop database if exists ${name} with (force)`)) };
}

/** The URL of a new, empty database that is removed after the current test. */
export async function databaseOfTest(): Promise<string> {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  return url;
}

/** Settings of a server on a new database that is removed after the current test. */
export async function settingsOfTest(): Promise<Record<string, string>> {
  return { KEYWARD_DATABASE_URL: await databaseOfTest(), KEYWARD_SECRET: "the secret of all servers of a test" };
}
