/** The one place that takes a credential out of a request, for every surface. */
import type { CredentialPlace } from "../platforms/define.ts";

/** What a request presents. `several` is refused, even when all of them are the same. */
type Extracted = { readonly found: "none" } | { readonly found: "one"; readonly presented: string } | { readonly found: "several" };

const NONE: Extracted = Object.freeze({ found: "none" });
const SEVERAL: Extracted = Object.freeze({ found: "several" });
/** The place of tokens that are not a platform's keys. */
export const BEARER: readonly [CredentialPlace] = [{ header: "authorization", scheme: "Bearer" }];

/**
 * Looks at every header line for a credential in one of `places`. `rawHeaders` are names and values in turn, as in
 * `IncomingMessage.rawHeaders`: Node's own `headers` silently keeps the first of two `Authorization` lines. A value that a proxy joined
 * from several lines (", ") counts as several. The presented string is not checked, which is the parser's work; one that cannot be read
 * is "", which is no key.
 * @example
 * extractCredential(["Authorization", "Bearer kw_live_1"], BEARER); // { found: "one", presented: "kw_live_1" }
 */
export function extractCredential(rawHeaders: readonly string[], places: readonly CredentialPlace[]): Extracted {
  let presented: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    for (const place of places) {
      if (name.length !== place.header.length || name.toLowerCase() !== place.header) continue;
      const value = rawHeaders[at + 1] as string;
      if (presented !== undefined || value.includes(", ")) return SEVERAL;
      presented = readCredential(value, place);
    }
  }
  return presented === undefined ? NONE : { found: "one", presented };
}

/** The credential in one header value; "" when the value has another scheme or form. The scheme's case does not matter (RFC 9110, 11.1). */
export function readCredential(value: string, { scheme }: CredentialPlace): string {
  if (scheme === undefined) return value;
  if (value.length <= scheme.length || value.charCodeAt(scheme.length) !== 0x20) return "";
  return value.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase() ? value.slice(scheme.length + 1).trimStart() : "";
}
