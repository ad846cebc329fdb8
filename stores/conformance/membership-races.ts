/** Members, owners and invitations that change at once. */
import { expect } from "vitest";
import type { Role } from "../../engine/roles.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeMembershipRaces(world: World, guarantee: Guarantee): void {
  async function aPerson(): Promise<string> {
    const id = world.id("usr");
    await world.store.ensureUser({ id, name: "Ada", email: `${id}@example.com`, image: null }, NOW);
    return id;
  }

  async function invite(organizationId: string, role: Role, inviterId: string | null = null): Promise<{ id: string; digest: string }> {
    const [id, digest] = [world.id("inv"), world.id("digest")];
    const invitation = { id, organizationId, role, note: null, inviterId, createdAt: NOW, expiresAt: NOW + 1_000 };
    await world.store.createInvitation(invitation, digest, { role: "operator" }, world.change());
    return { id, digest };
  }

  async function aMember(organizationId: string, role: Role): Promise<string> {
    const [userId, { digest }] = [await aPerson(), await invite(organizationId, role)];
    expect((await world.store.acceptInvitation(digest, userId, world.change())).outcome).toBe("accepted");
    return userId;
  }

  guarantee("of owners who remove or demote one another and themselves at once, one stays", async () => {
    for (let round = 0; round < 6; round++) {
      const { id } = await world.organization();
      const owners = await Promise.all(times(4, () => aMember(id, "owner")));
      await Promise.all(
        owners.flatMap((userId) =>
          owners.map((by, at) => world.store.changeMember(id, userId, at % 2 === 0 ? null : "member", { userId: by }, world.change())),
        ),
      );
      const left = await world.store.listMembers(id);
      expect(left.filter(({ role }) => role === "owner").length).toBeGreaterThan(0);
    }
  });

  guarantee("an invitation is accepted, withdrawn, or void because its inviter left: one of these, however they meet", async () => {
    for (let round = 0; round < 8; round++) {
      const { id } = await world.organization();
      await aMember(id, "owner");
      const [inviter, guest] = [await aMember(id, "admin"), await aPerson()];
      const invitation = await invite(id, "member", inviter);
      const [accepted, revoked, removed] = await Promise.all([
        world.store.acceptInvitation(invitation.digest, guest, world.change()),
        world.store.revokeInvitation(id, invitation.id, world.change()),
        world.store.changeMember(id, inviter, null, { role: "operator" }, world.change()),
      ]);
      expect(removed.outcome).toBe("changed");
      const isMember = (await world.store.roleOf(id, guest)) !== undefined;
      expect(accepted.outcome === "accepted").toBe(isMember);
      if (isMember) expect(revoked.outcome).toBe("not_found");
    }
  });

  guarantee("of eight sign-ins of a new person at once one makes an organization, also while they accept an invitation", async () => {
    for (let round = 0; round < 6; round++) {
      const [userId, { id: invitedTo }] = [await aPerson(), await world.organization()];
      const { digest } = await invite(invitedTo, "member");
      const signIns = times(8, () => world.store.ensureOrganization(userId, world.anOrganization(), world.change()));
      const accepting = round % 2 === 0 ? [] : [world.store.acceptInvitation(digest, userId, world.change())];
      const [ensured] = await Promise.all([Promise.all(signIns), ...accepting]);
      const { created = 0 } = tally(ensured);
      expect(created).toBeLessThanOrEqual(1);
      expect(await world.store.organizationsOf(userId)).toHaveLength(created + accepting.length);
      expect(created + accepting.length).toBeGreaterThan(0);
    }
  });
}
