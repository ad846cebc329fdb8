import { randomBytes } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BASE36,
  BASE62,
  crc32,
  generateKey,
  type KeyFormat,
  maximumLength,
  parseKey,
  type RandomBytes,
  randomText,
} from "../../engine/key-format.ts";

const OWN: KeyFormat = {
  prefixes: { live: "kw_live_", test: "kw_test_" },
  alphabet: BASE62,
  randomLength: 43,
  separator: "_",
  checksumLength: 6,
};
const JOINED: KeyFormat = { prefixes: { live: "as_live_v1_" }, alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 };
const SMALL_LETTERS: KeyFormat = { prefixes: { live: "pk_" }, alphabet: BASE36, randomLength: 26, separator: "", checksumLength: 6 };
const UNCHECKED: KeyFormat = {
  prefixes: { live: "sk_", test: "sk_test_" },
  alphabet: BASE36,
  randomLength: 64,
  separator: "",
  checksumLength: 0,
};

const formats: [string, KeyFormat][] = [
  ["base62 with a separator", OWN],
  ["base62 in one piece", JOINED],
  ["base36", SMALL_LETTERS],
  ["without a checksum", UNCHECKED],
];
const checked = formats.filter(([, { checksumLength }]) => checksumLength > 0);
const environmentsOf = (format: KeyFormat) => Object.keys(format.prefixes) as ("live" | "test")[];
const MALFORMED = { wellFormed: false };

/** 255, 254, ... 0, 255, ...: a source in which every byte is equally likely, to the byte, and those to throw away come first. */
function everyByteInTurn(): RandomBytes {
  let next = 256;
  return (length) => Uint8Array.from({ length }, () => --next & 0xff);
}

describe("characters are drawn without a bias", () => {
  test.each([
    ["base62", BASE62, 4],
    ["base36", BASE36, 7],
  ])("%s: of 256 different bytes each character is made by the same number", (_name, alphabet, bytesEach) => {
    const text = randomText(alphabet, bytesEach * alphabet.length, everyByteInTurn());
    const counts = Map.groupBy(text, (character) => character);
    expect([...counts.keys()].sort().join("")).toBe(alphabet);
    expect(new Set([...counts.values()].map(({ length }) => length))).toEqual(new Set([bytesEach]));
  });

  test("bytes past the last whole multiple are thrown away, and others drawn for them", () => {
    let draws = 0;
    const source: RandomBytes = (length) => new Uint8Array(length).fill(draws++ === 0 ? 248 : 61);
    expect(randomText(BASE62, 3, source)).toBe("zzz");
    expect(draws).toBe(2);
  });

  test.each([0, 1, 7, 43, 1_000])("exactly %d characters are drawn", (length) => {
    expect(randomText(BASE62, length, randomBytes)).toHaveLength(length);
  });
});

describe("a generated key", () => {
  test.each(formats)("%s is recognized, with its environment", (_name, format) => {
    const source = fc.infiniteStream(fc.integer({ min: 0, max: 255 })).map(
      (stream): RandomBytes =>
        (length) =>
          Uint8Array.from({ length }, () => stream.next().value as number),
    );
    fc.assert(
      fc.property(source, fc.constantFrom(...environmentsOf(format)), (bytes, environment) => {
        const key = generateKey(format, environment, bytes);
        expect(parseKey(format, key)).toEqual({ wellFormed: true, environment });
        expect(key.length).toBeLessThanOrEqual(maximumLength(format));
      }),
    );
  });

  test("has the documented form", () => {
    expect(generateKey(OWN, "live", randomBytes)).toMatch(/^kw_live_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(generateKey(OWN, "test", randomBytes)).toMatch(/^kw_test_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(generateKey(JOINED, "live", randomBytes)).toMatch(/^as_live_v1_[0-9A-Za-z]{43}$/);
    expect(generateKey(SMALL_LETTERS, "live", randomBytes)).toMatch(/^pk_[0-9a-z]{32}$/);
    expect(generateKey(UNCHECKED, "live", randomBytes)).toMatch(/^sk_[0-9a-z]{64}$/);
  });

  test("stays the same for the same bytes: keys that were given out are read for ever", () => {
    const key = generateKey(OWN, "live", everyByteInTurn());
    expect(key).toBe(`kw_live_zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJ_${spelled(BASE62, zlibCrc32(key.slice(0, -6)))}`);
  });

  test("is never made for an environment without a prefix", () => {
    expect(() => generateKey(JOINED, "test", randomBytes)).toThrow(new RangeError("this key format has no keys in the environment test"));
  });

  test.each([
    ["the longer prefix counts", UNCHECKED, "sk_test_".length + 64],
    ["separator and checksum count", OWN, "kw_live_".length + 43 + 1 + 6],
  ])("nothing longer than the longest needs to be hashed: %s", (_sentence, format, length) => {
    expect(maximumLength(format)).toBe(length);
  });
});

/** A number in six digits of an alphabet, the highest ones cut. */
function spelled(alphabet: string, number: number): string {
  return Array.from({ length: 6 }, (_, digit) => alphabet[Math.floor(number / alphabet.length ** digit) % alphabet.length])
    .reverse()
    .join("");
}

describe("the checksum", () => {
  test.each([
    ["123456789", 0xcbf43926],
    ["", 0],
    ["a", 0xe8b7be43],
    ["abc", 0x352441c2],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("of %j is that of the standard", (text, value) => {
    expect(crc32(text)).toBe(value);
  });

  test("is zlib's for all ASCII text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 300 }), (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
  });

  test.each(checked)("%s: it is the CRC-32 of everything before it", (_name, format) => {
    const key = generateKey(format, "live", randomBytes);
    expect(key.slice(-6)).toBe(spelled(format.alphabet, zlibCrc32(key.slice(0, -6))));
  });
});

describe.each(checked)("a typing error in a key of %s", (_name, format) => {
  const key = generateKey(format, "live", randomBytes);
  const typed = [...new Set(`${BASE62}${format.alphabet}_- .`)];
  const accepted = (texts: Iterable<string>) => [...texts].filter((text) => text !== key && parseKey(format, text).wellFormed);

  test("of one character, whichever and wherever, is refused", () => {
    expect(accepted(typed.flatMap((character) => Array.from(key, (_, at) => key.slice(0, at) + character + key.slice(at + 1))))).toEqual(
      [],
    );
  });

  test("that swaps two neighbours is refused", () => {
    expect(
      accepted(
        Array.from(
          key,
          (_, at) =>
            key.slice(0, at) +
            key
              .slice(at, at + 2)
              .split("")
              .reverse()
              .join("") +
            key.slice(at + 2),
        ),
      ),
    ).toEqual([]);
  });

  test("that leaves one out or adds one is refused", () => {
    expect(accepted(Array.from(key, (_, at) => key.slice(0, at) + key.slice(at + 1)))).toEqual([]);
    expect(accepted(typed.flatMap((character) => Array.from(`${key}.`, (_, at) => key.slice(0, at) + character + key.slice(at))))).toEqual(
      [],
    );
  });
});

test("the digit that base36 cuts off hides no single wrong character, in any key of up to 100", () => {
  // The checksum keeps crc % 36**6. CRCs are linear: changing one character changes the CRC by XOR of a value that depends on the
  // place and on the XOR of the two characters alone. A change is hidden only if the two CRCs are 36**6 = 0x81bf1000 apart, so their
  // XOR would have to end in the bits 1_0000_0000_0000, or be 0. No place and no pair of characters does that.
  expect(36 ** 6).toBe(0x81bf1000);
  const characters = [...`${BASE36}_`].map((character) => character.charCodeAt(0));
  const differences = [...new Set(characters.flatMap((a) => characters.map((b) => a ^ b)))].filter((difference) => difference !== 0);
  const zero = (length: number) => "\0".repeat(length);
  const hidden = Array.from({ length: 100 }, (_, after) => after).flatMap((after) =>
    differences.filter((difference) => {
      const change = (crc32(String.fromCharCode(difference) + zero(after)) ^ crc32(zero(after + 1))) >>> 0;
      return change === 0 || (change & 0x1fff) === 0x1000;
    }),
  );
  expect(hidden).toEqual([]);
});

test("without a checksum another character of the alphabet is another key, and everything else is refused", () => {
  const key = generateKey(UNCHECKED, "live", () => new Uint8Array(80));
  expect(parseKey(UNCHECKED, `${key.slice(0, -1)}a`)).toEqual({ wellFormed: true, environment: "live" });
  expect(parseKey(UNCHECKED, `${key.slice(0, -1)}A`)).toEqual(MALFORMED);
});

describe("text that is no key is refused without a look-up", () => {
  const key = generateKey(OWN, "live", randomBytes);
  const random = key.slice(8, 51);
  test.each([
    ["nothing", ""],
    ["the prefix alone", "kw_live_"],
    ["no prefix", key.slice(8)],
    ["another platform's prefix", `as_live_${key.slice(8)}`],
    ["the other environment's prefix", `kw_test_${key.slice(8)}`],
    ["the prefix in capitals", `KW_LIVE_${key.slice(8)}`],
    ["the prefix twice", `kw_live_${key}`],
    ["one character less", key.slice(0, -1)],
    ["one character more", `${key}0`],
    ["the checksum left out", key.slice(0, -7)],
    ["a hyphen for the separator", `kw_live_${random}-${key.slice(-6)}`],
    ["a hyphen for it, and the checksum of that", `kw_live_${random}-${spelled(BASE62, zlibCrc32(`kw_live_${random}-`))}`],
    [
      "a hyphen among the rest, and its checksum",
      `kw_live_-${random.slice(1)}_${spelled(BASE62, zlibCrc32(`kw_live_-${random.slice(1)}_`))}`,
    ],
    ["an unknown prefix, and its checksum", `kw_dead_${random}_${spelled(BASE62, zlibCrc32(`kw_dead_${random}_`))}`],
    ["a space before", ` ${key}`],
    ["a space after", `${key} `],
    ["a line feed after", `${key}\n`],
    ["a NUL within", `kw_live_\0${key.slice(9)}`],
    ["a letter that is outside of ASCII", `kw_live_é${key.slice(9)}`],
    ["a letter that shares its low byte with ASCII", `kw_live_${String.fromCharCode(key.charCodeAt(8) + 0x100)}${key.slice(9)}`],
    ["the same in the prefix", `${String.fromCharCode("k".charCodeAt(0) + 0x100)}${key.slice(1)}`],
    ["the same in the checksum", `${key.slice(0, -1)}${String.fromCharCode(key.charCodeAt(key.length - 1) + 0x100)}`],
    ["the Kelvin sign", `\u212aw_live_${key.slice(8)}`],
    ["a lone surrogate", `kw_live_\ud800${key.slice(9)}`],
    ["an emoji of two code units", `kw_live_🔑${key.slice(10)}`],
    ["full-width letters", `ｋ${key.slice(1)}`],
    ["a right-to-left override", `kw_live_\u202e${key.slice(9)}`],
    ["a very long text", "kw_live_".padEnd(10_000_000, "0")],
    ["an object's member", "__proto__"],
  ])("%s", (_sentence, presented) => {
    expect(parseKey(OWN, presented)).toEqual(MALFORMED);
  });

  test("in any text, only keys that this format generates are recognized", () => {
    const point = fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.constantFrom(...`${BASE62}_`).map((character) => character.charCodeAt(0)),
    );
    const rest = fc.array(point, { minLength: 45, maxLength: 55 }).map((points) => String.fromCodePoint(...points));
    const prefix = fc.constantFrom("kw_live_", "kw_test_", "kw_", "");
    fc.assert(
      fc.property(
        fc.tuple(prefix, rest).map(([prefix, rest]) => prefix + rest),
        (text) => {
          expect(parseKey(OWN, text)).toEqual(MALFORMED);
        },
      ),
    );
  });

  test("the result is shared, so nobody can change it", () => {
    expect(Object.isFrozen(parseKey(OWN, ""))).toBe(true);
    expect(Object.isFrozen(parseKey(OWN, key))).toBe(true);
  });
});
