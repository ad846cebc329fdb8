/** A node whose lease has ended: what memory may decide, and what is read for each request. Another node is played by the store, behind this one's back. */
import { describe, expect, test, vi } from "vitest";
import { World } from "../../../stores/conformance/world.ts";
import type { NodeStore } from "../../../stores/node-contract.ts";
import { freshKey, must, testService } from "../../support/service.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
/** After the renewal at the start. */
const LEASE_ENDS_MS = 4_900;

async function world() {
  let reads = 0;
  const failing = new Set<string>();
  const shared = { isDown: false };
  const call = async <Result>(result: Result): Promise<Result> => {
    if (shared.isDown) throw new Error("the database is gone");
    return result;
  };
  const nodes: NodeStore = {
    join: () => call(undefined),
    renew: () => call({ head: 0 }),
    acknowledge: () => call(undefined),
    standing: () => call({ head: 0, nodes: [] }),
    evict: () => call(undefined),
    leave: () => call(undefined),
    list: () => call([]),
    changesAfter: () => call([]),
    wakeups: { isWorking: () => true, subscribe: () => () => undefined },
  };
  const clock = { wall: NOW, monotonic: 1_000_000 };
  const fixture = await testService({
    nodes,
    clock: () => clock.wall,
    monotonicClock: { id: "test", now: () => clock.monotonic },
    wrap: (store) => ({
      ...store,
      async findKeyByDigest(...values) {
        reads++;
        if (failing.has("findKeyByDigest")) throw new Error("the database is gone");
        return store.findKeyByDigest(...values);
      },
    }),
  });
  const elsewhere = new World();
  elsewhere.store = fixture.store;
  /** Time passes, and the lease is not renewed. */
  const pass = (milliseconds: number) => {
    shared.isDown = true;
    clock.wall += milliseconds;
    clock.monotonic += milliseconds;
  };
  const code = async (key: string) => (await fixture.service.verify(key)).code;
  const organization = await fixture.newOrganization({ overrides: { keys: null } });
  return { ...fixture, organization, elsewhere, pass, clock, code, failing, reads: () => reads };
}

test("under a lease memory decides, and past it every request reads its key, and is counted by its limits", async () => {
  const { service, newKey, organization, elsewhere, pass, code, reads } = await world();
  const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 4 } });
  expect([await code(key), await code(key), reads()]).toEqual(["valid", "valid", 1]);
  pass(LEASE_ENDS_MS);
  expect([await code(key), reads()]).toEqual(["valid", 2]);
  expect(service.verify(key)).toBeInstanceOf(Promise);
  expect([await code(key), reads()]).toEqual(["rate_limited", 4]);
  await elsewhere.revoke(organization, id);
  expect([await code(key), reads()]).toEqual(["revoked", 5]);
});

test("requests that come during a read share the next one, and never one that began before them", async () => {
  const { newKey, organization, pass, code, reads } = await world();
  const { key } = await newKey(organization);
  await code(key);
  pass(LEASE_ENDS_MS);
  const before = reads();
  await Promise.all(Array.from({ length: 20 }, () => code(key)));
  expect(reads() - before).toBe(2);
});

test("a wall clock that moves against the monotonic one ends the lease", async () => {
  const { newKey, organization, clock, code, reads } = await world();
  const { key } = await newKey(organization);
  await code(key);
  clock.wall += 3_600_000;
  await code(key);
  expect(reads()).toBe(2);
});

test("past the lease, a credential that was unknown is looked for again", async () => {
  const { organization, pass, code, elsewhere, secrets } = await world();
  const presented = freshKey("live");
  expect(await code(presented)).toBe("not_found");
  await elsewhere.create(elsewhere.aKey(organization), { digest: secrets.digest(presented) });
  expect(await code(presented)).toBe("not_found");
  pass(LEASE_ENDS_MS);
  expect(await code(presented)).toBe("valid");
});

test("past the lease, nothing is known while the database does not respond", async () => {
  const { service, newKey, organization, pass, failing } = await world();
  const { key } = await newKey(organization);
  await service.verify(key);
  failing.add("findKeyByDigest");
  expect((await service.verify(key)).code).toBe("valid");
  pass(LEASE_ENDS_MS);
  await expect(service.verify(key)).rejects.toThrow("the database is gone");
});

test("service tokens follow the same rule", async () => {
  const { service, elsewhere, pass } = await world();
  const { token, serviceToken } = must(await service.serviceTokens.create({ name: "gateway" }, "operator"));
  expect(await service.serviceTokens.isValid(token)).toBe(true);
  expect(service.serviceTokens.isInMemory(token)).toBe(true);
  pass(LEASE_ENDS_MS);
  expect(service.serviceTokens.isInMemory(token)).toBe(false);
  expect(await service.serviceTokens.isValid(token)).toBe(true);
  await elsewhere.store.revokeServiceToken(serviceToken.id, elsewhere.change());
  expect(await service.serviceTokens.isValid(token)).toBe(false);
});

describe("a request that waited after its verdict, as the gateway does before it forwards", () => {
  test("may go on at once where memory can tell", async () => {
    const { service, newKey, organization } = await world();
    const { key } = await newKey(organization);
    const verdict = await service.verify(key);
    if (!verdict.valid) throw new Error(verdict.code);
    expect(service.mayGoOn(verdict.key)).toBe(true);
  });

  test.each([
    ["is judged by the store past the lease, and goes on", false, true],
    ["is judged by the store past the lease, and ends", true, false],
  ])("%s", async (_sentence, isRevoked, expected) => {
    const { service, newKey, organization, pass, elsewhere } = await world();
    const { id, key } = await newKey(organization);
    const verdict = await service.verify(key);
    if (!verdict.valid) throw new Error(verdict.code);
    if (isRevoked) await elsewhere.revoke(organization, id);
    pass(LEASE_ENDS_MS);
    expect(await service.mayGoOn(verdict.key)).toBe(expected);
  });
});

test("past the lease, an open connection ends within a second of a revocation that this node does not hear of", async () => {
  const { service, newKey, organization, pass, elsewhere } = await world();
  const { id, key } = await newKey(organization);
  const verdict = await service.verify(key);
  if (!verdict.valid) throw new Error(verdict.code);
  const onEnded = vi.fn();
  service.watch(verdict.key, undefined, onEnded);
  pass(LEASE_ENDS_MS);
  await new Promise((later) => setTimeout(later, 600));
  expect(onEnded).not.toHaveBeenCalled();
  await elsewhere.revoke(organization, id);
  await vi.waitFor(() => expect(onEnded).toHaveBeenCalledOnce(), { timeout: 1_500 });
});
