/** The one place that takes a credential out of a request, for every surface. */
import type { CredentialPlace } from "../platforms/define.ts";

export type Extracted = { readonly found: "none" } | { readonly found: "one"; readonly presented: string } | { readonly found: "several" };

const NONE: Extracted = Object.freeze({ found: "none" });
const SEVERAL: Extracted = Object.freeze({ found: "several" });
export const BEARER: readonly [CredentialPlace] = [{ header: "authorization", scheme: "Bearer" }];

/**
 * Looks at every header line: `headers` are names and values in turn, as in `IncomingMessage.rawHeaders`, because Node's own `headers`
 * keeps the first of two `Authorization` lines and says nothing. A value that several lines were joined into (", ") counts as several.
 * The presented string is not checked: that is the parser's work. An unreadable one is "", which no key is.
 */
export function extractCredential(headers: readonly string[], places: readonly CredentialPlace[]): Extracted {
  let presented: string | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    for (const place of places) {
      if (name.length !== place.header.length || name.toLowerCase() !== place.header) continue;
      const value = headers[at + 1] as string;
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

/** The header lines of a `fetch` request, names and values in turn. */
export function headerLines(headers: Headers): string[] {
  return [...headers].flat();
}
