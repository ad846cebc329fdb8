/** AgentsGT: a key is a pair. With the secret key it works everywhere; the public key alone works on the websites that it allows. */
import { BASE36 } from "../engine/key-format.ts";
import { definePlatform } from "./define.ts";
import { record, text } from "./schema.ts";

export const agentsgt = definePlatform({
  name: "agentsgt",
  title: "AgentsGT",

  // Authorization: Bearer pk_<32>:sk_<64>
  keyForm: {
    kind: "pair",
    publicKey: { prefixes: { live: "pk_" }, alphabet: BASE36, randomLength: 26, separator: "", checksumLength: 6 },
    secretKey: { prefixes: { live: "sk_" }, alphabet: BASE36, randomLength: 58, separator: "", checksumLength: 6 },
  },

  // "The limit is configured per organization": the operator overrides these.
  plans: { standard: { requestsPerMinute: 600 } },

  credentials: [{ header: "authorization", scheme: "Bearer" }],
  errorForm: {
    contentType: "application/json",
    schema: record({ success: { type: "boolean", const: false }, error: text("A sentence for people.") }),
    body: ({ detail }) => ({ success: false, error: detail }),
  },
  envelope: { constants: { success: true }, dataMember: "data" },

  dashboard: {
    columns: ["name", "publicKey", "lastUsedAt", "status"],
    actions: ["toggle", "rotate", "revoke"],
    fields: ["expiry", "domains"],
    words: { create: "Create API Key", name: "Name", active: "Enabled", revoke: "Delete", revoked: "Deleted", resources: "Resources" },
    sample: { method: "GET", path: "/api/v1/agents" },
  },
});
