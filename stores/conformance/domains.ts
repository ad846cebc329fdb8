/** From which websites keys may be used. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeDomains(world: World, guarantee: Guarantee): void {
  /** A domain that no other guarantee uses. */
  const aDomain = () => `${world.id("d").replace("_", "-")}.example.com`;
  const isAllowed = (domain: string, now = NOW) => world.store.isDomainAllowed([domain], now);

  guarantee("a domain is allowed if a key in force has exactly this domain", async () => {
    const { id } = await world.organization();
    const [domain, wildcard] = [aDomain(), `*.${aDomain()}`];
    expect([await isAllowed(domain), await isAllowed(wildcard)]).toEqual([false, false]);
    await world.key(id, { domains: [domain, wildcard] });
    expect([await isAllowed(domain), await isAllowed(wildcard)]).toEqual([true, true]);
    for (const other of [`a.${domain}`, `*.${domain}`, domain.slice(2), wildcard.slice(2), "%", "_".repeat(domain.length), ""])
      expect(await isAllowed(other), other).toBe(false);
  });

  guarantee("one of several domains is enough, and an empty list allows nothing", async () => {
    const { id } = await world.organization();
    const domain = aDomain();
    await world.key(id, { domains: [domain] });
    expect(await world.store.isDomainAllowed([aDomain(), domain, aDomain()], NOW)).toBe(true);
    expect(await world.store.isDomainAllowed([aDomain(), aDomain()], NOW)).toBe(false);
    expect(await world.store.isDomainAllowed([], NOW)).toBe(false);
  });

  guarantee("keys that are disabled, revoked or expired allow nothing, and a key allows until its last millisecond", async () => {
    const { id } = await world.organization();
    const [disabled, revoked, ending] = [aDomain(), aDomain(), aDomain()];
    const { key: switchedOff } = await world.key(id, { domains: [disabled] });
    const { key: gone } = await world.key(id, { domains: [revoked] });
    await world.key(id, { domains: [ending], expiresAt: NOW + 10 });
    await world.store.updateKey(id, switchedOff.id, { enabled: false }, world.change());
    await world.store.revokeKey(id, gone.id, world.change());
    expect([await isAllowed(disabled), await isAllowed(revoked)]).toEqual([false, false]);
    expect([await isAllowed(ending, NOW + 9), await isAllowed(ending, NOW + 10)]).toEqual([true, false]);
    await world.store.updateKey(id, switchedOff.id, { enabled: true }, world.change());
    expect(await isAllowed(disabled)).toBe(true);
  });

  guarantee("an update of the domains replaces them, and an update of something else leaves them", async () => {
    const { id } = await world.organization();
    const [first, second, third] = [aDomain(), aDomain(), aDomain()];
    const { key } = await world.key(id, { domains: [first, second] });
    const update = (changes: object) => world.store.updateKey(id, key.id, changes, world.change());
    const allowed = async () => [await isAllowed(first), await isAllowed(second), await isAllowed(third)];
    await update({ name: "renamed" });
    expect(await allowed()).toEqual([true, true, false]);
    await update({ domains: [second, third] });
    expect(await allowed()).toEqual([false, true, true]);
    await update({ domains: [] });
    expect(await allowed()).toEqual([false, false, false]);
  });

  guarantee("an update that is refused or not found leaves the domains", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const [domain, wanted] = [aDomain(), aDomain()];
    const { key } = await world.key(one.id, { domains: [domain] });
    const { key: gone } = await world.revokedKey(one.id);
    await world.store.updateKey(other.id, key.id, { domains: [wanted] }, world.change());
    await world.store.updateKey(one.id, gone.id, { domains: [wanted] }, world.change());
    expect([await isAllowed(domain), await isAllowed(wanted)]).toEqual([true, false]);
  });

  guarantee("two keys with the same domain: it is allowed until neither has it", async () => {
    const [one, other] = [await world.organization(), await world.organization()];
    const domain = aDomain();
    const keys = [(await world.key(one.id, { domains: [domain] })).key, (await world.key(other.id, { domains: [domain] })).key];
    await world.store.revokeKey(one.id, keys[0]?.id as string, world.change());
    expect(await isAllowed(domain)).toBe(true);
    await world.store.updateKey(other.id, keys[1]?.id as string, { domains: [] }, world.change());
    expect(await isAllowed(domain)).toBe(false);
  });

  guarantee("a successor allows what its predecessor did, also once that one is gone", async () => {
    const { id } = await world.organization();
    const domain = aDomain();
    const { key } = await world.key(id, { domains: [domain] });
    const successor = world.aSuccessor();
    await world.store.rotateKey(id, key.id, successor, world.change());
    await world.store.revokeKey(id, key.id, world.change());
    expect(await isAllowed(domain)).toBe(true);
    await world.store.revokeKey(id, successor.successorId, world.change());
    expect(await isAllowed(domain)).toBe(false);
  });

  guarantee("of 20 changes of the domains at once one stays, whole, in the key and in the look-up", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id, { domains: [aDomain()] });
    const sets = times(20, () => [aDomain(), aDomain()]);
    await Promise.all(sets.map((domains) => world.store.updateKey(id, key.id, { domains }, world.change())));
    const { domains: kept } = (await world.store.findKey(id, key.id)) ?? key;
    expect(sets).toContainEqual(kept);
    for (const domain of sets.flat()) expect(await isAllowed(domain)).toBe(kept.includes(domain));
  });
}
