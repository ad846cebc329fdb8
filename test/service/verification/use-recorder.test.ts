/** Use on its way to the store, over a store that is a list of batches. */
import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { HOUR_MS } from "../../../engine/duration.ts";
import { Clocks } from "../../../service/clocks.ts";
import { CachedKey } from "../../../service/verification/cached-key.ts";
import { countRefusal, UseRecorder } from "../../../service/verification/use-recorder.ts";
import type { UseBatch } from "../../../stores/contract.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 34);
const HOUR = NOW - (NOW % HOUR_MS);

function newKey(id: string): CachedKey {
  const terms = { environment: "live", scopes: [], resources: null, requiredOrigin: null, limits: NO_LIMITS, enabled: true } as const;
  return new CachedKey({ id, organizationId: "org_1", expiresAt: null, revokedAt: null }, terms, undefined);
}

function world() {
  const batches: UseBatch[] = [];
  const counters = { list: [] as string[], back: [] as string[], saved: [] as string[] };
  let failures = 0;
  const recorder = new UseRecorder({
    clocks: new Clocks(() => NOW, { id: "test", now: () => 0 }),
    async recordUse(batch) {
      if (failures > 0 && failures-- > 0) throw new Error("the disk is full");
      batches.push(batch);
    },
    counters: {
      takeUnsaved: () => counters.list.splice(0),
      statesOf: (those, at) => those.map((counter) => ({ counterId: String(counter), state: { minute: [], day: [] }, at })),
      saved: (those) => void counters.saved.push(...those.map(String)),
      notSaved: (those) => void counters.back.push(...those.map(String)),
    },
  });
  const use = (key: CachedKey, admitted = 1, at = NOW) => {
    if (!key.dirty) recorder.note(key);
    key.admitted += admitted;
    key.lastUsedAt = at;
  };
  const refuse = (key: CachedKey) => {
    if (!key.dirty) recorder.note(key);
    countRefusal(key, "rate_limited", 1);
  };
  const fail = (times: number) => {
    failures = times;
  };
  return { recorder, batches, counters, use, refuse, fail };
}

const valid = (keyId: string, count: number) => ({ keyId, hour: HOUR, outcome: "valid", count });

describe("a batch", () => {
  test("has each key once, by outcome, in the hour of the batch", async () => {
    const { recorder, batches, use, refuse } = world();
    const [a, b] = [newKey("a"), newKey("b")];
    use(a, 2);
    refuse(a);
    use(a);
    refuse(b);
    await recorder.flush();
    expect(batches).toEqual([
      {
        outcomes: [
          valid("a", 3),
          { keyId: "a", hour: HOUR, outcome: "rate_limited", count: 1 },
          { keyId: "b", hour: HOUR, outcome: "rate_limited", count: 1 },
        ],
        lastUses: [{ keyId: "a", at: NOW }],
        counters: [],
        madeAt: NOW,
      },
    ]);
  });

  test("is not written when nothing was used, and has nothing twice", async () => {
    const { recorder, batches, use } = world();
    await recorder.flush();
    use(newKey("a"));
    await recorder.flush();
    await recorder.flush();
    expect(batches.map(({ outcomes }) => outcomes)).toEqual([[valid("a", 1)]]);
  });

  test("has 500 keys at most", async () => {
    const { recorder, batches, use } = world();
    for (let at = 0; at < 1_001; at++) use(newKey(`k${at}`));
    await recorder.flush();
    expect(batches.map(({ outcomes }) => outcomes.length)).toEqual([500, 500, 1]);
  });

  test("has the counters that the limiter hands over, stamped with its time", async () => {
    const { recorder, batches, counters } = world();
    counters.list.push("one", "two");
    await recorder.flush();
    expect(batches[0]?.counters.map(({ counterId, at }) => [counterId, at])).toEqual([
      ["one", NOW],
      ["two", NOW],
    ]);
    expect([counters.saved, counters.back]).toEqual([["one", "two"], []]);
  });
});

describe("a batch that cannot be written", () => {
  test("is reported, and comes again with what was used meanwhile", async () => {
    const { recorder, batches, use, refuse, fail } = world();
    const a = newKey("a");
    use(a, 2);
    refuse(a);
    fail(1);
    await expect(recorder.flush()).rejects.toThrow("the disk is full");
    use(a);
    await recorder.flush();
    expect(batches.map(({ outcomes }) => outcomes)).toEqual([
      [valid("a", 3), { keyId: "a", hour: HOUR, outcome: "rate_limited", count: 1 }],
    ]);
  });

  test("keeps those after it, too, and gives every counter back", async () => {
    const { recorder, batches, counters, use, fail } = world();
    for (let at = 0; at < 700; at++) use(newKey(`k${at}`));
    counters.list.push(...Array.from({ length: 600 }, (_each, at) => `c${at}`));
    fail(1);
    await expect(recorder.flush()).rejects.toThrow();
    expect([counters.back.length, counters.saved]).toEqual([600, []]);
    await recorder.flush();
    const written = batches.flatMap(({ outcomes }) => outcomes);
    expect([written.length, new Set(written.map(({ keyId }) => keyId)).size, written.every(({ count }) => count === 1)]).toEqual([
      700,
      700,
      true,
    ]);
  });
});

describe("a key that left the cache", () => {
  test.each([
    [
      "with use that is not written: its last use is known until it is",
      (key: CachedKey, { use }: ReturnType<typeof world>) => use(key),
      NOW,
    ],
    ["without: nothing is kept of it", () => undefined, 0],
  ])("%s", async (_name, before, expected) => {
    const at = world();
    const key = newKey("a");
    before(key, at);
    at.recorder.leave(key);
    expect(at.recorder.lastUseLeft("a")).toBe(expected);
    await at.recorder.flush();
    expect(at.recorder.lastUseLeft("a")).toBe(0);
  });

  test("stays known while its batch fails", async () => {
    const { recorder, use, fail } = world();
    const key = newKey("a");
    use(key);
    recorder.leave(key);
    fail(1);
    await expect(recorder.flush()).rejects.toThrow();
    expect(recorder.lastUseLeft("a")).toBe(NOW);
  });
});

test("flushes run one after the other, and each writes the usage that was noted before its call", async () => {
  const { recorder, batches, use } = world();
  use(newKey("a"));
  const first = recorder.flush();
  use(newKey("b"));
  await Promise.all([first, recorder.flush()]);
  expect(batches.flatMap(({ outcomes }) => outcomes.map(({ keyId }) => keyId)).sort()).toEqual(["a", "b"]);
});
