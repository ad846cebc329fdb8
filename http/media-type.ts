/** Parses media types, as in `Content-Type` (RFC 9110, 8.3.1). */

interface MediaType {
  /** Type and subtype in lower case: `application/json`. */
  readonly essence: string;
  /** Names in lower case, values without their quotes. A repeated name appears each time. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const ESSENCE = new RegExp(`${TOKEN}/${TOKEN}`, "y");
/** Matches one parameter at a time: a single expression for all would backtrack over the spaces. */
const PARAMETER = new RegExp(`[\\t ]*;[\\t ]*(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?`, "y");

/** Undefined if the text is not a media type. */
export function parseMediaType(text: string): MediaType | undefined {
  ESSENCE.lastIndex = 0;
  const essence = ESSENCE.exec(text)?.[0];
  if (essence === undefined) return undefined;
  const parameters: [string, string][] = [];
  let end = essence.length;
  while (end < text.length) {
    PARAMETER.lastIndex = end;
    const match = PARAMETER.exec(text);
    // Trailing spaces are allowed.
    if (match === null) return /^[\t ]*$/.test(text.slice(end)) ? { essence: essence.toLowerCase(), parameters } : undefined;
    const [whole, name, value] = match;
    if (name !== undefined && value !== undefined) parameters.push([name.toLowerCase(), unquote(value)]);
    end += whole.length;
  }
  return { essence: essence.toLowerCase(), parameters };
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
}
