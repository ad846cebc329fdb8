/** Names that people give to keys, organizations and service tokens. */
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
