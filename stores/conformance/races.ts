/** Changes that meet: whatever the order, the result is one that some order of single changes gives, and none fails because of another. */
import { expect } from "vitest";
import type { ApiKey } from "../../engine/api-key.ts";
import type { Change } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { KEYS_BY_PLAN, NOW, tally, times, type World } from "./world.ts";

export function describeRaces(world: World, guarantee: Guarantee): void {
  guarantee("creations, while the operator changes plan and overrides, never exceed the limit that is in force", async () => {
    const { id } = await world.organization({ plan: "ten", overrides: { keys: 2 } });
    await world.newChanges();
    // One after another, so that the feed has them in this order.
    const limits = [
      { changes: { overrides: { keys: 5 } }, allowed: 5 },
      { changes: { overrides: { keys: 3 } }, allowed: 3 },
      { changes: { plan: "one", overrides: {} }, allowed: 1 },
      { changes: { plan: "ten" }, allowed: 10 },
      { changes: { plan: "one", overrides: { keys: 12 } }, allowed: 12 },
    ];
    const operator = (async () => {
      for (const { changes } of limits) await world.store.updateOrganization(id, changes, world.change());
    })();
    const creating = times(6, async () => {
      for (let turn = 0; turn < 12; turn++) await world.create(world.aKey(id));
    });
    await Promise.all([operator, ...creating]);
    let [count, allowed] = [0, 2];
    const inForce = limits.map((limit) => limit.allowed);
    for (const { kind } of await world.newChanges()) {
      if (kind === "organization") allowed = inForce.shift() as number;
      else expect(++count, `with a limit of ${allowed}`).toBeLessThanOrEqual(allowed);
    }
    expect(count).toBe(12);
  });

  guarantee("a key that is rotated while it creates keys does both, or one after the other", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 8; round++) {
      const { key: parent } = await world.key(id);
      const children = times(4, () => world.create(world.aKey(id), {}, world.change(NOW, "parent", parent.id)));
      const rotation = world.store.rotateKey(id, parent.id, world.aSuccessor(), world.change());
      expect((await rotation).outcome).toBe("rotated");
      expect(tally(await Promise.all(children))).toEqual({ created: 4 });
    }
  });

  guarantee("of rotations and a creation with one idempotency key at once one happens, and the others say whose it is", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 8; round++) {
      const { key: idempotencyKey } = world.idempotency();
      const keys = await Promise.all(times(4, () => world.key(id)));
      const results = await Promise.all([
        ...keys.map(({ key }) => {
          const idempotency = { key: idempotencyKey, fingerprint: key.id };
          return world.store.rotateKey(id, key.id, world.aSuccessor({ idempotency }), world.change());
        }),
        world.create(world.aKey(id), { idempotency: { key: idempotencyKey, fingerprint: "creation" } }),
      ]);
      const { rotated = 0, created = 0, idempotency_mismatch } = tally(results);
      expect({ done: rotated + created, idempotency_mismatch }).toEqual({ done: 1, idempotency_mismatch: 4 });
    }
  });

  guarantee("drawn changes of few keys at once all get a result, and every key has one successor at most", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    for (let round = 0; round < 6; round++) {
      const keys = await Promise.all(times(3, () => world.key(one.id)));
      const unclaimed = await Promise.all(times(2, () => world.key(null)));
      const any = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;
      const id = () => any(keys).key.id;
      const by = (): Change => world.change(NOW, "key", any([undefined, id()]));
      const draws = [
        () => world.store.revokeKey(one.id, id(), by()),
        () => world.store.rotateKey(one.id, id(), world.aSuccessor({ overlapMs: 0 }), world.change()),
        () => world.store.updateKey(one.id, id(), { name: world.id("name"), domains: ["a.example", "b.example"] }, world.change()),
        () => world.create(world.aKey(one.id), { idempotency: { key: `same ${round}`, fingerprint: "x" } }, by()),
        () => world.store.claimKey(any([one.id, other.id]), any(unclaimed).digest, KEYS_BY_PLAN, world.change()),
        () => world.store.updateOrganization(one.id, { overrides: { keys: null, requestsPerDay: round } }, world.change()),
      ];
      await Promise.all(times(60, () => any(draws)()));
      const listed = await world.store.listKeys(one.id, { limit: 1_000 });
      expectOneSuccessorEach(listed);
      for (const { digest } of unclaimed) {
        const { key } = await world.recordByDigest(digest);
        expect([null, one.id, other.id]).toContain(key.organizationId);
      }
    }
  });

  guarantee("batches of use, in any order, and pruning at once lose no count", async () => {
    const [{ id }, hour] = [await world.organization(), NOW - 90 * 86_400_000];
    const keys = await Promise.all(times(12, () => world.key(id)));
    const batch = () => {
      const drawn = keys.map(({ key }) => key).sort(() => Math.random() - 0.5);
      return world.store.recordUse({
        outcomes: drawn.map((key) => ({ keyId: key.id, hour, outcome: "allowed", count: 1 })),
        lastUses: drawn.map((key) => ({ keyId: key.id, at: NOW })),
        counters: drawn.map((key) => ({ counterId: key.counterId, state: { minute: [], day: [] }, at: NOW })),
      });
    };
    await Promise.all(times(20, (at) => (at % 5 === 0 ? world.store.prune(NOW - 86_400_000, 90) : batch())));
    for (const { key } of keys) expect(await world.store.usageOf(key.id, 0)).toMatchObject([{ count: 16 }]);
  });

  guarantee("a text with a NUL is found nowhere, and fails nothing", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, { name: "a" });
    expect(await world.store.findKey(id, `${key.id}\0`)).toBeUndefined();
    expect(await world.store.findOrganization("\0")).toBeUndefined();
    expect(await world.store.listKeys(id, { limit: 10, search: "a\0" })).toEqual([]);
    expect(await world.store.revokeKey(id, "\0", world.change())).toEqual({ outcome: "not_found" });
    expect((await world.store.findKeyByDigest("\0")).outcome).toBe("not_found");
  });
}

/** Both keys of each pair name each other. */
function expectOneSuccessorEach(keys: readonly ApiKey[]): void {
  const predecessors = keys.flatMap(({ predecessorId }) => predecessorId ?? []);
  expect(new Set(predecessors).size).toBe(predecessors.length);
  for (const { id, successorId } of keys)
    if (successorId !== null) expect(keys.find((key) => key.id === successorId)?.predecessorId).toBe(id);
}
