import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OVERLAP_DEFAULT as DIALOG_DEFAULT } from "../../dashboard/src/keys/dialogs/overlap.ts";
import { DAY_MS, parseDuration } from "../../engine/duration.ts";
import { OVERLAP_DEFAULT, OVERLAP_RANGE, rotate } from "../../engine/rotation.ts";
import { NOW, someKey } from "./some-key.ts";

const succession = { successorId: "key_2", prefix: "kw_live_5678", publicKey: "pk_2", overlapMs: 1_000 };

test("a rotation changes only what differs in a successor", () => {
  const key = someKey({
    limits: { requestsPerMinute: 5, requestsPerDay: null, concurrentRequests: 2 },
    expiresAt: NOW + DAY_MS,
    predecessorId: "key_0",
    counterId: "key_0",
    publicKey: "pk_1",
    domains: ["example.com"],
    resources: ["a"],
  });
  const before = structuredClone(key);
  expect(rotate(key, succession, NOW)).toEqual({
    ok: true,
    value: {
      successor: {
        ...key,
        id: "key_2",
        prefix: "kw_live_5678",
        publicKey: "pk_2",
        createdAt: NOW,
        updatedAt: NOW,
        lastUsedAt: null,
        predecessorId: key.id,
        successorId: null,
      },
      predecessor: { ...key, successorId: "key_2", expiresAt: NOW + 1_000, updatedAt: NOW },
    },
  });
  expect(key).toEqual(before);
});

test("the overlap is a day by default, and thirty days at most", () => {
  expect(parseDuration(OVERLAP_DEFAULT, "overlap", OVERLAP_RANGE)).toEqual({ ok: true, value: DAY_MS });
  expect(OVERLAP_RANGE.maximumMs).toBe(30 * DAY_MS);
});

test("the dashboard's dialog begins with the overlap that a request without one gets", () => {
  expect(DIALOG_DEFAULT).toBe(OVERLAP_DEFAULT);
});

describe("when a key may be rotated", () => {
  // biome-ignore format: a table
  test.each([
    ["an active key may",                                  {},                                                    undefined],
    ["a disabled key may: the successor is disabled too",  { enabled: false },                                    undefined],
    ["a successor may",                                    { predecessorId: "key_0" },                            undefined],
    ["a key in its last millisecond may",                  { expiresAt: NOW + 1 },                                undefined],
    ["a key that expires now may not",                     { expiresAt: NOW },                                    "key_not_active"],
    ["a revoked key may not",                              { revokedAt: NOW },                                    "key_not_active"],
    ["a rotated key may not",                              { successorId: "key_9", expiresAt: NOW + 1 },          "already_rotated"],
    ["nor once its end has come",                          { successorId: "key_9", expiresAt: NOW },              "already_rotated"],
    ["nor once it is revoked",                             { successorId: "key_9", revokedAt: NOW },              "already_rotated"],
  ])("%s", (_sentence, different, code) => {
    const outcome = rotate(someKey(different), succession, NOW);
    expect(outcome.ok ? undefined : outcome.problem.code).toBe(code);
    if (outcome.ok) expect(outcome.value.successor.enabled).toBe(outcome.value.predecessor.enabled);
  });
});

describe("the old key's end only moves closer, and the new key has the end that the old one had", () => {
  // biome-ignore format: a table
  test.each([
    ["a key without an end ends with the overlap",              null,         1_000, NOW + 1_000, null],
    ["a later end comes closer",                                NOW + 5_000,  1_000, NOW + 1_000, NOW + 5_000],
    ["an end within the overlap stays",                         NOW + 500,    1_000, NOW + 500,   NOW + 500],
    ["an end that is the overlap's stays",                      NOW + 1_000,  1_000, NOW + 1_000, NOW + 1_000],
    ["without overlap the old key ends now",                    null,         0,     NOW,         null],
  ])("%s", (_sentence, expiresAt, overlapMs, oldEnd, newEnd) => {
    const outcome = rotate(someKey({ expiresAt }), { ...succession, overlapMs }, NOW);
    expect(outcome.ok && [outcome.value.predecessor.expiresAt, outcome.value.successor.expiresAt]).toEqual([oldEnd, newEnd]);
  });

  test("over any chain of rotations: one counter, one live end, each key the successor of the one before", () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 2 * DAY_MS }),
      overlapMs: fc.integer({ min: 0, max: OVERLAP_RANGE.maximumMs }),
    });
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 1, max: 40 * DAY_MS })), fc.array(step, { maxLength: 10 }), (endsAfterMs, steps) => {
        let now = NOW;
        let current = someKey({ expiresAt: endsAfterMs === null ? null : NOW + endsAfterMs });
        const { counterId, expiresAt, scopes, name } = current;
        for (const [index, { afterMs, overlapMs }] of steps.entries()) {
          now += afterMs;
          const outcome = rotate(current, { successorId: `key_s${index}`, prefix: `p${index}`, publicKey: null, overlapMs }, now);
          if (!outcome.ok) {
            expect(expiresAt !== null && expiresAt <= now).toBe(true);
            return;
          }
          const { predecessor, successor } = outcome.value;
          expect(predecessor.expiresAt).toBeLessThanOrEqual(Math.min(now + overlapMs, expiresAt ?? Number.POSITIVE_INFINITY));
          expect(rotate(predecessor, { ...succession }, now)).toMatchObject({ ok: false, problem: { code: "already_rotated" } });
          expect([predecessor.successorId, successor.predecessorId]).toEqual([successor.id, predecessor.id]);
          expect(successor).toMatchObject({ counterId, expiresAt, scopes, name, successorId: null });
          current = successor;
        }
      }),
    );
  });
});
