/** Finds secrets in text that somebody typed or pasted, to keep them out of URLs, logs and the browser's history. */

import { type KeyForm, parseCredential } from "./credential-form.ts";
import { invalid, type Outcome, ok } from "./errors.ts";
import type { KeyFormat } from "./key-format.ts";

/**
 * How many random characters after the prefix make a text a secret. What lists show of a key is shorter; a pasted key may lack as little
 * as its last character.
 */
const PLAUSIBLE = 16;

/**
 * The source of a regular expression (ECMAScript, no flags) that finds a secret of this form anywhere in a text, by prefix and alphabet.
 * The checksum is ignored, because a mistyped secret still gives most of it away. A public key alone is not a secret. Secrets that people
 * chose are found only if they have the platform's prefix; for the others see `mayBeChosenSecret`.
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

/** Whether a text could be a secret that somebody chose; only a look-up can tell for sure. False if people cannot choose secrets. */
export function mayBeChosenSecret(form: KeyForm, text: string): boolean {
  return form.kind === "secret" && form.custom !== undefined && parseCredential(form, text).wellFormed;
}

/** The refusal of a secret in a URL parameter. It does not repeat the value. */
export function secretInUrl(field: string) {
  return invalid(
    field,
    `${field} must not be a key, because URLs are logged: find its record with POST /keyward/v1/organizations/{organizationId}/keys/find`,
  );
}

/** Makes a function that refuses URL parameters which contain a secret of this form. `field` is the parameter's name. */
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
