/** Finding a secret in a text that somebody typed or pasted, so that it does not go where texts may be seen: URLs, logs, history. */

import { type KeyForm, parseCredential } from "./credential-form.ts";
import { invalid, type Outcome, ok } from "./errors.ts";
import type { KeyFormat } from "./key-format.ts";

/**
 * Random characters behind the prefix from which on a text counts as a secret: what lists show of a key is shorter, and what has been
 * left out of a whole key may be as little as its last character.
 */
const PLAUSIBLE = 16;

/**
 * The source of a regular expression (ECMAScript, no flags) whose first match in a text is a secret of this form, as a request presents
 * it: with its prefix and in its alphabet, wherever it stands. The checksum is not looked at, because a mistyped secret is nearly one. A
 * public key alone is no secret. Of secrets that people choose themselves, those are found that have the platform's prefix; see
 * `mayBeChosenSecret` for the others.
 */
export function secretPattern(form: KeyForm): string {
  if (form.kind === "pair") {
    const { publicKey, secretKey } = form;
    return `(?:${prefixesOf(publicKey)}${classOf(publicKey)}+:)?${prefixesOf(secretKey)}${classOf(secretKey)}{${PLAUSIBLE},}`;
  }
  const { format, custom } = form;
  const generated = `${prefixesOf(format)}${classOf(format)}{${PLAUSIBLE},}${format.separator === "" ? "" : `(?:${format.separator}${classOf(format)}*)?`}`;
  if (custom === undefined) return generated;
  const shortest = Math.min(...Object.values(format.prefixes).map((prefix) => prefix.length));
  return `${prefixesOf(format)}[\\x21-\\x7e]{${custom.minimumLength - shortest},}`;
}

/** Whether a text is a secret that somebody could have chosen: only a look-up can tell. False where secrets cannot be chosen. */
export function mayBeChosenSecret(form: KeyForm, text: string): boolean {
  return form.kind === "secret" && form.custom !== undefined && parseCredential(form, text).wellFormed;
}

/** What is said of a secret in a parameter of a URL. The value is not repeated. */
export function secretInUrl(field: string) {
  return invalid(
    field,
    `${field} must not be a key, because URLs are logged: find its record with POST /keyward/v1/organizations/{organizationId}/keys/find`,
  );
}

/** A function that refuses values of URL parameters that hold a secret of this form; `field` is the parameter's name. */
export function secretRefuser(form: KeyForm): (field: string, text: string | undefined) => Outcome<string | undefined> {
  const secret = new RegExp(secretPattern(form));
  return (field, text) => (text !== undefined && secret.test(text) ? secretInUrl(field) : ok(text));
}

function prefixesOf({ prefixes }: KeyFormat): string {
  return `(?:${Object.values(prefixes).map(escapeForPattern).join("|")})`;
}

const classOf = ({ alphabet }: KeyFormat) => (alphabet.includes("A") ? "[0-9A-Za-z]" : "[0-9a-z]");

function escapeForPattern(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z_]/g, "\\$&");
}
