/** Organizations, and the limits that the operator sets for them. */
import { expect } from "vitest";
import type { Organization } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeOrganizations(world: World, guarantee: Guarantee): void {
  guarantee("an organization is read as it was written: an override of null stays null, an absent one stays absent", async () => {
    for (const overrides of [
      {},
      { keys: 3 },
      { keys: null },
      { requestsPerMinute: null, requestsPerDay: 1_000_000_000 },
      { requestsPerMinute: 1, requestsPerDay: 2, concurrentRequests: 3, keys: 4 },
    ] satisfies Organization["overrides"][]) {
      const organization = world.anOrganization({ name: "Ä & 'Co' 🔑", overrides, updatedAt: NOW + 1 });
      const { id, name, plan } = organization;
      const subject = { kind: "organization", action: "organization.created", subjectId: id } as const;
      await world.leaves(id, [subject], () => world.store.createOrganization(organization, world.change()));
      const found = await world.store.findOrganization(id);
      expect(found).toEqual(organization);
      expect(Object.keys(found?.overrides ?? {}).sort()).toEqual(Object.keys(overrides).sort());
      expect((await world.store.listAudit(id, { limit: 1 }))[0]?.details).toEqual({ name, plan, overrides });
    }
  });

  guarantee("an id belongs to one organization", async () => {
    const organization = await world.organization({ name: "first", overrides: { keys: 1 } });
    const again = { ...organization, name: "second", overrides: { keys: 2 } };
    const create = () => world.store.createOrganization(again, world.change()).catch((error: unknown) => error);
    expect(await world.leaves(organization.id, [], create)).toBeInstanceOf(StoreUnavailable);
    expect(await world.store.findOrganization(organization.id)).toEqual(organization);
  });

  guarantee("an organization that does not exist is undefined, and an update does not create it", async () => {
    const { id } = await world.organization();
    expect(await world.store.findOrganization("org_missing")).toBeUndefined();
    const update = () => world.store.updateOrganization("org_missing", { name: "x", overrides: { keys: 1 } }, world.change());
    expect(await world.leaves(id, [], update)).toEqual({ outcome: "not_found" });
    expect(await world.store.findOrganization("org_missing")).toBeUndefined();
  });

  guarantee("an update changes only the given fields; overrides replace all earlier ones", async () => {
    const before = await world.organization({ overrides: { keys: 3, requestsPerDay: 5 } });
    let now: Organization = before;
    for (const [index, changes] of (
      [
        { name: "renamed" },
        { plan: "ten" },
        { overrides: { keys: null } },
        { overrides: { requestsPerMinute: 7 } },
        { overrides: {} },
        { name: "all", plan: "any", overrides: { concurrentRequests: 1 } },
      ] satisfies Partial<Organization>[]
    ).entries()) {
      const subject = { kind: "organization", action: "organization.updated", subjectId: before.id } as const;
      const update = () => world.store.updateOrganization(before.id, changes, world.change(NOW + index));
      now = { ...now, ...changes, updatedAt: NOW + index };
      expect(await world.leaves(before.id, [subject], update)).toEqual({ outcome: "updated", organization: now });
      expect(await world.store.findOrganization(before.id)).toEqual(now);
      expect((await world.store.listAudit(before.id, { limit: 1 }))[0]?.details).toEqual(changes);
    }
  });

  guarantee("a verification reads the current plan and overrides", async () => {
    const { id } = await world.organization({ overrides: { requestsPerMinute: null } });
    const { digest } = await world.key(id);
    expect((await world.recordByDigest(digest)).organization).toEqual({ plan: "any", overrides: { requestsPerMinute: null } });
    await world.store.updateOrganization(id, { plan: "ten", overrides: {} }, world.change());
    expect((await world.recordByDigest(digest)).organization).toEqual({ plan: "ten", overrides: {} });
  });

  guarantee("nobody reads the old plan with the new overrides", async () => {
    const { id } = await world.organization({ plan: "one", overrides: { keys: 1 } });
    const { digest } = await world.key(id);
    const states = [
      { plan: "ten", overrides: { keys: 10 } },
      { plan: "one", overrides: { keys: 1 } },
    ] as const;
    const reads = times(40, (index) => {
      const update = world.store.updateOrganization(id, states[index % 2] as (typeof states)[number], world.change());
      return [world.recordByDigest(digest).then((found) => found.organization), world.store.findOrganization(id), update];
    });
    for (const read of await Promise.all(reads.flat())) {
      const organization = read !== undefined && "outcome" in read ? read.outcome === "updated" && read.organization : read;
      const { plan, overrides } = organization || {};
      expect(states).toContainEqual({ plan, overrides });
    }
  });

  guarantee("concurrent updates of different fields both stay", async () => {
    const { id } = await world.organization();
    for (let round = 0; round < 20; round++) {
      await Promise.all([
        world.store.updateOrganization(id, { name: `name ${round}` }, world.change()),
        world.store.updateOrganization(id, { plan: `plan ${round}` }, world.change()),
        world.store.updateOrganization(id, { overrides: { keys: round + 1 } }, world.change()),
      ]);
      const expected = { name: `name ${round}`, plan: `plan ${round}`, overrides: { keys: round + 1 } };
      expect(await world.store.findOrganization(id)).toMatchObject(expected);
    }
  });

  guarantee("organizations are listed newest first, page by page", async () => {
    const made = await Promise.all(times(7, () => world.organization({ overrides: { keys: 1, requestsPerDay: null } })));
    const newestFirst = made.sort((a, b) => (a.id < b.id ? 1 : -1));
    expect(await world.store.listOrganizations({ limit: 3 })).toEqual(newestFirst.slice(0, 3));
    expect(await world.store.listOrganizations({ limit: 4, before: newestFirst[2]?.id })).toEqual(newestFirst.slice(3));
    expect(await world.store.listOrganizations({ limit: 10, before: "" })).toEqual([]);
  });
}
