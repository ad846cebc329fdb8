/** Unclaimed keys, and claiming them for an organization. */
import { expect } from "vitest";
import type { ClaimKeyResult } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { KEYS_BY_PLAN, NOW, tally, times, type World } from "./world.ts";

export function describeClaims(world: World, guarantee: Guarantee): void {
  const claim = (organizationId: string, digest: string, change = world.change()): Promise<ClaimKeyResult> =>
    world.store.claimKey(organizationId, digest, KEYS_BY_PLAN, change);

  guarantee("an unclaimed key is created without regard to any plan, and is found without an organization", async () => {
    for (const keysByPlan of [{}, { any: 0, unclaimed: 0 }]) {
      const [key, digest] = [world.aKey(null), world.id("digest")];
      expect(await world.create(key, { digest, keysByPlan })).toEqual({ outcome: "created", key });
      expect(await world.store.findKeyByDigest(digest)).toEqual({
        outcome: "found",
        key,
        digest,
        organization: undefined,
        counter: undefined,
      });
      expect(await world.store.findKeyOfAny(key.id)).toEqual(key);
    }
  });

  guarantee("an unclaimed key is in no organization's list or count, and no organization can change it", async () => {
    const [{ id }, { key, digest }] = [await world.organization(), await world.key(null, {}, "sealed")];
    await world.leaves(id, [], async () => {
      for (const anybody of [id, "", "null", "org_missing"]) {
        expect(await world.store.listKeys(anybody, { limit: 10 })).toEqual([]);
        expect(await world.store.countKeys(anybody, NOW)).toBe(0);
        expect(await world.store.findKey(anybody, key.id)).toBeUndefined();
        expect(await world.store.updateKey(anybody, key.id, { enabled: false }, world.change())).toEqual({ outcome: "not_found" });
        expect(await world.store.revokeKey(anybody, key.id, world.change())).toEqual({ outcome: "not_found" });
        expect(await world.store.showSealedKey(anybody, key.id, world.change())).toEqual({ outcome: "not_found" });
        expect(await world.store.rotateKey(anybody, key.id, world.aSuccessor(), world.change())).toEqual({ outcome: "not_found" });
      }
    });
    expect((await world.recordByDigest(digest)).key).toEqual(key);
  });

  guarantee("of 20 unclaimed creations with the same digest at once exactly one happens", async () => {
    const digest = world.id("digest");
    const results = await Promise.all(times(20, () => world.create(world.aKey(null), { digest })));
    expect(tally(results)).toEqual({ created: 1, digest_taken: 19 });
  });

  guarantee(
    "a claimed key belongs to the organization, in the result, by digest and in its list, and nothing else of it changes",
    async () => {
      const { id } = await world.organization({ plan: "ten", overrides: { requestsPerDay: 9 } });
      const { key, digest } = await world.key(null, { expiresAt: NOW + 50, domains: ["example.com"], resources: ["a"] });
      const state = { minute: [NOW, 1], day: [NOW, 2] };
      await world.store.recordUse({ outcomes: [], lastUses: [], counters: [{ counterId: key.counterId, state, at: NOW }] });
      const claimed = { ...key, organizationId: id, updatedAt: NOW + 5 };
      const subject = { kind: "key", action: "key.claimed", subjectId: key.id } as const;
      const result = await world.leaves(id, [subject], () => claim(id, digest, world.change(NOW + 5)));
      expect(result).toEqual({ outcome: "claimed", key: claimed });
      const organization = { plan: "ten", overrides: { requestsPerDay: 9 } };
      expect(await world.store.findKeyByDigest(digest)).toEqual({
        outcome: "found",
        key: claimed,
        digest,
        organization,
        counter: JSON.stringify(state),
      });
      expect(await world.store.listKeys(id, { limit: 10 })).toEqual([claimed]);
    },
  );

  guarantee("a second claim by its organization changes nothing, also at the plan's limit, and another's learns nothing", async () => {
    const [one, other] = [await world.organization({ plan: "one" }), await world.organization()];
    const { key, digest } = await world.key(null);
    await claim(one.id, digest);
    const claimed = { ...key, organizationId: one.id };
    expect(await world.leaves(one.id, [], () => claim(one.id, digest))).toEqual({ outcome: "already_claimed", key: claimed });
    expect(await world.leaves(other.id, [], () => claim(other.id, digest))).toEqual({ outcome: "not_claimable" });
    expect((await world.recordByDigest(digest)).key).toEqual(claimed);
  });

  guarantee("a key that was created for an organization is its own, and nobody else's to claim", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const { key, digest } = await world.key(one.id);
    expect(await claim(one.id, digest)).toEqual({ outcome: "already_claimed", key });
    expect(await claim(other.id, digest)).toEqual({ outcome: "not_claimable" });
  });

  guarantee(
    "a key that is not active or does not exist, or an organization that does not exist: the same result for all of them",
    async () => {
      const { id } = await world.organization();
      const expired = await world.key(null, { expiresAt: NOW });
      const { key, digest } = await world.key(id);
      await world.store.revokeKey(id, key.id, world.change());
      const revoked = await world.key(null, { revokedAt: NOW - 1 });
      const digests = [expired.digest, digest, revoked.digest, world.id("digest"), ""];
      for (const unclaimable of digests)
        expect(await world.leaves(id, [], () => claim(id, unclaimable))).toEqual({ outcome: "not_claimable" });
      const free = await world.key(null);
      expect(await claim("org_missing", free.digest)).toEqual({ outcome: "not_claimable" });
      expect((await world.recordByDigest(free.digest)).key).toEqual(free.key);
    },
  );

  guarantee("a key in its last millisecond can still be claimed", async () => {
    const { id } = await world.organization();
    const { digest } = await world.key(null, { expiresAt: NOW + 1 });
    expect((await claim(id, digest)).outcome).toBe("claimed");
  });

  guarantee("at the plan's limit a claim changes nothing, the key keeps working, and it can be claimed once there is room", async () => {
    const { id } = await world.organization({ plan: "one" });
    const own = await world.key(id);
    const { key, digest } = await world.key(null);
    expect(await world.leaves(id, [], () => claim(id, digest))).toEqual({ outcome: "key_limit_reached", allowed: 1 });
    expect((await world.recordByDigest(digest)).key).toEqual(key);
    await world.store.revokeKey(id, own.key.id, world.change());
    expect((await claim(id, digest)).outcome).toBe("claimed");
    expect((await world.create(world.aKey(id))).outcome).toBe("key_limit_reached");
  });

  guarantee("of 100 concurrent claims of one key by 10 organizations exactly one succeeds", async () => {
    const organizations = await Promise.all(times(10, () => world.organization({ plan: "one" })));
    const { key, digest } = await world.key(null);
    const ids = times(100, (index) => organizations[index % 10]?.id as string);
    const results = await Promise.all(ids.map((id) => claim(id, digest)));
    expect(tally(results)).toEqual({ claimed: 1, already_claimed: 9, not_claimable: 90 });
    const winner = ids[results.findIndex(({ outcome }) => outcome === "claimed")];
    expect((await world.store.findKeyOfAny(key.id))?.organizationId).toBe(winner);
    const lists = await Promise.all(organizations.map(({ id }) => world.store.listKeys(id, { limit: 10 })));
    expect(lists.flat().map(({ id }) => id)).toEqual([key.id]);
    const audits = await Promise.all(organizations.map(({ id }) => world.store.listAudit(id, { limit: 100 })));
    expect(audits.flat().filter(({ action }) => action === "key.claimed")).toHaveLength(1);
  });

  guarantee("claims and creations at once never exceed the plan's number of keys", async () => {
    const { id } = await world.organization({ plan: "ten" });
    const free = await Promise.all(times(40, () => world.key(null)));
    const results = await Promise.all(free.flatMap(({ digest }) => [claim(id, digest), world.create(world.aKey(id))]));
    const { claimed = 0, created = 0, key_limit_reached = 0 } = tally(results);
    expect({ made: claimed + created, key_limit_reached }).toEqual({ made: 10, key_limit_reached: 70 });
    expect(await world.store.countKeys(id, NOW)).toBe(10);
  });
}
