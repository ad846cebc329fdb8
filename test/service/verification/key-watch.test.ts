/** Connections that stay open are told when their key may no longer be used: by whichever change, and by the time. */
import { describe, expect, test, vi } from "vitest";
import { agentpay, agentsgt } from "../../../platforms/index.ts";
import type { Ask, Keyward, Verdict } from "../../../service/index.ts";
import { KeyWatch } from "../../../service/verification/key-watch.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { someKey } from "../../engine/some-key.ts";
import { freshKey, must, type TestService, testService } from "../../support/service.ts";

type Valid = Extract<Verdict, { valid: true }>;

async function admit(service: Keyward, credential: string, ask?: Ask): Promise<Valid> {
  const verdict = await service.verify(credential, ask);
  if (!verdict.valid) throw new Error(verdict.code);
  return verdict;
}

/** A watched key; `ended` resolves when it is told so. */
async function watched(fixture: TestService, input = {}, ask?: Ask) {
  const organization = await fixture.newOrganization();
  const { id, key } = await fixture.newKey(organization, input);
  const { key: presented } = await admit(fixture.service, key, ask);
  const onEnded = vi.fn();
  const stop = fixture.service.watch(presented, ask, onEnded);
  return { organization, id, key, presented, onEnded, stop, ended: () => vi.waitFor(() => expect(onEnded).toHaveBeenCalledOnce()) };
}

/** Whatever the store was asked before has been answered. */
const settled = async ({ store }: TestService) => {
  for (let turn = 0; turn < 3; turn++) await store.ping();
};

describe("a watch is told when its key", () => {
  type Change = (fixture: TestService, watch: Awaited<ReturnType<typeof watched>>) => Promise<unknown>;
  test.each<[string, Change]>([
    ["is revoked", ({ service }, { organization, id }) => service.keys.revoke(organization, id, "operator")],
    ["is disabled", ({ service }, { organization, id }) => service.keys.update(organization, id, { enabled: false }, "operator")],
    [
      "loses a scope that it was asked for",
      ({ service }, { organization, id }) => service.keys.update(organization, id, { scopes: ["b"] }, "operator"),
    ],
    [
      "is rotated without an overlap",
      ({ service }, { organization, id }) => service.keys.rotate(organization, id, { overlap: "0s" }, "operator"),
    ],
    [
      "is replaced twice, and with that ends",
      async ({ service }, { organization, id }) => {
        const successor = must(await service.keys.rotate(organization, id, { overlap: "24h" }, "operator"));
        await service.keys.rotate(organization, successor.apiKey.id, { overlap: "24h" }, "operator");
      },
    ],
  ])("%s", async (_sentence, change) => {
    const fixture = await testService();
    const watch = await watched(fixture, { scopes: ["a", "b"] }, { scopes: ["a"] });
    await change(fixture, watch);
    await watch.ended();
  });

  test("expires: by its own end, by a new one, and by that of a rotation", async () => {
    const fixture = await testService();
    const { service, clock } = fixture;
    const [own, edited, rotated] = [await watched(fixture, { expiresIn: "1h" }), await watched(fixture), await watched(fixture)];
    await service.keys.update(edited.organization, edited.id, { expiresIn: "1h" }, "operator");
    await service.keys.rotate(rotated.organization, rotated.id, { overlap: "1h" }, "operator");
    await settled(fixture);
    clock.now += 3_600_000 - 1;
    await new Promise((later) => setTimeout(later, 600));
    expect([own, edited, rotated].map(({ onEnded }) => onEnded.mock.calls.length)).toEqual([0, 0, 0]);
    clock.now += 1;
    for (const { ended } of [own, edited, rotated]) await ended();
  });
});

describe("a watch goes on when its key", () => {
  test.each<[string, (fixture: TestService, watch: Awaited<ReturnType<typeof watched>>) => Promise<unknown>]>([
    ["gets another name", ({ service }, { organization, id }) => service.keys.update(organization, id, { name: "x" }, "operator")],
    [
      "loses a scope that nobody asked for",
      ({ service }, { organization, id }) => service.keys.update(organization, id, { scopes: ["a"] }, "operator"),
    ],
    [
      "is rotated with an overlap",
      ({ service }, { organization, id }) => service.keys.rotate(organization, id, { overlap: "1h" }, "operator"),
    ],
    ["gets a later end", ({ service }, { organization, id }) => service.keys.update(organization, id, { expiresIn: "90d" }, "operator")],
    [
      "belongs to an organization with a new plan",
      ({ service }, { organization }) => service.organizations.update(organization, { overrides: { requestsPerMinute: 1 } }, "operator"),
    ],
    [
      "has neighbours that are revoked",
      async ({ service, newKey }, { organization }) => service.keys.revoke(organization, (await newKey(organization)).id, "operator"),
    ],
  ])("%s", async (_sentence, change) => {
    const fixture = await testService();
    const watch = await watched(fixture, { scopes: ["a", "b"], expiresIn: "2h" }, { scopes: ["a"] });
    await change(fixture, watch);
    await settled(fixture);
    fixture.clock.now += 3_599_999;
    await new Promise((later) => setTimeout(later, 600));
    expect(watch.onEnded).not.toHaveBeenCalled();
  });

  test("is claimed; it ends when that organization revokes it", async () => {
    const fixture = await testService({ platform: agentpay });
    const issued = must(await fixture.service.keys.createUnclaimed({}));
    const key = issued.shown !== undefined && "key" in issued.shown ? issued.shown.key : "";
    const onEnded = vi.fn();
    fixture.service.watch((await admit(fixture.service, key)).key, undefined, onEnded);
    const organization = await fixture.newOrganization();
    must(await fixture.service.keys.claim(organization, key, "operator"));
    await settled(fixture);
    expect(onEnded).not.toHaveBeenCalled();
    await fixture.service.keys.revoke(organization, issued.apiKey.id, "operator");
    await vi.waitFor(() => expect(onEnded).toHaveBeenCalledOnce());
  });

  test("is a public key whose website it still allows, and no longer when it does not", async () => {
    const fixture = await testService({ platform: agentsgt });
    const organization = await fixture.newOrganization();
    const issued = must(await fixture.service.keys.create(organization, { domains: ["example.com"] }, "operator"));
    const publicKey = issued.apiKey.publicKey ?? "";
    const ask = { origin: "https://example.com" };
    const onEnded = vi.fn();
    fixture.service.watch((await admit(fixture.service, publicKey, ask)).key, ask, onEnded);
    await fixture.service.keys.update(organization, issued.apiKey.id, { domains: ["example.com", "a.test"] }, "operator");
    await settled(fixture);
    expect(onEnded).not.toHaveBeenCalled();
    await fixture.service.keys.update(organization, issued.apiKey.id, { domains: ["a.test"] }, "operator");
    await vi.waitFor(() => expect(onEnded).toHaveBeenCalledOnce());
  });
});

describe("between the verdict and the watch", () => {
  test("a revocation is not missed", async () => {
    const fixture = await testService();
    const { organization, id, presented, onEnded, stop } = await watched(fixture);
    stop();
    await fixture.service.keys.revoke(organization, id, "operator");
    const late = vi.fn();
    fixture.service.watch(presented, undefined, late);
    await vi.waitFor(() => expect(late).toHaveBeenCalledOnce());
    expect(onEnded).not.toHaveBeenCalled();
  });

  test("a key that memory had no room for is read once more, and goes on", async () => {
    const fixture = await testService({ cachedKeys: 1 });
    const { presented, organization, stop } = await watched(fixture);
    stop();
    await admit(fixture.service, (await fixture.newKey(organization)).key);
    const onEnded = vi.fn();
    fixture.service.watch(presented, undefined, onEnded);
    await settled(fixture);
    expect(onEnded).not.toHaveBeenCalled();
  });
});

test("whoever has stopped is not told, and each is told once", async () => {
  const fixture = await testService();
  const { organization, id, presented, onEnded, stop } = await watched(fixture);
  const others = Array.from({ length: 500 }, () => vi.fn());
  for (const other of others) fixture.service.watch(presented, undefined, other);
  stop();
  await fixture.service.keys.update(organization, id, { enabled: false }, "operator");
  await fixture.service.keys.revoke(organization, id, "operator");
  await vi.waitFor(() => expect(others.every((other) => other.mock.calls.length === 1)).toBe(true));
  await settled(fixture);
  expect([onEnded.mock.calls.length, others.filter((other) => other.mock.calls.length !== 1)]).toEqual([0, []]);
});

describe("when the store", () => {
  const presented = { ...someKey(), requiredOrigin: null };
  const watching = (find: () => Promise<typeof presented | undefined>) => {
    const watches = new KeyWatch({ environments: ["live", "test"], find, isCurrent: () => true, now: () => 0 });
    const onEnded = vi.fn();
    watches.watch(presented, undefined, onEnded);
    return { watches, onEnded };
  };

  test.each<[string, () => Promise<typeof presented | undefined>]>([
    ["fails after a change", () => Promise.reject(new StoreUnavailable("down"))],
    ["does not respond after a change", () => new Promise(() => undefined)],
    ["has no such key", () => Promise.resolve(undefined)],
  ])("%s, the key counts as ended within a second", async (_sentence, find) => {
    const { watches, onEnded } = watching(find);
    watches.keyChanged(presented.id);
    await vi.waitFor(() => expect(onEnded).toHaveBeenCalledOnce(), { timeout: 1_000 });
    expect(watches.size).toBe(0);
  });

  test("gives two changes in the other order, the later one says when the key expires", async () => {
    const reads: ((key: typeof presented) => void)[] = [];
    const turns: (() => void)[] = [];
    const clock = { now: 0 };
    const watches = new KeyWatch({
      environments: ["live", "test"],
      find: () => new Promise((resolve) => reads.push(resolve)),
      isCurrent: () => true,
      now: () => clock.now,
      every: (_milliseconds, run) => {
        turns.push(run);
        return () => undefined;
      },
    });
    const onEnded = vi.fn();
    watches.watch(presented, undefined, onEnded);
    watches.keyChanged(presented.id);
    watches.keyChanged(presented.id);
    reads[1]?.({ ...presented, expiresAt: 1_000 });
    await Promise.resolve();
    reads[0]?.({ ...presented, expiresAt: 9_000 });
    await new Promise((later) => setTimeout(later, 5));
    clock.now = 999;
    for (const turn of turns) turn();
    expect(onEnded).not.toHaveBeenCalled();
    clock.now = 1_000;
    for (const turn of turns) turn();
    expect([onEnded.mock.calls.length, watches.size]).toEqual([1, 0]);
  });
});

test("watching keys that never change costs no store and no timer", async () => {
  const every = vi.fn(() => () => undefined);
  const find = vi.fn();
  const watches = new KeyWatch({ environments: ["live"], find, isCurrent: () => true, now: () => 0, every });
  const stops = Array.from({ length: 1_000 }, (_, at) =>
    watches.watch({ ...someKey(), id: freshKey("live") + at, requiredOrigin: null }, undefined, () => undefined),
  );
  expect([watches.size, every.mock.calls.length, find.mock.calls.length]).toEqual([1_000, 0, 0]);
  for (const stop of stops) stop();
  expect(watches.size).toBe(0);
});
