/** A change is made together with its rows in the audit log and the change feed, or not at all. */
import { expect } from "vitest";
import { StoreUnavailable } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { KEYS_BY_PLAN, NOW, type World } from "./world.ts";

export function describeAtomicity(world: World, guarantee: Guarantee): void {
  // A used audit id makes the last statements of a change fail: in any store, and without touching it from outside.
  guarantee("a change whose audit row cannot be written does not happen", async () => {
    const { id } = await world.organization({ overrides: { keys: 5 } });
    const { key } = await world.key(id, {}, "sealed");
    const unclaimed = await world.key(null);
    const token = world.aServiceToken();
    const digests = { key: world.id("digest"), successor: world.id("digest"), token: world.id("digest") };
    await world.store.createServiceToken(token, world.id("digest"), world.change());
    const taken = world.change(NOW + 1);
    await world.store.updateKey(id, key.id, { name: "taken" }, taken);

    const organization = world.anOrganization({ overrides: { keys: 1 } });
    const successor = world.aSuccessor({ digest: digests.successor, idempotency: world.idempotency() });
    const idempotency = world.idempotency();
    const created = world.aKey(id);
    const secondToken = world.aServiceToken();
    const state = async () => ({
      organizations: [await world.store.findOrganization(id), await world.store.findOrganization(organization.id)],
      keys: await world.store.listKeys(id, { limit: 100 }),
      tokens: await world.store.listServiceTokens(),
      found: [
        await world.store.findKeyByDigest(unclaimed.digest),
        await world.store.isDomainAllowed(["atomic.example"], NOW),
        await world.store.findKeyByDigest(digests.key),
        await world.store.findKeyByDigest(digests.successor),
        await world.store.findServiceTokenByDigest(digests.token),
      ],
    });
    const before = await state();
    const changes: Record<string, () => Promise<unknown>> = {
      createOrganization: () => world.store.createOrganization(organization, taken),
      updateOrganization: () => world.store.updateOrganization(id, { name: "x", plan: "one", overrides: { keys: 9 } }, taken),
      createKey: () => world.create(created, { digest: digests.key, idempotency }, taken),
      updateKey: () => world.store.updateKey(id, key.id, { name: "x", enabled: false, domains: ["atomic.example"] }, taken),
      revokeKey: () => world.store.revokeKey(id, key.id, taken),
      claimKey: () => world.store.claimKey(id, unclaimed.digest, KEYS_BY_PLAN, taken),
      showSealedKey: () => world.store.showSealedKey(id, key.id, taken),
      rotateKey: () => world.store.rotateKey(id, key.id, successor, taken),
      createServiceToken: () => world.store.createServiceToken(secondToken, digests.token, taken),
      revokeServiceToken: () => world.store.revokeServiceToken(token.id, taken),
    };
    for (const [method, change] of Object.entries(changes)) {
      const failure = await world.leaves(id, [], () => change().catch((error: unknown) => error));
      expect(failure, method).toBeInstanceOf(StoreUnavailable);
      expect(await state(), method).toEqual(before);
    }
    // Nothing is remembered of them either: each succeeds when it is repeated.
    expect((await world.create(created, { digest: digests.key, idempotency })).outcome).toBe("created");
    expect((await world.store.rotateKey(id, key.id, successor, world.change())).outcome).toBe("rotated");
  });

  guarantee("after a failure the store goes on working", async () => {
    const organization = await world.organization();
    for (let round = 0; round < 5; round++) {
      await expect(world.store.createOrganization(organization, world.change())).rejects.toBeInstanceOf(StoreUnavailable);
      expect((await world.create(world.aKey(organization.id))).outcome).toBe("created");
    }
    await world.store.ping();
  });
}
