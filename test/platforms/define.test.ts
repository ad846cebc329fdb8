/** What a description of a platform may leave out, what it then means, and what is refused when it is described. */
import { describe, expect, test } from "vitest";
import { generateCredential, parseCredential } from "../../engine/credential-form.ts";
import {
  agentsgt,
  BASE36,
  BASE62,
  definePlatform,
  keyward,
  PLATFORMS,
  type PlatformDefinition,
  problemDetails,
} from "../../platforms/index.ts";

const SHORTEST: PlatformDefinition = {
  name: "lumen",
  keyForm: { kind: "secret", format: { prefixes: { live: "lm_live_", test: "lm_test_" } } },
};
const PAIR: PlatformDefinition = {
  name: "lumen",
  keyForm: { kind: "pair", publicKey: { prefixes: { live: "pub_" } }, secretKey: { prefixes: { live: "sec_" } } },
};
const randomBytes = (length: number) => Uint8Array.from({ length }, (_, at) => at);

test("a name and a key prefix are a whole platform", () => {
  const { prefixOf, canonicalResource, ...platform } = definePlatform(SHORTEST);
  expect(platform).toEqual({
    name: "lumen",
    title: "lumen",
    keyForm: {
      kind: "secret",
      format: { prefixes: { live: "lm_live_", test: "lm_test_" }, alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 },
    },
    environments: ["live", "test"],
    oneEnvironmentPerDeployment: false,
    keyId: { prefix: "key_", spelling: "ulid" },
    sealsKeys: false,
    firstKeyAtSignIn: false,
    rotateAfterDays: null,
    plans: { unlimited: { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null, keys: null } },
    defaultPlan: "unlimited",
    unclaimedPlan: null,
    scopes: null,
    operations: null,
    credentials: [{ header: "authorization", scheme: "Bearer" }, { header: "x-api-key" }],
    errorForm: problemDetails,
    envelope: null,
    routes: [],
    dashboard: {
      columns: ["name", "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"],
      actions: ["toggle", "rotate", "revoke"],
      fields: ["environment", "expiry", "scopes", "resources", "limits"],
      words: { create: "Create API key", name: "Name", active: "Active", revoke: "Revoke", revoked: "Revoked", resources: "Resources" },
      sample: { method: "GET", path: "/keyward/v1/whoami" },
    },
  });
  expect(canonicalResource("0xAB")).toBe("0xAB");
});

test("pairs are shown by their public key, and may be kept to domains", () => {
  const { dashboard, prefixOf, keyForm, environments } = definePlatform(PAIR);
  expect(prefixOf("pub_abc:sec_def")).toBe("pub_abc");
  expect([dashboard.columns[1], dashboard.fields]).toEqual([
    "publicKey",
    ["environment", "expiry", "domains", "scopes", "resources", "limits"],
  ]);
  expect(environments).toEqual(["live"]);
  const { presented } = generateCredential(keyForm, "live", randomBytes);
  expect(parseCredential(keyForm, presented)).toMatchObject({ wellFormed: true, environment: "live" });
});

describe("the part of a key that lists show is its prefix and four characters:", () => {
  const { prefixOf } = definePlatform({
    ...SHORTEST,
    keyForm: { kind: "secret", format: { prefixes: { live: "sk_", test: "sk_test_" } }, custom: { minimumLength: 16, maximumLength: 64 } },
  });
  test.each([
    ["of a live key", "sk_abcdefghijkl", "sk_abcd"],
    ["of a test key, whose prefix is longer", "sk_test_abcdefghijkl", "sk_test_abcd"],
    ["of a key that its owner chose", "correct-horse-battery", "corr"],
  ])("%s", (_sentence, key, shown) => expect(prefixOf(key)).toBe(shown));
});

test.each<[string, Partial<PlatformDefinition>, object]>([
  [
    "environments are those with a prefix",
    { keyForm: { kind: "secret", format: { prefixes: { test: "t_" } } } },
    { environments: ["test"] },
  ],
  [
    "the first plan is the default",
    { plans: { hobby: { keys: 3 }, team: { requestsPerMinute: 600 } } },
    { defaultPlan: "hobby", plans: { hobby: { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null, keys: 3 } } },
  ],
  ["another default plan", { plans: { hobby: {}, team: {} }, defaultPlan: "team" }, { defaultPlan: "team" }],
  [
    "one word of the page alone",
    { dashboard: { words: { revoke: "Delete" } } },
    { dashboard: { words: { revoke: "Delete", name: "Name" }, actions: ["toggle", "rotate", "revoke"] } },
  ],
  [
    "no scopes on a page that has none to offer",
    { scopes: [] },
    { dashboard: { fields: ["environment", "expiry", "resources", "limits"] } },
  ],
  [
    "one property of the key format alone",
    { keyForm: { kind: "secret", format: { prefixes: { live: "k" }, alphabet: BASE36, randomLength: 25 } } },
    { keyForm: { format: { alphabet: BASE36, randomLength: 25, checksumLength: 6 } } },
  ],
])("%s", (_sentence, more, expected) => {
  expect(definePlatform({ ...SHORTEST, ...more })).toMatchObject(expected);
});

test("a platform describes itself: definePlatform changes nothing of it", () => {
  for (const platform of PLATFORMS.values()) expect(definePlatform(platform)).toEqual(platform);
});

test("a field that is undefined counts as left out", () => {
  const { prefixOf, ...undefinedFields } = definePlatform({
    ...SHORTEST,
    title: undefined,
    plans: undefined,
    keyId: undefined,
    routes: undefined,
  } as never);
  expect(undefinedFields).toMatchObject({ title: "lumen", defaultPlan: "unlimited", keyId: { prefix: "key_" }, routes: [] });
});

test("the description stays the caller's, and the platform cannot be changed", () => {
  const description = { ...SHORTEST };
  const platform = definePlatform(description);
  expect(Object.isFrozen(description)).toBe(false);
  expect(Object.isFrozen(platform)).toBe(true);
});

test.each<[string, PlatformDefinition, string]>([
  [
    "keys without a prefix",
    { ...SHORTEST, keyForm: { kind: "secret", format: { prefixes: {} } } },
    "its keys need a prefix for live or for test",
  ],
  ["an environment without a prefix", { ...PAIR, environments: ["live", "test"] }, "the environment test has no key prefix"],
  [
    "keys of 127 bits in base62",
    { ...SHORTEST, keyForm: { kind: "secret", format: { prefixes: { live: "k" }, randomLength: 21 } } },
    "randomLength must be at least 22: fewer characters can be guessed",
  ],
  [
    "secret keys of too few in base36",
    {
      ...PAIR,
      keyForm: {
        kind: "pair",
        publicKey: { prefixes: { live: "p" } },
        secretKey: { prefixes: { live: "s" }, alphabet: BASE36, randomLength: 24 },
      },
    },
    "randomLength must be at least 25: fewer characters can be guessed",
  ],
  [
    "a length that is no number",
    { ...SHORTEST, keyForm: { kind: "secret", format: { prefixes: { live: "k" }, randomLength: Number.NaN } } },
    "randomLength must be at least 22: fewer characters can be guessed",
  ],
  ["no plan at all", { ...SHORTEST, plans: {} }, "it needs at least one plan"],
  ["a default plan that is not there", { ...SHORTEST, defaultPlan: "pro" }, "the plan pro is not among its plans"],
  ["a plan that objects have anyway", { ...SHORTEST, defaultPlan: "toString" }, "the plan toString is not among its plans"],
  ["unclaimed keys on no plan", { ...SHORTEST, unclaimedPlan: "free" }, "the plan free is not among its plans"],
  ["a header in upper case", { ...SHORTEST, credentials: [{ header: "X-Key" }] }, "write the header X-Key in lower case"],
  [
    "errors without a schema",
    { ...SHORTEST, errorForm: { contentType: "application/json", body: () => ({}) } as never },
    "its errorForm needs the schema of its errors",
  ],
  [
    "a route without a schema",
    { ...SHORTEST, routes: [{ operation: "get", path: "/keys/{id}", summary: "", access: "key", respond: () => ({}) } as never] },
    "/keys/{id} needs a response: the schema of its body",
  ],
  [
    "a route with an id and no place for it",
    { ...SHORTEST, routes: [{ operation: "revoke", path: "/keys", summary: "", access: "key", refusedSelf: null }] },
    "/keys must end with /{id}",
  ],
  [
    "a route below Keyward's own",
    { ...SHORTEST, routes: [{ operation: "revoke", path: "/keyward/{id}", summary: "", access: "key", refusedSelf: null }] },
    "/keyward/{id} is Keyward's own",
  ],
  [
    "an operation with an unknown scope",
    { ...SHORTEST, scopes: ["read"], operations: [{ method: "GET", path: "/a", needs: { scope: "write" } }] },
    "/a needs the scope write, which is not among its scopes",
  ],
  [
    "a resource that no path names",
    { ...SHORTEST, scopes: ["read"], operations: [{ method: "GET", path: "/a", needs: { scope: "read" }, resource: "id" }] },
    "/a has no parameter id",
  ],
])("a description with %s is refused in one sentence", (_sentence, definition, sentence) => {
  expect(() => definePlatform(definition)).toThrow(new RangeError(`platform lumen: ${sentence}`));
});

test("unclaimed keys need a plan of their own", () => {
  const create = {
    operation: "create",
    path: "/keys",
    summary: "",
    access: "anonymous",
    perAddress: { requestsPerMinute: 1, requestsPerDay: 1 },
    fields: {},
    response: {},
    respond: () => ({}),
  } as const;
  expect(() => definePlatform({ ...SHORTEST, routes: [create] })).toThrow("/keys creates unclaimed keys, which need an unclaimedPlan");
  expect(definePlatform({ ...SHORTEST, routes: [create], unclaimedPlan: "unlimited" }).unclaimedPlan).toBe("unlimited");
});

test("one platform is made from another", () => {
  expect(definePlatform({ ...keyward, name: "mine" })).toEqual({ ...keyward, name: "mine" });
  expect(definePlatform({ ...agentsgt, title: "Mine" }).keyForm).toEqual(agentsgt.keyForm);
});
