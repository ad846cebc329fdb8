/** AgentSend: a key manages the keys of its own account. */
import { BASE62 } from "../engine/key-format.ts";
import { formatTimestampSeconds } from "../engine/timestamp.ts";
import { definePlatform } from "./define.ts";
import { list, nullable, record, text, time } from "./schema.ts";

export const agentsend = definePlatform({
  name: "agentsend",
  title: "AgentSend",

  // as_live_v1_4xKqT2mNpRuWsYcBjDeGhLzA...; lists show the first 15 characters.
  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "as_live_v1_" }, alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 },
  },
  prefixOf: (key) => key.slice(0, 15),
  keyId: { prefix: "ak_", spelling: "ulid" },

  plans: { standard: {} },

  credentials: [{ header: "x-api-key" }, { header: "authorization", scheme: "Bearer" }],
  routes: [
    {
      operation: "create",
      path: "/account/api-keys",
      summary: "Create a new API key for the authenticated account",
      access: "key",
      fields: {
        name: {
          type: "string",
          required: false,
          sets: "name",
          description: 'A human-readable label for the key (e.g. "production-agent").',
        },
      },
      response: record({
        id: text(),
        key: text("The full key. Shown once."),
        prefix: text(),
        name: nullable(text()),
        message: text("A sentence for people."),
      }),
      respond: ({ id, prefix, name }, key) => ({ id, key, prefix, name, message: "Store this key securely. It will not be shown again." }),
    },
    {
      operation: "list",
      path: "/account/api-keys",
      summary: "All active API keys of the account",
      access: "key",
      paging: null,
      response: record({
        data: list(
          record({
            id: text(),
            keyPrefix: text("The part of the key that may be shown."),
            name: nullable(text()),
            lastUsedAt: nullable(time()),
            expiresAt: nullable(time()),
            createdAt: time(),
          }),
        ),
      }),
      respond: (active) => ({
        data: active.map(({ id, prefix, name, lastUsedAt, expiresAt, createdAt }) => ({
          id,
          keyPrefix: prefix,
          name,
          lastUsedAt: formatTimestampSeconds(lastUsedAt),
          expiresAt: formatTimestampSeconds(expiresAt),
          createdAt: formatTimestampSeconds(createdAt),
        })),
      }),
    },
    {
      operation: "revoke",
      path: "/account/api-keys/{id}",
      summary: "Permanently revoke an API key",
      access: "key",
      refusedSelf:
        "You cannot revoke the key currently used to authenticate the request. Use a different key (or the dashboard) to revoke a key in active use.",
    },
  ],

  dashboard: {
    columns: ["name", "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"],
    actions: ["toggle", "rotate", "revoke"],
    fields: ["expiry"],
    words: { create: "Create API Key", name: "Name", active: "Active", revoke: "Revoke", revoked: "Revoked", resources: "Resources" },
    sample: { method: "GET", path: "/account/api-keys" },
  },
});
