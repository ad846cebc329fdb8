/** The platform of the proof: keys without an owner that can be claimed, and no limits but those of the keys themselves. */
import { definePlatform } from "../../platforms/define.ts";
import { record, text } from "../../platforms/schema.ts";

export default definePlatform({
  name: "proof",
  keyForm: { kind: "secret", format: { prefixes: { live: "pf_" } } },
  plans: { unlimited: {}, unclaimed: {} },
  defaultPlan: "unlimited",
  unclaimedPlan: "unclaimed",
  routes: [
    {
      operation: "create",
      path: "/api-keys",
      summary: "Create an API key; no credential is needed",
      access: "anonymous",
      perAddress: { requestsPerMinute: 1_000_000, requestsPerDay: 1_000_000_000 },
      fields: {},
      response: record({ id: text(), key: text() }),
      respond: ({ id }, key) => ({ id, key }),
    },
  ],
});
