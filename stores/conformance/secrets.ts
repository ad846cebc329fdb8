/** Replacing the master secret: several digests of one credential, and moving to another. */
import { expect } from "vitest";
import type { ApiKey } from "../../engine/api-key.ts";
import { HOUR_MS } from "../../engine/duration.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeSecrets(world: World, guarantee: Guarantee): void {
  /** Numbers of secrets that no other guarantee uses. */
  let lastSecret = 100;
  const newSecret = () => ++lastSecret;
  const under = (secret: number) => `${secret}:${world.id("digest")}`;
  const makeCurrent = async (secret: number) => {
    const stored = await world.store.settle("secret", `${secret}:check`);
    await world.store.resettle("secret", stored, `${secret}:check`);
  };

  guarantee("of several digests the one that a key has is found, wherever it stands, and none of them is not found", async () => {
    const { id } = await world.organization({ overrides: { requestsPerDay: 9 } });
    const { key, digest } = await world.key(id);
    for (const digests of [[digest, world.id("digest")], [world.id("digest"), digest], [digest]])
      expect(await world.store.findKeyByDigest(digests)).toMatchObject({
        outcome: "found",
        key,
        digest,
        organization: { overrides: { requestsPerDay: 9 } },
      });
    const missed = await world.store.findKeyByDigest([world.id("digest"), world.id("digest")]);
    expect(missed).toMatchObject({ outcome: "not_found", decoy: { key: { revokedAt: 0 } } });
    const other = await world.organization();
    expect((await world.store.findKeyByDigest([world.id("digest"), digest], other.id)).outcome).toBe("not_found");
  });

  guarantee("a credential that a key has under a former digest is taken", async () => {
    const { id } = await world.organization();
    const { digest } = await world.key(id);
    const key = world.aKey(id);
    expect(await world.leaves(id, [], () => world.create(key, { formerDigests: [world.id("digest"), digest] }))).toEqual({
      outcome: "digest_taken",
    });
  });

  guarantee("an unclaimed key is claimed by whichever of its digests the store has", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(null);
    const claimed = await world.store.claimKey(id, [world.id("digest"), digest], { any: null }, world.change());
    expect(claimed).toMatchObject({ outcome: "claimed", key: { id: key.id, organizationId: id } });
  });

  guarantee("a moved key and a moved service token are found by the new digest alone, and nothing else of them changes", async () => {
    const [old, current] = [newSecret(), newSecret()];
    await makeCurrent(current);
    const { id } = await world.organization();
    const key = world.aKey(id);
    const [from, to, tokenFrom, tokenTo] = [under(old), under(current), under(old), under(current)];
    await world.create(key, { digest: from });
    const token = world.aServiceToken();
    await world.store.createServiceToken(token, tokenFrom, world.change());
    await world.leaves(id, [], () =>
      world.store.moveDigests(current, [
        { kind: "key", from, to },
        { kind: "service_token", from: tokenFrom, to: tokenTo },
        { kind: "key", from: under(old), to: under(current) },
      ]),
    );
    expect((await world.store.findKeyByDigest(from)).outcome).toBe("not_found");
    expect((await world.recordByDigest(to)).key).toEqual(key);
    expect(await world.store.findServiceTokenByDigest([tokenFrom])).toBeUndefined();
    expect(await world.store.findServiceTokenByDigest([tokenFrom, tokenTo])).toEqual(token);
  });

  guarantee("a digest that another key has already is left to it, and the other moves are made", async () => {
    const [old, current] = [newSecret(), newSecret()];
    await makeCurrent(current);
    const { id } = await world.organization();
    const keys = times(3, () => world.aKey(id));
    const [from, taken, other, to] = [under(old), under(current), under(old), under(current)];
    for (const [at, digest] of [from, taken, other].entries()) await world.create(keys[at] ?? world.aKey(id), { digest });
    await world.store.moveDigests(current, [
      { kind: "key", from, to: taken },
      { kind: "key", from: other, to },
    ]);
    expect((await world.recordByDigest(taken)).key.id).toBe(keys[1]?.id);
    expect((await world.recordByDigest(from)).key.id).toBe(keys[0]?.id);
    expect((await world.recordByDigest(to)).key.id).toBe(keys[2]?.id);
  });

  guarantee("keys move only to the secret that is current", async () => {
    const [old, current] = [newSecret(), newSecret()];
    await makeCurrent(current);
    const { id } = await world.organization();
    const from = under(current);
    await world.create(world.aKey(id), { digest: from });
    await world.store.moveDigests(old, [{ kind: "key", from, to: under(old) }]);
    expect((await world.store.findKeyByDigest(from)).outcome).toBe("found");
  });

  guarantee("a key that is looked up by both digests while it moves is found every time", async () => {
    const [old, current] = [newSecret(), newSecret()];
    await makeCurrent(current);
    const { id } = await world.organization();
    const made = times(20, () => ({ from: under(old), to: under(current) }));
    for (const { from } of made) await world.create(world.aKey(id), { digest: from });
    const looks = (): Promise<{ outcome: string }>[] => made.map(({ from, to }) => world.store.findKeyByDigest([to, from]));
    const before = looks();
    const moved = world.store.moveDigests(
      current,
      made.map((move) => ({ kind: "key", ...move })),
    );
    const results = await Promise.all([...before, ...looks(), ...looks()]);
    await moved;
    expect(tally([...results, ...(await Promise.all(looks()))])).toEqual({ found: 80 });
  });

  guarantee("sealed keys under other secrets are listed in order, without revoked ones, and resealed once", async () => {
    const [old, current] = [newSecret(), newSecret()];
    const { id } = await world.organization();
    const made: ApiKey[] = [];
    for (const sealed of [`${old}:a`, `${current}:b`, `${old}:c`, undefined]) made.push((await world.key(id, {}, sealed)).key);
    const revoked = (await world.key(id, {}, `${old}:d`)).key;
    await world.revoke(id, revoked.id);
    const [first, , third] = made;
    const mine = async (after = "") =>
      (await world.store.listSealed(current, after, 10_000)).filter(({ id: key }) => [...made, revoked].some((each) => each.id === key));
    expect(await mine()).toEqual([
      { id: first?.id, sealed: `${old}:a` },
      { id: third?.id, sealed: `${old}:c` },
    ]);
    expect(await mine(first?.id)).toEqual([{ id: third?.id, sealed: `${old}:c` }]);
    await world.store.reseal([
      { id: first?.id ?? "", from: `${old}:a`, to: `${current}:e` },
      { id: third?.id ?? "", from: `${old}:other`, to: `${current}:f` },
    ]);
    expect(await mine()).toEqual([{ id: third?.id, sealed: `${old}:c` }]);
    expect(await world.store.showSealedKey(id, first?.id ?? "", world.change())).toEqual({ outcome: "shown", sealed: `${current}:e` });
  });

  guarantee("what is left under a secret is counted and named: keys in force, active tokens, open invitations, sealed keys", async () => {
    const secret = newSecret();
    const { id } = await world.organization();
    const inForce = world.aKey(id, { name: "left", enabled: false, expiresAt: NOW + HOUR_MS });
    await world.create(inForce, { digest: under(secret), sealed: `${secret}:a` });
    const expired = world.aKey(id, { expiresAt: NOW });
    await world.create(expired, { digest: under(secret) });
    const revoked = world.aKey(id);
    await world.create(revoked, { digest: under(secret), sealed: `${secret}:b` });
    await world.revoke(id, revoked.id);
    const tokens = times(2, () => world.aServiceToken());
    for (const token of tokens) await world.store.createServiceToken(token, under(secret), world.change());
    await world.store.revokeServiceToken(tokens[0]?.id ?? "", world.change());
    for (const expiresAt of [NOW, NOW + HOUR_MS]) {
      const invitation = {
        id: world.id("inv"),
        organizationId: id,
        role: "member",
        note: null,
        inviterId: null,
        createdAt: NOW,
        expiresAt,
      } as const;
      await world.store.createInvitation(invitation, under(secret), { role: "operator" }, world.change());
    }
    await world.store.recordUse({ outcomes: [], lastUses: [{ keyId: inForce.id, at: NOW - 5 }], counters: [] });
    expect(await world.store.countUnder(secret, NOW)).toEqual({ keys: 1, serviceTokens: 1, invitations: 1, sealedKeys: 1 });
    expect(await world.store.listUnder(secret, NOW, 9)).toEqual([
      { id: inForce.id, organizationId: id, name: "left", lastUsedAt: NOW - 5 },
    ]);
    expect(await world.store.countUnder(newSecret(), NOW)).toEqual({ keys: 0, serviceTokens: 0, invitations: 0, sealedKeys: 0 });
  });

  guarantee("of 20 who replace a settled value at once one succeeds, and all learn which", async () => {
    const name = world.id("fact");
    await world.store.settle(name, "first");
    const results = await Promise.all(times(20, (at) => world.store.resettle(name, "first", `next ${at}`)));
    expect(new Set(results).size).toBe(1);
    expect(await world.store.settle(name, "other")).toBe(results[0]);
    expect(await world.store.resettle(name, "first", "late")).toBe(results[0]);
  });
}
