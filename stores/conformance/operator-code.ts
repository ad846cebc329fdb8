/** The code of the link that signs the operator in. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeOperatorCode(world: World, guarantee: Guarantee): void {
  const taken = { outcome: "taken" };
  const notFound = { outcome: "not_found" };

  guarantee("the operator's code is taken once, even if 20 take it at once", async () => {
    const digest = world.id("code");
    await world.store.offerOperatorCode(digest, NOW + 1);
    const results = await Promise.all(times(20, () => world.store.takeOperatorCode(digest, NOW)));
    expect(results.filter(({ outcome }) => outcome === "taken")).toHaveLength(1);
    expect(await world.store.takeOperatorCode(digest, NOW)).toEqual(notFound);
  });

  guarantee("a new code of the operator replaces the earlier one", async () => {
    const [earlier, later] = [world.id("code"), world.id("code")];
    await world.store.offerOperatorCode(earlier, NOW + 1);
    await world.store.offerOperatorCode(later, NOW + 1);
    expect(await world.store.takeOperatorCode(earlier, NOW)).toEqual(notFound);
    expect(await world.store.takeOperatorCode(later, NOW)).toEqual(taken);
  });

  guarantee("an expired code of the operator is not taken", async () => {
    const digest = world.id("code");
    await world.store.offerOperatorCode(digest, NOW);
    expect(await world.store.takeOperatorCode(digest, NOW)).toEqual(notFound);
    expect(await world.store.takeOperatorCode(digest, NOW - 1)).toEqual(taken);
  });
}
