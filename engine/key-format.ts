/**
 * Key formats: how to generate a key, and how to recognize a presented one before any look-up.
 *
 * A generated key is `<prefix><random><separator><checksum>`. The checksum is the CRC-32 (IEEE 802.3) of everything before it, so
 * that typing errors and false hits of scanners are refused without a look-up. It does not prove that a key is authentic.
 */
import type { Environment } from "./api-key.ts";

export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
export const BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";

export interface KeyFormat {
  /** The prefix of keys for each environment. An environment without a prefix has no keys. */
  readonly prefixes: Readonly<Partial<Record<Environment, string>>>;
  readonly alphabet: typeof BASE62 | typeof BASE36;
  /** Number of random characters: at least 22 of base62 (128 bits). */
  readonly randomLength: number;
  /** Between the random characters and the checksum. */
  readonly separator: "" | "_";
  /** Number of checksum characters at the end; 0 if the documented form has no room for one. */
  readonly checksumLength: 0 | 6;
}

/** Fills an array of the given length with random bytes, as `node:crypto` `randomBytes` does. */
export type RandomBytes = (length: number) => Uint8Array;

/** @throws RangeError when the format has no keys in that environment. */
export function generateKey(format: KeyFormat, environment: Environment, randomBytes: RandomBytes): string {
  const prefix = format.prefixes[environment];
  if (prefix === undefined) throw new RangeError(`this key format has no keys in the environment ${environment}`);
  const body = prefix + randomText(format.alphabet, format.randomLength, randomBytes) + format.separator;
  return body + checksum(body, format);
}

type Parsed = { readonly wellFormed: true; readonly environment: Environment } | { readonly wellFormed: false };

const MALFORMED: Parsed = Object.freeze({ wellFormed: false });
const WELL_FORMED: Readonly<Record<Environment, Parsed>> = Object.freeze({
  live: Object.freeze({ wellFormed: true, environment: "live" }),
  test: Object.freeze({ wellFormed: true, environment: "test" }),
});

/** Recognizes a presented string by its length, prefix, alphabet and checksum. */
export function parseKey(format: KeyFormat, presented: string): Parsed {
  for (const environment of ["live", "test"] as const) {
    const prefix = format.prefixes[environment];
    if (prefix === undefined || !presented.startsWith(prefix)) continue;
    const bodyLength = prefix.length + format.randomLength + format.separator.length;
    if (presented.length !== bodyLength + format.checksumLength) continue;
    if (!isOf(format.alphabet, presented, prefix.length, prefix.length + format.randomLength)) continue;
    const body = presented.slice(0, bodyLength);
    if (!body.endsWith(format.separator) || presented.slice(bodyLength) !== checksum(body, format)) continue;
    return WELL_FORMED[environment];
  }
  return MALFORMED;
}

/** The length of the longest key of a format. A longer string is not hashed. */
export function maximumLength(format: KeyFormat): number {
  const prefixes = Object.values(format.prefixes).map((prefix) => prefix.length);
  return Math.max(...prefixes) + format.randomLength + format.separator.length + format.checksumLength;
}

/**
 * Draws characters by rejection: a byte above the last whole multiple of the alphabet's length is discarded. With `byte % 62` alone, the
 * first eight characters would be a quarter more likely than the others.
 */
export function randomText(alphabet: string, length: number, randomBytes: RandomBytes): string {
  const ceiling = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 8)) {
      if (byte < ceiling && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

function checksum(body: string, format: KeyFormat): string {
  if (format.checksumLength === 0) return "";
  const { alphabet } = format;
  let rest = crc32(body);
  let text = "";
  // Six digits of base36 have a little less than 32 bits. The highest digit is dropped, which lets one false hit in two billion through.
  for (let digit = 0; digit < format.checksumLength; digit++) {
    text = alphabet[rest % alphabet.length] + text;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

function isOf(alphabet: string, text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!alphabet.includes(text.charAt(at))) return false;
  return true;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ASCII text, as an unsigned number (IEEE 802.3, reflected, as in zip and PNG). */
export function crc32(text: string): number {
  let crc = -1;
  for (let at = 0; at < text.length; at++) crc = (CRC_TABLE[(crc ^ text.charCodeAt(at)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
