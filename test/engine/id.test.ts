import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IdFormat, idAfter, parseId, spellId } from "../../engine/id.ts";
import { encodeUlid, toUuid } from "../../engine/ulid.ts";

const AK: IdFormat = { prefix: "ak_", spelling: "ulid" };
const BARE: IdFormat = { prefix: "", spelling: "uuid" };
const BITS = 0x01563e3ab5d3d6764c61efb99302bd5bn;
const ULID = "01arz3ndektsv4rrffq69g5fav";
const UUID = "01563e3a-b5d3-d676-4c61-efb99302bd5b";

/** Of any code points, lone surrogates too. fast-check's own unit "binary" takes seconds to set up. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x10ffff }), fc.integer({ min: 0, max: 0x7f })), { maxLength: 45 })
  .map((points) => String.fromCodePoint(...points));

test("an id has the form that its platform documents", () => {
  expect([spellId(AK, BITS), spellId(BARE, BITS), spellId({ prefix: "key_", spelling: "uuid" }, BITS)]).toEqual([
    `ak_${ULID}`,
    UUID,
    `key_${UUID}`,
  ]);
});

test.each([
  ["the id itself", 0, `evt_${ULID}`],
  ["the next", 1, "evt_01arz3ndektsv4rrffq69g5faw"],
  ["one that carries", 9, "evt_01arz3ndektsv4rrffq69g5fb4"],
])("ids after another are in order: %s", (_sentence, count, expected) => {
  expect(idAfter(`evt_${ULID}`, count)).toBe(expected);
});

describe("AS4 both spellings of the same 128 bits are one id", () => {
  test.each([
    ["its own spelling", `ak_${ULID}`],
    ["without the prefix", ULID],
    ["in capitals", `ak_${ULID.toUpperCase()}`],
    ["as a UUID", UUID],
    ["as a UUID in capitals", UUID.toUpperCase()],
    ["as a UUID with the prefix", `ak_${UUID}`],
  ])("%s", (_sentence, presented) => {
    expect(parseId(AK, presented)).toBe(`ak_${ULID}`);
    expect(parseId(BARE, presented.replace("ak_", ""))).toBe(UUID);
  });

  test("whatever the bits", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 128n) - 1n), fc.constantFrom(AK, BARE), (bits, format) => {
        for (const presented of [spellId(format, bits), encodeUlid(bits), toUuid(bits)])
          expect(parseId(format, presented)).toBe(spellId(format, bits));
      }),
    );
  });
});

describe("anything else is no id of this platform", () => {
  test.each([
    ["nothing", ""],
    ["the prefix alone", "ak_"],
    ["another platform's prefix", `key_${ULID}`],
    ["the prefix in capitals", `AK_${ULID}`],
    ["the prefix twice", `ak_ak_${ULID}`],
    ["the prefix cut short", `ak${ULID}`],
    ["a space between", `ak_ ${ULID}`],
    ["a number", "42"],
    ["a path", `../ak_${ULID}`],
    ["an object's member", "__proto__"],
  ])("%s", (_sentence, presented) => {
    expect(parseId(AK, presented)).toBeUndefined();
  });

  test("no text is read as an id that it does not spell", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseId(AK, text)).toBeUndefined();
      }),
    );
  });
});
