/** Changing and revoking keys. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeKeyChanges(world: World, guarantee: Guarantee): void {
  describeUpdates(world, guarantee);
  describeRevocation(world, guarantee);
}

function describeUpdates(world: World, guarantee: Guarantee): void {
  guarantee("an update changes only the given columns, and returns the whole key", async () => {
    const { id } = await world.organization();
    for (const changes of [
      { name: "new" },
      { name: null },
      { enabled: false },
      { expiresAt: NOW + 9 },
      { scopes: [] },
      { scopes: ["x", "y"] },
      { domains: ["example.com", "*.example.org"] },
      { domains: [] },
      { resources: ["a@agents.example"] },
      { resources: null },
      { limits: { requestsPerMinute: 1, requestsPerDay: null, concurrentRequests: 3 } },
      { name: "all", enabled: false, expiresAt: NOW + 1, scopes: ["z"] },
    ]) {
      const { key } = await world.key(id, { expiresAt: NOW + 50 });
      const subject = { kind: "key", action: "key.updated", subjectId: key.id } as const;
      const result = await world.leaves(id, [subject], () => world.store.updateKey(id, key.id, changes, world.change(NOW + 5)));
      expect(result).toEqual({ outcome: "updated", key: { ...key, ...changes, updatedAt: NOW + 5 } });
      expect(await world.store.findKey(id, key.id)).toEqual({ ...key, ...changes, updatedAt: NOW + 5 });
      expect((await world.store.listAudit(id, { limit: 1 }))[0]?.details).toEqual(changes);
    }
  });

  guarantee("limits change one by one: absent ones stay, even with two concurrent changes", async () => {
    const { id } = await world.organization();
    const limits = { requestsPerMinute: 1, requestsPerDay: 2, concurrentRequests: 3 };
    const { key } = await world.key(id, { limits });
    const update = (changed: object) => world.store.updateKey(id, key.id, { limits: changed }, world.change());
    expect(await update({ requestsPerDay: 9 })).toEqual({ outcome: "updated", key: { ...key, limits: { ...limits, requestsPerDay: 9 } } });
    await Promise.all([update({ requestsPerMinute: null }), update({ concurrentRequests: 4 }), update({})]);
    expect((await world.store.findKey(id, key.id))?.limits).toEqual({ requestsPerMinute: null, requestsPerDay: 9, concurrentRequests: 4 });
  });

  guarantee("an expiry can be removed", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, { expiresAt: NOW + 50 });
    await world.store.updateKey(id, key.id, { expiresAt: null }, world.change());
    expect((await world.store.findKey(id, key.id))?.expiresAt).toBeNull();
  });

  guarantee("another organization's key and an unknown one are not found, and nothing changes", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(one.id);
    for (const subjectId of [key.id, world.id("key")]) {
      const update = () => world.store.updateKey(other.id, subjectId, { enabled: false }, world.change());
      expect(await world.leaves(other.id, [], update)).toEqual({ outcome: "not_found" });
    }
    expect(await world.store.findKey(one.id, key.id)).toEqual(key);
  });

  guarantee("a change that the rules refuse is refused with their reason, and nothing changes", async () => {
    const { id } = await world.organization();
    const rotated = (await world.key(id)).key;
    await world.store.rotateKey(id, rotated.id, world.aSuccessor(), world.change());
    for (const [subject, changes, code] of [
      [(await world.revokedKey(id)).key.id, { enabled: true }, "key_not_active"],
      [(await world.key(id, { expiresAt: NOW })).key.id, { expiresAt: null }, "key_not_active"],
      [rotated.id, { expiresAt: null }, "already_rotated"],
    ] as const) {
      const before = await world.store.findKey(id, subject);
      const result = await world.leaves(id, [], () => world.store.updateKey(id, subject, changes, world.change()));
      expect(result).toMatchObject({ outcome: "refused", problem: { code } });
      expect(await world.store.findKey(id, subject)).toEqual(before);
    }
  });

  guarantee("two concurrent changes of different columns both stay", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 20; round++) {
      const { key } = await world.key(id);
      await Promise.all([
        world.store.updateKey(id, key.id, { name: "renamed" }, world.change()),
        world.store.updateKey(id, key.id, { enabled: false }, world.change()),
        world.store.updateKey(id, key.id, { scopes: ["x"] }, world.change()),
      ]);
      expect(await world.store.findKey(id, key.id)).toEqual({ ...key, name: "renamed", enabled: false, scopes: ["x"] });
    }
  });
}

function describeRevocation(world: World, guarantee: Guarantee): void {
  guarantee(
    "a key that nobody has claimed is changed and revoked without an organization, and one that somebody has is not found so",
    async () => {
      const { id } = await world.organization();
      const [unclaimed, claimed] = [await world.key(null), await world.key(id)];
      const disabled = await world.store.updateKey(null, unclaimed.key.id, { enabled: false }, world.change(NOW + 1));
      expect(disabled).toMatchObject({ outcome: "updated", key: { enabled: false } });
      expect(await world.store.revokeKey(null, unclaimed.key.id, world.change(NOW + 2))).toMatchObject({ outcome: "revoked" });
      expect((await world.store.findKeyOfAny(unclaimed.key.id))?.revokedAt).toBe(NOW + 2);
      expect(await world.store.revokeKey(null, claimed.key.id, world.change())).toEqual({ outcome: "not_found" });
      expect(await world.store.updateKey(null, claimed.key.id, { name: "x" }, world.change())).toEqual({ outcome: "not_found" });
    },
  );

  guarantee("a revocation is permanent, keeps its time, and is written once", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    const subject = { kind: "key", action: "key.revoked", subjectId: key.id } as const;
    const revoked = { ...key, revokedAt: NOW + 5, updatedAt: NOW + 5 };
    const revoke = (at: number) => () => world.store.revokeKey(id, key.id, world.change(at));
    expect(await world.leaves(id, [subject], revoke(NOW + 5))).toEqual({ outcome: "revoked", key: revoked });
    expect(await world.leaves(id, [], revoke(NOW + 9))).toEqual({ outcome: "already_revoked", key: revoked });
    expect(await world.store.findKey(id, key.id)).toEqual(revoked);
    expect((await world.recordByDigest(digest)).key).toEqual(revoked);
  });

  guarantee("another organization's key and an unknown one are not revoked", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(one.id);
    for (const subjectId of [key.id, world.id("key")]) {
      expect(await world.leaves(other.id, [], () => world.store.revokeKey(other.id, subjectId, world.change()))).toEqual({
        outcome: "not_found",
      });
    }
    expect(await world.store.findKey(one.id, key.id)).toEqual(key);
  });

  guarantee("of 20 revocations at once exactly one is the first", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const results = await Promise.all(times(20, (index) => world.revoke(id, key.id, world.change(NOW + index))));
    expect(results.filter(({ outcome }) => outcome === "revoked")).toHaveLength(1);
    expect(new Set(results.map((result) => result.key.revokedAt)).size).toBe(1);
  });

  guarantee("no update that races a revocation revives the key", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 30; round++) {
      const { key } = await world.key(id, { enabled: false });
      const update = (changes: object) => world.store.updateKey(id, key.id, changes, world.change());
      const before = [update({ enabled: true }), update({ scopes: ["before"] })];
      const revoked = world.store.revokeKey(id, key.id, world.change(NOW + 1));
      const after = [update({ name: "after" }), update({ expiresAt: NOW + 5 })];
      await revoked;
      const [enabled, scopes, name, expiresAt] = (await Promise.all([...before, ...after])).map(({ outcome }) => outcome === "updated");
      expect(await world.store.findKey(id, key.id)).toEqual({
        ...key,
        enabled: enabled === true,
        scopes: scopes === true ? ["before"] : key.scopes,
        name: name === true ? "after" : key.name,
        expiresAt: expiresAt === true ? NOW + 5 : null,
        updatedAt: NOW + 1,
        revokedAt: NOW + 1,
      });
      expect((await update({ enabled: true })).outcome).toBe("refused");
    }
  });
}
