/** What a description may say of its page of API keys, and what is refused when it is described. */
import { expect, test } from "vitest";
import type { Dashboard } from "../../platforms/dashboard.ts";
import { agentsgt, definePlatform, keyward, PLATFORMS, type Platform } from "../../platforms/index.ts";

const described = (platform: Platform, dashboard: Partial<Dashboard>, more: Partial<Platform> = {}) =>
  definePlatform({ ...platform, ...more, dashboard: { ...platform.dashboard, ...dashboard } });

test.each<[string, Platform, Partial<Dashboard>, Partial<Platform>?]>([
  ["public keys in the list of pairs", agentsgt, { columns: ["name", "publicKey"] }],
  ["a form that asks pairs for domains", agentsgt, { fields: ["domains"] }],
  ["a form that asks for any scopes", keyward, { fields: ["scopes"] }],
  ["nothing but names", keyward, { columns: ["name"], actions: [], fields: [] }],
])("a page with %s is described", (_what, platform, dashboard, more) => {
  expect(described(platform, dashboard, more).dashboard).toMatchObject(dashboard);
});

// biome-ignore format: a table
test.each<[string, Platform, Partial<Dashboard>, string, Partial<Platform>?]>([
  ["public keys where keys are no pairs",   keyward, { columns: ["name", "publicKey"] },     "dashboard.columns has publicKey, but its keys are no pairs"],
  ["domains where keys are no pairs",       keyward, { fields: ["domains"] },                "dashboard.fields has domains, but its keys are no pairs"],
  ["scopes where the platform has none",    keyward, { fields: ["scopes"] },                 "dashboard.fields has scopes, but there are none to choose from", { scopes: [] }],
  ["a column twice",                        keyward, { columns: ["name", "prefix", "name"] }, "dashboard.columns has name twice"],
  ["an action twice",                       keyward, { actions: ["revoke", "revoke"] },      "dashboard.actions has revoke twice"],
  ["no column for names",                   keyward, { columns: ["prefix"] },                "dashboard.columns needs name"],
  ["a word that nobody can read",           keyward, { words: { ...keyward.dashboard.words, revoke: " " } }, "dashboard.words.revoke is empty"],
  ["a sample on another host",              keyward, { sample: { method: "GET", path: "//evil.example" } },  "dashboard.sample.path must be a path"],
  ["a sample that leaves its line",         keyward, { sample: { method: "GET", path: "/a\n-d @/etc" } },    "dashboard.sample.path must be a path"],
])("a page with %s is refused in one sentence", (_what, platform, dashboard, sentence, more) => {
  expect(() => described(platform, dashboard, more)).toThrow(new RangeError(`platform keyward: ${sentence}`));
});

test.each([...PLATFORMS])("the sample of %s is a route that its keys reach", (_name, { operations, routes, dashboard }) => {
  const { method, path } = dashboard.sample;
  if (operations !== null) expect(operations).toContainEqual(expect.objectContaining({ method, path }));
  expect(routes.filter((route) => route.path === path && route.operation === "list").every(({ access }) => access === "key")).toBe(true);
});
