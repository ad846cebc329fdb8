/** Creating, finding, changing and revoking keys. */
import { expect } from "vitest";
import { HOUR_MS } from "../../engine/duration.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeKeys(world: World, guarantee: Guarantee): void {
  describeCreation(world, guarantee);
  describeUpdates(world, guarantee);
  describeRevocation(world, guarantee);
}

function describeCreation(world: World, guarantee: Guarantee): void {
  guarantee("a key is read as it was written, by id, by id of any owner, by digest and in lists", async () => {
    const organization = await world.organization({ overrides: { requestsPerDay: 9 } });
    for (const different of [
      {},
      { name: null, scopes: [], environment: "test", enabled: false, expiresAt: NOW + HOUR_MS },
      { name: `"quotes", 'more', \\ % _ ; -- 🔑 ${"é".repeat(100)}`, scopes: ["a", "b:c"], prefix: "pk_" },
      { limits: { requestsPerMinute: 1, requestsPerDay: 1_000_000_000, concurrentRequests: null } },
      { createdAt: 0, updatedAt: 8.64e15, expiresAt: 8.64e15 },
      { counterId: "shared", predecessorId: "key_0" },
      { domains: ["example.com", "*.xn--bcher-kva.example"], resources: ["billing@agents.example", "*"] },
    ] as const) {
      const { key, digest } = await world.key(organization.id, different);
      expect(key).toMatchObject(different);
      expect(await world.store.findKey(organization.id, key.id)).toEqual(key);
      expect(await world.store.findKeyOfAny(key.id)).toEqual(key);
      expect(await world.store.listKeys(organization.id, { limit: 1 })).toEqual([key]);
      expect(await world.store.findKeyByDigest(digest)).toEqual({
        outcome: "found",
        key,
        digest,
        organization: { plan: "any", overrides: { requestsPerDay: 9 } },
        counter: undefined,
      });
    }
  });

  guarantee("a creation leaves one row in the audit log and one in the change feed", async () => {
    const { id } = await world.organization();
    const key = world.aKey(id, { name: "first" });
    const change = world.change(NOW + 5, "operator");
    await world.leaves(id, [{ kind: "key", action: "key.created", subjectId: key.id }], () => world.create(key, {}, change));
    expect((await world.store.listAudit(id, { limit: 1 }))[0]).toEqual({
      id: change.auditId,
      at: NOW + 5,
      actor: "operator",
      action: "key.created",
      organizationId: id,
      subjectId: key.id,
      details: { name: "first", environment: "live" },
      requestId: change.requestId,
    });
    const { requestId: _none, ...byNobody } = world.change(NOW + 6, "operator");
    await world.create(world.aKey(id), {}, byNobody);
    expect((await world.store.listAudit(id, { limit: 1 }))[0]?.requestId).toBeNull();
  });

  guarantee("another organization's key, an unknown id and an unknown digest are not found", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(one.id);
    expect(await world.store.findKey(other.id, key.id)).toBeUndefined();
    expect(await world.store.findKey(one.id, world.id("key"))).toBeUndefined();
    expect(await world.store.findKeyOfAny(world.id("key"))).toBeUndefined();
    expect((await world.store.findKeyByDigest(world.id("digest"))).outcome).toBe("not_found");
    expect((await world.store.findKeyByDigest("")).outcome).toBe("not_found");
  });

  guarantee("the decoy of a look-up that finds nothing is revoked, and none of its ids is a key's", async () => {
    const { id } = await world.organization();
    const publicKeys = times(3, () => world.id("pk"));
    for (const publicKey of publicKeys) await world.key(id, { publicKey });
    const all = await world.store.listKeys(id, { limit: 10 });
    const texts = all.flatMap((key) => [key.id, key.prefix, key.publicKey, key.name, key.counterId, id]);
    for (const unknown of ["", "1:", publicKeys[1]?.slice(0, -1) ?? "", `${publicKeys[1]}0`, "\u007f"])
      for (const found of [await world.store.findKeyByDigest(unknown), await world.store.findKeyByPublicKey(unknown)]) {
        if (found.outcome === "found") throw new Error(`found ${found.key.id}`);
        const { key, digest } = found.decoy;
        expect(key).toMatchObject({ revokedAt: 0, publicKey: null });
        const named = [key.id, key.organizationId, key.counterId, key.prefix, key.name];
        expect(named.filter((text) => texts.includes(text))).toEqual([]);
        expect((await world.store.findKeyByDigest(digest)).outcome).toBe("not_found");
      }
  });

  guarantee("a key for an organization that does not exist is refused and leaves nothing", async () => {
    const { id } = await world.organization();
    const key = world.aKey("org_missing");
    expect(await world.leaves(id, [], () => world.create(key))).toEqual({ outcome: "no_organization" });
    expect(await world.store.findKeyOfAny(key.id)).toBeUndefined();
  });

  guarantee("a digest belongs to one key, whichever organization asks", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key, digest } = await world.key(one.id);
    for (const { id } of [one, other]) {
      const second = world.aKey(id);
      expect(await world.leaves(id, [], () => world.create(second, { digest, idempotency: world.idempotency() }))).toEqual({
        outcome: "digest_taken",
      });
      expect(await world.store.findKeyOfAny(second.id)).toBeUndefined();
    }
    expect((await world.recordByDigest(digest)).key).toEqual(key);
  });

  guarantee("of 20 creations with the same digest at once exactly one happens", async () => {
    const { id } = await world.organization();
    const digest = world.id("digest");
    const results = await Promise.all(times(20, () => world.create(world.aKey(id), { digest })));
    expect(tally(results)).toEqual({ created: 1, digest_taken: 19 });
    expect(await world.store.listKeys(id, { limit: 100 })).toHaveLength(1);
  });

  guarantee("a repeated creation finds the key of the first one, in its current state, and creates none", async () => {
    const { id } = await world.organization();
    const idempotency = world.idempotency();
    const first = await world.create(world.aKey(id), { idempotency });
    if (first.outcome !== "created") throw new Error(first.outcome);
    await world.store.updateKey(id, first.key.id, { name: "renamed" }, world.change(NOW + 1));
    const again = await world.leaves(id, [], () => world.create(world.aKey(id), { idempotency }));
    expect(again).toEqual({ outcome: "repeated", key: { ...first.key, name: "renamed", updatedAt: NOW + 1 } });
    expect(await world.store.listKeys(id, { limit: 100 })).toHaveLength(1);
  });

  guarantee("of 20 creations with the same idempotency key at once one happens, and the others find it", async () => {
    const { id } = await world.organization();
    const idempotency = world.idempotency();
    const results = await Promise.all(times(20, () => world.create(world.aKey(id), { idempotency })));
    expect(tally(results)).toEqual({ created: 1, repeated: 19 });
    expect(new Set(results.map((result) => "key" in result && result.key.id)).size).toBe(1);
  });

  guarantee("the same idempotency key for another request is a mismatch", async () => {
    const { id } = await world.organization();
    const idempotency = world.idempotency("one thing");
    await world.create(world.aKey(id), { idempotency });
    const other = { ...idempotency, fingerprint: "another thing" };
    expect(await world.leaves(id, [], () => world.create(world.aKey(id), { idempotency: other }))).toEqual({
      outcome: "idempotency_mismatch",
    });
  });

  guarantee("the same idempotency key in another organization is another creation", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const idempotency = world.idempotency();
    expect((await world.create(world.aKey(one.id), { idempotency })).outcome).toBe("created");
    expect((await world.create(world.aKey(other.id), { idempotency })).outcome).toBe("created");
  });
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
