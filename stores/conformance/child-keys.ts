/** Keys that are created with another key. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeChildKeys(world: World, guarantee: Guarantee): void {
  guarantee("a key created with another key never exceeds it, in the result and in the store", async () => {
    const { id } = await world.organization();
    const limits = { requestsPerMinute: 5, requestsPerDay: null, concurrentRequests: 2 };
    const { key: parent } = await world.key(id, { environment: "test", scopes: ["a"], limits, expiresAt: NOW + 10 });
    const asked = world.aKey(id, { scopes: ["b"], limits: { requestsPerMinute: 9, requestsPerDay: 7, concurrentRequests: 1 } });
    const made = await world.create(asked, {}, world.change(NOW, "parent", parent.id));
    const child = {
      ...asked,
      environment: "test",
      scopes: ["a"],
      limits: { requestsPerMinute: 5, requestsPerDay: 7, concurrentRequests: 1 },
      expiresAt: NOW + 10,
      counterId: parent.counterId,
    };
    expect(made).toEqual({ outcome: "created", key: child });
    expect(await world.store.findKey(id, asked.id)).toEqual(child);
  });

  guarantee("a key that is not active creates none: revoked, disabled, expired, another organization's, unknown", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    const parents = [
      (await world.revokedKey(id)).key.id,
      (await world.key(id, { enabled: false })).key.id,
      (await world.key(id, { expiresAt: NOW })).key.id,
      (await world.key(other.id)).key.id,
      world.id("key"),
    ];
    for (const parentId of parents) {
      const child = world.aKey(id);
      const create = () => world.create(child, { idempotency: world.idempotency() }, world.change(NOW, "parent", parentId));
      expect(await world.leaves(id, [], create)).toEqual({ outcome: "actor_not_active" });
      expect(await world.store.findKeyOfAny(child.id)).toBeUndefined();
    }
  });

  guarantee("a key in its overlap, or in its last millisecond, still creates one", async () => {
    const { id } = await world.organization();
    const [rotated, ending] = [await world.key(id), await world.key(id, { expiresAt: NOW + 1 })];
    await world.store.rotateKey(id, rotated.key.id, world.aSuccessor(), world.change());
    for (const parent of [rotated, ending])
      expect((await world.create(world.aKey(id), {}, world.change(NOW, "parent", parent.key.id))).outcome).toBe("created");
  });

  guarantee("once its revocation has resolved, a key creates none, whatever requests are under way", async () => {
    const { id } = await world.organization();
    const { key: parent } = await world.key(id);
    const create = () => world.create(world.aKey(id), {}, world.change(NOW, "parent", parent.id));
    const underWay = times(20, create);
    const revoked = world.store.revokeKey(id, parent.id, world.change());
    underWay.push(...times(20, create));
    await revoked;
    const made = await world.store.listKeys(id, { limit: 100 });
    expect(tally(await Promise.all(times(20, create)))).toEqual({ actor_not_active: 20 });
    const { created = 0 } = tally(await Promise.all(underWay));
    expect(made).toHaveLength(1 + created);
    expect(await world.store.listKeys(id, { limit: 100 })).toEqual(made);
  });
}
