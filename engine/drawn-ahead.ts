/** Random bytes for ids, drawn many at a time: the system takes as long for ten of them as for a thousand, and a creation asks four times. */
import type { RandomBytes } from "./key-format.ts";

const DRAWN = 1_024;

/**
 * Hands out what `randomBytes` gives, each byte once. Not for secrets: what has been drawn ahead lies in memory, and could be read there before it
 * is used.
 */
export function drawnAhead(randomBytes: RandomBytes): RandomBytes {
  let drawn: Uint8Array = new Uint8Array(0);
  let next = 0;
  return (length) => {
    if (next + length > drawn.length) {
      drawn = randomBytes(Math.max(DRAWN, length));
      next = 0;
    }
    next += length;
    return drawn.subarray(next - length, next);
  };
}
