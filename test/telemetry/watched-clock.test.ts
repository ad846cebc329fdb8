import { expect, test } from "vitest";
import { WatchedClock } from "../../telemetry/watched-clock.ts";

test("a clock that was read since says when, and one that was not says so", () => {
  let time = 5;
  const clock = new WatchedClock({ id: "a", now: () => time });
  const before = clock.readings;
  expect(clock.lastSince(before)).toBeUndefined();
  expect(clock.now()).toBe(5);
  time = 7;
  expect([clock.lastSince(before), clock.now(), clock.lastSince(before), clock.id]).toEqual([5, 7, 7, "a"]);
});
