/** Usage that adds up, last uses that move forward, and counters that are replaced. */
import { expect } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../engine/duration.ts";
import type { UseBatch } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

const NOTHING: UseBatch = { outcomes: [], lastUses: [], counters: [] };

export function describeUse(world: World, guarantee: Guarantee): void {
  const record = (batch: Partial<UseBatch>) => world.store.recordUse({ ...NOTHING, ...batch });

  guarantee("counts are added up by key, hour and outcome, and are listed from an hour on, oldest first", async () => {
    const [keyId, other] = [world.id("key"), world.id("key")];
    const count = (hour: number, outcome: string, count: number) => ({ keyId, hour: NOW + hour * HOUR_MS, outcome, count });
    await record({ outcomes: [count(1, "valid", 3), count(0, "valid", 1), count(0, "expired", 2)] });
    await record({ outcomes: [count(1, "valid", 4), { ...count(1, "valid", 100), keyId: other }] });
    const all = [
      { hour: NOW, outcome: "expired", count: 2 },
      { hour: NOW, outcome: "valid", count: 1 },
      { hour: NOW + HOUR_MS, outcome: "valid", count: 7 },
    ];
    expect(await world.store.usageOf(keyId, NOW)).toEqual(all);
    expect(await world.store.usageOf(keyId, NOW + 1)).toEqual(all.slice(2));
    expect(await world.store.usageOf(keyId, NOW + HOUR_MS + 1)).toEqual([]);
    expect(await world.store.usageOf(world.id("key"), 0)).toEqual([]);
  });

  guarantee("usage by day has a list for each of the organization's own keys, from a day on, oldest first", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    const [used, unused, foreign] = [await world.key(id), await world.key(id), await world.key(other.id)];
    const unclaimed = await world.key(null);
    const midnight = NOW - (NOW % DAY_MS);
    const count = (keyId: string, hour: number, outcome: string, count: number) => ({
      keyId,
      hour: midnight + hour * HOUR_MS,
      outcome,
      count,
    });
    for (const { key } of [used, foreign, unclaimed])
      await record({
        outcomes: [
          count(key.id, -25, "valid", 1),
          count(key.id, -24, "valid", 2),
          count(key.id, -1, "valid", 4),
          count(key.id, 0, "rate_limited", 8),
          count(key.id, 0, "valid", 16),
          count(key.id, 23, "valid", 32),
        ],
      });
    const ids = [used, unused, foreign, unclaimed].map(({ key }) => key.id);
    const today = [
      { day: midnight, outcome: "rate_limited", count: 8 },
      { day: midnight, outcome: "valid", count: 48 },
    ];
    const byId = [used, unused].map(({ key }) => key.id).sort();
    const expected = (counts: readonly object[]) => byId.map((keyId) => ({ keyId, counts: keyId === used.key.id ? counts : [] }));
    const yesterday = midnight - DAY_MS;
    expect(await world.store.usageByDay(id, ids, midnight)).toEqual(expected(today));
    expect(await world.store.usageByDay(id, ids, yesterday)).toEqual(expected([{ day: yesterday, outcome: "valid", count: 6 }, ...today]));
    expect(await world.store.usageByDay(id, ids, midnight + DAY_MS)).toEqual(expected([]));
    expect(await world.store.usageByDay(id, [foreign.key.id, unclaimed.key.id, "key_missing"], 0)).toEqual([]);
    expect(await world.store.usageByDay(id, [], 0)).toEqual([]);
  });

  guarantee("rows of one key in one batch add up, the latest use counts, and the last state of a counter", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    const count = (hour: number, outcome: string, count: number) => ({ keyId: key.id, hour: NOW + hour * HOUR_MS, outcome, count });
    const state = (number: number) => ({ minute: [NOW, number], day: [] });
    for (let round = 1; round <= 2; round++) {
      await record({
        outcomes: [count(0, "valid", 1), count(1, "valid", 10), count(0, "valid", 2), count(0, "expired", 5), count(0, "valid", 4)],
        lastUses: [7, 9, 8].map((ms) => ({ keyId: key.id, at: NOW + ms })),
        counters: [1, 3, 2].map((number) => ({ counterId: key.counterId, state: state(number), at: NOW })),
      });
      expect(await world.store.usageOf(key.id, 0)).toEqual([
        { hour: NOW, outcome: "expired", count: 5 * round },
        { hour: NOW, outcome: "valid", count: 7 * round },
        { hour: NOW + HOUR_MS, outcome: "valid", count: 10 * round },
      ]);
      expect(await world.store.findKeyByDigest(digest)).toMatchObject({ key: { lastUsedAt: NOW + 9 }, counter: JSON.stringify(state(2)) });
    }
  });

  guarantee("40 batches at once lose no count, and the last use is the latest of them", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const batch = (index: number) =>
      record({
        outcomes: [{ keyId: key.id, hour: NOW, outcome: "valid", count: index + 1 }],
        lastUses: [{ keyId: key.id, at: NOW + index }],
      });
    // 17 and 40 have no common divisor: each index once, up and down.
    await Promise.all(times(40, (index) => batch((index * 17) % 40)));
    expect(await world.store.usageOf(key.id, 0)).toEqual([{ hour: NOW, outcome: "valid", count: (40 * 41) / 2 }]);
    expect((await world.store.findKey(id, key.id))?.lastUsedAt).toBe(NOW + 39);
  });

  guarantee("a last use only moves forward, and every read of the key has it", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    for (const [at, lastUsedAt] of [
      [NOW, NOW],
      [NOW - 1, NOW],
      [NOW, NOW],
      [NOW + 1, NOW + 1],
      [0, NOW + 1],
    ] as const) {
      await record({ lastUses: [{ keyId: key.id, at }] });
      const used = { ...key, lastUsedAt };
      expect(await world.store.findKey(id, key.id)).toEqual(used);
      expect(await world.store.findKeyOfAny(key.id)).toEqual(used);
      expect(await world.store.listKeys(id, { limit: 1 })).toEqual([used]);
      expect((await world.recordByDigest(digest)).key).toEqual(used);
    }
    expect(await world.store.updateKey(id, key.id, { name: "x" }, world.change())).toMatchObject({ key: { lastUsedAt: NOW + 1 } });
    expect(await world.store.revokeKey(id, key.id, world.change())).toMatchObject({ key: { lastUsedAt: NOW + 1 } });
  });

  guarantee("a last use from a clock that was ahead is replaced, once that clock has been corrected by more than a minute", async () => {
    const { key } = await world.key((await world.organization()).id);
    for (const [at, madeAt, lastUsedAt] of [
      [NOW + DAY_MS, NOW + DAY_MS, NOW + DAY_MS],
      [NOW, NOW + DAY_MS - MINUTE_MS, NOW + DAY_MS],
      [NOW, NOW + DAY_MS - MINUTE_MS - 1, NOW],
      [NOW - 1, NOW, NOW],
      [NOW + 1, NOW, NOW + 1],
    ] as const) {
      await record({ lastUses: [{ keyId: key.id, at }], madeAt });
      expect((await world.store.findKeyOfAny(key.id))?.lastUsedAt).toBe(lastUsedAt);
    }
  });

  guarantee("use changes nothing of a key, and leaves no row in audit or feed", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const outcomes = [{ keyId: key.id, hour: NOW, outcome: "valid", count: 1 }];
    await world.leaves(id, [], () => record({ outcomes, lastUses: [{ keyId: key.id, at: NOW + 5 }] }));
    expect(await world.store.findKey(id, key.id)).toEqual({ ...key, lastUsedAt: NOW + 5 });
  });

  guarantee("a saved counter is replaced as a whole by the next one", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    const states = [
      { minute: [NOW, 1, NOW + 1, 2], day: [NOW, 3] },
      { minute: [], day: [NOW + 2, 1_000_000_000] },
      { minute: [], day: [] },
      { minute: [NOW, 1], day: [], clock: { id: "boot", wallAheadMs: NOW - 1_000 } },
      { minute: times(120, (index) => NOW + index), day: times(256, (index) => NOW + index) },
    ];
    for (const state of states) {
      await record({ counters: [{ counterId: key.counterId, state, at: NOW }] });
      expect((await world.recordByDigest(digest)).counter).toBe(JSON.stringify(state));
      expect(await world.store.findCounter(key.counterId)).toEqual(state);
    }
    expect(await world.store.findCounter(world.id("key"))).toBeUndefined();
  });

  guarantee("a batch of thousands of rows is written as a whole, and an empty one writes nothing", async () => {
    const keyIds = times(1_234, () => world.id("key"));
    const state = { minute: [], day: [] };
    await record({});
    for (let round = 0; round < 2; round++) {
      await record({
        outcomes: keyIds.map((keyId, index) => ({ keyId, hour: NOW, outcome: "valid", count: index + 1 })),
        lastUses: keyIds.map((keyId) => ({ keyId, at: NOW })),
        counters: keyIds.map((counterId) => ({ counterId, state, at: NOW })),
      });
    }
    for (const index of [0, 499, 500, 1_000, 1_233]) {
      const usage = await world.store.usageOf(keyIds[index] as string, 0);
      expect(usage).toEqual([{ hour: NOW, outcome: "valid", count: 2 * (index + 1) }]);
    }
  });
}
