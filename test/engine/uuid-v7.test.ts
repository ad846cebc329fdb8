import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type IdFormat, idFactory, parseId, spellId } from "../../engine/id.ts";
import type { RandomBytes } from "../../engine/key-format.ts";
import { decodeUlidOrUuid } from "../../engine/ulid.ts";
import { uuidV7Factory } from "../../engine/uuid-v7.ts";

const BARE: IdFormat = { prefix: "", spelling: "uuid" };
const ULID: IdFormat = { prefix: "ak_", spelling: "ulid" };
const NOW = Date.UTC(2026, 10, 20, 12);
const filled =
  (byte: number): RandomBytes =>
  (length) =>
    new Uint8Array(length).fill(byte);

const someRandomBytes = fc.infiniteStream(fc.integer({ min: 0, max: 255 })).map(
  (stream): RandomBytes =>
    (length) =>
      Uint8Array.from({ length }, () => stream.next().value as number),
);
const someClock = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -5_000, max: 5_000 })), { minLength: 2, maxLength: 50 });

/** What a clock says that starts now and takes these steps. */
function times(steps: readonly number[]): number[] {
  let now = NOW;
  return steps.map((step) => {
    now += step;
    return now;
  });
}

/** How others validate a UUID. */
const VALIDATORS: [name: string, accepts: (id: string) => boolean][] = [
  ["zod, any version", (id) => z.uuid().safeParse(id).success],
  ["zod, version 7", (id) => z.uuidv7().safeParse(id).success],
  [
    "the pattern of npm's uuid",
    (id) =>
      /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$/i.test(
        id,
      ),
  ],
  ["the pattern of version 7", (id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)],
];

describe("AP1 a new UUID", () => {
  test.each(VALIDATORS)("AP1 is accepted by %s, whatever the clock and the random bytes", (_name, accepts) => {
    fc.assert(
      fc.property(someRandomBytes, someClock, (randomBytes, steps) => {
        const newId = idFactory(randomBytes);
        for (const now of times(steps)) expect(accepts(newId(BARE, now))).toBe(true);
      }),
    );
  });

  test("AP1 ascends strictly as text, whatever the clock does", () => {
    fc.assert(
      fc.property(someRandomBytes, someClock, (randomBytes, steps) => {
        const newId = idFactory(randomBytes);
        const ids = times(steps).map((now) => newId(BARE, now));
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });

  test.each<[sentence: string, randomBytes: RandomBytes, afterTheTime: string]>([
    ["no random bit set", filled(0x00), "-7000-8000-000000000000"],
    ["every random bit set", filled(0xff), "-7fff-bfff-ffffffffffff"],
  ])("AP1 has 48 bits of time, then 74 random bits around version and variant: %s", (_sentence, randomBytes, afterTheTime) => {
    expect(idFactory(randomBytes)(BARE, NOW)).toBe(timeOf(NOW) + afterTheTime);
  });

  test("AP1 goes on into the next millisecond when the random bits of one are used up", () => {
    const newId = idFactory(filled(0xff));
    const ids = [newId(BARE, NOW), newId(BARE, NOW), newId(BARE, NOW + 1), newId(BARE, NOW + 2)];
    expect(ids[1]?.slice(0, 13)).toBe(timeOf(NOW + 1));
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test("AP1 is read back unchanged, also in capitals and as a ULID", () => {
    fc.assert(
      fc.property(someRandomBytes, fc.integer({ min: 0, max: 2 ** 48 - 1 }), (randomBytes, now) => {
        const bits = uuidV7Factory(randomBytes)(now);
        const id = spellId(BARE, bits);
        for (const presented of [id, id.toUpperCase(), spellId({ prefix: "", spelling: "ulid" }, bits)])
          expect(parseId(BARE, presented)).toBe(id);
        expect(BigInt(now)).toBe(bits >> 80n);
      }),
    );
  });
});

test("AP1 an id from before version 7 is still read", () => {
  const old = "01563e3a-b5d3-d676-4c61-efb99302bd5b";
  expect(z.uuid().safeParse(old).success, "no UUID").toBe(false);
  for (const presented of [old, old.toUpperCase(), "01arz3ndektsv4rrffq69g5fav"]) expect(parseId(BARE, presented)).toBe(old);
});

test("AS2 a ULID keeps its 80 random bits: nothing in it is fixed", () => {
  const bits = (byte: number) => decodeUlidOrUuid(idFactory(filled(byte))(ULID, NOW).slice(3));
  expect([bits(0x00), bits(0xff)]).toEqual([BigInt(NOW) << 80n, (BigInt(NOW) << 80n) | ((1n << 80n) - 1n)]);
});

/** The first 48 bits of a UUID of this time. */
function timeOf(now: number): string {
  const hex = now.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
