/** Adding people with their account and, if they were invited, their membership: everything or nothing. */
import { expect } from "vitest";
import type { Newcomer } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeNewcomers(world: World, guarantee: Guarantee): void {
  const aNewcomer = (different: Partial<Newcomer> = {}): Newcomer => {
    const id = world.id("usr");
    const account = { id: world.id("acc"), providerId: "github", accountId: world.id("sub"), passwordHash: null };
    return { id, name: "Ada", email: `${id}@example.com`, emailVerified: true, image: null, account, ...different };
  };
  const add = (newcomer: Newcomer, digest?: string, at = NOW) => world.store.addPerson(newcomer, digest, world.change(at, newcomer.id));

  /** A new organization, and the digest of an invitation to it that expires a second after NOW. */
  async function invitation(): Promise<{ organizationId: string; digest: string }> {
    const { id: organizationId } = await world.organization();
    const digest = world.id("digest");
    const record = { id: world.id("inv"), organizationId, role: "member" as const, note: null, inviterId: null };
    const times = { createdAt: NOW, expiresAt: NOW + 1_000 };
    await world.store.createInvitation({ ...record, ...times }, digest, { role: "operator" }, world.change());
    return { organizationId, digest };
  }
  /** Whether nothing is left of a person: they can be added without an invitation. */
  const isUnknown = async (newcomer: Newcomer) => (await add(newcomer)).outcome === "added";

  guarantee("a person is added once for each account, and an e-mail address belongs to one person", async () => {
    const ada = aNewcomer();
    expect(await add(ada)).toEqual({ outcome: "added" });
    expect(await add({ ...aNewcomer(), account: { ...ada.account, id: world.id("acc") } })).toEqual({ outcome: "known" });
    expect(await add({ ...aNewcomer(), email: ada.email, account: { ...ada.account, id: world.id("acc") } })).toEqual({ outcome: "known" });
    expect(await add(aNewcomer({ email: ada.email }))).toEqual({ outcome: "email_taken" });
  });

  guarantee("an invitation makes a newcomer a member once, with one trace; a newcomer who is refused leaves nothing", async () => {
    const { organizationId, digest } = await invitation();
    const [ada, eve] = [aNewcomer(), aNewcomer()];
    const joined = { kind: "member", action: "member.joined", subjectId: ada.id } as const;
    expect(await world.leaves(organizationId, [joined], () => add(ada, digest))).toEqual({ outcome: "added" });
    expect(await world.store.roleOf(organizationId, ada.id)).toBe("member");
    expect(await world.leaves(organizationId, [], () => add(eve, digest))).toEqual({ outcome: "invitation_gone" });
    expect(await isUnknown(eve)).toBe(true);
  });

  guarantee("an invitation that expires in a millisecond is accepted, and one that expires now is not", async () => {
    const [open, closed] = [await invitation(), await invitation()];
    expect(await add(aNewcomer(), open.digest, NOW + 999)).toEqual({ outcome: "added" });
    expect(await add(aNewcomer(), closed.digest, NOW + 1_000)).toEqual({ outcome: "invitation_gone" });
  });

  guarantee("an invitation stays in force when the newcomer is refused", async () => {
    const { organizationId, digest } = await invitation();
    const ada = aNewcomer();
    await add(ada);
    expect(await add(aNewcomer({ email: ada.email }), digest)).toEqual({ outcome: "email_taken" });
    expect(await add(ada, digest)).toEqual({ outcome: "known" });
    expect(await world.store.roleOf(organizationId, ada.id)).toBeUndefined();
    expect(await add(aNewcomer(), digest)).toEqual({ outcome: "added" });
  });

  guarantee("if many people use one invitation at once, one is added and nothing is left of the others", async () => {
    const { organizationId, digest } = await invitation();
    const rivals = times(20, () => aNewcomer());
    const results = await Promise.all(rivals.map((rival) => add(rival, digest)));
    expect(tally(results)).toEqual({ added: 1, invitation_gone: 19 });
    expect(await world.store.listMembers(organizationId)).toHaveLength(1);
    const losers = rivals.filter((_, at) => results[at]?.outcome !== "added");
    expect((await Promise.all(losers.map(isUnknown))).every(Boolean)).toBe(true);
  });

  guarantee("if many people come with one account or one address at once, one is added", async () => {
    const ada = aNewcomer();
    const alike = times(10, (at) => (at % 2 === 0 ? aNewcomer({ account: ada.account }) : aNewcomer({ email: ada.email })));
    const results = await Promise.all([ada, ...alike].map((newcomer) => add(newcomer)));
    expect(results.filter(({ outcome }) => outcome === "added").length).toBeGreaterThan(0);
    expect(await add(ada)).not.toEqual({ outcome: "added" });
  });

  guarantee("people who came by an invitation get no organization of their own, even when they no longer belong to one", async () => {
    const { organizationId, digest } = await invitation();
    const [ada, bob] = [aNewcomer(), aNewcomer()];
    await add(ada, digest);
    await add(bob);
    const ensure = (userId: string) => world.store.ensureOrganization(userId, world.anOrganization(), world.change(NOW, userId));
    expect(await ensure(ada.id)).toEqual({ outcome: "not_needed" });
    await world.store.changeMember(organizationId, ada.id, null, { role: "operator" }, world.change());
    expect(await ensure(ada.id)).toEqual({ outcome: "not_needed" });
    expect([await ensure(bob.id), await ensure(bob.id)]).toEqual([{ outcome: "created" }, { outcome: "not_needed" }]);
  });

  guarantee("accepting again returns the existing membership, and brings nobody back", async () => {
    const { organizationId, digest } = await invitation();
    const [ada, eve] = [aNewcomer(), aNewcomer()];
    await add(ada);
    await add(eve);
    const accept = (userId: string) => world.store.acceptInvitation(digest, userId, world.change(NOW, userId));
    const accepted = { outcome: "accepted", organizationId, role: "member" };
    expect([await accept(ada.id), await accept(ada.id)]).toEqual([accepted, accepted]);
    expect(await accept(eve.id)).toEqual({ outcome: "not_found" });
    await world.store.changeMember(organizationId, ada.id, null, { role: "operator" }, world.change());
    expect(await accept(ada.id)).toEqual({ outcome: "not_found" });
  });
}
