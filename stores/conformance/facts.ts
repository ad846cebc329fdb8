/** Settled values, the audit log and the change feed, and pruning. */
import { expect } from "vitest";
import { DAY_MS, HOUR_MS } from "../../engine/duration.ts";
import type { AuditFilter } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

export function describeFacts(world: World, guarantee: Guarantee): void {
  guarantee("the first value that is settled stays, even if 20 are settled at once", async () => {
    const [name, other] = [world.id("fact"), world.id("fact")];
    const values = await Promise.all(times(20, (index) => world.store.settle(name, `value ${index}`)));
    expect(new Set(values).size).toBe(1);
    expect(await world.store.settle(name, "later")).toBe(values[0]);
    expect(await world.store.settle(other, "")).toBe("");
    expect(await world.store.settle(other, "later")).toBe("");
  });

  guarantee("the database responds", async () => {
    expect(await world.store.ping()).toBeUndefined();
  });

  guarantee("the change feed has every change once, in the order in which it happened, page by page", async () => {
    const { id } = await world.organization();
    await world.newChanges();
    const start = (await world.store.changesAfter(0, 10_000)).at(-1)?.sequence ?? 0;
    const { key } = await world.key(id);
    await world.store.updateKey(id, key.id, { name: "x" }, world.change());
    await world.store.updateOrganization(id, { name: "x" }, world.change());
    const successor = world.aSuccessor();
    await world.store.rotateKey(id, key.id, successor, world.change());
    await world.store.revokeKey(id, successor.successorId, world.change());
    const feed = await world.store.changesAfter(start, 100);
    expect(feed.map(({ kind, subjectId }) => [kind, subjectId])).toEqual([
      ["key", key.id],
      ["key", key.id],
      ["organization", id],
      ["key", key.id],
      ["key", successor.successorId],
    ]);
    const sequences = feed.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(await world.store.changesAfter(start, 2)).toEqual(feed.slice(0, 2));
    expect(await world.store.changesAfter(sequences[1] as number, 2)).toEqual(feed.slice(2, 4));
    expect(await world.store.changesAfter(sequences[4] as number, 2)).toEqual([]);
  });

  guarantee("a row of the change feed says what memory must drop, and nothing for what memory does not hold", async () => {
    const { id } = await world.organization();
    const start = (await world.store.changesAfter(0, 10_000)).at(-1)?.sequence ?? 0;
    const { key, digest } = await world.key(id);
    const pair = await world.key(id, { publicKey: world.id("public") });
    await world.store.updateKey(id, key.id, { enabled: false }, world.change());
    const successor = world.aSuccessor();
    await world.store.rotateKey(id, key.id, successor, world.change());
    await world.store.updateOrganization(id, { name: "x" }, world.change());
    await world.store.updateOrganization(id, { overrides: { keys: 2 } }, world.change());
    const token = world.aServiceToken();
    const tokenDigest = world.id("digest");
    await world.store.createServiceToken(token, tokenDigest, world.change());
    await world.store.revokeServiceToken(token.id, world.change());
    expect((await world.store.changesAfter(start, 100)).map(({ changes }) => changes)).toEqual([
      [{ kind: "credential", subject: digest }],
      [{ kind: "credential", subject: pair.key.publicKey }],
      [{ kind: "key", subject: key.id }],
      [
        { kind: "credential", subject: successor.digest },
        { kind: "key", subject: key.id },
      ],
      [],
      [{ kind: "organization", subject: id }],
      [{ kind: "credential", subject: tokenDigest }],
      [{ kind: "service_token", subject: token.id }],
    ]);
  });

  guarantee("concurrent changes each have a number of their own in the feed", async () => {
    const { id } = await world.organization();
    await world.newChanges();
    const keys = times(40, () => world.aKey(id));
    await Promise.all(keys.map((key) => world.create(key)));
    const changed = (await world.newChanges()).map(({ subjectId }) => subjectId);
    expect(changed.sort()).toEqual(keys.map((key) => key.id).sort());
  });

  guarantee("a reader that resumes the feed while changes run concurrently misses none", async () => {
    const { id } = await world.organization();
    await world.newChanges();
    const keys = times(100, () => world.aKey(id));
    let isDone = false;
    const changing = Promise.all(keys.map((key) => world.create(key))).finally(() => {
      isDone = true;
    });
    const seen: string[] = [];
    while (!isDone) seen.push(...(await world.newChanges()).map(({ subjectId }) => subjectId));
    await changing;
    seen.push(...(await world.newChanges()).map(({ subjectId }) => subjectId));
    expect(seen.sort()).toEqual(keys.map((key) => key.id).sort());
  });

  guarantee("the audit log has only the organization's changes, newest first, page by page", async () => {
    const [{ id }, other] = [await world.organization(), await world.organization()];
    const { key } = await world.key(id);
    await world.key(other.id);
    await world.store.revokeKey(id, key.id, world.change(NOW + 7, "somebody"));
    const log = await world.store.listAudit(id, { limit: 10 });
    expect(log.map(({ action, at, actor, subjectId, organizationId }) => ({ action, at, actor, subjectId, organizationId }))).toEqual([
      { action: "key.revoked", at: NOW + 7, actor: "somebody", subjectId: key.id, organizationId: id },
      { action: "key.created", at: NOW, actor: "tester", subjectId: key.id, organizationId: id },
      { action: "organization.created", at: NOW, actor: "tester", subjectId: id, organizationId: id },
    ]);
    expect(await world.store.listAudit(id, { limit: 1 })).toEqual(log.slice(0, 1));
    expect(await world.store.listAudit(id, { limit: 10, before: log[0]?.id })).toEqual(log.slice(1));
    expect(await world.store.listAudit(id, { limit: 10, before: log[2]?.id })).toEqual([]);
    expect(await world.store.listAudit("org_missing", { limit: 10 })).toEqual([]);
  });

  guarantee("the audit log is read by action, actors, subject and time, each alone and all together, page by page", async () => {
    const { id } = await world.organization();
    const [first, second] = [await world.key(id), await world.key(id)];
    await world.store.updateKey(id, first.key.id, { name: "a" }, world.change(NOW + 1, "ada"));
    await world.store.updateKey(id, second.key.id, { name: "b" }, world.change(NOW + 2, "key:one"));
    await world.store.updateKey(id, first.key.id, { name: "ç" }, world.change(NOW + 3, "key:one"));
    await world.revoke(id, first.key.id, world.change(NOW + 4, "ada"));
    const times = async (filter: AuditFilter, page: { limit: number; before?: string | undefined } = { limit: 10 }) =>
      (await world.store.listAudit(id, { ...filter, ...page })).map(({ at }) => at - NOW);
    expect(await times({})).toEqual([4, 3, 2, 1, 0, 0, 0]);
    expect(await times({ action: "key.updated" })).toEqual([3, 2, 1]);
    expect(await times({ action: "key" })).toEqual([]);
    expect(await times({ actors: ["ada"] })).toEqual([4, 1]);
    expect(await times({ actors: ["ada", "key:one", "nobody"] })).toEqual([4, 3, 2, 1]);
    expect(await times({ actors: [] })).toEqual([]);
    expect(await times({ subjectId: second.key.id })).toEqual([2, 0]);
    expect(await times({ from: NOW + 2 })).toEqual([4, 3, 2]);
    expect(await times({ from: NOW + 1, to: NOW + 3 })).toEqual([2, 1]);
    expect(await times({ action: "key.updated", actors: ["key:one"], subjectId: first.key.id, from: NOW + 3, to: NOW + 4 })).toEqual([3]);
    const octets = (details: unknown) => Buffer.byteLength(JSON.stringify(details));
    for (const filter of [{}, { action: "key.updated" }, { actors: ["ada"] }, { subjectId: second.key.id, from: NOW + 2 }]) {
      const entries = await world.store.listAudit(id, { ...filter, limit: 2 });
      expect(await world.store.outlineAudit(id, { ...filter, limit: 2 })).toEqual(
        entries.map((entry) => ({ id: entry.id, octets: octets(entry.details) })),
      );
    }
    const [newest] = await world.store.listAudit(id, { action: "key.updated", limit: 1 });
    expect(await times({ action: "key.updated" }, { limit: 1, before: newest?.id })).toEqual([2]);
  });

  guarantee("idempotency keys are forgotten after a day, not before", async () => {
    const { id } = await world.organization();
    const idempotency = world.idempotency();
    const later = NOW + 1_000;
    await world.create(world.aKey(id), { idempotency }, world.change(later));
    await world.store.prune(later + DAY_MS, 30);
    expect((await world.create(world.aKey(id), { idempotency }, world.change(later))).outcome).toBe("repeated");
    await world.store.prune(later + DAY_MS + 1, 30);
    expect((await world.create(world.aKey(id), { idempotency }, world.change(later))).outcome).toBe("created");
  });

  guarantee("a reader that follows the change feed while changes run at the same time misses none of them", async () => {
    const organizations = await Promise.all(times(8, () => world.organization()));
    await world.newChanges();
    const keys = organizations.flatMap(({ id }) => times(5, () => world.aKey(id)));
    let isDone = false;
    const seen: string[] = [];
    const follow = async () => {
      for (let isLast = false; !isLast; ) {
        isLast = isDone;
        seen.push(...(await world.newChanges()).map(({ subjectId }) => subjectId));
      }
    };
    const following = follow();
    await Promise.all(keys.map((key) => world.create(key)));
    isDone = true;
    await following;
    expect(seen.sort()).toEqual(keys.map(({ id }) => id).sort());
  });

  guarantee("idle counters are forgotten after two days, not before", async () => {
    const { id } = await world.organization();
    const { key, digest } = await world.key(id);
    const state = { minute: [], day: [NOW, 1] };
    const counters = [{ counterId: key.counterId, state, at: NOW }];
    const saved = async () => (await world.recordByDigest(digest)).counter;
    await world.store.recordUse({ outcomes: [], lastUses: [], counters });
    await world.store.prune(NOW + 2 * DAY_MS, 30);
    expect(await saved()).toBe(JSON.stringify(state));
    await world.store.prune(NOW + 2 * DAY_MS + 1, 30);
    expect(await saved()).toBeUndefined();
  });

  guarantee("usage is forgotten after the given number of days, not before", async () => {
    const keyId = world.id("key");
    const hours = [NOW, NOW + HOUR_MS];
    await world.store.recordUse({
      outcomes: hours.map((hour) => ({ keyId, hour, outcome: "valid", count: 1 })),
      lastUses: [],
      counters: [],
    });
    const kept = async () => (await world.store.usageOf(keyId, 0)).map(({ hour }) => hour);
    for (const [now, hour] of [
      [NOW + 30 * DAY_MS, hours],
      [NOW + 30 * DAY_MS + 1, hours.slice(1)],
      [NOW + 31 * DAY_MS, []],
    ] as const) {
      await world.store.prune(now, 30);
      expect(await kept()).toEqual(hour);
    }
  });

  guarantee("pruning forgets no key, no last use, no organization, no token, no fact and no audit row", async () => {
    const organization = await world.organization({ overrides: { keys: 3 } });
    const { id } = organization;
    const { key } = await world.revokedKey(id);
    const token = world.aServiceToken();
    const fact = world.id("fact");
    await world.store.settle(fact, "kept");
    await world.store.createServiceToken(token, world.id("digest"), world.change());
    await world.store.recordUse({ outcomes: [], lastUses: [{ keyId: key.id, at: NOW }], counters: [] });
    const audit = await world.store.listAudit(id, { limit: 10 });
    await world.store.prune(NOW + 4_000 * DAY_MS, 1);
    expect(await world.store.findKey(id, key.id)).toEqual({ ...key, lastUsedAt: NOW });
    expect(await world.store.findOrganization(id)).toEqual(organization);
    expect(await world.store.listServiceTokens()).toContainEqual(token);
    expect(await world.store.settle(fact, "other")).toBe("kept");
    expect(await world.store.listAudit(id, { limit: 10 })).toEqual(audit);
  });

  guarantee("after pruning, the feed goes on with numbers that were never used", async () => {
    const { id } = await world.organization();
    const last = (await world.store.changesAfter(0, 10_000)).at(-1)?.sequence ?? 0;
    await world.store.prune(NOW + 4_000 * DAY_MS, 1);
    const { key } = await world.key(id);
    const feed = await world.store.changesAfter(last, 10);
    expect(feed.map(({ subjectId }) => subjectId)).toEqual([key.id]);
  });
}
