/** Strings of all code points. */
import fc from "fast-check";

const [SURROGATES_FROM, SURROGATES] = [0xd800, 0x800];

/**
 * Any code point but the surrogates, as a string: the unit `"binary"` of fast-check, which puts all 1,112,064 of them into a map of each
 * process to find out which texts it may begin with.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .nat(0x10ffff - SURROGATES)
  .map((index) => String.fromCodePoint(index < SURROGATES_FROM ? index : index + SURROGATES), indexOf);

function indexOf(value: unknown): number {
  const code = typeof value === "string" ? value.codePointAt(0) : undefined;
  if (code === undefined || String.fromCodePoint(code) !== value) throw new Error("not one code point");
  if (code >= SURROGATES_FROM && code < SURROGATES_FROM + SURROGATES) throw new Error("a surrogate");
  return code < SURROGATES_FROM ? code : code - SURROGATES;
}
