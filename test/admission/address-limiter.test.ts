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

  test("stays bounded for a million addresses, and none of them makes a client forget its own count", () => {
    const limiter = new AddressLimiter({ requestsPerMinute: 5 }, { capacity: 20_000 });
    for (let turn = 0; turn < 5; turn++) expect(limiter.admit("192.0.2.1", NOW)).toBe(0);
    for (let index = 0; index < 1_000_000; index++) limiter.admit(addressOf(index), NOW + 1);
    expect(limiter.size).toBe(20_000);
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
