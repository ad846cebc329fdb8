/** Signing in on a device without a browser. */
import { expect } from "vitest";
import type { NewDeviceLogin, NewSession } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeDeviceLogins(world: World, guarantee: Guarantee): void {
  const notFound = { outcome: "not_found" };
  const shown = { client: "a terminal", address: "192.0.2.1", createdAt: NOW, expiresAt: NOW + 10 };

  async function begun(different: Partial<NewDeviceLogin> = {}): Promise<NewDeviceLogin> {
    const login = { ...shown, userCodeDigest: world.id("user"), deviceCodeDigest: world.id("device"), ...different };
    await world.store.beginDeviceLogin(login);
    return login;
  }
  async function person(): Promise<string> {
    const id = world.id("usr");
    await world.store.ensureUser({ id, name: "Ada", email: `${id}@example.com`, image: null }, NOW);
    return id;
  }
  const aSession = (): NewSession => ({ id: world.id("ses"), tokenDigest: world.id("token"), createdAt: NOW, expiresAt: NOW + 1_000 });
  const settle = ({ userCodeDigest }: NewDeviceLogin, userId: string | null, now = NOW) =>
    world.store.settleDeviceLogin([userCodeDigest], userId, now);
  const take = ({ deviceCodeDigest }: NewDeviceLogin, session = aSession(), now = NOW) =>
    world.store.takeDeviceLogin([deviceCodeDigest], session, now);

  guarantee("a device waits until a person lets it in, and then gets a session of that person, once", async () => {
    const [login, userId, session] = [await begun(), await person(), aSession()];
    expect(await take(login)).toEqual({ outcome: "waiting" });
    expect(await world.store.findDeviceLogin([world.id("other"), login.userCodeDigest], NOW)).toEqual(shown);
    expect(await settle(login, userId)).toEqual({ outcome: "settled" });
    expect(await take(login, session)).toEqual({ outcome: "taken", userId });
    expect(await take(login)).toEqual(notFound);
    expect(await world.store.findSession({ token: session.tokenDigest }, NOW)).toMatchObject({ id: session.id, user: { id: userId } });
    expect(await world.store.listSessions(userId, NOW)).toEqual([
      { id: session.id, createdAt: NOW, expiresAt: NOW + 1_000, ipAddress: "192.0.2.1", userAgent: "a terminal" },
    ]);
  });

  guarantee("a device that is let in is let in once: neither somebody else nor a refusal changes it", async () => {
    const [login, first, second] = [await begun(), await person(), await person()];
    expect(await settle(login, first)).toEqual({ outcome: "settled" });
    expect([await settle(login, second), await settle(login, null)]).toEqual([notFound, notFound]);
    expect(await world.store.findDeviceLogin([login.userCodeDigest], NOW)).toBeUndefined();
    expect(await take(login)).toEqual({ outcome: "taken", userId: first });
  });

  guarantee("a refused device gets nothing, and cannot be let in any more", async () => {
    const [login, userId] = [await begun(), await person()];
    expect(await settle(login, null)).toEqual({ outcome: "settled" });
    expect([await take(login), await settle(login, userId)]).toEqual([notFound, notFound]);
  });

  guarantee("an expired login is neither found, nor let in, nor taken", async () => {
    const [waiting, letIn, userId] = [await begun(), await begun(), await person()];
    await settle(letIn, userId);
    expect(await world.store.findDeviceLogin([waiting.userCodeDigest], NOW + 10)).toBeUndefined();
    expect(await settle(waiting, userId, NOW + 10)).toEqual(notFound);
    expect([await take(waiting, aSession(), NOW + 10), await take(letIn, aSession(), NOW + 10)]).toEqual([notFound, notFound]);
    expect(await take(letIn, aSession(), NOW + 9)).toEqual({ outcome: "taken", userId });
  });

  guarantee("20 that take one login at once get one session", async () => {
    const [login, userId] = [await begun(), await person()];
    await settle(login, userId);
    const results = await Promise.all(times(20, () => take(login)));
    expect(results.filter(({ outcome }) => outcome === "taken")).toHaveLength(1);
    expect(await world.store.listSessions(userId, NOW)).toHaveLength(1);
  });
}
