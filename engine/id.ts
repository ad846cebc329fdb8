/** Ids as a platform spells them: a prefix and 128 bits that are ordered by time, as a ULID or as a UUID. */
import { decodeUlidOrUuid, encodeUlid, toUuid } from "./ulid.ts";

export interface IdFormat {
  readonly prefix: string;
  readonly spelling: "ulid" | "uuid";
}

export function spellId(format: IdFormat, bits: bigint): string {
  return format.prefix + (format.spelling === "ulid" ? encodeUlid(bits) : toUuid(bits));
}

/** The canonical spelling of a presented id, with or without the prefix, as ULID or UUID; undefined when it is none of these. */
export function parseId(format: IdFormat, presented: string): string | undefined {
  const bits = decodeUlidOrUuid(presented.startsWith(format.prefix) ? presented.slice(format.prefix.length) : presented);
  return bits === undefined ? undefined : spellId(format, bits);
}
