/** How many keys an organization may have: exact, even with concurrent creations. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeKeyLimit(world: World, guarantee: Guarantee): void {
  guarantee("200 creations at once against a plan of 10 make exactly 10", async () => {
    const { id } = await world.organization({ plan: "ten" });
    const results = await Promise.all(times(200, () => world.create(world.aKey(id))));
    expect(tally(results)).toEqual({ created: 10, key_limit_reached: 190 });
    expect(await world.store.listKeys(id, { limit: 300 })).toHaveLength(10);
  });

  guarantee("the limit is the override's, else the plan's; null is any number, and an unknown plan allows none", async () => {
    for (const [plan, overrides, allowed] of [
      ["one", {}, 1],
      ["one", { keys: 2 }, 2],
      ["one", { keys: null }, null],
      ["one", { requestsPerDay: 5 }, 1],
      ["any", {}, null],
      ["any", { keys: 1 }, 1],
      ["gone", {}, 0],
      ["gone", { keys: 1 }, 1],
    ] as const) {
      const { id } = await world.organization({ plan, overrides });
      for (let made = 0; made < Math.min(allowed ?? 12, 12); made++) expect((await world.create(world.aKey(id))).outcome).toBe("created");
      if (allowed === null) continue;
      expect(await world.leaves(id, [], () => world.create(world.aKey(id)))).toEqual({ outcome: "key_limit_reached", allowed });
    }
  });

  guarantee("revoked keys do not count, nor do expired ones from their last moment on", async () => {
    const { id } = await world.organization({ plan: "one" });
    const { key } = await world.key(id, { expiresAt: NOW + 10 });
    expect((await world.create(world.aKey(id), {}, world.change(NOW + 9))).outcome).toBe("key_limit_reached");
    expect((await world.create(world.aKey(id, { expiresAt: key.expiresAt }), {}, world.change(NOW + 10))).outcome).toBe("created");
    const last = world.aKey(id);
    expect((await world.create(last, {}, world.change(NOW + 10))).outcome).toBe("created");
    await world.store.revokeKey(id, last.id, world.change(NOW + 11));
    expect((await world.create(world.aKey(id), {}, world.change(NOW + 11))).outcome).toBe("created");
  });

  guarantee("a disabled key counts, and a rotated one counts once, with its successor", async () => {
    const { id } = await world.organization({ overrides: { keys: 2 } });
    await world.key(id, { enabled: false });
    const { key } = await world.key(id);
    expect((await world.store.rotateKey(id, key.id, world.aSuccessor(), world.change())).outcome).toBe("rotated");
    expect((await world.create(world.aKey(id))).outcome).toBe("key_limit_reached");
    await world.store.updateOrganization(id, { overrides: { keys: 3 } }, world.change());
    expect((await world.create(world.aKey(id))).outcome).toBe("created");
  });

  guarantee("keys of other organizations do not count", async () => {
    const [one, other] = [await world.organization({ plan: "one" }), await world.organization({ plan: "one" })];
    await world.key(one.id);
    expect((await world.create(world.aKey(other.id))).outcome).toBe("created");
  });

  guarantee("a refused creation does not use up its idempotency key, and a repeated one passes at the limit", async () => {
    const { id } = await world.organization({ plan: "one" });
    const { key } = await world.key(id);
    const idempotency = world.idempotency();
    expect((await world.create(world.aKey(id), { idempotency })).outcome).toBe("key_limit_reached");
    await world.store.revokeKey(id, key.id, world.change());
    const retried = await world.create(world.aKey(id), { idempotency });
    expect(retried.outcome).toBe("created");
    expect(await world.create(world.aKey(id), { idempotency })).toEqual({ ...retried, outcome: "repeated" });
  });
}
