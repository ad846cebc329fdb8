/** The operator's checklist as rules: what is found, how bad it is, and that there is advice wherever something is to be done. */
import { describe, expect, test } from "vitest";
import { CHECKS, diagnose, type Level } from "../../engine/diagnosis.ts";
import type { Facts } from "../../engine/diagnosis-facts.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 11, 1);

/** A server as it should be. */
const WELL: Facts = {
  now: NOW,
  node: "26.10.0",
  isProduction: true,
  secret: { from: "file", isWeak: false, isOpenToOthers: false, hasPrevious: false, onPrevious: 0, unverifiable: 0 },
  baseUrl: "https://keys.example.com",
  listensOnLoopback: true,
  hasTrustedProxies: true,
  untrustedForwarders: [],
  metricsHost: undefined,
  metricsOnLoopback: false,
  passwordSignIn: "invited",
  providers: [],
  hasPlatformIdentity: false,
  hasUsers: true,
  dataDirectory: "/var/lib/keyward",
  dataDirectoryMode: 0o700,
  disk: { freeBytes: 50e9, totalBytes: 100e9 },
  openFilesLimit: 65_536,
  database: { newestEntryAt: NOW - 1_000, unknownMigrations: [] },
  lastBackupAt: NOW - DAY,
};
const POSTGRES = { version: "18.4", now: NOW, maxConnections: 100, standbys: 0, synchronousStandbys: "", synchronousCommit: "on" };
const secret = (more: Partial<Facts["secret"]>) => ({ secret: { ...WELL.secret, ...more } });
const postgres = (more: Partial<typeof POSTGRES>) => ({
  database: { ...WELL.database, postgres: { ...POSTGRES, ...more } },
  lastBackupAt: undefined,
});
const standing = (more: object) => ({ ...postgres({}), standing: { leaseMs: 5_000, lag: 0, nodes: 3, connectionsEach: 8, ...more } });

// biome-ignore format: a table
const ROWS: [sentence: string, facts: Partial<Facts>, check: string, level: Level | undefined][] = [
  ["the oldest Node",                          { node: "24.0.0" },                                                     "node",            "ok"],
  ["an older Node",                            { node: "23.11.1" },                                                    "node",            "problem"],
  ["not in production",                        { isProduction: false },                                                "production",      "warning"],
  ["a secret of the environment",              secret({ from: "environment" }),                                        "secret",          "ok"],
  ["a secret beside the database",             secret({ from: "data directory" }),                                     "secret",          "warning"],
  ["a weak secret",                            secret({ isWeak: true }),                                               "secret",          "problem"],
  ["a secret that all can read",               secret({ isOpenToOthers: true }),                                       "secret",          "problem"],
  ["a replaced secret in use",                 secret({ hasPrevious: true, onPrevious: 1 }),                           "previous-secret", "warning"],
  ["a replaced secret that nothing needs",     secret({ hasPrevious: true }),                                          "previous-secret", "warning"],
  ["keys without their secret",                secret({ unverifiable: 1 }),                                            "previous-secret", "problem"],
  ["no base URL",                              { baseUrl: undefined },                                                 "base-url",        "problem"],
  ["a base URL without TLS",                   { baseUrl: "http://keys.example.com" },                                 "base-url",        "problem"],
  ["no proxy",                                 { hasTrustedProxies: false },                                           "proxies",         "warning"],
  ["no proxy, open to the network",            { hasTrustedProxies: false, listensOnLoopback: false },                 "proxies",         "warning"],
  ["a proxy that is not named",                { untrustedForwarders: ["10.0.0.7"] },                                  "proxies",         "problem"],
  ["metrics for this machine",                 { metricsHost: "127.0.0.1", metricsOnLoopback: true },                  "metrics",         "ok"],
  ["metrics for the network",                  { metricsHost: "0.0.0.0" },                                             "metrics",         "warning"],
  ["passwords for everybody",                  { passwordSignIn: "open" },                                             "sign-in",         "warning"],
  ["GitHub for everybody",                     { passwordSignIn: undefined, providers: ["GitHub"] },                   "sign-in",         "warning"],
  ["one's own provider",                       { passwordSignIn: undefined, providers: ["Single sign-on"] },           "sign-in",         "ok"],
  ["the JWTs of the platform",                 { passwordSignIn: undefined, hasPlatformIdentity: true },               "sign-in",         "ok"],
  ["no way to sign in",                        { passwordSignIn: undefined },                                         "sign-in",         "warning"],
  ["no way to sign in, and nobody ever did",   { passwordSignIn: undefined, hasUsers: false },                        "sign-in",         "warning"],
  ["a directory that its group can read",      { dataDirectoryMode: 0o750 },                                           "data-directory",  "warning"],
  ["the same, with PostgreSQL",                { ...postgres({}), dataDirectoryMode: 0o2777 },                         "data-directory",  undefined],
  ["exactly a tenth of the disk",              { disk: { freeBytes: 10e9, totalBytes: 100e9 } },                       "disk",            "ok"],
  ["less than a tenth of the disk",            { disk: { freeBytes: 10e9 - 1, totalBytes: 100e9 } },                   "disk",            "warning"],
  ["hardly any disk",                          { disk: { freeBytes: 199e6, totalBytes: 1e9 } },                        "disk",            "problem"],
  ["a backup two days old",                    { lastBackupAt: NOW - 2 * DAY },                                        "backup",          "ok"],
  ["an older backup",                          { lastBackupAt: NOW - 2 * DAY - 1 },                                    "backup",          "problem"],
  ["no backup",                                { lastBackupAt: null },                                                 "backup",          "problem"],
  ["a database that others back up",           { lastBackupAt: undefined },                                            "backup",          undefined],
  ["an empty database",                        { database: { newestEntryAt: null, unknownMigrations: [] } },           "clock",           "ok"],
  ["an entry of the future",                   { database: { newestEntryAt: NOW + 60_001, unknownMigrations: [] } },   "clock",           "problem"],
  ["a database with another clock",            postgres({ now: NOW - 2_001 }),                                         "clock",           "warning"],
  ["a database of a newer version",            { database: { newestEntryAt: null, unknownMigrations: ["0099"] } },     "migrations",      "warning"],
  ["few open files",                           { openFilesLimit: 1_024 },                                              "open-files",      "warning"],
  ["a system that does not say how many",      { openFilesLimit: undefined },                                          "open-files",      undefined],
  ["the embedded database",                    {},                                                                     "postgresql",      undefined],
  ["PostgreSQL",                               postgres({}),                                                           "postgresql",      "ok"],
  ["commits that are not waited for",          postgres({ synchronousCommit: "off" }),                                 "postgresql",      "problem"],
  ["standbys that may lag",                    postgres({ standbys: 1 }),                                              "postgresql",      "warning"],
  ["a synchronous standby",                    postgres({ standbys: 1, synchronousStandbys: "b" }),                    "postgresql",      "ok"],
  ["connections for four nodes",               standing({}),                                                           "connections",     "ok"],
  ["connections for fewer",                    standing({ connectionsEach: 24 }),                                      "connections",     "warning"],
  ["a lease",                                  standing({}),                                                           "lease",           "ok"],
  ["no lease",                                 standing({ leaseMs: 0 }),                                               "lease",           "problem"],
  ["far behind",                               standing({ lag: 1_001 }),                                               "lease",           "warning"],
];

test.each(ROWS)("%s", (_sentence, facts, check, level) => {
  const finding = diagnose({ ...WELL, ...facts }).find((each) => each.check === check);
  expect(finding?.level).toBe(level);
  // Whoever reads of something to do reads what.
  if (level !== undefined) expect(finding?.advice === undefined).toBe(level === "ok");
});

test("of a server as it should be, every finding is ok", () => {
  expect(diagnose(WELL).filter(({ level }) => level !== "ok")).toEqual([]);
});

describe("the table", () => {
  test("has each name once, and a row here for each check but the one that only tells", () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const tested = new Set(ROWS.map(([, , check]) => check));
    expect(names.filter((name) => !tested.has(name))).toEqual([]);
  });
});
