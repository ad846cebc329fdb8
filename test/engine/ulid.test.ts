import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RandomBytes } from "../../engine/key-format.ts";
import { decodeUlidOrUuid, encodeUlid, toUuid, ulidFactory } from "../../engine/ulid.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const bits128 = fc.bigInt(0n, (1n << 128n) - 1n);
const filled =
  (byte: number): RandomBytes =>
  (length) =>
    new Uint8Array(length).fill(byte);

/** A source of random bytes that fast-check draws and can shrink. */
const someRandomBytes = fc.infiniteStream(fc.integer({ min: 0, max: 255 })).map(
  (stream): RandomBytes =>
    (length) =>
      Uint8Array.from({ length }, () => stream.next().value as number),
);

describe("ids in the order in which they are drawn", () => {
  test("are strictly ascending as text, whatever the clock does", () => {
    fc.assert(
      fc.property(
        someRandomBytes,
        fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -5_000, max: 5_000 })), { minLength: 2, maxLength: 50 }),
        (randomBytes, steps) => {
          const next = ulidFactory(randomBytes);
          let clock = NOW;
          const ids = steps.map((step) => {
            clock += step;
            return encodeUlid(next(clock));
          });
          expect(ids).toEqual([...new Set(ids)].sort());
          const uuids = ids.map((id) => toUuid(decodeUlidOrUuid(id)!));
          expect(uuids).toEqual(uuids.toSorted());
        },
      ),
    );
  });

  test("begin with the time, in 48 bits", () => {
    const next = ulidFactory(filled(0));
    expect(next(NOW) >> 80n).toBe(BigInt(NOW));
    expect(next(NOW + 1) >> 80n).toBe(BigInt(NOW + 1));
  });

  test("end in 80 random bits, drawn anew in each millisecond", () => {
    let byte = 0;
    const next = ulidFactory((length) => new Uint8Array(length).fill(++byte));
    expect(next(NOW) & ((1n << 80n) - 1n)).toBe(0x01010101010101010101n);
    expect(next(NOW + 1) & ((1n << 80n) - 1n)).toBe(0x02020202020202020202n);
  });

  test("within a millisecond, and while the clock is behind, are strictly ascending and never by one that can be guessed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 18, maxLength: 18 }), (bytes) => {
        // Every step draws the same 8 bytes, so that the test knows them.
        const next = ulidFactory((length) => bytes.subarray(0, length));
        const step = 1n + BigInt(`0x${Buffer.from(bytes.subarray(0, 8)).toString("hex")}`);
        const first = next(NOW);
        expect([next(NOW), next(NOW - 3_600_000), next(NOW - 1)]).toEqual([first + step, first + 2n * step, first + 3n * step]);
      }),
    );
  });

  test("of one millisecond lie apart by more than anybody would try", () => {
    const next = ulidFactory(randomBytes);
    let last = next(NOW);
    for (let drawn = 0; drawn < 1_000; drawn++) {
      const bits = next(NOW);
      expect(bits - last).toBeGreaterThan(1_000n);
      last = bits;
    }
  });

  test("stay ascending when the random part of a millisecond is used up", () => {
    const next = ulidFactory(filled(0xff));
    const ids = [next(NOW), next(NOW), next(NOW + 1), next(NOW + 2)];
    expect(ids[1]! >> 80n).toBe(BigInt(NOW + 1));
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ids).size).toBe(4);
  });

  test("take a clock with parts of a millisecond", () => {
    expect(ulidFactory(filled(0))(NOW + 0.75) >> 80n).toBe(BigInt(NOW));
  });
});

describe("the spelling", () => {
  test.each([
    ["nothing but zeros", 0n, "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"],
    ["the largest", (1n << 128n) - 1n, "7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    [
      "the example of the specification",
      0x01563e3ab5d3d6764c61efb99302bd5bn,
      "01arz3ndektsv4rrffq69g5fav",
      "01563e3a-b5d3-d676-4c61-efb99302bd5b",
    ],
  ])("%s", (_sentence, bits, ulid, uuid) => {
    expect([encodeUlid(bits), toUuid(bits)]).toEqual([ulid, uuid]);
  });

  test("ULID and UUID of the same 128 bits are both read back, in any case", () => {
    fc.assert(
      fc.property(bits128, (bits) => {
        for (const text of [encodeUlid(bits), toUuid(bits)]) {
          expect(decodeUlidOrUuid(text)).toBe(bits);
          expect(decodeUlidOrUuid(text.toUpperCase())).toBe(bits);
        }
      }),
    );
  });

  test("is ordered as the bits are", () => {
    fc.assert(
      fc.property(bits128, bits128, (a, b) => {
        expect(encodeUlid(a) < encodeUlid(b)).toBe(a < b);
      }),
    );
  });
});

describe("text that is neither a ULID nor a UUID", () => {
  test.each([
    ["nothing", ""],
    ["25 characters", "1arz3ndektsv4rrffq69g5fav"],
    ["27 characters", "001arz3ndektsv4rrffq69g5fav"],
    ["more than 128 bits", "8zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["an i, which Crockford leaves out", "01arz3ndektsv4rrffq69g5fai"],
    ["an l", "01arz3ndektsv4rrffq69g5fal"],
    ["an o", "01arz3ndektsv4rrffq69g5fao"],
    ["a u", "01arz3ndektsv4rrffq69g5fau"],
    ["a hyphen", "01arz3ndektsv4rrffq69g5fa-"],
    ["a space before", " 01arz3ndektsv4rrffq69g5fav"],
    ["a line feed after", "01arz3ndektsv4rrffq69g5fav\n"],
    ["the Kelvin sign for a k", "01arz3nde\u212atsv4rrffq69g5fav"],
    ["the long s for an s", "01arz3ndekt\u017fv4rrffq69g5fav"],
    ["full-width digits", "\uff101arz3ndektsv4rrffq69g5fav"],
    ["a lone surrogate", "01arz3ndektsv4rrffq69g5fa\ud800"],
    ["a UUID without hyphens", "01563e3ab5d3d6764c61efb99302bd5b"],
    ["a UUID in braces", "{01563e3a-b5d3-d676-4c61-efb99302bd5b}"],
    ["a UUID with hyphens elsewhere", "01563e3ab-5d3-d676-4c61-efb99302bd5b"],
    ["a UUID with a g", "01563e3a-b5d3-d676-4c61-efb99302bd5g"],
    ["a UUID cut short", "01563e3a-b5d3-d676-4c61-efb99302bd5"],
    ["a very long text", "0".repeat(100_000)],
  ])("%s is refused", (_sentence, text) => {
    expect(decodeUlidOrUuid(text)).toBeUndefined();
  });
});
