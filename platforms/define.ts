/** The door to describing a platform: a platform is data, and small pure functions that give its responses their documented form. */
import { contradictions } from "./contradictions.ts";
import { type PlatformDefinition, withDefaults } from "./definition.ts";
import type { Platform } from "./platform.ts";

export type { PlatformDefinition } from "./definition.ts";
export type { CredentialPlace, Field, OperationRule, Paging, Platform, PlatformRoute } from "./platform.ts";

/**
 * Completes a description with the defaults that `PlatformDefinition` names, checks it, and freezes the result. The description itself
 * is not changed. A `Platform` is also a description, so one can be made from another: `definePlatform({ ...keyward, name: "mine" })`.
 *
 * @throws RangeError with one sentence that says what contradicts what: a default plan that is not there, an environment without a key
 *   prefix, a route with an id and no `{id}` in its path, a page that asks for domains where keys are no pairs.
 * @example
 * const lumen = definePlatform({
 *   name: "lumen",
 *   keyForm: { kind: "secret", format: { prefixes: { live: "lm_live_", test: "lm_test_" } } },
 *   plans: { hobby: { requestsPerMinute: 60, keys: 3 }, team: { requestsPerMinute: 600 } },
 * });
 */
export function definePlatform(definition: PlatformDefinition): Platform {
  const platform = withDefaults(definition);
  const contradiction = contradictions(platform).next().value;
  if (contradiction !== undefined) throw new RangeError(`platform ${platform.name}: ${contradiction}`);
  return Object.freeze(platform);
}
