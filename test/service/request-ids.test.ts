/** Ids of requests: no two are equal, and none tells of another. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isRequestId } from "../../engine/request-id.ts";
import { requestIdMaker } from "../../service/request-ids.ts";

test("no two ids are equal, of one thread or of several", () => {
  const makers = [requestIdMaker(randomBytes), requestIdMaker(randomBytes), requestIdMaker(randomBytes)];
  const made = makers.flatMap((make) => Array.from({ length: 20_000 }, make));
  expect(new Set(made).size).toBe(60_000);
  expect(made.every(isRequestId)).toBe(true);
});

test("an id is 24 random digits, of which each is used once", () => {
  let drawn = 0;
  const make = requestIdMaker((length) => Uint8Array.from({ length }, () => drawn++ & 255));
  const first = make();
  expect(first).toBe("req_000102030405060708090a0b");
  expect(make()).toBe("req_0c0d0e0f1011121314151617");
  const all = new Set([first, ...Array.from({ length: 62 }, make)]);
  expect(all.size).toBe(63);
});

test.each<[sentence: string, id: string, isOne: boolean]>([
  ["one letter", "a", true],
  ["a UUID", "0b1f0e9a-7f5c-4c5e-9a51-4f3a7f6d2c11", true],
  ["all that is unreserved in URLs", "a.b_c~d-e", true],
  ["as long as may be", "a".repeat(128), true],
  ["one longer than may be", "a".repeat(129), false],
  ["nothing", "", false],
  ["what a command line takes for an option", "-a", false],
  ["a path", "..", false],
  ["a space", "a b", false],
  ["a second line", "a\nb", false],
  ["a line break at its end", "a\n", false],
  ["markup", "<b>", false],
  ["a quote", 'a"b', false],
  ["a letter beyond ASCII", "é", false],
])("%s", (_sentence, id, isOne) => expect(isRequestId(id)).toBe(isOne));
