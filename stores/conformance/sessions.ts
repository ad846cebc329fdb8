/** Sessions, as far as they can be tested without the sign-in library, which writes them. */
import { expect } from "vitest";
import type { Guarantee } from "./guarantee.ts";
import { NOW, type World } from "./world.ts";

export function describeSessions(world: World, guarantee: Guarantee): void {
  guarantee("a person who has not signed in has no session, and ending one that does not exist ends nothing", async () => {
    const person = { id: world.id("usr"), name: "Ada", email: `${world.id("ada")}@example.com`, image: null };
    await world.store.ensureUser(person, NOW);
    for (const userId of [person.id, world.id("usr")]) {
      expect(await world.store.listSessions(userId, NOW)).toEqual([]);
      expect(await world.store.endSession(world.id("ses"), userId)).toEqual({ outcome: "not_found" });
    }
    expect(await world.store.endSession(world.id("ses"))).toEqual({ outcome: "not_found" });
  });
}
