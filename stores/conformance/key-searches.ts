/** Filtered, sorted and counted lists of keys. */
import { expect } from "vitest";
import type { ApiKey } from "../../engine/api-key.ts";
import { boundsOf, conditionOf, KEY_FILTERS, type KeyFilterName } from "../../engine/condition.ts";
import { DAY_MS } from "../../engine/duration.ts";
import { KEY_SORTS, type KeyFilter, type KeyOrder } from "../key-contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, type World } from "./world.ts";

const ROTATE_AFTER_DAYS = 90;
const ORDERS = KEY_SORTS.flatMap((by) => [true, false].map((descending) => ({ by, descending })));

export function describeKeySearches(world: World, guarantee: Guarantee): void {
  /** All keys that match a filter, in the order of their names. */
  async function found(organizationId: string, filter: KeyFilter): Promise<(string | null)[]> {
    const keys = await world.store.listKeys(organizationId, { ...filter, limit: 1_000, order: { by: "name", descending: false } });
    expect(await world.store.countListed(organizationId, filter)).toBe(keys.length);
    return keys.map(({ name }) => name);
  }

  /** The keys of all pages. Each page begins after the last key of the previous one. */
  async function allPages(organizationId: string, order: Omit<KeyOrder, "after">, limit: number): Promise<ApiKey[]> {
    const all: ApiKey[] = [];
    for (let after: KeyOrder["after"]; ; ) {
      const page = await world.store.listKeys(organizationId, { limit, order: { ...order, after } });
      all.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return all;
      after = { value: order.by === "createdAt" ? null : last[order.by], id: last.id };
    }
  }

  const usedAt = (keyId: string, at: number) => world.store.recordUse({ outcomes: [], lastUses: [{ keyId, at }], counters: [] });

  guarantee("a search finds parts of name, id, prefix and public key, whatever the case of ASCII letters", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, { name: "Billing Backend", prefix: "kw_live_AbCd", publicKey: `${world.id("PUB")}_XyZ` });
    await world.key(id, { name: null, prefix: "kw_live_9999" });
    for (const search of [
      "billing",
      "BACKEND",
      "g b",
      key.id,
      key.id.slice(-8).toUpperCase(),
      "_abcd",
      "LIVE_ABCD",
      "_xYz",
      key.publicKey as string,
    ])
      expect([search, await found(id, { search })]).toEqual([search, ["Billing Backend"]]);
    expect(await found(id, { search: "kw_live" })).toEqual(["Billing Backend", null]);
    for (const search of ["billingx", "bill ing", "Billing Backend ", "null"])
      expect([search, await found(id, { search })]).toEqual([search, []]);
  });

  guarantee("%, _, \\, quotes and wildcards in a search stand for themselves", async () => {
    const { id } = await world.organization();
    const names = ["100% sure", "100 sure", "a_b", "axb", "a\\b", "a\\_b", "a\\%", "it's", '"x"', "*", "?", "[a-z]", "x;--"];
    for (const name of names) await world.key(id, { name, prefix: "p" });
    // Ids contain underscores, so each search here matches by name alone.
    for (const [search, expected] of [
      ["%", ["100% sure", "a\\%"]],
      ["0% s", ["100% sure"]],
      ["a_b", ["a_b"]],
      ["\\", ["a\\%", "a\\_b", "a\\b"]],
      ["\\_", ["a\\_b"]],
      ["\\\\", []],
      ["%%", []],
      ["'", ["it's"]],
      ['"', ['"x"']],
      ["*", ["*"]],
      ["?", ["?"]],
      ["[", ["[a-z]"]],
      [";--", ["x;--"]],
    ] as const)
      expect([search, (await found(id, { search })).sort()]).toEqual([search, [...expected]]);
  });

  guarantee("letters beyond ASCII are found as they are written", async () => {
    const { id } = await world.organization();
    for (const name of ["Überwachung", "Ключ", "鍵", "🔑 key", "İstanbul"]) await world.key(id, { name });
    for (const [search, name] of [
      ["Über", "Überwachung"],
      ["WACHUNG", "Überwachung"],
      ["люч", "Ключ"],
      ["鍵", "鍵"],
      ["🔑", "🔑 key"],
      ["İSTANBUL", "İstanbul"],
    ] as const)
      expect([search, await found(id, { search })]).toEqual([search, [name]]);
  });

  guarantee("no filter, order or count reaches another organization's keys", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(one.id, { name: "same" });
    const { key: foreign } = await world.key(other.id, { name: "same" });
    const { key: unclaimed } = await world.key(null, { name: "same" });
    for (const [search, expected] of [
      ["same", [key.id]],
      ["", [key.id]],
      ["%", []],
      [foreign.id, []],
      [unclaimed.id, []],
    ] as const) {
      const listed = await world.store.listKeys(one.id, { search, limit: 10 });
      expect([search, listed.map(({ id }) => id), await world.store.countListed(one.id, { search })]).toEqual([
        search,
        expected,
        expected.length,
      ]);
    }
    for (const order of ORDERS) {
      const all = await world.store.listKeys(one.id, { limit: 10, order });
      const after = { value: null, id: order.descending ? "zzz" : "" };
      const following = await world.store.listKeys(one.id, { limit: 10, order: { ...order, after } });
      expect([...all, ...following].every(({ id }) => id === key.id)).toBe(true);
      expect(all).toHaveLength(1);
    }
    expect(await world.store.countListed("org_missing", {})).toBe(0);
  });

  guarantee(
    "each order holds every key once, values in order, equals by id, keys without a value last, for pages of any size",
    async () => {
      const { id } = await world.organization();
      const names = ["b", "A", "a", null, "B", null, "a", "c", "é", "a", null];
      for (const [index, name] of names.entries()) {
        const { key } = await world.key(id, { name, expiresAt: index % 3 === 0 ? null : NOW + (index % 2) * DAY_MS });
        if (index % 4 !== 0) await usedAt(key.id, NOW + (index % 3));
      }
      const all = await world.store.listKeys(id, { limit: 100 });
      for (const order of ORDERS) {
        const expected = sorted(all, order).map(({ id }) => id);
        for (const limit of [1, 2, 3, 10, 11, 12]) {
          const pages = await allPages(id, order, limit);
          expect([order, limit, pages.map(({ id }) => id)]).toEqual([order, limit, expected]);
        }
      }
    },
  );

  guarantee("a page goes on from a value and an id, even if the key that had them has moved", async () => {
    const { id } = await world.organization();
    const keys = await Promise.all(["a", "b", "b", "c", null].map((name) => world.key(id, { name })));
    const [a, b1, b2, c, none] = keys.map(({ key }) => key.id) as [string, string, string, string, string];
    const [first, second] = [b1, b2].sort() as [string, string];
    const after = async (value: string | null, afterId: string, descending = false) =>
      (await world.store.listKeys(id, { limit: 10, order: { by: "name", descending, after: { value, id: afterId } } })).map(
        (key) => key.id,
      );
    expect(await after("B", first)).toEqual([second, c, none]);
    await world.store.updateKey(id, first, { name: "z" }, world.change());
    expect(await after("b", first)).toEqual([second, c, first, none]);
    expect(await after("b", first, true)).toEqual([a, none]);
    expect(await after("bb", "key")).toEqual([c, first, none]);
    expect(await after(null, none)).toEqual([]);
    expect(await after(null, "", false)).toEqual([none]);
  });

  guarantee("each condition finds the keys that the engine's rule finds, to the millisecond", async () => {
    const { id } = await world.organization();
    for (const { lastUse, ...different } of boundaryKeys()) {
      const { key } = await world.key(id, different);
      if (lastUse !== null) await usedAt(key.id, lastUse);
    }
    const all = await world.store.listKeys(id, { limit: 1_000 });
    expect(all.length).toBeGreaterThan(50);
    for (const rotateAfterDays of [ROTATE_AFTER_DAYS, null])
      for (const is of KEY_FILTERS) {
        const filter = { condition: { is, bounds: boundsOf(rotateAfterDays, NOW) } };
        const expected = all.filter((key) => isMeant(key, is, rotateAfterDays)).map((key) => key.id);
        const listed = (await world.store.listKeys(id, { ...filter, limit: 1_000 })).map((key) => key.id);
        expect([is, rotateAfterDays, listed]).toEqual([is, rotateAfterDays, expected]);
        expect(await world.store.countListed(id, filter)).toBe(expected.length);
        expect(expected.length > 0 || (is === "rotation_due" && rotateAfterDays === null)).toBe(true);
      }
  });

  guarantee("search, environment, condition and active keys apply together, and totals agree with the pages", async () => {
    const { id } = await world.organization();
    const bounds = boundsOf(null, NOW);
    for (const environment of ["live", "test"] as const)
      for (const name of ["one", "two"]) {
        await world.key(id, { name: `${environment} ${name}`, environment });
        await world.key(id, { name: `${environment} ${name} off`, environment, enabled: false });
        await world.key(id, { name: `${environment} ${name} ended`, environment, expiresAt: NOW });
      }
    const condition = { is: "disabled", bounds } as const;
    expect(await found(id, { search: "TWO", environment: "test", condition })).toEqual(["test two off"]);
    expect(await found(id, { search: "two", activeAt: NOW, environment: "live" })).toEqual(["live two", "live two off"]);
    expect(await found(id, { search: "two", activeAt: NOW, condition: { is: "expired", bounds } })).toEqual([]);
    expect(await found(id, {})).toHaveLength(12);
    expect(
      await world.store.listKeys(id, { environment: "live", limit: 4, offset: 4, order: { by: "name", descending: true } }),
    ).toHaveLength(2);
    expect(await found(id, { condition: { is: "current", bounds } })).toHaveLength(12);
    expect(await world.store.countListed(id, { activeAt: NOW })).toBe(await world.store.countKeys(id, NOW));
  });
}

/** Keys on both sides of every boundary of the conditions. */
function boundaryKeys(): (Partial<ApiKey> & { lastUse: number | null })[] {
  const ends = [null, NOW, NOW + 1, NOW + 7 * DAY_MS, NOW + 7 * DAY_MS + 1];
  const made = [NOW, ...[30, ROTATE_AFTER_DAYS].flatMap((days) => [NOW - days * DAY_MS, NOW - days * DAY_MS + 1])];
  const uses = [null, NOW - 30 * DAY_MS, NOW - 30 * DAY_MS + 1];
  const states = [{ enabled: false }, { revokedAt: NOW }, { successorId: "key_next" }, { enabled: false, successorId: "key_next" }];
  const plain = ends.flatMap((expiresAt) => made.flatMap((createdAt) => uses.map((lastUse) => ({ expiresAt, createdAt, lastUse }))));
  return [...plain, ...states.flatMap((state) => ends.map((expiresAt) => ({ ...state, expiresAt, lastUse: null })))];
}

/** Whether a key matches a filter by the rules of the engine. */
function isMeant(key: ApiKey, filter: KeyFilterName, rotateAfterDays: number | null): boolean {
  if (filter === "current") return key.revokedAt === null;
  const told = (circumstances: number | null, different: Partial<ApiKey> = {}) =>
    conditionOf({ ...key, ...different }, { rotateAfterDays: circumstances, isRateLimited: false }, NOW);
  const isActive = told(null, { lastUsedAt: NOW, expiresAt: key.expiresAt !== null && key.expiresAt <= NOW ? NOW : null }) === "active";
  if (filter === "active") return isActive;
  // Leaves out the conditions that would come before it.
  if (filter === "rotation_due") return isActive && told(rotateAfterDays, { expiresAt: null }) === "rotation_due";
  if (filter === "unused") return isActive && told(null, { expiresAt: null }) === "unused";
  return told(rotateAfterDays) === filter;
}

function sorted(keys: readonly ApiKey[], { by, descending }: KeyOrder): ApiKey[] {
  const sortValue = (key: ApiKey) => (by === "createdAt" ? key.id : by === "name" ? (key.name?.toLowerCase() ?? null) : key[by]);
  const sign = descending ? -1 : 1;
  const compare = (a: string | number, b: string | number) => (a < b ? -sign : a > b ? sign : 0);
  return keys.toSorted((one, other) => {
    const [a, b] = [sortValue(one), sortValue(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || compare(one.id, other.id);
    return compare(a, b) || compare(one.id, other.id);
  });
}
