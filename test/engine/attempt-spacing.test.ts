import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attemptAt, failuresAt, noteFailure } from "../../engine/attempt-spacing.ts";

const NOW = 1_000_000;

describe("after failures in a row the next attempt may be made", () => {
  test.each<[failures: number, afterMs: number]>([
    [0, 0],
    [1, 0],
    [4, 0],
    [5, 1_000],
    [6, 2_000],
    [7, 4_000],
    [8, 8_000],
    [9, 16_000],
    [10, 30_000],
    [11, 30_000],
    [100_000, 30_000],
  ])("%i: after %i ms", (count, afterMs) => {
    const failures = { count, lastAt: NOW };
    expect(attemptAt(failures, NOW)).toBe(afterMs === 0 ? 0 : NOW + afterMs);
    if (afterMs !== 0) expect([attemptAt(failures, NOW + afterMs - 1), attemptAt(failures, NOW + afterMs)]).toEqual([NOW + afterMs, 0]);
  });

  test("of which none is longer ago than a quarter of an hour", () => {
    const failures = { count: 9, lastAt: NOW };
    expect([failuresAt(failures, NOW + 899_999), failuresAt(failures, NOW + 900_000)]).toEqual([9, 0]);
    noteFailure(failures, NOW + 900_000);
    expect(failures).toEqual({ count: 1, lastAt: NOW + 900_000 });
  });
});

test("however attempts arrive, nobody waits longer than half a minute, and a day holds few of them", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 50, maxLength: 300 }), (pauses) => {
      const failures = { count: 0, lastAt: 0 };
      let now = NOW;
      let tried = 0;
      for (const pause of pauses) {
        now += pause;
        const at = attemptAt(failures, now);
        expect(at === 0 || (at > now && at <= now + 30_000)).toBe(true);
        if (at === 0) {
          noteFailure(failures, now);
          tried++;
        }
      }
      // Five free ones, those while the spacing grows, and then two a minute.
      expect(tried).toBeLessThanOrEqual(5 + 6 + (now - NOW) / 30_000);
    }),
  );
});
