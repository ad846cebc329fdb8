/** Rotation: one successor, even with concurrent rotations. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeRotation(world: World, guarantee: Guarantee): void {
  guarantee("a rotated key gets a successor and an expiry, in the result and in the store", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id, { limits: { requestsPerMinute: 5, requestsPerDay: null, concurrentRequests: null } });
    const successor = world.aSuccessor({ overlapMs: 60_000 });
    const subject = { kind: "key", action: "key.rotated", subjectId: key.id } as const;
    const result = await world.leaves(id, [subject], () => world.store.rotateKey(id, key.id, successor, world.change(NOW + 5)));
    const predecessor = { ...key, successorId: successor.successorId, expiresAt: NOW + 60_005, updatedAt: NOW + 5 };
    const made = {
      ...key,
      id: successor.successorId,
      prefix: "kw_live_5678",
      createdAt: NOW + 5,
      updatedAt: NOW + 5,
      predecessorId: key.id,
    };
    expect(result).toEqual({ outcome: "rotated", key: made, predecessor, ended: [] });
    expect((await world.recordByDigest(digest)).key).toEqual(predecessor);
    expect((await world.recordByDigest(successor.digest)).key).toEqual(made);
    expect((await world.store.listAudit(id, { limit: 1 }))[0]?.details).toEqual({ successorId: made.id, expiresAt: NOW + 60_005 });
  });

  guarantee("a rotation at once ends the keys that the rotated key itself had replaced, and logs it", async () => {
    const { id } = await world.organization();
    const [first, digest] = await world.key(id).then(({ key, digest }) => [key, digest] as const);
    const second = world.aSuccessor({ overlapMs: 60_000 });
    await world.store.rotateKey(id, first.id, second, world.change());
    const third = world.aSuccessor({ overlapMs: 60_000 });
    const traces = [
      { kind: "key", action: "key.rotated", subjectId: second.successorId },
      { kind: "key", action: "key.ended", subjectId: first.id },
    ] as const;
    const result = await world.leaves(id, traces, () => world.store.rotateKey(id, second.successorId, third, world.change(NOW + 5)));
    expect(result).toMatchObject({ outcome: "rotated", predecessor: { expiresAt: NOW + 60_005 }, ended: [first.id] });
    expect((await world.recordByDigest(digest)).key).toMatchObject({ expiresAt: NOW + 5, updatedAt: NOW + 5 });
    const [ended] = await world.store.listAudit(id, { subjectId: first.id, limit: 1 });
    expect(ended).toMatchObject({ action: "key.ended", details: { rotatedId: second.successorId }, at: NOW + 5 });
    const fourth = await world.store.rotateKey(id, third.successorId, world.aSuccessor({ overlapMs: 0 }), world.change(NOW + 10));
    expect(fourth).toMatchObject({ ended: [second.successorId] });
    expect((await world.store.findKey(id, first.id))?.updatedAt).toBe(NOW + 5);
  });

  guarantee(
    "predecessors that are revoked or over stay as they are, a disabled one ends, and so do all of a chain that had several",
    async () => {
      const { id } = await world.organization();
      const over = (await world.key(id, { expiresAt: NOW })).key;
      const earliest = (await world.key(id, { predecessorId: over.id })).key;
      const disabled = (await world.key(id, { enabled: false, predecessorId: earliest.id })).key;
      const revoked = (await world.key(id, { predecessorId: disabled.id })).key;
      await world.store.revokeKey(id, revoked.id, world.change());
      const stranger = (await world.key(id)).key;
      const last = (await world.key(id, { predecessorId: revoked.id })).key;
      const before = await world.store.findKey(id, revoked.id);
      const result = await world.store.rotateKey(id, last.id, world.aSuccessor(), world.change(NOW + 1));
      expect(result).toMatchObject({ outcome: "rotated", ended: [disabled.id, earliest.id] });
      expect(await world.store.findKey(id, revoked.id)).toEqual(before);
      expect(await world.store.findKey(id, over.id)).toEqual(over);
      expect(await world.store.findKey(id, stranger.id)).toEqual(stranger);
      const audit = (await world.store.listAudit(id, { limit: 3 })).map(({ subjectId }) => subjectId);
      expect(audit).toEqual([earliest.id, disabled.id, last.id]);
    },
  );

  guarantee("however rotations of a chain race, at most two of its keys work", async () => {
    const { id } = await world.organization();
    let current = (await world.key(id)).key.id;
    for (let round = 0; round < 10; round++) {
      const rotate = () => world.store.rotateKey(id, current, world.aSuccessor({ overlapMs: 1_000_000 }), world.change(NOW + round));
      const results = await Promise.all(times(5, rotate));
      expect(tally(results)).toEqual({ rotated: 1, refused: 4 });
      current = results.flatMap((result) => (result.outcome === "rotated" ? [result.key.id] : []))[0] ?? "";
      expect(await world.store.countKeys(id, NOW + round)).toBe(2);
    }
  });

  guarantee("an expiry before the end of the overlap stays, and the successor has the key's own expiry", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, { expiresAt: NOW + 500 });
    const result = await world.store.rotateKey(id, key.id, world.aSuccessor({ overlapMs: 1_000 }), world.change());
    expect(result).toMatchObject({ outcome: "rotated", key: { expiresAt: NOW + 500 }, predecessor: { expiresAt: NOW + 500 } });
  });

  guarantee("a key and its successor share the saved counter, but not the last use", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const state = { minute: [NOW, 3], day: [NOW, 4] };
    const lastUses = [{ keyId: key.id, at: NOW + 1 }];
    await world.store.recordUse({ outcomes: [], lastUses, counters: [{ counterId: key.counterId, state, at: NOW }] });
    const successor = world.aSuccessor();
    await world.store.rotateKey(id, key.id, successor, world.change());
    expect(await world.store.findKeyByDigest(successor.digest)).toMatchObject({
      counter: JSON.stringify(state),
      key: { lastUsedAt: null },
    });
    expect((await world.store.findKey(id, key.id))?.lastUsedAt).toBe(NOW + 1);
  });

  guarantee("of 50 rotations at once exactly one happens", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const results = await Promise.all(times(50, () => world.store.rotateKey(id, key.id, world.aSuccessor(), world.change())));
    expect(tally(results)).toEqual({ rotated: 1, refused: 49 });
    const rotated = results.find((result) => result.outcome === "rotated");
    const keys = await world.store.listKeys(id, { limit: 100 });
    expect(keys).toHaveLength(2);
    expect(keys.find(({ id }) => id === key.id)?.successorId).toBe(rotated?.key.id);
    for (const result of results) if (result.outcome === "refused") expect(result.problem.code).toBe("already_rotated");
  });

  guarantee("a key that is revoked, expired or rotated already is refused with the rules' reason, and nothing changes", async () => {
    const { id } = await world.organization();
    const rotated = (await world.key(id)).key;
    await world.store.rotateKey(id, rotated.id, world.aSuccessor(), world.change());
    for (const [subject, code] of [
      [(await world.revokedKey(id)).key.id, "key_not_active"],
      [(await world.key(id, { expiresAt: NOW })).key.id, "key_not_active"],
      [rotated.id, "already_rotated"],
    ] as const) {
      const before = await world.store.findKey(id, subject);
      const successor = world.aSuccessor({ idempotency: world.idempotency() });
      const result = await world.leaves(id, [], () => world.store.rotateKey(id, subject, successor, world.change()));
      expect(result).toMatchObject({ outcome: "refused", problem: { code } });
      expect(await world.store.findKey(id, subject)).toEqual(before);
      expect(await world.store.findKeyOfAny(successor.successorId)).toBeUndefined();
    }
  });

  guarantee("another organization's key and an unknown one are not found", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(one.id);
    for (const subjectId of [key.id, world.id("key")]) {
      const rotate = () => world.store.rotateKey(other.id, subjectId, world.aSuccessor(), world.change());
      expect(await world.leaves(other.id, [], rotate)).toEqual({ outcome: "not_found" });
    }
    expect(await world.store.findKey(one.id, key.id)).toEqual(key);
  });

  guarantee("a digest that belongs to another key rotates nothing", async () => {
    const { id } = await world.organization();
    const [{ key }, taken] = [await world.key(id), await world.key(id)];
    const successor = world.aSuccessor({ digest: taken.digest, idempotency: world.idempotency() });
    const rotate = () => world.store.rotateKey(id, key.id, successor, world.change());
    expect(await world.leaves(id, [], rotate)).toEqual({ outcome: "digest_taken" });
    expect(await world.store.findKey(id, key.id)).toEqual(key);
    expect((await world.recordByDigest(taken.digest)).key).toEqual(taken.key);
    const again = { ...successor, digest: world.id("digest") };
    expect((await world.store.rotateKey(id, key.id, again, world.change())).outcome).toBe("rotated");
  });

  guarantee("a repeated rotation finds the successor of the first one, even if the key can no longer be rotated", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const idempotency = world.idempotency();
    const rotate = (fingerprint = "print") => {
      const successor = world.aSuccessor({ idempotency: { ...idempotency, fingerprint } });
      return world.store.rotateKey(id, key.id, successor, world.change());
    };
    const results = await Promise.all(times(20, () => rotate()));
    expect(tally(results)).toEqual({ rotated: 1, repeated: 19 });
    expect(new Set(results.map((result) => "key" in result && result.key.id)).size).toBe(1);
    await world.store.revokeKey(id, key.id, world.change());
    expect((await world.leaves(id, [], () => rotate())).outcome).toBe("repeated");
    expect(await world.leaves(id, [], () => rotate("other"))).toEqual({ outcome: "idempotency_mismatch" });
  });

  guarantee("the same idempotency key in another organization is another rotation", async () => {
    const idempotency = world.idempotency();
    for (const { id } of [await world.organization(), await world.organization()]) {
      const { key } = await world.key(id);
      expect((await world.store.rotateKey(id, key.id, world.aSuccessor({ idempotency }), world.change())).outcome).toBe("rotated");
    }
  });

  guarantee("a concurrent rotation and revocation both get a true result, and the old key ends up revoked", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 20; round++) {
      const { key } = await world.key(id);
      const revoke = () => world.store.revokeKey(id, key.id, world.change(NOW + 1));
      const rotate = () => world.store.rotateKey(id, key.id, world.aSuccessor(), world.change(NOW + 1));
      const [rotated] = await (round % 2 === 0
        ? Promise.all([rotate(), revoke()])
        : Promise.all([revoke(), rotate()]).then(([, rotation]) => [rotation] as const));
      const after = await world.store.findKey(id, key.id);
      expect(after?.revokedAt).toBe(NOW + 1);
      expect(after?.successorId).toBe(rotated.outcome === "rotated" ? rotated.key.id : null);
      if (rotated.outcome === "rotated") expect(await world.store.findKey(id, rotated.key.id)).toMatchObject({ revokedAt: null });
      else expect(rotated).toMatchObject({ outcome: "refused", problem: { code: "key_not_active" } });
    }
  });
}
