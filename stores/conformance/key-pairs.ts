/** Key pairs. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeKeyPairs(world: World, guarantee: Guarantee): void {
  guarantee("with an organization, a credential finds only that organization's keys: none of another, and no unclaimed ones", async () => {
    const [mine, theirs] = [await world.organization(), await world.organization()];
    const own = await world.key(mine.id, { publicKey: world.id("pk") });
    const foreign = await world.key(theirs.id, { publicKey: world.id("pk") });
    const unclaimed = await world.key(null, { publicKey: world.id("pk") });
    for (const { key, digest } of [own, foreign, unclaimed]) {
      const expected =
        key === own.key ? await world.store.findKeyByDigest(digest) : { outcome: "not_found", decoy: { key: { revokedAt: 0 } } };
      expect(await world.store.findKeyByDigest(digest, mine.id)).toMatchObject(expected);
      expect(await world.store.findKeyByPublicKey(key.publicKey ?? "", mine.id)).toMatchObject(expected);
    }
    expect((await world.store.findKeyByDigest(world.id("digest"), mine.id)).outcome).toBe("not_found");
    expect((await world.store.findKeyByDigest(own.digest, "")).outcome).toBe("not_found");
  });

  const aPublicKey = () => world.id("pk");

  guarantee("a key is found by its public key, with all that a verification needs", async () => {
    const { id } = await world.organization({ plan: "ten", overrides: { requestsPerMinute: 3 } });
    const publicKey = aPublicKey();
    const { key, digest } = await world.key(id, { publicKey, domains: ["example.com"] });
    const state = { minute: [NOW, 1], day: [] };
    const lastUses = [{ keyId: key.id, at: NOW + 1 }];
    await world.store.recordUse({ outcomes: [], lastUses, counters: [{ counterId: key.counterId, state, at: NOW }] });
    const organization = { plan: "ten", overrides: { requestsPerMinute: 3 } };
    const found = { outcome: "found", key: { ...key, lastUsedAt: NOW + 1 }, digest, organization, counter: JSON.stringify(state) };
    expect(await world.store.findKeyByPublicKey(publicKey)).toEqual(found);
    expect(await world.store.findKeyByDigest(digest)).toEqual(found);
  });

  guarantee("an unknown public key is not found, nor is a digest or an id in its place", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    for (const other of [aPublicKey(), "", "null", key.id, key.prefix, digest])
      expect((await world.store.findKeyByPublicKey(other)).outcome).toBe("not_found");
  });

  guarantee("keys that are revoked, disabled or unclaimed are found as what they are", async () => {
    const { id } = await world.organization();
    const [gone, off, free] = [aPublicKey(), aPublicKey(), aPublicKey()];
    const { key } = await world.key(id, { publicKey: gone });
    await world.store.revokeKey(id, key.id, world.change(NOW + 1));
    await world.key(id, { publicKey: off, enabled: false });
    await world.key(null, { publicKey: free });
    expect((await world.recordByPublicKey(gone)).key.revokedAt).toBe(NOW + 1);
    expect((await world.recordByPublicKey(off)).key.enabled).toBe(false);
    expect(await world.store.findKeyByPublicKey(free)).toMatchObject({ key: { organizationId: null }, organization: undefined });
  });

  guarantee("a public key belongs to one key: of 20 concurrent creations with the same one exactly one succeeds", async () => {
    const { id } = await world.organization();
    const publicKey = aPublicKey();
    const results = await Promise.all(times(20, () => world.create(world.aKey(id, { publicKey }))));
    expect(tally(results)).toEqual({ created: 1, digest_taken: 19 });
    expect(await world.store.countKeys(id, NOW)).toBe(1);
  });

  guarantee("a successor has a public key of its own, and the old one still finds the old key", async () => {
    const { id } = await world.organization();
    const [old, fresh] = [aPublicKey(), aPublicKey()];
    const { key, digest } = await world.key(id, { publicKey: old, domains: ["example.com"], resources: ["a"] });
    const successor = world.aSuccessor({ publicKey: fresh });
    await world.store.rotateKey(id, key.id, successor, world.change());
    expect(await world.store.findKeyByPublicKey(old)).toMatchObject({ digest, key: { id: key.id, successorId: successor.successorId } });
    expect(await world.store.findKeyByPublicKey(fresh)).toMatchObject({
      digest: successor.digest,
      key: { id: successor.successorId, publicKey: fresh, domains: ["example.com"], resources: ["a"] },
    });
  });

  guarantee("a public key that belongs to another key rotates nothing", async () => {
    const { id } = await world.organization();
    const taken = aPublicKey();
    await world.key(id, { publicKey: taken });
    const { key } = await world.key(id, { publicKey: aPublicKey() });
    const successor = world.aSuccessor({ publicKey: taken, idempotency: world.idempotency() });
    const rotate = () => world.store.rotateKey(id, key.id, successor, world.change());
    expect(await world.leaves(id, [], rotate)).toEqual({ outcome: "digest_taken" });
    expect(await world.store.findKey(id, key.id)).toEqual(key);
  });
}
