/** A server on PostgreSQL, as a process of its own. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "../cli/script.ts";
import { inPostgres, settingsOfTest } from "../support/postgres.ts";
import { call, startServer, type TestServer } from "../support/server.ts";
import { startProcess } from "../support/server-process.ts";

const whoami = (server: TestServer, key: string) =>
  call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } });

const keysOf = (organization: string) => `/keyward/v1/organizations/${organization}/keys`;

test("keeps everything in PostgreSQL: what it acknowledged holds after kill -9 and a start with another data directory", async () => {
  const env = await settingsOfTest();
  const first = await startProcess({ env });
  const organization = await first.newOrganization();
  const [kept, revoked] = [await first.newKey(organization), await first.newKey(organization)];
  expect((await whoami(first, kept.key)).status).toBe(200);
  expect((await first.operator("DELETE", `${keysOf(organization)}/${revoked.id}`)).status).toBe(204);
  expect(readdirSync(first.directory).sort()).toEqual(["server.json", "server.log"]);
  await first.kill("SIGKILL");

  const second = await startServer({ env });
  expect((await whoami(second, kept.key)).json).toMatchObject({ keyId: kept.id, organizationId: organization });
  expect((await whoami(second, revoked.key)).status).toBe(401);
});

test("a database that cannot be written to: changes get 503, keys in memory and in the database go on working", async () => {
  const env = await settingsOfTest();
  const server = await startServer({ env });
  const organization = await server.newOrganization();
  const [cached, uncached] = [await server.newKey(organization), await server.newKey(organization)];
  expect((await whoami(server, cached.key)).status).toBe(200);
  const fails = (state: string) => [
    `create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'could not extend file' using errcode = '${state}'; end $$`,
    "drop trigger if exists refuse on audit",
    "create trigger refuse before insert on audit execute function refuse()",
  ];
  const url = env.KEYWARD_DATABASE_URL!;
  // disk_full and read_only_sql_transaction
  for (const state of ["53100", "25006"]) {
    await inPostgres(url, ...fails(state));
    for (const [method, path, body] of [
      ["POST", keysOf(organization), {}],
      ["DELETE", `${keysOf(organization)}/${cached.id}`, undefined],
      ["POST", "/keyward/v1/organizations", { name: "Full" }],
    ] as const)
      expect((await server.operator(method, path, body)).status, `${state} ${method}`).toBe(503);
    for (const { key, id } of [cached, uncached]) expect((await whoami(server, key)).json).toMatchObject({ keyId: id });
    expect((await whoami(server, `${cached.key.slice(0, -1)}${cached.key.endsWith("0") ? "1" : "0"}`)).status).toBe(401);
  }
  await inPostgres(url, "drop trigger refuse on audit");
  expect((await server.operator("DELETE", `${keysOf(organization)}/${cached.id}`)).status).toBe(204);
  expect((await whoami(server, cached.key)).status).toBe(401);
});

test("a database that is away: keys in memory go on working, others get 503 and never a verdict, and it recovers", async () => {
  const env = await settingsOfTest();
  const url = env.KEYWARD_DATABASE_URL!;
  const server = await startServer({ env });
  const organization = await server.newOrganization();
  const [cached, uncached] = [await server.newKey(organization), await server.newKey(organization)];
  expect((await whoami(server, cached.key)).status).toBe(200);
  const name = new URL(url).pathname.slice(1);
  const admin = new URL(url);
  admin.pathname = "/postgres";
  await inPostgres(
    admin.href,
    `alter database ${name} allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  expect((await whoami(server, cached.key)).status).toBe(200);
  expect((await whoami(server, uncached.key)).status).toBe(503);
  expect((await server.operator("DELETE", `${keysOf(organization)}/${cached.id}`)).status).toBe(503);
  expect((await call(`${server.url}/keyward/ready`)).status).toBe(503);
  await inPostgres(admin.href, `alter database ${name} allow_connections true`);
  expect((await whoami(server, uncached.key)).status).toBe(200);
});

test("refuses to start, with one sentence that does not repeat the password", async () => {
  const env = await settingsOfTest();
  await (await startServer({ env })).stop();
  const wrong = new URL(env.KEYWARD_DATABASE_URL!);
  wrong.password = "hunter2hunter2";
  const another = { ...env, KEYWARD_SECRET: "another secret than that of the others" };
  const { exit, err } = await run("keyward serve --port 0", { env: { ...env, KEYWARD_DATABASE_URL: wrong.href } });
  expect({ exit, err }).toEqual({ exit: 1, err: "keyward: the database does not accept the password of the user keyward\n" });
  for (const [options, sentence] of [
    [
      { env: { ...env, KEYWARD_DATABASE_URL: "sqlite:./data" } },
      "the database URL must have the form postgres://user:password@host:5432/database",
    ],
    [
      { env: another },
      "this database was made with another secret; start with that one, or use another database: --data or KEYWARD_DATABASE_URL",
    ],
    [
      { env, platform: "agentpay" },
      "this database does not belong to the platform agentpay but to keyward; serve that one, or use another database: --data or KEYWARD_DATABASE_URL",
    ],
  ] as const)
    await expect(startServer(options)).rejects.toThrow(new RegExp(`^${RegExp.escape(sentence)}$`));
});

test("keyward check looks at it as at one moment, finds what does not fit together, and changes nothing", async () => {
  const env = await settingsOfTest();
  const server = await startServer({ env });
  const organization = await server.newOrganization();
  await server.newKey(organization);
  const checked = async () => {
    const { exit, out, err } = await run("keyward check --json", { env });
    return { exit, err, ...JSON.parse(out || "{}") };
  };
  const sound = { exit: 0, err: "", file: "PostgreSQL", hasSecret: true, counts: { keys: 1, organizations: 1 }, faults: [] };
  expect(await checked()).toMatchObject(sound);
  await inPostgres(
    env.KEYWARD_DATABASE_URL!,
    "delete from change_feed where sequence = 2",
    "insert into last_uses (key_id, at) values ('key_gone', 1)",
    "update api_keys set digest = '9' || substr(digest, 2)",
  );
  expect(await checked()).toMatchObject({
    exit: 1,
    faults: [
      { check: "references", detail: "1 row of last_uses name a row of api_keys that does not exist (key_id)" },
      { check: "change feed", detail: "the last number is 1, and feed_head says 2" },
      { check: "secrets", detail: "1 digests of api_keys are under no secret that the database knows" },
    ],
  });
  const away = { ...env, KEYWARD_DATABASE_URL: "postgres://kw:hidden@127.0.0.1:1/keyward" };
  const refused = await run("keyward check", { env: away });
  expect(refused.exit).toBe(1);
  expect(refused.err).toMatch(/^keyward: [^\n]+\n$/);
  expect(refused.err).not.toContain("hidden");
});
