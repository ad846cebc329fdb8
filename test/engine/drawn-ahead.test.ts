import { expect, test } from "vitest";
import { drawnAhead } from "../../engine/drawn-ahead.ts";

/** 0, 1, 2 … over all draws, and how many there were. */
function counting() {
  const source = { draws: 0, next: 0 };
  const randomBytes = (length: number) => {
    source.draws++;
    return Uint8Array.from({ length }, () => source.next++ & 255);
  };
  return { source, randomBytes };
}

test("each byte is handed out once, in the order in which it was drawn", () => {
  const bytes = drawnAhead(counting().randomBytes);
  expect([...bytes(10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...bytes(3)]).toEqual([10, 11, 12]);
});

test("a hundred ids need one draw, and what is left over when it does not suffice is not used", () => {
  const { source, randomBytes } = counting();
  const bytes = drawnAhead(randomBytes);
  for (let turn = 0; turn < 102; turn++) bytes(10);
  expect(source.draws).toBe(1);
  expect([...bytes(10)]).toEqual(Array.from({ length: 10 }, (_, at) => (1_024 + at) & 255));
  expect(source.draws).toBe(2);
});

test("more than is drawn at once is drawn for itself", () => {
  expect(drawnAhead(counting().randomBytes)(5_000)).toHaveLength(5_000);
});

test("what was handed out stays as it was", () => {
  const bytes = drawnAhead(counting().randomBytes);
  const first = bytes(10);
  for (let turn = 0; turn < 300; turn++) bytes(10);
  expect([...first]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
