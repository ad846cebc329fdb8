/** The resources that a key may be restricted to, such as addresses of agents, in the platform's canonical form. Compared exactly. */
import { invalid, type Outcome, ok } from "./errors.ts";

export const RESOURCES_MAXIMUM = 100;
export const RESOURCE = /^[\x21-\x7e]{1,128}$/;

/** Checks resources and keeps each once; null means no restriction. The refusal names `field`. */
export function parseResources(resources: readonly string[] | null, field = "resources"): Outcome<readonly string[] | null> {
  if (resources === null) return ok(null);
  if (resources.length === 0) return invalid(field, `${field} must name at least one, or be null for no restriction`);
  if (resources.length > RESOURCES_MAXIMUM) return invalid(field, `${field} must be at most ${RESOURCES_MAXIMUM}`);
  const wrong = resources.findIndex((resource) => !RESOURCE.test(resource));
  if (wrong >= 0) return invalid(`${field}[${wrong}]`, `${field}[${wrong}] must be 1 to 128 printable ASCII characters without spaces`);
  return ok(Object.freeze([...new Set(resources)]));
}
