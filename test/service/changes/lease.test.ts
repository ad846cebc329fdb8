/** The lease as a table: which moments it covers, by both clocks. */
import { describe, expect, test } from "vitest";
import { ENDLESS, LEASE_MS, NodeLease } from "../../../service/changes/lease.ts";

const RENEWED_AT = 1_000_000;
/** 5 s, less 1 % for clocks that differ in speed, less 50 ms for clocks that move apart. */
const LASTS_MS = 4_900;

function leased() {
  const clocks = { monotonic: RENEWED_AT, wall: Date.UTC(2026, 10, 30) };
  const lease = new NodeLease({ monotonic: () => clocks.monotonic, wall: () => clocks.wall }, LEASE_MS);
  const pass = (monotonicMs: number, wallMs = monotonicMs) => {
    clocks.monotonic += monotonicMs;
    clocks.wall += wallMs;
  };
  return { lease, pass, covers: () => lease.covers(clocks.monotonic) };
}

test("without a renewal there is none", () => {
  const { lease, covers } = leased();
  expect([covers(), lease.leftMs()]).toEqual([false, 0]);
});

test.each<[string, number, number, boolean]>([
  ["from the renewal on", 0, 0, true],
  ["until a millisecond before its end", LASTS_MS - 1, LASTS_MS - 1, true],
  ["not from its end on", LASTS_MS, LASTS_MS, false],
  ["the wall clock was corrected by 50 ms forward", 1_000, 1_050, true],
  ["the wall clock was corrected by 51 ms forward", 1_000, 1_051, false],
  ["the wall clock was corrected by 50 ms back", 1_000, 950, true],
  ["the wall clock was corrected by 51 ms back", 1_000, 949, false],
  ["the machine slept for an hour, and the monotonic clock with it", 10, 3_600_000, false],
  ["the wall clock was set back by a day", 10, -86_400_000, false],
])("what the lease covers: %s", (_sentence, monotonicMs, wallMs, expected) => {
  const { lease, pass, covers } = leased();
  lease.renewed(lease.moment());
  pass(monotonicMs, wallMs);
  expect(covers()).toBe(expected);
});

describe("a renewal", () => {
  test("counts from the moment before it was sent, however late its response comes", () => {
    const { lease, pass, covers } = leased();
    const moment = lease.moment();
    pass(4_000);
    lease.renewed(moment);
    expect([covers(), Math.round(lease.leftMs())]).toEqual([true, 900]);
    pass(900);
    expect(covers()).toBe(false);
  });

  test("whose response comes after its end gives nothing", () => {
    const { lease, pass, covers } = leased();
    const moment = lease.moment();
    pass(LASTS_MS);
    lease.renewed(moment);
    expect(covers()).toBe(false);
  });

  test("takes the wall clock as it is: one that was set wrong is no reason to be without a lease for ever", () => {
    const { lease, pass, covers } = leased();
    lease.renewed(lease.moment());
    pass(10, 86_400_000);
    lease.renewed(lease.moment());
    expect(covers()).toBe(true);
  });
});

test("one that was given up is over", () => {
  const { lease, covers } = leased();
  lease.renewed(lease.moment());
  lease.end();
  expect(covers()).toBe(false);
});

test("a single process needs none", () => {
  expect(ENDLESS.covers(Number.MAX_SAFE_INTEGER)).toBe(true);
});
