/** Ids in the platform's form: a prefix and 128 bits that are ordered by time, written as a ULID or as a UUID. */
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

/** Makes ids that are strictly ascending as text within one format. New UUIDs have version 7 (RFC 9562). */
export function idFactory(randomBytes: RandomBytes): NewId {
  const next = { ulid: ulidFactory(randomBytes), uuid: uuidV7Factory(randomBytes) };
  return (format, now) => spellId(format, next[format.spelling](now));
}

export function spellId(format: IdFormat, bits: bigint): string {
  return format.prefix + (format.spelling === "ulid" ? encodeUlid(bits) : toUuid(bits));
}

/**
 * The canonical form of a presented id, which may have the prefix or not and be a ULID or a UUID; undefined if it is none of these. A UUID
 * of any version is accepted: databases contain ids from before version 7 was used.
 */
export function parseId(format: IdFormat, presented: string): string | undefined {
  const bits = decodeUlidOrUuid(presented.startsWith(format.prefix) ? presented.slice(format.prefix.length) : presented);
  return bits === undefined ? undefined : spellId(format, bits);
}

/** The `count`th ULID after this one, with its prefix, for several things that are created together and in order. 0 gives the id itself. */
export function idAfter(id: string, count: number): string {
  const bits = count === 0 ? undefined : decodeUlidOrUuid(id.slice(-ULID_LENGTH));
  return bits === undefined ? id : id.slice(0, -ULID_LENGTH) + encodeUlid(bits + BigInt(count));
}
