/** How a database URL and PostgreSQL's own variables are read. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConnectionSettings } from "../../../stores/postgres/connection-settings.ts";
import { findPassword, readPasswordFile } from "../../../stores/postgres/password-file.ts";
import { traceDirectory } from "../../support/root.ts";

type Settings = ReturnType<typeof readConnectionSettings>;
type Variables = Readonly<Record<string, string>>;

const ALL_DEFAULTS: Settings = {
  host: "localhost",
  port: 5432,
  user: "kw",
  password: undefined,
  passwordFile: undefined,
  database: "kw",
  applicationName: "keyward",
  tls: { mode: "prefer", rootCertificate: undefined, certificate: undefined, key: undefined },
};

// biome-ignore format: a table
test.each<[string, string, Variables, Partial<Omit<Settings, "tls">> & { tls?: Partial<Settings["tls"]> }]>([
  ["everything has its default but the user",  "postgres://kw@localhost",                     {}, {}],
  ["both schemes are read",                    "postgresql://kw@localhost",                   {}, {}],
  ["all parts of the URL",                     "postgres://kw:pw@db.test:6000/keys",          {}, { host: "db.test", port: 6000, password: "pw", database: "keys" }],
  ["escapes are undone",                       "postgres://k%40w:p%2F%3A%40w@h/d%20b",        {}, { host: "h", user: "k@w", password: "p/:@w", database: "d b" }],
  ["an IPv6 address",                          "postgres://kw@[::1]:6000/kw",                 {}, { host: "::1", port: 6000 }],
  ["a socket's directory, which has no TLS",   "postgres:///keys?host=/run/pg&user=kw",       {}, { host: "/run/pg", database: "keys", tls: { mode: "disable" } }],
  ["the same after a user",                    "postgres://kw:p@/keys?host=/run/pg",          {}, { host: "/run/pg", database: "keys", password: "p", tls: { mode: "disable" } }],
  ["variables fill what the URL leaves out",   "postgres://",                                 { PGHOST: "h", PGPORT: "6000", PGUSER: "u", PGPASSWORD: "p", PGDATABASE: "d", PGAPPNAME: "a" },
    { host: "h", port: 6000, user: "u", password: "p", database: "d", applicationName: "a" }],
  ["the URL goes before the variables",        "postgres://kw:pw@h:1/d",                      { PGHOST: "x", PGPORT: "2", PGUSER: "x", PGPASSWORD: "x", PGDATABASE: "x" },
    { host: "h", port: 1, password: "pw", database: "d" }],
  ["an empty variable counts as not set",      "postgres://kw@",                              { PGHOST: "", PGPORT: "", PGSSLMODE: "" }, {}],
  ["the password file of the home",            "postgres://kw@localhost",                     { HOME: "/home/kw" }, { passwordFile: "/home/kw/.pgpass" }],
  ["another password file",                    "postgres://kw@localhost",                     { HOME: "/home/kw", PGPASSFILE: "/run/pw" }, { passwordFile: "/run/pw" }],
  ["no TLS",                                   "postgres://kw@localhost?sslmode=disable",     {}, { tls: { mode: "disable" } }],
  ["TLS that is required, unchecked",          "postgres://kw@localhost?sslmode=require",     {}, { tls: { mode: "require" } }],
  ["with a root certificate it is checked",    "postgres://kw@localhost?sslmode=require&sslrootcert=/ca", {}, { tls: { mode: "verify-ca", rootCertificate: "/ca" } }],
  ["TLS by variables",                         "postgres://kw@localhost",                     { PGSSLMODE: "verify-full", PGSSLROOTCERT: "/ca", PGSSLCERT: "/c", PGSSLKEY: "/k" },
    { tls: { mode: "verify-full", rootCertificate: "/ca", certificate: "/c", key: "/k" } }],
  ["the certificates of the system",           "postgres://kw@localhost?sslmode=verify-full&sslrootcert=system", {}, { tls: { mode: "verify-full", rootCertificate: "system" } }],
  ["channel_binding, as hosts print it",       "postgres://kw@localhost?sslmode=require&channel_binding=require", {}, { tls: { mode: "require" } }],
])("%s", (_sentence, url, variables, { tls, ...different }) => {
  expect(readConnectionSettings(url, variables)).toEqual({ ...ALL_DEFAULTS, ...different, tls: { ...ALL_DEFAULTS.tls, ...tls } });
});

const FORM = "the database URL must have the form postgres://user:password@host:5432/database";

// biome-ignore format: a table
test.each<[string, string, Variables, string]>([
  ["nothing",                 "",                                        {}, FORM],
  ["another database",        "mysql://kw:hunter2@h/d",                  {}, FORM],
  ["a file",                  "./data",                                  {}, FORM],
  ["keywords and values",     "host=h user=kw password=hunter2",         {}, FORM],
  ["a port that is none",     "postgres://kw:hunter2@h:x/d",             {}, FORM],
  ["a port out of range",     "postgres://kw@h/d",                       { PGPORT: "70000" }, "the port of the database must be a number from 1 to 65535"],
  ["no user",                 "postgres://h/d",                          {}, "the database URL names no user; write it as in postgres://user:password@host:5432/database"],
  ["several hosts",           "postgres://kw:hunter2@a,b/d",             {}, "the database URL names several hosts; name one, through which the primary is reached"],
  ["an unknown parameter",    "postgres://kw:hunter2@h/d?sslmod=require", {}, "the database URL has an unknown parameter: sslmod"],
  ["an unknown TLS mode",     "postgres://kw:hunter2@h/d?sslmode=on",    {}, "sslmode must be one of disable, prefer, require, verify-ca, verify-full"],
  ["the system's, unchecked", "postgres://kw@h/d?sslmode=require&sslrootcert=system", {}, "sslrootcert=system needs sslmode=verify-full"],
  ["a bare percent sign",     "postgres://kw:hunter%2@h/d",              {}, "the database URL has a % that is no escape; write % as %25, also in the password"],
])("refused: %s", (_sentence, url, variables, message) => {
  expect(() => readConnectionSettings(url, variables)).toThrow(message);
});

describe("the password file", () => {
  const asked = { host: "h", port: 5432, database: "d", user: "u" };
  // biome-ignore format: a table
  test.each<[string, string, Partial<typeof asked>, string | undefined]>([
    ["the line of the connection",             "h:5432:d:u:secret",                    {},                 "secret"],
    ["stars match anything",                   "*:*:*:*:secret",                       {},                 "secret"],
    ["the first line that matches",            "x:*:*:*:one\nh:*:*:*:two\n*:*:*:*:three", {},              "two"],
    ["comments and empty lines are skipped",   "# h:*:*:*:no\n\n*:*:*:*:yes\n",        {},                 "yes"],
    ["a backslash makes a colon ordinary",     "h:*:*:*:a\\:b\\\\c",                   {},                 "a:b\\c"],
    ["another port",                           "h:5433:d:u:secret",                    {},                 undefined],
    ["another user",                           "h:5432:d:x:secret",                    {},                 undefined],
    ["a line that is cut short",               "h:5432:d:u",                           {},                 undefined],
    ["a socket counts as localhost",           "localhost:*:*:*:secret",               { host: "/run/pg" }, "secret"],
    ["lines that end as on Windows",           "*:*:*:*:secret\r\n",                   {},                 "secret"],
  ])("%s", (_sentence, text, different, password) => {
    expect(findPassword(text, { ...asked, ...different })).toBe(password);
  });

  test("is refused if others can read it, and skipped if it is missing", async () => {
    const file = join(traceDirectory("postgres"), "passwords");
    expect(await readPasswordFile(file, asked)).toBeUndefined();
    writeFileSync(file, "*:*:*:*:secret\n", { mode: 0o600 });
    expect(await readPasswordFile(file, asked)).toBe("secret");
    chmodSync(file, 0o644);
    await expect(readPasswordFile(file, asked)).rejects.toThrow(`others can read the password file ${file}; change its mode to 0600`);
  });
});
