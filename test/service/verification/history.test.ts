/**
 * Races, judged by their history: every verification and every change has a beginning and an end, and what has resolved binds
 * whatever begins later.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Store } from "../../../stores/contract.ts";
import { keyOf, must, testService } from "../../support/service.ts";

/** Results of the store arrive late and in another order, as from a busy database. */
function shaken(random: () => number): (store: Store) => Store {
  return (store) => {
    const shakenMethods = Object.entries(store).map(([method, run]) => [
      method,
      async (...values: unknown[]) => {
        await later(random() * 3);
        const value = await run(...values);
        await later(random() * 3);
        return value;
      },
    ]);
    return Object.fromEntries(shakenMethods);
  };
}

function later(ms: number): Promise<void> {
  return new Promise((done) => (ms < 1 ? setImmediate(done) : setTimeout(done, ms)));
}

describe("a revocation that has been acknowledged is final", () => {
  test("verifications that begin after it are refused, however they race with it", async () => {
    let random = () => 0;
    const { service, newOrganization, newKey } = await testService({ wrap: shaken(() => random()), cachedKeys: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 }),
        fc.integer({ min: 1, max: 4 }),
        async (draws, keys) => {
          let draw = 0;
          random = () => draws[draw++ % draws.length] ?? 0;
          const organization = await newOrganization();
          const issued = await Promise.all(Array.from({ length: keys }, () => newKey(organization)));
          let step = 0;
          for (const { id, key } of issued) {
            const history: { began: number; valid: boolean }[] = [];
            let answered = Number.POSITIVE_INFINITY;
            const verifications = Array.from({ length: 20 }, async () => {
              await later(random() * 8);
              const began = step++;
              history.push({ began, valid: (await service.verify(key)).valid });
            });
            const revocation = later(random() * 4).then(async () => {
              must(await service.keys.revoke(organization, id, "operator"));
              answered = step++;
            });
            await Promise.all([...verifications, revocation]);
            expect(history.filter(({ began, valid }) => valid && began > answered)).toEqual([]);
            expect((await service.verify(key)).code).toBe("revoked");
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

test("200 creations at once against a plan of ten keys: exactly ten, and revoking one makes room for one", async () => {
  const { service, newOrganization } = await testService();
  const organization = await newOrganization({ plan: "free" });
  const create = () => service.keys.create(organization, {}, "operator");
  const outcomes = await Promise.all(Array.from({ length: 200 }, create));
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(10);
  expect(new Set(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.problem.code])))).toEqual(new Set(["key_limit_reached"]));
  const [first] = await service.keys.listActive(organization);
  must(await service.keys.revoke(organization, first?.id ?? "", "operator"));
  const again = await Promise.all(Array.from({ length: 20 }, create));
  expect(again.filter(({ ok }) => ok)).toHaveLength(1);
});

test("a rotated key counts once, and once its successor is gone it counts itself", async () => {
  const { service, newOrganization, newKey } = await testService();
  const organization = await newOrganization({ overrides: { keys: 1 } });
  const { id } = await newKey(organization);
  const successor = must(await service.keys.rotate(organization, id, { overlap: "30d" }, "operator")).apiKey.id;
  expect(await service.keys.create(organization, {}, "operator")).toMatchObject({ ok: false, problem: { code: "key_limit_reached" } });
  must(await service.keys.revoke(organization, successor, "operator"));
  expect(await service.keys.create(organization, {}, "operator")).toMatchObject({ ok: false, problem: { code: "key_limit_reached" } });
  must(await service.keys.revoke(organization, id, "operator"));
  await newKey(organization);
});

test("parallel rotations make one successor, and the old key ends no later than it did", async () => {
  const { service, clock, newOrganization, newKey } = await testService();
  const organization = await newOrganization();
  const { id, key } = await newKey(organization, { expiresIn: "1h", scopes: ["agents:read"] });
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => service.keys.rotate(organization, id, { overlap: "24h" }, "operator")),
  );
  const made = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  expect(made).toHaveLength(1);
  expect(new Set(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.problem.code])))).toEqual(new Set(["already_rotated"]));
  const old = must(await service.keys.get(organization, id));
  expect(old.expiresAt).toBe(clock.now + 3_600_000);
  expect(made[0]?.apiKey).toMatchObject({ scopes: ["agents:read"], expiresAt: old.expiresAt, predecessorId: id });
  clock.now += 3_600_000;
  expect((await service.verify(key)).code).toBe("expired");
});

test("of twenty rotations with an overlap of 30 days two keys work, each time from the response on", async () => {
  const { service, newOrganization, newKey } = await testService();
  const organization = await newOrganization();
  const first = await newKey(organization);
  const chain = [first];
  for (let rotation = 0; rotation < 20; rotation++) {
    const last = chain.at(-1) ?? first;
    // All of them are in memory.
    for (const { key } of chain.slice(-2)) expect((await service.verify(key)).code).toBe("valid");
    const issued = must(await service.keys.rotate(organization, last.id, { overlap: "30d" }, "operator"));
    expect(issued.ended).toEqual(rotation === 0 ? undefined : [chain.at(-2)?.id]);
    chain.push({ id: issued.apiKey.id, key: keyOf(issued) });
    const codes = await Promise.all(chain.map(async ({ key }) => (await service.verify(key)).code));
    expect(codes).toEqual([...chain.slice(2).map(() => "expired"), "valid", "valid"]);
  }
});

test("a rotation whose response is lost on the way leaves no ended key in memory", async () => {
  let isLost = false;
  const { service, newOrganization, newKey } = await testService({
    wrap: (store) => ({
      ...store,
      async rotateKey(...values) {
        const result = await store.rotateKey(...values);
        if (isLost) throw new Error("the connection was lost");
        return result;
      },
    }),
  });
  const organization = await newOrganization();
  const { id, key } = await newKey(organization);
  const second = must(await service.keys.rotate(organization, id, { overlap: "30d" }, "operator"));
  expect((await service.verify(key)).code).toBe("valid");
  isLost = true;
  await expect(service.keys.rotate(organization, second.apiKey.id, { overlap: "30d" }, "operator")).rejects.toThrow("lost");
  expect((await service.verify(key)).code).toBe("expired");
});

test("an Idempotency-Key makes one key, however often and at once it is sent", async () => {
  const { service, newOrganization } = await testService();
  const organization = await newOrganization();
  const input = { name: "worker", idempotencyKey: "order-1" };
  const atOnce = await Promise.all(Array.from({ length: 20 }, () => service.keys.create(organization, input, "operator")));
  expect(atOnce.filter(({ ok }) => ok)).toHaveLength(1);
  const repeated = must(await service.keys.create(organization, input, "operator"));
  expect(repeated.shown).toBeUndefined();
  expect(await service.keys.listActive(organization)).toHaveLength(1);
  const other = await service.keys.create(organization, { ...input, name: "another" }, "operator");
  expect(other).toMatchObject({ ok: false, problem: { code: "idempotency_mismatch" } });
});

// biome-ignore-start lint/complexity/noExcessiveCognitiveComplexity: a model reads best as one list of what each operation does
test("drawn operations: verdicts are always those of a simple model", async () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("verify" as const), key: fc.nat(7) }),
    fc.record({ kind: fc.constant("create" as const), seconds: fc.option(fc.integer({ min: 1, max: 60 })) }),
    fc.record({ kind: fc.constant("enabled" as const), key: fc.nat(7), enabled: fc.boolean() }),
    fc.record({ kind: fc.constant("revoke" as const), key: fc.nat(7) }),
    fc.record({ kind: fc.constant("rotate" as const), key: fc.nat(7), seconds: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("flush" as const) }),
  );
  const { service, clock, newOrganization, newKey } = await testService({ cachedKeys: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (operations) => {
      const organization = await newOrganization();
      interface Model {
        id: string;
        key: string;
        enabled: boolean;
        revoked: boolean;
        rotated: boolean;
        end: number;
        before?: Model;
      }
      const model: Model[] = [];
      const isOver = ({ revoked, end }: Model) => revoked || end <= clock.now;
      for (const op of operations) {
        const at = "key" in op ? model[op.key % Math.max(1, model.length)] : undefined;
        if (op.kind === "wait") clock.now += op.seconds * 1000;
        else if (op.kind === "flush") await service.flush();
        else if (op.kind === "create") {
          const issued = await newKey(organization, op.seconds === null ? {} : { expiresIn: `${op.seconds}s` });
          model.push({
            ...issued,
            enabled: true,
            revoked: false,
            rotated: false,
            end: op.seconds === null ? Number.POSITIVE_INFINITY : clock.now + op.seconds * 1000,
          });
        } else if (at === undefined) continue;
        else if (op.kind === "enabled") {
          const { ok } = await service.keys.update(organization, at.id, { enabled: op.enabled }, "operator");
          expect(ok).toBe(!isOver(at));
          if (ok) at.enabled = op.enabled;
        } else if (op.kind === "revoke") {
          must(await service.keys.revoke(organization, at.id, "operator"));
          at.revoked = true;
        } else if (op.kind === "rotate") {
          const rotated = await service.keys.rotate(organization, at.id, { overlap: `${op.seconds}s` }, "operator");
          expect(rotated.ok).toBe(!isOver(at) && !at.rotated);
          if (!rotated.ok) continue;
          if (at.before !== undefined) at.before.end = Math.min(at.before.end, clock.now);
          model.push({ ...at, id: rotated.value.apiKey.id, key: keyOf(rotated.value), before: at });
          at.rotated = true;
          at.end = Math.min(at.end, clock.now + op.seconds * 1000);
        } else {
          const expected = at.revoked ? "revoked" : !at.enabled ? "disabled" : at.end <= clock.now ? "expired" : "valid";
          expect((await service.verify(at.key)).code).toBe(expected);
        }
      }
    }),
    { numRuns: 100 },
  );
});
// biome-ignore-end lint/complexity/noExcessiveCognitiveComplexity: as above
