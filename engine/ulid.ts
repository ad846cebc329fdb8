/**
 * ULIDs: 48 bits of time and 80 random bits in 26 characters of Crockford's base32, lower case, ordered by time.
 * Within one millisecond the random part grows by random steps: ids of one process are strictly ascending, but cannot be guessed.
 */
import type { RandomBytes } from "./key-format.ts";

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
const ULID_RANDOM_BITS = 80;

/** Draws the 128 bits of ULIDs; the returned function takes milliseconds since the epoch. */
export function ulidFactory(randomBytes: RandomBytes): (now: number) => bigint {
  return ascendingBits(randomBytes, ULID_RANDOM_BITS);
}

/**
 * Draws strictly ascending numbers: the time in milliseconds, followed by `randomBits` (at most 80) random bits. The returned function takes
 * milliseconds since the epoch. If the clock stands still or goes back, the number gets the time of the previous one, or the next
 * millisecond when the random bits of that time run out.
 */
export function ascendingBits(randomBytes: RandomBytes, randomBits: number): (now: number) => bigint {
  const width = BigInt(randomBits);
  const surplus = 80n - width;
  let last = 0n;
  return (now) => {
    const fresh = (BigInt(Math.trunc(now)) << width) | (toBigInt(randomBytes(10)) >> surplus);
    // In the same millisecond, or after the clock went back: above the last one, by a step that nobody can guess.
    last = fresh >> width > last >> width ? fresh : last + 1n + toBigInt(randomBytes(8));
    return last;
  };
}

/** The 128 bits as 26 characters. */
export function encodeUlid(bits: bigint): string {
  let text = "";
  for (let rest = bits, digit = 0; digit < 26; digit++, rest >>= 5n) text = CROCKFORD[Number(rest & 31n)] + text;
  return text;
}

/** The 128 bits of a ULID or UUID in upper or lower case; undefined if it is neither. */
export function decodeUlidOrUuid(text: string): bigint | undefined {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)) return BigInt(`0x${text.replaceAll("-", "")}`);
  if (!/^[0-7][0-9a-hjkmnp-tv-z]{25}$/i.test(text)) return undefined;
  let bits = 0n;
  for (const character of text.toLowerCase()) bits = (bits << 5n) | BigInt(CROCKFORD.indexOf(character));
  return bits;
}

/** The 128 bits written as a UUID. */
export function toUuid(bits: bigint): string {
  const hex = bits.toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function toBigInt(bytes: Uint8Array): bigint {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  return bits;
}
