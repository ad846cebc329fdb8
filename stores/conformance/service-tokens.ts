/** Service tokens. They belong to no organization, and neither do their audit rows. */
import { expect } from "vitest";
import type { AuditAction } from "../../engine/audit-actions.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, tally, times, type World } from "./world.ts";

export function describeServiceTokens(world: World, guarantee: Guarantee): void {
  async function token(name = "gateway") {
    const made = world.aServiceToken({ name });
    const digest = world.id("digest");
    await world.store.createServiceToken(made, digest, world.change());
    return { token: made, digest };
  }

  guarantee("a token is read as it was written, by digest and in the list, which is in order of age", async () => {
    const made = [await token("first"), await token("second"), await token("third")];
    for (const { token, digest } of made) expect(await world.store.findServiceTokenByDigest(digest)).toEqual(token);
    const listed = await world.store.listServiceTokens();
    expect(listed.slice(-3)).toEqual(made.map(({ token }) => token));
    expect(listed.map(({ id }) => id)).toEqual(listed.map(({ id }) => id).sort());
    expect(await world.store.findServiceTokenByDigest(world.id("digest"))).toBeUndefined();
  });

  guarantee("creating and revoking leave one row in the change feed each", async () => {
    const { id } = await world.organization();
    const made = world.aServiceToken();
    const trace = (action: AuditAction) => ({ kind: "service_token", action, subjectId: made.id }) as const;
    const create = () => world.store.createServiceToken(made, world.id("digest"), world.change());
    await world.leaves(id, [trace("service_token.created")], create);
    const revoke = () => world.store.revokeServiceToken(made.id, world.change());
    await world.leaves(id, [trace("service_token.revoked")], revoke);
    await world.leaves(id, [], revoke);
  });

  guarantee("a digest and an id belong to one token", async () => {
    const { id } = await world.organization();
    const first = await token();
    for (const [made, digest] of [
      [world.aServiceToken(), first.digest],
      [{ ...first.token, name: "another" }, world.id("digest")],
    ] as const) {
      const create = () => world.store.createServiceToken(made, digest, world.change()).catch((error: unknown) => error);
      expect(await world.leaves(id, [], create)).toBeInstanceOf(StoreUnavailable);
    }
    expect(await world.store.findServiceTokenByDigest(first.digest)).toEqual(first.token);
  });

  guarantee("a revocation is permanent and keeps its time", async () => {
    const made = await token();
    const revoked = { ...made.token, revokedAt: NOW + 1 };
    expect(await world.store.revokeServiceToken(made.token.id, world.change(NOW + 1))).toEqual({ outcome: "revoked", token: revoked });
    expect(await world.store.revokeServiceToken(made.token.id, world.change(NOW + 9))).toEqual({
      outcome: "already_revoked",
      token: revoked,
    });
    expect(await world.store.findServiceTokenByDigest(made.digest)).toEqual(revoked);
    expect(await world.store.listServiceTokens()).toContainEqual(revoked);
    expect(await world.store.revokeServiceToken(world.id("st"), world.change())).toEqual({ outcome: "not_found" });
  });

  guarantee("20 concurrent revocations agree on its time, and leave one row", async () => {
    const { id } = await world.organization();
    const made = await token();
    const revoke = () => Promise.all(times(20, (index) => world.store.revokeServiceToken(made.token.id, world.change(NOW + index))));
    const subject = { kind: "service_token", action: "service_token.revoked", subjectId: made.token.id } as const;
    const results = await world.leaves(id, [subject], revoke);
    expect(tally(results)).toEqual({ revoked: 1, already_revoked: 19 });
    expect(new Set(results.map((result) => "token" in result && result.token.revokedAt)).size).toBe(1);
  });
}
