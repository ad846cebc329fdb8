/** Limits for each client address: what counts as one client, and what memory holds of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressLimiter } from "../../admission/address-limiter.ts";
import { addressGroup } from "../../admission/client-address.ts";

describe("addresses", () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const spelled = (groups: readonly number[], pick: number): string => {
    const hex = groups.map((value) => (pick & 1 ? value.toString(16).padStart(4, "0") : value.toString(16)));
    const full = (pick & 2 ? hex.map((text) => text.toUpperCase()) : hex).join(":");
    return `${full}${pick & 4 ? "%eth0" : ""}`;
  };

  test("every spelling of every address of an IPv6 /64 is one client, and its neighbour another", () => {
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 4, maxLength: 4 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        fc.nat(7),
        fc.nat(7),
        (network, host, other, first, second) => {
          // IPv4 in IPv6 is IPv4, and tested below.
          fc.pre(network.some((value) => value !== 0));
          expect(addressGroup(spelled([...network, ...host], first))).toBe(addressGroup(spelled([...network, ...other], second)));
          const neighbour = [...network.slice(0, 3), ((network[3] as number) + 1) & 0xffff];
          expect(addressGroup(spelled([...neighbour, ...host], first))).not.toBe(addressGroup(spelled([...network, ...host], first)));
        },
      ),
    );
  });

  test("every spelling of an IPv4 address in IPv6 is that address", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(3), (address, pick) => {
        const bytes = address.split(".").map(Number) as [number, number, number, number];
        const groups = [0, 0, 0, 0, 0, 0xffff, bytes[0] * 256 + bytes[1], bytes[2] * 256 + bytes[3]];
        for (const text of [`::ffff:${address}`, `::FFFF:${address}`, `0:0:0:0:0:ffff:${address}`, spelled(groups, pick)])
          expect(addressGroup(text)).toBe(address);
      }),
    );
  });
});

describe("memory", () => {
  const NOW = Date.UTC(2026, 10, 20);
  const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 0xff}.${index & 0xff}`;

  test("stays bounded for fifty times as many addresses as it holds, and none of them makes a client forget its own count", () => {
    const limiter = new AddressLimiter({ requestsPerMinute: 5 }, { capacity: 4_000 });
    for (let turn = 0; turn < 5; turn++) expect(limiter.admit("192.0.2.1", NOW)).toBe(0);
    for (let index = 0; index < 200_000; index++) limiter.admit(addressOf(index), NOW + 1);
    expect(limiter.size).toBe(4_000);
    expect(limiter.admit("192.0.2.1", NOW + 2)).toBe(NOW + 60_000);
  });

  test("what has left the window makes room first", () => {
    const limiter = new AddressLimiter({ requestsPerMinute: 5 }, { capacity: 4 });
    for (let turn = 0; turn < 5; turn++) limiter.admit("192.0.2.1", NOW);
    const later = NOW + 61_000;
    for (const last of [2, 3, 4, 5]) for (let turn = 0; turn < 5; turn++) limiter.admit(`192.0.2.${last}`, later);
    for (const last of [2, 3, 4, 5]) expect(limiter.admit(`192.0.2.${last}`, later)).toBe(later + 60_000);
  });
});

describe("over several processes", () => {
  /** Two that share a limit, and what counts for both. */
  function two(perMinute: number) {
    const all = new AddressLimiter({ requestsPerMinute: perMinute });
    const clock = { now: 1_000, asked: 0, isAway: false };
    const count = async (_kind: string, address: string) => {
      clock.asked++;
      if (clock.isAway) throw new Error("the database is away");
      return all.admit(address, clock.now);
    };
    const each = () => new AddressLimiter({ requestsPerMinute: perMinute }, { together: { count, kind: "test" } });
    return { clock, one: each(), other: each() };
  }
  const CLIENT = "192.0.2.1";

  test("what all together refuse counts nowhere: the client may come back when it was told", async () => {
    const { clock, one, other } = two(3);
    for (let turn = 0; turn < 3; turn++) expect(await one.admitEverywhere(CLIENT, clock.now)).toBe(0);
    clock.now += 40_000;
    for (let turn = 0; turn < 5; turn++) expect(await other.admitEverywhere(CLIENT, clock.now)).toBe(61_000);
    clock.now = 61_000;
    expect([other.admitsAt(CLIENT, clock.now), await other.admitEverywhere(CLIENT, clock.now)]).toEqual([0, 0]);
  });

  test("who has been refused is refused in memory until then, and costs the database nothing", async () => {
    const { clock, one, other } = two(3);
    for (let turn = 0; turn < 3; turn++) await one.admitEverywhere(CLIENT, clock.now);
    for (let turn = 0; turn < 100; turn++) await other.admitEverywhere(CLIENT, clock.now);
    expect([clock.asked, other.admitsAt(CLIENT, clock.now)]).toEqual([4, 61_000]);
  });

  test("many at once are admitted up to the limit, wherever they come to", async () => {
    const { clock, one, other } = two(10);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, turn) => (turn % 2 === 0 ? one : other).admitEverywhere(CLIENT, clock.now)),
    );
    expect(answers.filter((at) => at === 0)).toHaveLength(10);
  });

  test("a question that fails counts nothing", async () => {
    const { clock, one } = two(3);
    clock.isAway = true;
    for (let turn = 0; turn < 5; turn++)
      await expect(Promise.resolve(one.admitEverywhere(CLIENT, clock.now))).rejects.toThrow("the database is away");
    clock.isAway = false;
    expect(await one.admitEverywhere(CLIENT, clock.now)).toBe(0);
  });
});
