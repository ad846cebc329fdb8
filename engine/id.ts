/** Ids as a platform spells them: a prefix and 128 bits that are ordered by time, as a ULID or as a UUID. */
import type { RandomBytes } from "./key-format.ts";
import { decodeUlidOrUuid, encodeUlid, toUuid, ulidFactory } from "./ulid.ts";
import { uuidV7Factory } from "./uuid-v7.ts";

const ULID_LENGTH = 26;

export interface IdFormat {
  readonly prefix: string;
  readonly spelling: "ulid" | "uuid";
}

/** Makes a new id; `now` is milliseconds since the epoch. */
export type NewId = (format: IdFormat, now: number) => string;

/** Ids of one format are strictly ascending as text. A new UUID has version 7 (RFC 9562). */
export function idFactory(randomBytes: RandomBytes): NewId {
  const next = { ulid: ulidFactory(randomBytes), uuid: uuidV7Factory(randomBytes) };
  return (format, now) => spellId(format, next[format.spelling](now));
}

export function spellId(format: IdFormat, bits: bigint): string {
  return format.prefix + (format.spelling === "ulid" ? encodeUlid(bits) : toUuid(bits));
}

/**
 * The canonical spelling of a presented id, with or without the prefix, as ULID or UUID; undefined when it is none of these. Any 128 bits
 * are accepted, whatever version they would have as a UUID: databases hold ids that were made before new ones had version 7.
 */
export function parseId(format: IdFormat, presented: string): string | undefined {
  const bits = decodeUlidOrUuid(presented.startsWith(format.prefix) ? presented.slice(format.prefix.length) : presented);
  return bits === undefined ? undefined : spellId(format, bits);
}

/** The `count`th ULID after this one, with its prefix: for whatever is made together and in order. 0 is the id itself. */
export function idAfter(id: string, count: number): string {
  const bits = count === 0 ? undefined : decodeUlidOrUuid(id.slice(-ULID_LENGTH));
  return bits === undefined ? id : id.slice(0, -ULID_LENGTH) + encodeUlid(bits + BigInt(count));
}
