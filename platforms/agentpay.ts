/** AgentPay: anybody can create a key. A key that was created outside the dashboard is unclaimed until an organization links it. */
import { BASE62 } from "../engine/key-format.ts";
import { definePlatform } from "./define.ts";
import { nullable, record, text } from "./schema.ts";

export const agentpay = definePlatform({
  name: "agentpay",
  title: "AgentPay",

  // pk_...; or a secret that the caller chooses, "pk_my_custom_value" included.
  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "pk_" }, alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 },
    custom: { minimumLength: 16, maximumLength: 256 },
  },
  prefixOf: (key) => `${key.slice(0, 3)}…${key.slice(-4)}`,
  keyId: { prefix: "", spelling: "uuid" },
  // "Keys are stored encrypted and shown on the API Keys page."
  sealsKeys: true,

  plans: {
    unclaimed: { requestsPerMinute: 10, requestsPerDay: 1_000, concurrentRequests: 2 },
    free: { requestsPerMinute: 60, requestsPerDay: 10_000, concurrentRequests: 10, keys: 5 },
    pro: { requestsPerMinute: 600, requestsPerDay: 100_000, concurrentRequests: 50, keys: 50 },
  },
  defaultPlan: "free",
  unclaimedPlan: "unclaimed",

  // Signing in with GitHub makes the organization and its first key, or finds those that exist.
  firstKeyAtSignIn: true,
  credentials: [{ header: "x-api-key" }],
  // Rotation is create-and-replace: there is no revocation route. People delete keys in the dashboard.
  routes: [
    {
      operation: "create",
      path: "/api-keys",
      summary: "Create an API key; no credential is needed",
      access: "anonymous",
      perAddress: { requestsPerMinute: 10, requestsPerDay: 100 },
      fields: {
        label: { type: "string", required: false, sets: "name", description: "What to call the key." },
        key: { type: "string", required: false, sets: "key", description: "A secret of your own; generated when omitted or empty." },
      },
      response: record({ id: text(), label: nullable(text()), key: text("The full key.") }),
      respond: ({ id, name }, key) => ({ id, label: name, key }),
    },
  ],

  dashboard: {
    columns: ["name", "prefix", "createdAt", "lastUsedAt", "status"],
    // No rotation in place. Deleting frees a place under the plan's key limit, without which a full plan could never replace a key.
    actions: ["toggle", "revoke"],
    fields: ["expiry"],
    words: { create: "Create API key", name: "Label", active: "Active", revoke: "Delete", revoked: "Deleted", resources: "Resources" },
    sample: { method: "GET", path: "/wallets" },
  },
});
