/**
 * Scopes: what a key may do, as the platform's services name it (`agents:read`). They are matched exactly: with wildcards, a scope that
 * the platform adds tomorrow would widen the keys of yesterday.
 */
import { invalid, type Outcome, ok } from "./errors.ts";

export const SCOPES_MAXIMUM = 64;
export const SCOPE = /^[a-z0-9](?:[a-z0-9:._/-]{0,62}[a-z0-9])?$/;

/** Checks scopes and returns them sorted, each once. The refusal names `field`. */
export function parseScopes(scopes: readonly string[], field = "scopes"): Outcome<readonly string[]> {
  if (scopes.length > SCOPES_MAXIMUM) return invalid(field, `${field} must be at most ${SCOPES_MAXIMUM} scopes`);
  const wrong = scopes.findIndex((scope) => !SCOPE.test(scope));
  if (wrong >= 0)
    return invalid(
      `${field}[${wrong}]`,
      `${field}[${wrong}] must be 1 to 64 characters of a-z, 0-9 and : . _ / -, with a letter or digit at both ends`,
    );
  return ok(Object.freeze([...new Set(scopes)].sort()));
}

/** Those of `required` that are not in `granted`. */
export function missingScopes(granted: readonly string[], required: readonly string[]): readonly string[] {
  return required.filter((scope) => !granted.includes(scope));
}
