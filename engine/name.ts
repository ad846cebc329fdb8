/** Names: of keys, organizations and service tokens, and of people. */
import { invalid, type Outcome, ok } from "./errors.ts";

export const NAME_MAX_CHARACTERS = 128;

/**
 * Control, format (bidi overrides and zero-width characters among them), surrogate, private and unassigned characters, and line and
 * paragraph separators: they make one name look like another, or break a log or a terminal. Joiners stay: emoji and several scripts need them.
 */
const FORBIDDEN = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/u;

/** Nothing, or nothing that anybody would see. */
const UNSEEN = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** The name without spaces around it; the refusal names `field`. */
export function parseName(text: string, field = "name"): Outcome<string> {
  if (FORBIDDEN.test(text)) return invalid(field, `${field} must not hold control, invisible or text-direction characters`);
  const name = text.trim();
  if (UNSEEN.test(name)) return invalid(field, `${field} must not be empty`);
  if ([...name].length > NAME_MAX_CHARACTERS) return invalid(field, `${field} must be at most ${NAME_MAX_CHARACTERS} characters`);
  return ok(name);
}

/** As much of a longer text as may be worth a look. */
const LONGEST_LOOK = 4 * NAME_MAX_CHARACTERS;

/**
 * A name out of what somebody else says, a provider of identity for example, where nobody is there to correct it: control characters and
 * line breaks become spaces, whatever else `parseName` refuses goes, and the end of a long one is cut off. Undefined where nothing is left.
 */
export function cleanName(text: string): string | undefined {
  const looked = [...text.slice(0, 2 * LONGEST_LOOK)].slice(0, LONGEST_LOOK);
  const kept = looked.map((character) => (FORBIDDEN.test(character) ? (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) ? " " : "") : character));
  const cut = [...kept.join("").trim()].slice(0, NAME_MAX_CHARACTERS).join("");
  const parsed = parseName(cut);
  return parsed.ok ? parsed.value : undefined;
}
