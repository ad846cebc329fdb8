/** A limiter that must ask a database before it admits: verification waits for it, and counts each request once. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type ApiKey, NO_LIMITS } from "../../../engine/api-key.ts";
import { generateCredential } from "../../../engine/credential-form.ts";
import { keyward as platform } from "../../../platforms/keyward.ts";
import { ENDLESS } from "../../../service/changes/lease.ts";
import { Clocks } from "../../../service/clocks.ts";
import type { Limiter } from "../../../service/limiting/limiter.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import { UseRecorder } from "../../../service/verification/use-recorder.ts";
import { Verifier } from "../../../service/verification/verifier.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

function world(response: () => number | Promise<number>) {
  const released: string[] = [];
  const limiter: Limiter = {
    enter: (id) => ({ id }),
    leave: () => undefined,
    admit: response,
    release: ({ id }) => void released.push(id),
    standing: (_counter, _limits, now) => [{ name: "minute", limit: 1, remaining: 0, resetSeconds: now, windowSeconds: 60 }],
    standingOf: async () => [],
    wouldAdmit: () => true,
  };
  const clocks = new Clocks(() => NOW, { id: "test", now: () => 7 });
  const nothing = {
    takeUnsaved: () => [],
    statesOf: () => [],
    saved: () => undefined,
    notSaved: () => undefined,
  };
  const recorder = new UseRecorder({ recordUse: async () => undefined, counters: nothing, clocks });
  const state = { enabled: true, expiresAt: null, revokedAt: null, lastUsedAt: null, predecessorId: null, successorId: null };
  const shape = {
    prefix: "kw_live_0123",
    publicKey: null,
    domains: [],
    resources: null,
    scopes: [],
    name: null,
    createdAt: NOW,
    updatedAt: NOW,
  };
  const key: ApiKey = {
    id: "key_1",
    organizationId: "org_1",
    environment: "live",
    limits: { ...NO_LIMITS, requestsPerMinute: 1 },
    counterId: "counter_1",
    ...state,
    ...shape,
  };
  const found = async () => ({ outcome: "found", key, digest: "", organization: undefined, counter: undefined }) as const;
  const store = { findKeyByDigest: found, findKeyByPublicKey: found };
  const secrets = deriveSecrets({ id: 1, secret: "test-secret-test-secret-test-secret" });
  const mover = { note: () => undefined };
  const options = { system: platform, environments: ["live"] as const, store, secrets, mover, recorder, limiter, clocks, capacity: 10 };
  const verifier = new Verifier({ ...options, lease: ENDLESS });
  const presented = generateCredential(platform.keyForm, "live", randomBytes).presented;
  return { verifier, presented, released };
}

test.each([
  ["admitted", 0, { valid: true, code: "valid", retryAt: 0 }],
  ["refused until the time that it says", 30_007, { valid: false, code: "rate_limited", retryAt: NOW + 30_000 }],
])("%s", async (_name, response, expected) => {
  const { verifier, presented } = world(async () => response);
  await verifier.verify(presented);
  const before = { ...verifier.outcomes };
  const verdict = verifier.verify(presented);
  expect(verdict).toBeInstanceOf(Promise);
  expect(await verdict).toMatchObject(expected);
  expect(verifier.outcomes).toEqual({ ...before, [expected.code]: (before[expected.code as "valid"] ?? 0) + 1 });
});

test("a limiter that knows the result keeps the cached path synchronous", async () => {
  const { verifier, presented } = world(() => 0);
  await verifier.verify(presented);
  expect(verifier.verify(presented)).toMatchObject({ valid: true });
});

test("a database that fails admits nobody and counts nothing", async () => {
  const { verifier, presented } = world(async () => {
    throw new StoreUnavailable("gone");
  });
  await expect(verifier.verify(presented)).rejects.toThrow(StoreUnavailable);
  expect(Object.values(verifier.outcomes).reduce((sum, count) => sum + count, 0)).toBe(0);
});

test("the verdict asks the limiter: for the standing at the time of the request, and once for its release", async () => {
  const { verifier, presented, released } = world(async () => 0);
  const verdict = await verifier.verify(presented, {}, true);
  expect(verdict.rateLimits()).toMatchObject([{ resetSeconds: 7 }]);
  verdict.release();
  verdict.release();
  expect(released).toEqual(["counter_1"]);
});
