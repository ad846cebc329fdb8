/** Keyward's own platform, with all features. For products that document no key format of their own. */
import { BASE62 } from "../engine/key-format.ts";
import { definePlatform } from "./define.ts";

export const keyward = definePlatform({
  name: "keyward",
  title: "Keyward",

  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "kw_live_", test: "kw_test_" }, alphabet: BASE62, randomLength: 43, separator: "_", checksumLength: 6 },
  },
  prefixOf: (key) => key.slice(0, 12),
  rotateAfterDays: 90,

  plans: {
    unlimited: {},
    free: { requestsPerMinute: 60, requestsPerDay: 10_000, concurrentRequests: 5, keys: 10 },
    pro: { requestsPerMinute: 1_000, requestsPerDay: 1_000_000, concurrentRequests: 100, keys: 1_000 },
  },
});
