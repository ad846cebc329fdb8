/** The `WWW-Authenticate` challenge of a 401 and of a 403 for a missing scope (RFC 9110, 11.6.1; RFC 6750, 3). */
import type { ErrorCode } from "../engine/errors.ts";
import type { CredentialPlace } from "../platforms/define.ts";

/**
 * The value of the header: one challenge for each place where a credential may stand. A bearer challenge says what was wrong with the
 * credential, and for `insufficient_scope` which scopes are needed; it has no error where no credential was sent (RFC 6750, 3.1).
 * @example
 * challenge("Keyward", [{ header: "authorization", scheme: "Bearer" }], "invalid_credential");
 * // Bearer realm="Keyward", error="invalid_token"
 */
export function challenge(realm: string, places: readonly CredentialPlace[], code: ErrorCode, scopes: readonly string[] = []): string {
  const error = errorOf(code, scopes);
  return places.map(({ scheme }) => (scheme === undefined ? `ApiKey realm="${realm}"` : `${scheme} realm="${realm}"${error}`)).join(", ");
}

function errorOf(code: ErrorCode, scopes: readonly string[]): string {
  if (code === "invalid_credential") return ', error="invalid_token"';
  return code === "insufficient_scope" ? `, error="insufficient_scope", scope="${scopes.join(" ")}"` : "";
}
