/**
 * UUIDs of version 7 (RFC 9562, 5.7): 48 bits of time, the version, 12 random bits, the variant and 62 random bits. Within one
 * millisecond they ascend by random steps, as ULIDs do.
 */
import type { RandomBytes } from "./key-format.ts";
import { ascendingBits } from "./ulid.ts";

const RANDOM_BITS = 74;
const RANDOM_B_BITS = 62n;
const VERSION = 0x7n << 76n;
const VARIANT = 0b10n << 62n;

/** Draws the 128 bits of UUIDs; the returned function takes milliseconds since the epoch. */
export function uuidV7Factory(randomBytes: RandomBytes): (now: number) => bigint {
  const next = ascendingBits(randomBytes, RANDOM_BITS);
  return (now) => withVersionAndVariant(next(now));
}

/** Puts 122 bits around the six bits that are the same in every UUIDv7. Their order stays the same. */
function withVersionAndVariant(bits: bigint): bigint {
  const randomB = bits & ((1n << RANDOM_B_BITS) - 1n);
  const randomA = (bits >> RANDOM_B_BITS) & 0xfffn;
  const time = bits >> BigInt(RANDOM_BITS);
  return (time << 80n) | VERSION | (randomA << 64n) | VARIANT | randomB;
}
