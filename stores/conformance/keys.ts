/** Creating and finding keys. */
import { expect } from "vitest";
import { HOUR_MS } from "../../engine/duration.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeKeys(world: World, guarantee: Guarantee): void {
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
