/** Tokens that act as the operator in every process. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, type World } from "./world.ts";

export function describeOperatorTokens(world: World, guarantee: Guarantee): void {
  guarantee("a token of the operator is known until it expires or is withdrawn, and can be offered again", async () => {
    const [digest, other] = [world.id("token"), world.id("token")];
    const isKnown = (now: number) => world.store.isOperatorToken(digest, now);
    expect(await isKnown(NOW)).toBe(false);
    await world.store.offerOperatorToken(digest, NOW + 10);
    await world.store.offerOperatorToken(other, NOW + 10);
    expect([await isKnown(NOW), await isKnown(NOW + 10)]).toEqual([true, false]);
    await world.store.offerOperatorToken(digest, NOW + 20);
    expect(await isKnown(NOW + 10)).toBe(true);
    await world.store.withdrawOperatorToken(digest);
    await world.store.withdrawOperatorToken(digest);
    expect([await isKnown(NOW), await world.store.isOperatorToken(other, NOW)]).toEqual([false, true]);
  });
}
