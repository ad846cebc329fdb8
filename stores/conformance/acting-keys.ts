/** Revocations by a key, which must itself be in force at that moment. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeActingKeys(world: World, guarantee: Guarantee): void {
  const revoke = (organizationId: string, id: string, byKeyId: string) =>
    world.store.revokeKey(organizationId, id, world.change(NOW, "a key", byKeyId));

  guarantee("a key in force revokes another one of its organization, or itself", async () => {
    const { id } = await world.organization();
    const { key: actor } = await world.key(id, { expiresAt: NOW + 1 });
    const { key } = await world.key(id);
    for (const subject of [key, actor])
      expect(await revoke(id, subject.id, actor.id)).toMatchObject({ outcome: "revoked", key: { id: subject.id, revokedAt: NOW } });
  });

  guarantee("a key that is not active revokes none: revoked, disabled, expired, another organization's, unclaimed, unknown", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(id);
    for (const actorId of [
      (await world.revokedKey(id)).key.id,
      (await world.key(id, { enabled: false })).key.id,
      (await world.key(id, { expiresAt: NOW })).key.id,
      (await world.key(other.id)).key.id,
      (await world.key(null)).key.id,
      world.id("key"),
    ]) {
      expect(await world.leaves(id, [], () => revoke(id, key.id, actorId))).toEqual({ outcome: "actor_not_active" });
      expect(await world.leaves(id, [], () => revoke(id, world.id("key"), actorId))).toEqual({ outcome: "actor_not_active" });
    }
    expect(await world.store.findKey(id, key.id)).toEqual(key);
  });

  guarantee("to a key in force, another organization's key is as unknown as one that does not exist", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    const [{ key: actor }, { key: foreign }] = [await world.key(id), await world.key(other.id)];
    for (const subjectId of [foreign.id, world.id("key")])
      expect(await world.leaves(id, [], () => revoke(id, subjectId, actor.id))).toEqual({ outcome: "not_found" });
    expect(await world.store.findKey(other.id, foreign.id)).toEqual(foreign);
  });

  guarantee("if two keys revoke each other at once, one of them stays", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 20; round++) {
      const [{ key: a }, { key: b }] = [await world.key(id), await world.key(id)];
      const results = await Promise.all([revoke(id, a.id, b.id), revoke(id, b.id, a.id)]);
      expect(results.filter(({ outcome }) => outcome === "actor_not_active")).toHaveLength(1);
      const left = [await world.store.findKey(id, a.id), await world.store.findKey(id, b.id)];
      expect(left.filter((key) => key?.revokedAt === null)).toHaveLength(1);
    }
  });

  guarantee("once its revocation has resolved, a key revokes none, whatever requests are under way", async () => {
    const { id } = await world.organization();
    const { key: actor } = await world.key(id);
    const keys = await Promise.all(times(40, () => world.key(id)));
    const underWay = keys.slice(0, 20).map(({ key }) => revoke(id, key.id, actor.id));
    await world.revoke(id, actor.id);
    const after = await Promise.all(keys.slice(20).map(({ key }) => revoke(id, key.id, actor.id)));
    expect(after).toEqual(times(20, () => ({ outcome: "actor_not_active" })));
    const revoked = (await Promise.all(underWay)).filter(({ outcome }) => outcome !== "actor_not_active");
    expect(await world.store.countKeys(id, NOW)).toBe(40 - revoked.length);
  });
}
