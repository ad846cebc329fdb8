/** Refused requests: the newest of each key and of each organization, for a day. */
import { expect } from "vitest";
import { DAY_MS, HOUR_MS } from "../../engine/duration.ts";
import type { RefusedRequest } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

const BOUNDS = Object.freeze({ perKey: 3, perOrganization: 5 });
const ALL = Object.freeze({ since: NOW - DAY_MS, limit: 100 });

export function describeRefusals(world: World, guarantee: Guarantee): void {
  const aRefusal = (different: Partial<RefusedRequest> = {}): RefusedRequest => ({
    id: world.id("rfs"),
    at: NOW,
    keyId: world.id("key"),
    organizationId: world.id("org"),
    requestId: world.id("req"),
    surface: "gateway",
    method: "GET",
    path: "/agents",
    address: "192.0.2.1",
    reason: "insufficient_scope",
    facts: { missingScopes: ["agents:write"] },
    more: 2,
    ...different,
  });
  const idsOf = (refusals: readonly RefusedRequest[]) => refusals.map(({ id }) => id);
  const newestFirst = (refusals: readonly RefusedRequest[]) => idsOf(refusals).reverse();

  guarantee("refusals are read as they were written, by organization, by key and by request", async () => {
    const bare = { surface: "verify", method: null, path: null, address: null, reason: "revoked", facts: {}, more: 0 } as const;
    const refusal = aRefusal();
    const other = aRefusal({ organizationId: refusal.organizationId, requestId: refusal.requestId, ...bare });
    await world.store.recordRefusals([refusal, other], BOUNDS);
    expect(await world.store.listRefusals(refusal.organizationId, ALL)).toEqual([other, refusal]);
    expect(await world.store.listRefusalsOfKey(refusal.keyId ?? "", ALL)).toEqual([refusal]);
    expect(await world.store.findRefusals(refusal.requestId, undefined, ALL)).toEqual([other, refusal]);
  });

  guarantee("a request's refusals are found in these organizations alone, and in none when there are none", async () => {
    const requestId = world.id("req");
    const [one, two, nobodys] = [aRefusal({ requestId }), aRefusal({ requestId }), aRefusal({ requestId, organizationId: null })];
    await world.store.recordRefusals([one, two, nobodys], BOUNDS);
    const find = async (organizationIds?: string[]) => idsOf(await world.store.findRefusals(requestId, organizationIds, ALL));
    expect(await find([one.organizationId ?? ""])).toEqual([one.id]);
    expect([await find([]), await find([world.id("org")])]).toEqual([[], []]);
    expect(await find()).toEqual(newestFirst([one, two, nobodys]));
  });

  guarantee("the newest refusals of a key stay, however many come at once or one after the other", async () => {
    const of = { keyId: world.id("key"), organizationId: world.id("org") };
    const all = times(8, () => aRefusal(of));
    await world.store.recordRefusals(all.slice(0, 5), BOUNDS);
    for (const refusal of all.slice(5)) await world.store.recordRefusals([refusal], BOUNDS);
    expect(idsOf(await world.store.listRefusalsOfKey(of.keyId, ALL))).toEqual(newestFirst(all.slice(-3)));
  });

  guarantee("the newest refusals of an organization stay, and other organizations lose none", async () => {
    const organizationId = world.id("org");
    const other = aRefusal();
    await world.store.recordRefusals([other], BOUNDS);
    const all = times(9, () => aRefusal({ organizationId }));
    await world.store.recordRefusals(all, BOUNDS);
    expect(idsOf(await world.store.listRefusals(organizationId, ALL))).toEqual(newestFirst(all.slice(-5)));
    expect(idsOf(await world.store.listRefusals(other.organizationId, ALL))).toEqual([other.id]);
  });

  guarantee(
    "nodes that write at once, of the same keys and organization, all succeed, and what is beyond goes with the next write",
    async () => {
      const organizationId = world.id("org");
      const keys = times(4, () => world.id("key"));
      const batch = (at: number) => keys.map((_, turn) => aRefusal({ organizationId, keyId: keys[(at + turn) % keys.length] ?? "" }));
      for (let round = 0; round < 3; round++) await Promise.all(times(8, (at) => world.store.recordRefusals(batch(at), BOUNDS)));
      await world.store.recordRefusals(batch(0), BOUNDS);
      expect(await world.store.listRefusals(organizationId, ALL)).toHaveLength(5);
    },
  );

  guarantee("refusals of nobody's credentials are bounded together, and are in no organization's list", async () => {
    const all = times(9, () => aRefusal({ keyId: null, organizationId: null }));
    await world.store.recordRefusals(all, BOUNDS);
    expect(idsOf(await world.store.listRefusals(null, ALL))).toEqual(newestFirst(all.slice(-5)));
  });

  guarantee("a batch that is written again, because its first result was lost, changes nothing", async () => {
    const refusal = aRefusal();
    await world.store.recordRefusals([refusal], BOUNDS);
    await world.store.recordRefusals([{ ...refusal, more: 9 }, aRefusal()], BOUNDS);
    expect(await world.store.listRefusalsOfKey(refusal.keyId ?? "", ALL)).toEqual([refusal]);
    await world.store.recordRefusals([], BOUNDS);
  });

  guarantee("a list has pages, and nothing from before its time", async () => {
    const keyId = world.id("key");
    const all = [NOW - 2, NOW - 1, NOW].map((at) => aRefusal({ keyId, at }));
    await world.store.recordRefusals(all, BOUNDS);
    const read = async (page: object) => idsOf(await world.store.listRefusalsOfKey(keyId, { ...ALL, ...page }));
    const [oldest, middle, newest] = idsOf(all);
    expect(await read({ limit: 2 })).toEqual([newest, middle]);
    expect(await read({ limit: 2, before: middle })).toEqual([oldest]);
    expect(await read({ since: NOW - 1 })).toEqual([newest, middle]);
  });

  guarantee("text is data: quotes, percent signs and markup come back as they were", async () => {
    const path = `/a'";--%_<b>\\`;
    const refusal = aRefusal({ path, requestId: "a'b", facts: { resource: path } });
    await world.store.recordRefusals([refusal], BOUNDS);
    expect(await world.store.findRefusals("a'b", undefined, ALL)).toEqual([refusal]);
    expect(await world.store.findRefusals("a%", undefined, ALL)).toEqual([]);
  });

  guarantee("several nodes record refusals of the same keys at once", async () => {
    const of = { keyId: world.id("key"), organizationId: world.id("org") };
    const batches = times(6, () => times(4, () => aRefusal(of)));
    await Promise.all(batches.map((batch) => world.store.recordRefusals(batch, BOUNDS)));
    // One more sees all of them.
    await world.store.recordRefusals([aRefusal(of)], BOUNDS);
    expect(await world.store.listRefusalsOfKey(of.keyId, ALL)).toHaveLength(BOUNDS.perKey);
  });

  guarantee("pruning forgets refusals after a day, and those of a clock that was ahead", async () => {
    const keyId = world.id("key");
    const ages = [-DAY_MS - 1, -DAY_MS, 0, HOUR_MS, HOUR_MS + 1];
    const all = ages.map((age) => aRefusal({ keyId, at: NOW + age }));
    await world.store.recordRefusals(all, { perKey: 100, perOrganization: 100 });
    await world.store.prune(NOW, 90);
    expect(idsOf(await world.store.listRefusalsOfKey(keyId, { since: 0, limit: 100 }))).toEqual(newestFirst(all.slice(1, -1)));
  });
}
