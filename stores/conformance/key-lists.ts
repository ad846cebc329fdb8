/** Lists of keys, page by page. */
import { expect } from "vitest";
import type { KeyPage } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeKeyLists(world: World, guarantee: Guarantee): void {
  /** The ids of all pages; `between` runs before each next page. */
  async function allPages(organizationId: string, page: KeyPage, between: () => Promise<unknown> = async () => undefined) {
    const ids: string[] = [];
    for (;;) {
      const keys = await world.store.listKeys(organizationId, { ...page, before: ids.at(-1) });
      expect(keys.length).toBeLessThanOrEqual(page.limit);
      ids.push(...keys.map(({ id }) => id));
      if (keys.length < page.limit) return ids;
      await between();
    }
  }

  const makeKeys = (organizationId: string, count: number) =>
    Promise.all(times(count, () => world.aKey(organizationId)).map(async (key) => (await world.create(key)) && key.id));

  guarantee("the pages of any size together hold every key once, newest first", async () => {
    const { id } = await world.organization();
    const newestFirst = (await makeKeys(id, 23)).sort().reverse();
    for (const limit of [1, 7, 22, 23, 24, 100]) expect(await allPages(id, { limit })).toEqual(newestFirst);
  });

  guarantee("keys that are created or revoked while somebody pages through a list move no other key", async () => {
    const { id } = await world.organization();
    const newestFirst = (await makeKeys(id, 20)).sort().reverse();
    const between = async () => {
      const made = await world.key(id);
      await world.store.revokeKey(id, made.key.id, world.change());
      await world.store.revokeKey(id, newestFirst[0] as string, world.change());
    };
    expect(await allPages(id, { limit: 3 }, between)).toEqual(newestFirst);
  });

  guarantee("nobody sees another organization's keys", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const [own] = await makeKeys(one.id, 1);
    await makeKeys(other.id, 3);
    expect(await allPages(one.id, { limit: 2 })).toEqual([own]);
    expect(await world.store.listKeys("org_missing", { limit: 10 })).toEqual([]);
  });

  guarantee("`before` may be any id, even one that does not exist", async () => {
    const { id } = await world.organization();
    const [first] = await makeKeys(id, 1);
    const between = world.id("key");
    await makeKeys(id, 1);
    expect((await world.store.listKeys(id, { limit: 10, before: between })).map((key) => key.id)).toEqual([first]);
    expect(await world.store.listKeys(id, { limit: 10, before: first })).toEqual([]);
  });

  guarantee("active keys are those that are neither revoked nor expired at that time", async () => {
    const { id } = await world.organization();
    const plain = await world.key(id);
    const disabled = await world.key(id, { enabled: false });
    const ending = await world.key(id, { expiresAt: NOW + 10 });
    const rotated = await world.key(id, { expiresAt: null });
    const successor = world.aSuccessor({ overlapMs: 10 });
    await world.store.rotateKey(id, rotated.key.id, successor, world.change(NOW));
    await world.revokedKey(id);
    const activeAt = async (at: number) => (await world.store.listKeys(id, { limit: 10, activeAt: at })).map((key) => key.id);
    const always = [successor.successorId, disabled.key.id, plain.key.id];
    expect(await activeAt(NOW + 9)).toEqual([...always, ending.key.id, rotated.key.id].sort().reverse());
    expect(await activeAt(NOW + 10)).toEqual(always);
    expect(await activeAt(0)).toHaveLength(5);
    expect(await world.store.listKeys(id, { limit: 10 })).toHaveLength(6);
  });

  guarantee("a list of one environment has only its keys, also together with other conditions", async () => {
    const { id } = await world.organization();
    const live = await world.key(id);
    const test = await world.key(id, { environment: "test" });
    await world.key(id, { environment: "test", expiresAt: NOW });
    expect(await world.store.listKeys(id, { limit: 10, environment: "live" })).toEqual([live.key]);
    expect(await world.store.listKeys(id, { limit: 10, environment: "test", activeAt: NOW })).toEqual([test.key]);
    expect(await world.store.listKeys(id, { limit: 10, environment: "test", before: test.key.id })).toEqual([]);
  });

  guarantee("an offset skips the newest keys, also together with other conditions", async () => {
    const { id } = await world.organization();
    const newestFirst = (await makeKeys(id, 10)).sort().reverse();
    await world.key(id, { environment: "test" });
    await world.revokedKey(id);
    const page = async (different: Partial<KeyPage>) => {
      const keys = await world.store.listKeys(id, { limit: 4, activeAt: NOW, environment: "live", ...different });
      return keys.map((key) => key.id);
    };
    expect(await page({ offset: 0 })).toEqual(newestFirst.slice(0, 4));
    expect(await page({ offset: 4 })).toEqual(newestFirst.slice(4, 8));
    expect(await page({ offset: 8 })).toEqual(newestFirst.slice(8));
    expect(await page({ offset: 10 })).toEqual([]);
    expect(await page({ offset: 1_000_000 })).toEqual([]);
    expect(await page({ offset: 1, before: newestFirst[2] as string })).toEqual(newestFirst.slice(4, 8));
  });

  guarantee("the count is of the organization's keys that are neither revoked nor expired at that time", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    await makeKeys(id, 2);
    await makeKeys(other.id, 3);
    await world.key(id, { enabled: false });
    await world.key(id, { expiresAt: NOW + 10 });
    await world.revokedKey(id);
    const { key } = await world.key(id);
    await world.store.rotateKey(id, key.id, world.aSuccessor({ overlapMs: 10 }), world.change());
    expect([await world.store.countKeys(id, NOW + 9), await world.store.countKeys(id, NOW + 10)]).toEqual([6, 4]);
    for (const at of [NOW, NOW + 10]) {
      expect(await world.store.countKeys(id, at)).toBe((await world.store.listKeys(id, { limit: 100, activeAt: at })).length);
    }
    expect(await world.store.countKeys("org_missing", NOW)).toBe(0);
  });
}
