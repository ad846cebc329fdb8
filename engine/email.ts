/** E-mail addresses of people, from any source. */
import { invalid, type Outcome, ok } from "./errors.ts";

/** RFC 5321, 4.5.3.1.3, without the angle brackets. */
const EMAIL_MAX_CHARACTERS = 254;

/**
 * Control characters (a line break in an address could add a header to a message or a line to a log), invisible and text-direction
 * characters, spaces, and characters that quote, list or comment addresses in a header.
 */
const FORBIDDEN = /[\p{C}\s\p{Z}"(),:;<>[\\\]]/u;
const ONE_AT = /^[^@]+@[^@]+$/;
/** RFC 2606: no real address can end like this. The operator's does. */
const RESERVED = /[@.]invalid$/;

/**
 * The address in lower case, as it is stored and compared. Letters outside ASCII are accepted (RFC 6531), except those that become ASCII
 * in lower case: the Kelvin sign is not a `k`.
 */
export function parseEmail(text: string, field = "email"): Outcome<string> {
  const refused = invalid(field, `${field} must be an e-mail address`);
  if ([...text].length > EMAIL_MAX_CHARACTERS || FORBIDDEN.test(text) || !ONE_AT.test(text)) return refused;
  const email = text.toLowerCase();
  if (asciiOf(email) !== asciiOf(text).toLowerCase()) return refused;
  return RESERVED.test(email) ? invalid(field, `${field} cannot exist: .invalid is reserved`) : ok(email);
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, "");
}
