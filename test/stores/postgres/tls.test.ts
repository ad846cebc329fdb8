/**
 * TLS to PostgreSQL, by a server that accepts no connection without it. The certificates in `tls/` are for these tests alone: an authority,
 * whose key is gone, a server called localhost and a client called keyward, valid for a hundred years.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { inPostgres } from "../../support/postgres.ts";
import { type PostgresServer, serverDirectory, startPostgres } from "../../support/postgres-server.ts";
import { ROOT } from "../../support/root.ts";

const file = (name: string): string => join(import.meta.dirname, "tls", name);
const contentOf = (name: string): string => readFileSync(file(name), "utf8");
const CA = `sslrootcert=${file("ca.crt")}`;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({
    directory: serverDirectory(ROOT),
    settings: ["ssl=on", "ssl_ca_file=ca.crt"],
    files: {
      ...Object.fromEntries(["ca.crt", "server.crt", "server.key"].map((name) => [name, contentOf(name)])),
      "pg_hba.conf": "hostssl certificates keyward all cert\nhostssl all all all scram-sha-256\n",
    },
  });
  for (const name of ["opened", "certificates"]) await inPostgres(`${server.url}?sslmode=no-verify`, `create database ${name}`);
});
afterAll(() => server?.stop());

function urlOf(database: string, host: string, parameters: string, password?: string): string {
  const url = new URL(server.url);
  Object.assign(url, { hostname: host, pathname: `/${database}`, search: parameters, ...(password !== undefined && { password }) });
  return url.href;
}

const UNTRUSTED = (host: string) =>
  `the certificate of ${host} is not trusted; name the certificate of its authority with sslrootcert in the database URL`;
const NOT_ALLOWED = (database: string) =>
  `the server does not let the user keyward use the database ${database}: it has no such user, or pg_hba.conf does not allow it from here`;

// biome-ignore format: a table
test.each<[string, host: string, parameters: string, refusal: string | undefined]>([
  ["is used if the server offers it",                       "127.0.0.1", "",                                                 undefined],
  ["that is required is not checked",                       "127.0.0.1", "sslmode=require",                                  undefined],
  ["that is off is refused by this server",                 "127.0.0.1", "sslmode=disable",                                  NOT_ALLOWED("opened")],
  ["is checked against the authorities of Node",            "localhost", "sslmode=verify-full",                              UNTRUSTED("localhost")],
  ["is checked against an authority that is named",         "localhost", `sslmode=verify-full&${CA}`,                        undefined],
  ["with a certificate for another name",                   "127.0.0.1", `sslmode=verify-full&${CA}`,                        "the certificate of the server is for another host than 127.0.0.1"],
  ["is checked without the name",                           "127.0.0.1", `sslmode=verify-ca&${CA}`,                          undefined],
  ["that is required is checked if an authority is named",  "127.0.0.1", `sslmode=require&sslrootcert=${file("client.crt")}`, UNTRUSTED("127.0.0.1")],
])("TLS %s", async (_sentence, host, parameters, refusal) => {
  const opening = openPostgres({ url: urlOf("opened", host, parameters) });
  if (refusal !== undefined) return expect(opening).rejects.toThrow(refusal);
  const { store, close } = await opening;
  await store.ping();
  await close();
});

test("a client's certificate stands in for a password", async () => {
  const own = `sslcert=${file("client.crt")}&sslkey=${file("client.key")}`;
  const { store, close } = await openPostgres({ url: urlOf("certificates", "localhost", `sslmode=verify-full&${CA}&${own}`, "") });
  await store.ping();
  await close();
  await expect(openPostgres({ url: urlOf("certificates", "localhost", `sslmode=verify-full&${CA}`) })).rejects.toThrow(
    NOT_ALLOWED("certificates"),
  );
});
