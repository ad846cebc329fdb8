/** Keys that can be shown again, with a row in the audit log each time. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeSealedKeys(world: World, guarantee: Guarantee): void {
  guarantee("a sealed key is shown to its organization, each time with a row in audit and feed", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, {}, "sealed: + / = ü");
    const shown = { kind: "key", action: "key.shown", subjectId: key.id } as const;
    for (let round = 0; round < 2; round++) {
      const change = world.change(NOW + round, "somebody");
      expect(await world.leaves(id, [shown], () => world.store.showSealedKey(id, key.id, change))).toEqual({
        outcome: "shown",
        sealed: "sealed: + / = ü",
      });
      expect((await world.store.listAudit(id, { limit: 1 }))[0]).toMatchObject({ id: change.auditId, at: NOW + round, actor: "somebody" });
    }
    expect(await world.store.findKey(id, key.id)).toEqual(key);
  });

  guarantee("a key that cannot be shown is not found and leaves no row: another's, unknown, revoked, never sealed", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const [sealed, gone] = [await world.key(one.id, {}, "sealed"), await world.key(one.id, {}, "sealed")];
    await world.store.revokeKey(one.id, gone.key.id, world.change());
    for (const [organizationId, keyId] of [
      [other.id, sealed.key.id],
      [one.id, world.id("key")],
      [one.id, gone.key.id],
      [one.id, (await world.key(one.id)).key.id],
    ] as const) {
      const show = () => world.store.showSealedKey(organizationId, keyId, world.change());
      expect(await world.leaves(organizationId, [], show)).toEqual({ outcome: "not_found" });
    }
  });

  guarantee("a sealed key is in this result alone: not in the record, not in either log", async () => {
    const { id } = await world.organization();
    const secret = world.id("sealed");
    const { key, digest } = await world.key(id, {}, secret);
    const successor = world.aSuccessor({ sealed: world.id("sealed") });
    await world.store.showSealedKey(id, key.id, world.change());
    const rotated = await world.store.rotateKey(id, key.id, successor, world.change());
    const found = [await world.store.findKeyByDigest(digest), await world.store.findKeyOfAny(key.id)];
    const seen = JSON.stringify([
      rotated,
      found,
      await world.store.listKeys(id, { limit: 9 }),
      await world.store.listAudit(id, { limit: 9 }),
    ]);
    for (const sealed of [secret, successor.sealed as string]) expect(seen).not.toContain(sealed);
  });

  guarantee("a successor has its own sealed key, or none, and never its predecessor's", async () => {
    const { id } = await world.organization();
    for (const sealed of ["the successor's", undefined]) {
      const { key } = await world.key(id, {}, "the predecessor's");
      const successor = world.aSuccessor({ sealed });
      await world.store.rotateKey(id, key.id, successor, world.change());
      expect(await world.store.showSealedKey(id, successor.successorId, world.change())).toEqual(
        sealed === undefined ? { outcome: "not_found" } : { outcome: "shown", sealed },
      );
      expect(await world.store.showSealedKey(id, key.id, world.change())).toEqual({
        outcome: "shown",
        sealed: "the predecessor's",
      });
    }
  });

  guarantee("an organization that has claimed a key can have it shown", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(null, {}, "sealed");
    await world.store.claimKey(id, digest, { any: null }, world.change());
    expect(await world.store.showSealedKey(id, key.id, world.change())).toEqual({ outcome: "shown", sealed: "sealed" });
  });

  guarantee("once its revocation has resolved, a key is shown to nobody, and each showing before is in the audit log", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, {}, "sealed");
    const show = () => world.store.showSealedKey(id, key.id, world.change());
    const underWay = times(20, show);
    const revoked = world.store.revokeKey(id, key.id, world.change());
    underWay.push(...times(20, show));
    await revoked;
    expect(await Promise.all(times(20, show))).toEqual(times(20, () => ({ outcome: "not_found" })));
    const shown = (await Promise.all(underWay)).filter(({ outcome }) => outcome === "shown");
    const audit = (await world.store.listAudit(id, { limit: 100 })).filter(({ action }) => action === "key.shown");
    expect(audit).toHaveLength(shown.length);
  });
}
