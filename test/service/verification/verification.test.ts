/** Verification as a library call: what it looks up, its verdict, and what is in force when. */
import { describe, expect, test } from "vitest";
import { fingerprint } from "../../../service/secrets.ts";
import type { Store } from "../../../stores/contract.ts";
import { freshKey, keyOf, must, testService } from "../../support/service.ts";

/** A store that counts its look-ups by digest. */
function counting() {
  const count = { lookUps: 0 };
  const wrap = (store: Store): Store => ({
    ...store,
    findKeyByDigest: (digest) => {
      count.lookUps++;
      return store.findKeyByDigest(digest);
    },
  });
  return { count, wrap };
}

describe("look-ups", () => {
  test("a key in memory is verified synchronously and without the store", async () => {
    const { count, wrap } = counting();
    const { service, newOrganization, newKey } = await testService({ wrap });
    const { id, key } = await newKey(await newOrganization());
    expect((await service.verify(key)).valid).toBe(true);
    expect(count.lookUps).toBe(1);
    const verdict = service.verify(key);
    expect(verdict).not.toBeInstanceOf(Promise);
    expect(verdict).toMatchObject({ valid: true, code: "valid", key: { id } });
    expect(count.lookUps).toBe(1);
  });

  test("two hundred first requests with one key share one look-up", async () => {
    const { count, wrap } = counting();
    const { service, newOrganization, newKey } = await testService({ wrap });
    const { key } = await newKey(await newOrganization());
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => service.verify(key)));
    expect(verdicts.every(({ valid }) => valid)).toBe(true);
    expect(count.lookUps).toBe(1);
  });

  test.each([
    ["nothing", ""],
    ["another prefix", "sk_live_0123456789012345678901234567890123456789012_000000"],
    ["a wrong checksum", "kw_live_0123456789012345678901234567890123456789012_000000"],
    ["a lone surrogate", "kw_live_\ud800"],
    ["a megabyte", "kw_live_".padEnd(1_000_000, "a")],
  ])("%s is malformed and costs no look-up", async (_name, presented) => {
    const { count, wrap } = counting();
    const { service } = await testService({ wrap });
    expect(await service.verify(presented)).toMatchObject({ valid: false, code: "malformed" });
    expect(count.lookUps).toBe(0);
  });

  test("a key of an environment that is not served costs no look-up", async () => {
    const { count, wrap } = counting();
    const all = await testService();
    const { key } = await all.newKey(await all.newOrganization(), { environment: "test" });
    const { service } = await testService({ wrap, environment: "live" });
    expect(await service.verify(key)).toMatchObject({ valid: false, code: "wrong_environment" });
    expect(count.lookUps).toBe(0);
  });

  test("an unknown well-formed key costs one look-up, not one for each request", async () => {
    const { count, wrap } = counting();
    const other = await testService();
    const { key } = await other.newKey(await other.newOrganization());
    const { service } = await testService({ wrap });
    for (let round = 0; round < 50; round++)
      expect(await service.verify(key)).toMatchObject({ valid: false, code: "not_found", key: undefined });
    expect(count.lookUps).toBe(1);
  });
});

describe("a flood", () => {
  test("of well-formed unknown keys keeps memory bounded, and keys in memory are verified at once meanwhile", async () => {
    const { service, verifier, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization());
    await service.verify(key);
    const guesses = Array.from({ length: 15_000 }, () => freshKey("live"));
    for (let wave = 0; wave < 15; wave++) {
      const flood = guesses.slice(wave * 1_000, (wave + 1) * 1_000).map((guess) => service.verify(guess));
      // Not a promise: it waits for none of those that are under way.
      expect(service.verify(key)).toMatchObject({ valid: true });
      for (const verdict of await Promise.all(flood)) expect(verdict.code).toBe("not_found");
    }
    expect(verifier.cache.size).toBe(1);
    const remembered = guesses.map((guess) => verifier.cache.isUnknown(fingerprint(guess), 0));
    expect([remembered.indexOf(true), remembered.filter(Boolean).length]).toEqual([5_000, 10_000]);
  });

  test("of keys that come and go leaves no more counters in memory than keys", async () => {
    const { service, limiter, newOrganization, newKey } = await testService({ cachedKeys: 5 });
    const organization = await newOrganization();
    for (let at = 0; at < 20; at++) {
      const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 5 } });
      await service.verify(key);
      await service.flush();
      if (at % 2 === 0) must(await service.keys.revoke(organization, id, "operator"));
    }
    const { key } = await newKey(organization, { limits: { requestsPerMinute: 5 } });
    for (let second = 0; second < 3; second++) {
      await service.verify(key);
      await service.flush();
    }
    expect(limiter.size).toBeLessThanOrEqual(5);
  });
});

describe("timing and bodies tell nothing", () => {
  test("unknown, wrong, revoked and foreign ids take about as long: medians within a factor of five", async () => {
    const { service, newOrganization, newKey } = await testService();
    const [organization, other] = [await newOrganization(), await newOrganization()];
    const keys = await Promise.all(Array.from({ length: 60 }, () => newKey(organization)));
    for (const { id } of keys) must(await service.keys.revoke(organization, id, "operator"));
    // Each credential once: every one of them asks the store. They take turns, so that what slows the machine down slows all of them.
    const classes = [
      () => service.verify(freshKey("live")),
      (at: number) => service.verify(keys[at]?.key ?? ""),
      (at: number) => service.keys.get(other, keys[at]?.id ?? ""),
      () => service.keys.get(other, "key_00000000000000000000000000"),
    ];
    const times: number[][] = classes.map(() => []);
    for (let at = 0; at < 60; at++)
      for (const [index, run] of classes.entries()) {
        const began = performance.now();
        await run(at);
        times[index]?.push(performance.now() - began);
      }
    const [unknown = 0, revoked = 0, foreign = 0, nobody = 0] = times.map((of) => of.sort((a, b) => a - b)[30] ?? 0);
    expect(Math.max(unknown, revoked) / Math.min(unknown, revoked)).toBeLessThan(5);
    expect(Math.max(foreign, nobody) / Math.min(foreign, nobody)).toBeLessThan(5);
  });
});

describe("changes are in force on the next request", () => {
  test.each([
    ["disabling", async (s, o, id) => void must(await s.keys.update(o, id, { enabled: false }, "operator")), "disabled"],
    ["revoking", async (s, o, id) => void must(await s.keys.revoke(o, id, "operator")), "revoked"],
    ["a new scope of the question", async () => undefined, "insufficient_scope"],
    [
      "expiry",
      async (s, o, id, clock) => {
        must(await s.keys.update(o, id, { expiresIn: "2s" }, "operator"));
        clock.now += 2000;
      },
      "expired",
    ],
    [
      "a limit of the organization",
      async (s, o) => void must(await s.organizations.update(o, { overrides: { requestsPerMinute: 1 } }, "operator")),
      "rate_limited",
    ],
    [
      "a limit of the key",
      async (s, o, id) => void must(await s.keys.update(o, id, { limits: { requestsPerMinute: 1 } }, "operator")),
      "rate_limited",
    ],
  ] as [
    string,
    (s: Awaited<ReturnType<typeof testService>>["service"], organization: string, id: string, clock: { now: number }) => Promise<unknown>,
    string,
  ][])("%s", async (_name, change, code) => {
    const { service, clock, newOrganization, newKey } = await testService();
    const organization = await newOrganization();
    const { id, key } = await newKey(organization);
    expect((await service.verify(key)).code).toBe("valid");
    await change(service, organization, id, clock);
    const ask = code === "insufficient_scope" ? { scopes: ["agents:read"] } : {};
    if (code === "rate_limited") expect((await service.verify(key)).code).toBe("valid");
    expect((await service.verify(key, ask)).code).toBe(code);
  });

  test("a key that is enabled again works again", async () => {
    const { service, newOrganization, newKey } = await testService();
    const organization = await newOrganization();
    const { id, key } = await newKey(organization);
    for (const enabled of [false, true, false, true]) {
      must(await service.keys.update(organization, id, { enabled }, "operator"));
      expect((await service.verify(key)).valid).toBe(enabled);
    }
  });
});

describe("limits", () => {
  test("200 requests at once against ten a minute: exactly ten pass, and Retry-After is true to the millisecond", async () => {
    const { service, clock, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 10 } });
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => service.verify(key)));
    expect(verdicts.filter(({ valid }) => valid)).toHaveLength(10);
    const retryAt = Math.max(...verdicts.map((verdict) => verdict.retryAt));
    clock.now = retryAt - 1;
    expect((await service.verify(key)).code).toBe("rate_limited");
    clock.now = retryAt;
    expect((await service.verify(key)).code).toBe("valid");
  });

  test("a key and its successor share one counter", async () => {
    const { service, newOrganization, newKey } = await testService();
    const organization = await newOrganization();
    const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 4 } });
    await service.verify(key);
    const successor = keyOf(must(await service.keys.rotate(organization, id, {}, "operator")));
    const verdicts = [];
    for (const presented of [successor, key, successor, key, successor]) verdicts.push((await service.verify(presented)).code);
    expect(verdicts).toEqual(["valid", "valid", "valid", "rate_limited", "rate_limited"]);
  });

  test("a refusal by one limit charges none of them", async () => {
    const { service, clock, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 1, requestsPerDay: 3 } });
    for (let minute = 0; minute < 3; minute++) {
      expect((await service.verify(key)).valid).toBe(true);
      for (let more = 0; more < 20; more++) expect((await service.verify(key)).code).toBe("rate_limited");
      clock.now += 60_000;
    }
    expect((await service.verify(key)).code).toBe("rate_limited");
  });

  test("requests that hold count as under way until they are released", async () => {
    const { service, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { concurrentRequests: 2 } });
    const [first] = [await service.verify(key, {}, true), await service.verify(key, {}, true)];
    expect((await service.verify(key, {}, true)).code).toBe("rate_limited");
    first?.release();
    expect((await service.verify(key, {}, true)).code).toBe("valid");
  });

  test("a second release, or one of a request that was refused or does not hold, ends no other request", async () => {
    const { service, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { concurrentRequests: 2 } });
    const admitted = [await service.verify(key, {}, true), await service.verify(key, {}, true)];
    const refused = await service.verify(key, {}, true);
    expect(refused.code).toBe("rate_limited");
    admitted[0]?.release();
    const brief = await service.verify(key);
    expect(brief.code).toBe("valid");
    for (const verdict of [admitted[0], refused, brief]) verdict?.release();
    expect(brief.rateLimits()).toMatchObject([{ name: "concurrent", remaining: 1 }]);
    expect((await service.verify(key, {}, true)).code).toBe("valid");
    expect((await service.verify(key, {}, true)).code).toBe("rate_limited");
  });

  test("the limits in a verdict include its own request", async () => {
    const { service, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 1 } });
    const minute = { name: "minute", limit: 1, remaining: 0, resetSeconds: 60, windowSeconds: 60 };
    expect((await service.verify(key)).rateLimits()).toEqual([minute]);
    expect((await service.verify(key)).rateLimits()).toEqual([minute]);
    expect((await service.verify(freshKey("live"))).rateLimits()).toEqual([]);
  });

  test("a key that leaves the cache keeps its count", async () => {
    const { service, verifier, newOrganization, newKey } = await testService({ cachedKeys: 2 });
    const organization = await newOrganization();
    const limited = await newKey(organization, { limits: { requestsPerMinute: 3 } });
    const others = [await newKey(organization), await newKey(organization), await newKey(organization)];
    const codes = [];
    for (let round = 0; round < 6; round++) {
      codes.push((await service.verify(limited.key)).code);
      for (const { key } of others) expect((await service.verify(key)).valid).toBe(true);
      if (round % 2 === 1) await service.flush();
      expect(verifier.cache.size).toBeLessThanOrEqual(2);
    }
    expect(codes).toEqual(["valid", "valid", "valid", "rate_limited", "rate_limited", "rate_limited"]);
  });
});

describe("use", () => {
  test("last use and usage by outcome reach the store; a failing store loses none", async () => {
    let failing = true;
    const { service, store, clock, newOrganization, newKey } = await testService({
      wrap: (inner) => ({ ...inner, recordUse: (batch) => (failing ? Promise.reject(new Error("full")) : inner.recordUse(batch)) }),
    });
    const organization = await newOrganization();
    const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 3 } });
    for (let round = 0; round < 5; round++) await service.verify(key);
    await expect(service.flush()).rejects.toThrow("full");
    expect(must(await service.keys.get(organization, id)).lastUsedAt).toBe(clock.now);
    await service.verify(key);
    failing = false;
    await service.flush();
    const hour = clock.now - (clock.now % 3_600_000);
    expect(await store.usageOf(id, 0)).toEqual([
      { hour, outcome: "rate_limited", count: 3 },
      { hour, outcome: "valid", count: 3 },
    ]);
    expect((await store.findKey(organization, id))?.lastUsedAt).toBe(clock.now);
  });

  test("a change between use and batch forgets no use", async () => {
    const { service, store, newOrganization, newKey } = await testService();
    const organization = await newOrganization();
    const { id, key } = await newKey(organization);
    await service.verify(key);
    must(await service.keys.update(organization, id, { name: "renamed" }, "operator"));
    await service.verify(key);
    await service.flush();
    await service.verify(key);
    await service.flush();
    expect(await store.usageOf(id, 0)).toMatchObject([{ outcome: "valid", count: 3 }]);
  });
});
