/** Where the limits of a key stand, and testing a credential: exact, and without a trace. */
import { expect, test } from "vitest";
import { keyChanged } from "../../../engine/state-change.ts";
import { agentpay, agentsgt, ampersend } from "../../../platforms/index.ts";
import { fingerprint } from "../../../service/secrets.ts";
import { freshKey, keyOf, must } from "../../support/service.ts";
import { type InProcess, inProcess } from "../in-process.ts";

const keyPath = (organizationId: string, keyId: string) => `/keyward/v1/organizations/${organizationId}/keys/${keyId}`;
const limitsOf = async ({ request }: InProcess, organizationId: string, keyId: string) =>
  (await request("GET", `${keyPath(organizationId, keyId)}/limits`)).json.data;
const tested = async ({ request }: InProcess, organizationId: string, keyId: string, body: object) =>
  (await request("POST", `${keyPath(organizationId, keyId)}/test`, body)).json;

test("each limit has its state and its source; a limit that is not set is absent", async () => {
  const system = await inProcess();
  const { service, clock, newOrganization, newKey } = system;
  const id = await newOrganization({ plan: "free", overrides: { requestsPerDay: 100, concurrentRequests: null } });
  const key = await newKey(id, { limits: { requestsPerMinute: 3 } });
  const minute = { name: "minute", limit: 3, windowSeconds: 60, from: "key" };
  const day = { name: "day", limit: 100, windowSeconds: 86_400, from: "organization" };
  expect(await limitsOf(system, id, key.id)).toEqual([
    { ...minute, remaining: 3, resetSeconds: 60 },
    { ...day, remaining: 100, resetSeconds: 86_400 },
  ]);
  await service.verify(key.key);
  clock.now += 10_000;
  await service.verify(key.key);
  expect(await limitsOf(system, id, key.id)).toEqual([
    { ...minute, remaining: 1, resetSeconds: 50 },
    { ...day, remaining: 98, resetSeconds: 86_390 },
  ]);
  const free = await newOrganization();
  expect(await limitsOf(system, free, (await newKey(free)).id)).toEqual([]);
});

test("requests under way are in it, and keys that replaced one another count together", async () => {
  const system = await inProcess();
  const { service, newOrganization, newKey } = system;
  const id = await newOrganization({ plan: "free" });
  const key = await newKey(id);
  const verdict = await service.verify(key.key, {}, true);
  const { apiKey, ...successor } = must(await service.keys.rotate(id, key.id, {}, "operator"));
  keyOf({ apiKey, ...successor });
  for (const keyId of [key.id, apiKey.id]) {
    expect(await limitsOf(system, id, keyId)).toEqual([
      expect.objectContaining({ name: "minute", remaining: 59 }),
      expect.objectContaining({ name: "day", remaining: 9_999 }),
      { name: "concurrent", limit: 5, remaining: 4, resetSeconds: 0, windowSeconds: 0, from: "plan" },
    ]);
  }
  verdict.release();
  expect((await limitsOf(system, id, key.id))[2].remaining).toBe(5);
});

test("a counter that memory does not have is read from the store", async () => {
  const system = await inProcess();
  const { service, limiter, applyChange, newOrganization, newKey } = system;
  const id = await newOrganization({ plan: "free" });
  const [key, other] = [await newKey(id), await newKey(id)];
  for (let request = 0; request < 7; request++) await service.verify(key.key);
  await service.flush();
  applyChange(keyChanged(key.id));
  // A counter that nobody holds is forgotten with one of the next batches.
  for (let batch = 0; batch < 2; batch++) {
    await service.verify(other.key);
    await service.flush();
  }
  expect(limiter.size).toBe(1);
  expect((await limitsOf(system, id, key.id))[0].remaining).toBe(53);
  expect(limiter.size).toBe(1);
});

test("a credential gets the verdict that a request with it would get", async () => {
  const system = await inProcess({ platform: ampersend });
  const { service, newOrganization, newKey, clock } = system;
  const id = await newOrganization({ overrides: { requestsPerMinute: 2 } });
  const [key, other] = [await newKey(id, { scopes: ["agents:read"] }), await newKey(id)];
  const minute = { name: "minute", limit: 2, remaining: 2, resetSeconds: 60, windowSeconds: 60 };
  const ask = (body: object) => tested(system, id, key.id, body);
  expect(await ask({ credential: key.key })).toEqual({ valid: true, code: "valid", refusedFor: [], isThisKey: true, rateLimits: [minute] });
  expect(await ask({ credential: key.key, scopes: ["agents:read"], origin: "https://a.com" })).toMatchObject({ valid: true });
  expect(await ask({ credential: key.key, scopes: ["agents:write"] })).toEqual({
    valid: false,
    code: "insufficient_scope",
    refusedFor: ["insufficient_scope"],
    isThisKey: true,
    rateLimits: [minute],
  });
  expect(await ask({ credential: other.key })).toEqual({
    valid: true,
    code: "valid",
    refusedFor: [],
    isThisKey: false,
    rateLimits: [minute],
  });
  for (const credential of ["", "x", ` ${key.key}`, `${key.key}x`, key.key.replace(/.$/, "!"), "x".repeat(60_000)]) {
    expect(await ask({ credential })).toEqual({
      valid: false,
      code: "malformed",
      refusedFor: ["malformed"],
      isThisKey: false,
      rateLimits: [],
    });
  }
  for (let request = 0; request < 2; request++) await service.verify(key.key);
  expect(await ask({ credential: key.key })).toMatchObject({
    valid: false,
    code: "rate_limited",
    isThisKey: true,
    rateLimits: [{ remaining: 0, resetSeconds: 60 }],
  });
  clock.now += 60_000;
  await service.keys.update(id, key.id, { enabled: false }, "operator");
  expect(await ask({ credential: key.key })).toMatchObject({ valid: false, code: "disabled", isThisKey: true });
  await service.keys.update(id, key.id, { enabled: true, expiresIn: "1s" }, "operator");
  clock.now += 1_000;
  expect(await ask({ credential: key.key })).toMatchObject({ valid: false, code: "expired" });
  const twice = await newKey(id, { expiresIn: "1s" });
  await service.keys.update(id, twice.id, { enabled: false }, "operator");
  clock.now += 1_000;
  expect(await ask({ credential: twice.key })).toMatchObject({ code: "disabled", refusedFor: ["disabled", "expired"] });
  const path = `/keyward/v1/organizations/${id}/keys/${twice.id}`;
  expect((await system.request("GET", path)).json).toMatchObject({
    status: "disabled",
    condition: "disabled",
    refusedFor: ["disabled", "expired"],
  });
  await service.keys.revoke(id, key.id, "operator");
  expect(await ask({ credential: key.key })).toMatchObject({ valid: false, code: "revoked", isThisKey: true });
});

test("a pair is tested whole, and its public key alone with the origin", async () => {
  const system = await inProcess({ platform: agentsgt });
  const { newOrganization, newKey } = system;
  const [mine, theirs] = [await newOrganization(), await newOrganization()];
  const [key, foreign] = [await newKey(mine, { domains: ["*.example.com"] }), await newKey(theirs, { domains: ["*.example.com"] })];
  const [publicKey, secretKey] = key.key.split(":");
  const [foreignPublic, foreignSecret] = foreign.key.split(":");
  const code = async (credential: string, origin?: string) =>
    (await tested(system, mine, key.id, { credential, ...(origin !== undefined && { origin }) })).code;
  expect(await code(key.key)).toBe("valid");
  expect(await code(publicKey!, "https://app.example.com")).toBe("valid");
  expect(await code(publicKey!, "https://example.com.evil.com")).toBe("origin_not_allowed");
  expect(await code(publicKey!)).toBe("origin_not_allowed");
  expect(await code(`${publicKey}:${foreignSecret}`)).toBe("not_found");
  for (const credential of [foreignPublic!, foreign.key, `${foreignPublic}:${secretKey}`])
    expect(await code(credential, "https://app.example.com")).toBe("not_found");
  expect(await code(secretKey!)).toBe("malformed");
});

test("another organization's key and an unclaimed one get the same response and look-ups as an unknown one", async () => {
  const asked: string[] = [];
  const system = await inProcess({
    wrap: (store) => {
      const noted =
        (method: string, run: (...values: unknown[]) => unknown) =>
        (...values: unknown[]) => {
          asked.push(method);
          return run(...values);
        };
      return { ...store, ...Object.fromEntries(Object.entries(store).map(([method, run]) => [method, noted(method, run)])) };
    },
  });
  const { newOrganization, newKey, request } = system;
  const [mine, theirs] = [await newOrganization(), await newOrganization()];
  const [key, foreign] = [await newKey(mine), await newKey(theirs)];
  const responses: unknown[] = [];
  for (const credential of [freshKey("live"), foreign.key, freshKey("live"), foreign.key]) {
    asked.length = 0;
    const { text } = await request("POST", `${keyPath(mine, key.id)}/test`, { credential });
    responses.push([text, ...asked]);
  }
  expect(responses[0]).toEqual([
    '{"valid":false,"code":"not_found","refusedFor":["not_found"],"isThisKey":false,"rateLimits":[]}',
    "findKey",
    "findKeyByDigest",
  ]);
  expect(responses).toEqual(Array(4).fill(responses[0]));

  const open = await inProcess({ platform: agentpay });
  const own = await open.newOrganization();
  const ownKey = await open.newKey(own);
  const unclaimed = keyOf(must(await open.service.keys.createUnclaimed({})));
  expect(await tested(open, own, ownKey.id, { credential: unclaimed })).toEqual({
    valid: false,
    code: "not_found",
    refusedFor: ["not_found"],
    isThisKey: false,
    rateLimits: [],
  });
});

test("a key of an environment that is not served gets a verdict that says so", async () => {
  const system = await inProcess({ environment: "test" });
  const id = await system.newOrganization();
  const key = await system.newKey(id);
  expect((await tested(system, id, key.id, { credential: freshKey("live") })).code).toBe("wrong_environment");
});

test("a test counts nothing and changes nothing, not even memory, and is not logged", async () => {
  const system = await inProcess();
  const { service, verifier, limiter, store, logged, newOrganization, newKey } = system;
  const id = await newOrganization({ plan: "free" });
  const key = await newKey(id);
  const outcomes = { ...verifier.outcomes };
  const audit = await store.listAudit(id, { limit: 10 });
  const unknown = freshKey("live");
  for (const credential of [key.key, unknown, "x"]) {
    const { text } = await system.request("POST", `${keyPath(id, key.id)}/test`, { credential });
    if (credential.length > 1) expect(text).not.toContain(credential);
  }
  await service.flush();
  expect(verifier.outcomes).toEqual(outcomes);
  expect([verifier.cache.size, verifier.cache.isUnknown(fingerprint(unknown), 0), limiter.size]).toEqual([0, false, 0]);
  expect(await store.usageOf(key.id, 0)).toEqual([]);
  expect(await store.findCounter(key.id)).toBeUndefined();
  expect((await store.findKey(id, key.id))?.lastUsedAt).toBeNull();
  expect(await store.listAudit(id, { limit: 10 })).toEqual(audit);
  expect(logged).toEqual([]);
});

test("an invalid body is refused, and the credential in it is never repeated", async () => {
  const { request, newOrganization, newKey } = await inProcess();
  const id = await newOrganization();
  const key = await newKey(id);
  const path = `${keyPath(id, key.id)}/test`;
  for (const body of [
    {},
    { credential: 1 },
    { credential: [key.key] },
    { credential: key.key, origin: 5 },
    { credential: key.key, scopes: "agents:read" },
    { credential: key.key, scopes: Array(65).fill("a") },
    { key: key.key },
    { credential: key.key, extra: key.key },
  ]) {
    const { status, text } = await request("POST", path, body);
    expect(status, Object.keys(body).join()).toBe(400);
    expect(text).not.toContain(key.key);
  }
  expect((await request("POST", path)).status).toBe(415);
});
