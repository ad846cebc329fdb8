/** Names of keys, organizations, service tokens and people. */
import { invalid, type Outcome, ok } from "./errors.ts";

export const NAME_MAX_CHARACTERS = 128;

/**
 * Control, format (bidi overrides and zero-width characters among them), surrogate, private and unassigned characters, and line and
 * paragraph separators. They can make one name look like another, or break a log or a terminal. Joiners are allowed: emoji and several
 * scripts need them.
 */
const FORBIDDEN = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/u;

/** Empty, or only invisible characters. */
const UNSEEN = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** Checks a name and removes spaces around it. The refusal names `field`. */
export function parseName(text: string, field = "name"): Outcome<string> {
  if (FORBIDDEN.test(text)) return invalid(field, `${field} must not hold control, invisible or text-direction characters`);
  const name = text.trim();
  if (UNSEEN.test(name)) return invalid(field, `${field} must not be empty`);
  if ([...name].length > NAME_MAX_CHARACTERS) return invalid(field, `${field} must be at most ${NAME_MAX_CHARACTERS} characters`);
  return ok(name);
}

/** How many characters of a long text are looked at. */
const LONGEST_LOOK = 4 * NAME_MAX_CHARACTERS;

/**
 * Makes a valid name of text from elsewhere, such as an identity provider, when nobody can correct it: control characters and line breaks
 * become spaces, other characters that `parseName` refuses are removed, and a long text is cut off. Undefined if nothing is left.
 */
export function cleanName(text: string): string | undefined {
  const looked = [...text.slice(0, 2 * LONGEST_LOOK)].slice(0, LONGEST_LOOK);
  const kept = looked.map((character) => (FORBIDDEN.test(character) ? (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) ? " " : "") : character));
  const cut = [...kept.join("").trim()].slice(0, NAME_MAX_CHARACTERS).join("");
  const parsed = parseName(cut);
  return parsed.ok ? parsed.value : undefined;
}
