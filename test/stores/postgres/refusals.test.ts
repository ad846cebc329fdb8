/** What is refused when a PostgreSQL database is opened, each with one sentence that does not repeat the password. */
import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { World } from "../../../stores/conformance/world.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";

/** The sentence with which an opening is refused. */
async function refusal(url: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const opening = await openPostgres({ url, variables }).catch((error: unknown) => error);
  expect(opening).toBeInstanceOf(StoreUnavailable);
  const { password } = new URL(url);
  const { message } = opening as StoreUnavailable;
  if (password !== "") expect(message).not.toContain(decodeURIComponent(password));
  return message;
}

const changed = (url: string, parts: Partial<Record<"username" | "password" | "pathname" | "port" | "hostname" | "search", string>>) => {
  const other = Object.assign(new URL(url), parts);
  // `Object.assign` calls the setters of the URL.
  return other.href;
};

const name = () => `test_${randomBytes(6).toString("hex")}`;

/** A user of the server with a password, for one test. */
async function user(url: string, ...grants: readonly string[]): Promise<string> {
  const made = name();
  await inPostgres(url, `create role ${made} login password 'of a user'`, ...grants.map((grant) => grant.replaceAll("USER", made)));
  onTestFinished(async () => void (await inPostgres(url, `drop owned by ${made} cascade`, `drop role ${made}`)));
  return changed(url, { username: made, password: "of a user" });
}

describe("the connection", () => {
  test("a wrong password", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { password: "wrong one" }))).toBe("the database does not accept the password of the user keyward");
  });

  test("no password", async () => {
    const url = changed(await databaseOfTest(), { password: "" });
    expect(await refusal(url)).toBe("the database asks for the password of the user keyward, and none is given");
  });

  test("an unknown user, which the server reports as a wrong password", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { username: "nobody" }))).toBe("the database does not accept the password of the user nobody");
  });

  test("a missing database", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { pathname: "/missing" }))).toBe("there is no database missing; create it first");
  });

  test("nobody listens", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { port: "1" }))).toBe("no PostgreSQL listens at 127.0.0.1:1");
  });

  test("no such host", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { hostname: "missing.invalid" }))).toBe("there is no host missing.invalid");
  });

  test("TLS that is asked for, and not offered", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { search: "?sslmode=require" }))).toBe("127.0.0.1 does not offer TLS, which sslmode asks for");
    const { close } = await openPostgres({ url: changed(url, { search: "?sslmode=prefer" }) });
    await close();
  });

  test("a root certificate that cannot be read", async () => {
    const url = await databaseOfTest();
    expect(await refusal(changed(url, { search: "?sslmode=verify-full&sslrootcert=/missing.pem" }))).toBe(
      "sslrootcert names /missing.pem, which cannot be read (ENOENT)",
    );
  });
});

describe("the rights", () => {
  test("a user who may not create tables", async () => {
    const url = await databaseOfTest();
    const database = new URL(url).pathname.slice(1);
    const { username } = new URL(await user(url));
    expect(await refusal(changed(url, { username, password: "of a user" }))).toBe(
      `the user ${username} may not use the database ${database} as Keyward needs it; make it the owner`,
    );
  });

  test("a user who may not connect", async () => {
    const url = await databaseOfTest();
    const database = new URL(url).pathname.slice(1);
    await inPostgres(url, `revoke connect on database ${database} from public`);
    const { username } = new URL(await user(url));
    expect(await refusal(changed(url, { username, password: "of a user" }))).toBe(
      `the user ${username} may not use the database ${database} as Keyward needs it; make it the owner`,
    );
  });

  test("a user who may create tables, and nothing more, is enough", async () => {
    const url = await databaseOfTest();
    const { close } = await openPostgres({ url: await user(url, "grant create on schema public to USER") });
    await close();
  });

  test("a database that is read-only", async () => {
    const url = await databaseOfTest();
    await inPostgres(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
    expect(await refusal(url)).toBe("the database is read-only; Keyward needs the primary, and must be able to write");
  });
});

describe("the database", () => {
  test("another encoding", async () => {
    const url = await databaseOfTest();
    const other = name();
    await inPostgres(url, `create database ${other} encoding 'SQL_ASCII' locale_provider libc locale 'C' template template0`);
    onTestFinished(async () => void (await inPostgres(url, `drop database ${other}`)));
    expect(await refusal(changed(url, { pathname: `/${other}` }))).toBe(
      "the database has the encoding SQL_ASCII; create it with the encoding UTF8",
    );
  });

  test("tables of another application", async () => {
    const url = await databaseOfTest();
    await inPostgres(url, "create table users (id int)");
    expect(await refusal(url)).toBe(
      `the database ${new URL(url).pathname.slice(1)} has tables of another application; give Keyward a database of its own`,
    );
    expect(await inPostgres(url, "select tablename from pg_tables where schemaname = 'public' and tablename = 'api_keys'")).toEqual([]);
  });

  test("a schema of a newer version, also while an older one is running, which goes on", async () => {
    const url = await databaseOfTest();
    const running = await openPostgres({ url });
    onTestFinished(() => running.close());
    await inPostgres(url, "insert into kysely_migration (name, timestamp) values ('9999_from_the_future', '2030')");
    expect(await refusal(url)).toBe("the database was migrated by a newer version of Keyward; start that version");
    expect(await running.store.listOrganizations({ limit: 1 })).toEqual([]);
  });
});

test("eight processes that open an empty database at once all succeed", async () => {
  const url = await databaseOfTest();
  const opened = await Promise.all(Array.from({ length: 8 }, () => openPostgres({ url, connections: 1 })));
  for (const { close } of opened) await close();
});

test("PG* variables and a password file stand in for what the URL leaves out", async () => {
  const { hostname, port, username, password, pathname } = new URL(await databaseOfTest());
  const variables = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
  const { store, close } = await openPostgres({ url: "postgres://", variables });
  await store.ping();
  await close();
});

test("a process that is running goes on when a newer version adds a column to a table that it reads whole", async () => {
  const url = await databaseOfTest();
  const { store, close } = await openPostgres({ url, connections: 3 });
  onTestFinished(close);
  const world = new World();
  world.store = store;
  const { id } = await world.organization();
  const { key, digest } = await world.key(id);
  const everywhere = () => Promise.all(Array.from({ length: 12 }, () => store.findKeyByDigest(digest)));
  await everywhere();
  await inPostgres(
    url,
    "alter table api_keys add column from_the_future text",
    "alter table organizations add column from_the_future text",
  );
  for (const found of await everywhere()) expect(found).toMatchObject({ outcome: "found", key: { id: key.id } });
  expect((await store.updateOrganization(id, { name: "Renamed" }, world.change())).outcome).toBe("updated");
  expect((await world.create(world.aKey(id))).outcome).toBe("created");
});

test("another application may have migrations of its own in another schema of the database", async () => {
  const url = await databaseOfTest();
  await inPostgres(
    url,
    "create schema other",
    "create table other.kysely_migration (name text)",
    "create table other.kysely_migration_lock (id text)",
    "create table other.users (id int)",
  );
  const { store, close } = await openPostgres({ url });
  await store.ping();
  await close();
});
