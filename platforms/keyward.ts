/** Keyward's own platform: everything on. Take it where no other form is documented. */
import { BASE62 } from "../engine/key-format.ts";
import { definePlatform } from "./define.ts";
import { problemDetails } from "./problem-details.ts";

export const keyward = definePlatform({
  name: "keyward",
  title: "Keyward",

  environments: ["live", "test"],
  oneEnvironmentPerDeployment: false,
  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "kw_live_", test: "kw_test_" }, alphabet: BASE62, randomLength: 43, separator: "_", checksumLength: 6 },
  },
  prefixOf: (key) => key.slice(0, 12),
  keyId: { prefix: "key_", spelling: "ulid" },
  sealsKeys: false,
  rotateAfterDays: 90,

  plans: {
    unlimited: { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null, keys: null },
    free: { requestsPerMinute: 60, requestsPerDay: 10_000, concurrentRequests: 5, keys: 10 },
    pro: { requestsPerMinute: 1_000, requestsPerDay: 1_000_000, concurrentRequests: 100, keys: 1_000 },
  },
  defaultPlan: "unlimited",
  unclaimedPlan: null,

  scopes: null,
  canonicalResource: (resource) => resource,
  operations: null,

  firstKeyAtSignIn: false,
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
