/** ampersend: two deployments, production and sandbox, each with its own kind of key. Keys can be restricted to operations and agents. */
import { BASE62 } from "../engine/key-format.ts";
import { definePlatform } from "./define.ts";

export const ampersend = definePlatform({
  name: "ampersend",
  title: "ampersend",

  // Production issues and accepts sk_live_, sandbox (--environment test) sk_test_. The other kind is refused without a look-up.
  oneEnvironmentPerDeployment: true,
  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "sk_live_", test: "sk_test_" }, alphabet: BASE62, randomLength: 43, separator: "", checksumLength: 6 },
  },
  prefixOf: (key) => key.slice(0, 12),
  // "Because only the hash is stored, … the original secret cannot be recovered."
  sealsKeys: false,

  plans: { standard: {} },

  scopes: [
    "agents:read",
    "agents:write",
    "agent-keys:read",
    "agent-keys:write",
    "allowlists:read",
    "allowlists:write",
    "top-ups:read",
    "top-ups:write",
    "exports:read",
  ],
  // Addresses are hexadecimal: upper and lower case mean the same agent.
  canonicalResource: (address) => address.toLowerCase(),
  // The page writes two of its routes without /v1, "POST /agents" and "POST /agents/{address}/keys": both forms are accepted.
  operations: [
    { method: "GET", path: "/v1/agents", needs: { scope: "agents:read" } },
    { method: "POST", path: "[/v1]/agents", needs: { scope: "agents:write" } },
    { method: "GET", path: "/v1/agents/{address}", needs: { scope: "agents:read" }, resource: "address" },
    { method: "PATCH", path: "/v1/agents/{address}", needs: { scope: "agents:write" }, resource: "address" },
    { method: "GET", path: "/v1/agents/{address}/keys", needs: { scope: "agent-keys:read" }, resource: "address" },
    { method: "POST", path: "[/v1]/agents/{address}/keys", needs: { scope: "agent-keys:write" }, resource: "address" },
    { method: "DELETE", path: "/v1/agents/{address}/keys/{keyId}", needs: { scope: "agent-keys:write" }, resource: "address" },
    { method: "GET", path: "/v1/agents/{address}/allowlist", needs: { scope: "allowlists:read" }, resource: "address" },
    { method: "PUT", path: "/v1/agents/{address}/allowlist", needs: { scope: "allowlists:write" }, resource: "address" },
    { method: "GET", path: "/v1/agents/{address}/top-up", needs: { scope: "top-ups:read" }, resource: "address" },
    { method: "PUT", path: "/v1/agents/{address}/top-up", needs: { scope: "top-ups:write" }, resource: "address" },
    { method: "GET", path: "/v1/export/transactions", needs: { scope: "exports:read" } },
    { method: "GET", path: "/v1/export/payment-events", needs: { scope: "exports:read" } },
    // Agent-scoped: "use the agent's session token instead".
    { method: "GET", path: "/v1/endpoints", needs: "agent" },
    { method: "POST", path: "/v1/endpoints", needs: "agent" },
    { method: "DELETE", path: "/v1/endpoints/{endpointId}", needs: "agent" },
  ],

  credentials: [{ header: "authorization", scheme: "Bearer" }],

  dashboard: {
    columns: ["name", "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"],
    actions: ["toggle", "rotate", "revoke"],
    fields: ["expiry", "scopes", "resources"],
    words: { create: "Create API key", name: "Name", active: "Active", revoke: "Revoke", revoked: "Revoked", resources: "Agents" },
    sample: { method: "GET", path: "/v1/agents" },
  },
});
