/** Runs random method calls on a store and on a map that follows the rules of the engine. Results and final contents must be equal. */
import fc from "fast-check";
import { expect } from "vitest";
import type { ApiKey } from "../../engine/api-key.ts";
import { boundByParent } from "../../engine/child-key.ts";
import { type KeyChanges, refusedChange, withChanges } from "../../engine/key-changes.ts";
import { rotate } from "../../engine/rotation.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, type World } from "./world.ts";

const KEYS_ALLOWED = 4;

/** Whether a key is revoked or expired. */
const isOver = ({ revokedAt, expiresAt }: ApiKey, now: number): boolean => revokedAt !== null || (expiresAt !== null && expiresAt <= now);

/** What the store must contain: its keys, and the changes in the feed. */
class Model {
  readonly world: World;
  readonly organizationIds: readonly string[];
  readonly keys = new Map<string, ApiKey>();
  readonly changed: string[] = [];
  now = NOW;

  constructor(world: World, organizationIds: readonly string[]) {
    this.world = world;
    this.organizationIds = organizationIds;
  }

  organizationId(index: number): string {
    return this.organizationIds[index % this.organizationIds.length] as string;
  }

  /** The id of any key that was created, or an unknown id. */
  keyId(index: number): string {
    return [...this.keys.keys()][index % (this.keys.size + 1)] ?? "key_missing";
  }

  /** The key, if it belongs to the organization. */
  owned(organizationId: string, id: string): ApiKey | undefined {
    const key = this.keys.get(id);
    return key?.organizationId === organizationId ? key : undefined;
  }

  /** The keys that a key has replaced, directly or indirectly, and that have not ended, newest first. */
  earlier({ predecessorId }: ApiKey): ApiKey[] {
    const key = predecessorId === null ? undefined : this.keys.get(predecessorId);
    if (key === undefined) return [];
    return [...(isOver(key, this.now) ? [] : [key]), ...this.earlier(key)];
  }

  write(subject: ApiKey, ...others: readonly ApiKey[]): void {
    for (const key of [subject, ...others]) this.keys.set(key.id, key);
    this.changed.push(subject.id);
  }

  hasRoom(organizationId: string): boolean {
    const counts = (key: ApiKey) => key.successorId === null && !isOver(key, this.now);
    return [...this.keys.values()].filter((key) => key.organizationId === organizationId && counts(key)).length < KEYS_ALLOWED;
  }

  listed(organizationId: string): ApiKey[] {
    const own = [...this.keys.values()].filter((key) => key.organizationId === organizationId);
    return own.sort((a, b) => (a.id < b.id ? 1 : -1));
  }
}

type Step = (model: Model) => Promise<void>;

const index = fc.nat({ max: 30 });
const end = fc.option(fc.integer({ min: 0, max: 3_000 }));
const lasts = <Key extends string>(key: Key) => ({ [key]: end }) as Record<Key, typeof end>;

const passes = fc.integer({ min: 1, max: 1_000 }).map(
  (ms): Step =>
    async (model) => {
      model.now += ms;
    },
);

const creates = fc.record({ organization: index, parent: fc.option(index), ...lasts("endsAfterMs") }).map(
  ({ organization, parent, endsAfterMs }): Step =>
    async (model) => {
      const organizationId = model.organizationId(organization);
      const expiresAt = endsAfterMs === null ? null : model.now + endsAfterMs;
      const asked = model.world.aKey(organizationId, { expiresAt, createdAt: model.now, updatedAt: model.now });
      const parentId = parent === null ? undefined : model.keyId(parent);
      const parentKey = parentId === undefined ? undefined : model.owned(organizationId, parentId);
      const result = await model.world.create(asked, {}, model.world.change(model.now, "parent", parentId));
      const key = parentId === undefined ? asked : parentKey && boundByParent(asked, parentKey, model.now);
      if (key === undefined) return expect(result).toEqual({ outcome: "actor_not_active" });
      if (!model.hasRoom(organizationId)) return expect(result).toEqual({ outcome: "key_limit_reached", allowed: KEYS_ALLOWED });
      expect(result).toEqual({ outcome: "created", key });
      model.write(key);
    },
);

const changes: fc.Arbitrary<(now: number) => KeyChanges> = fc.oneof(
  fc.boolean().map((enabled) => () => ({ enabled })),
  fc.constantFrom(null, "a", "b").map((name) => () => ({ name })),
  fc.constantFrom(null, 5).map((requestsPerDay) => () => ({ limits: { requestsPerDay } })),
  end.map((afterMs) => (now: number) => ({ expiresAt: afterMs === null ? null : now + afterMs })),
);

const updates = fc.record({ organization: index, key: index, changes }).map(
  ({ organization, key: at, changes }): Step =>
    async (model) => {
      const [organizationId, id, given] = [model.organizationId(organization), model.keyId(at), changes(model.now)];
      const result = await model.world.store.updateKey(organizationId, id, given, model.world.change(model.now));
      const key = model.owned(organizationId, id);
      if (key === undefined) return expect(result).toEqual({ outcome: "not_found" });
      const problem = refusedChange(key, given, model.now);
      if (problem !== undefined) return expect(result).toEqual({ outcome: "refused", problem });
      const updated = withChanges(key, given, model.now);
      expect(result).toEqual({ outcome: "updated", key: updated });
      model.write(updated);
    },
);

const revokes = fc.record({ organization: index, key: index }).map(
  ({ organization, key: at }): Step =>
    async (model) => {
      const [organizationId, id] = [model.organizationId(organization), model.keyId(at)];
      const result = await model.world.store.revokeKey(organizationId, id, model.world.change(model.now));
      const key = model.owned(organizationId, id);
      if (key === undefined) return expect(result).toEqual({ outcome: "not_found" });
      if (key.revokedAt !== null) return expect(result).toEqual({ outcome: "already_revoked", key });
      const revoked = { ...key, revokedAt: model.now, updatedAt: model.now };
      expect(result).toEqual({ outcome: "revoked", key: revoked });
      model.write(revoked);
    },
);

const rotates = fc.record({ organization: index, key: index, overlapMs: fc.integer({ min: 0, max: 2_000 }) }).map(
  ({ organization, key: at, overlapMs }): Step =>
    async (model) => {
      const [organizationId, id] = [model.organizationId(organization), model.keyId(at)];
      const succession = model.world.aSuccessor({ overlapMs });
      const result = await model.world.store.rotateKey(organizationId, id, succession, model.world.change(model.now));
      const key = model.owned(organizationId, id);
      if (key === undefined) return expect(result).toEqual({ outcome: "not_found" });
      const rotation = rotate(key, succession, model.now);
      if (!rotation.ok) return expect(result).toEqual({ outcome: "refused", problem: rotation.problem });
      const { successor, predecessor } = rotation.value;
      const ended = model.earlier(key);
      expect(result).toEqual({ outcome: "rotated", key: successor, predecessor, ended: ended.map((each) => each.id) });
      model.write(predecessor, successor);
      for (const each of ended) model.write({ ...each, expiresAt: model.now, updatedAt: model.now });
    },
);

const lists = fc.record({ organization: index, afterMs: fc.integer({ min: 0, max: 1_500 }) }).map(
  ({ organization, afterMs }): Step =>
    async (model) => {
      const [organizationId, activeAt] = [model.organizationId(organization), model.now + afterMs];
      const active = (key: ApiKey) => key.revokedAt === null && (key.expiresAt === null || key.expiresAt > activeAt);
      const listed = await model.world.store.listKeys(organizationId, { limit: 100, activeAt });
      expect(listed).toEqual(model.listed(organizationId).filter(active));
    },
);

export function describeSimulation(world: World, guarantee: Guarantee): void {
  guarantee("any sequence of calls gives the results that the rules say, and appears in the change feed", async () => {
    const step = fc.oneof({ weight: 3, arbitrary: creates }, passes, updates, revokes, { weight: 2, arbitrary: rotates }, lists);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const overrides = { keys: KEYS_ALLOWED };
        const [one, other] = [await world.organization({ overrides }), await world.organization({ overrides })];
        const model = new Model(world, [one.id, other.id]);
        await world.newChanges();
        for (const step of steps) await step(model);
        for (const { id } of [one, other]) expect(await world.store.listKeys(id, { limit: 100 })).toEqual(model.listed(id));
        expect((await world.newChanges()).map(({ subjectId }) => subjectId)).toEqual(model.changed);
      }),
      { numRuns: 60 },
    );
  });
}
