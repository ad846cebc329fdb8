/** The cache as tables, over a store that is a Map: what it keeps, what it drops, and which reads it does not believe. */
import { describe, expect, test } from "vitest";
import { type Cached, CredentialCache } from "../../../service/verification/credential-cache.ts";

interface Entry extends Cached {
  readonly organization: string;
  readonly version: number;
}
interface Found {
  readonly lookup: string;
  readonly entry: Entry | undefined;
}

/** A credential is found by its own text; its fingerprint is the text in capitals. */
function world({ capacity = 3 } = {}) {
  const stored = new Map<string, { organization: string; version: number }>();
  const dropped: string[] = [];
  let reads = 0;
  let held: Promise<void> | undefined;
  const cache = new CredentialCache<string, Found, Entry>({
    capacity,
    async load(credential) {
      reads++;
      const record = stored.get(credential);
      await held;
      return { lookup: credential, entry: record && { ...record, cacheName: `id ${credential}`, touched: false } };
    },
    lookupsOf: ({ lookup }) => [lookup],
    idsOf: ({ entry }) => (entry === undefined ? [null] : [entry.cacheName, entry.organization]),
    toEntry: ({ entry }) => entry,
    dependsOn: ({ organization }) => organization,
    dropped: ({ cacheName }) => void dropped.push(cacheName),
  });
  const put = (credential: string, version = 1, organization = "org") => stored.set(credential, { organization, version });
  const find = (credential: string, now = 0) => cache.find(credential, credential.toUpperCase(), now);
  const peek = (credential: string) => cache.peek(credential.toUpperCase());
  const isUnknown = (credential: string, now = 0) => cache.isUnknown(credential.toUpperCase(), now);
  /** Holds every read back until the function that it returns is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return () => {
      held = undefined;
      resolve();
    };
  };
  return { cache, put, find, peek, isUnknown, hold, dropped, reads: () => reads };
}

describe("what is kept", () => {
  test("a record, under the fingerprint of its credential and under its own name", async () => {
    const { cache, put, find, peek } = world();
    put("a");
    expect(await find("a")).toBe(peek("a"));
    expect(cache.get("id a")).toBe(peek("a"));
    expect([peek("b"), cache.get("id b"), cache.size]).toEqual([undefined, undefined, 1]);
  });

  test("concurrent look-ups of one credential share one read", async () => {
    const { put, find, reads } = world();
    put("a");
    const found = await Promise.all([find("a"), find("a"), find("a")]);
    expect([new Set(found).size, reads()]).toEqual([1, 1]);
  });

  test("a failed read is not kept: the next one reads again", async () => {
    const cache = new CredentialCache<string, never, Entry>({
      capacity: 1,
      load: () => Promise.reject(new Error("the store is gone")),
      lookupsOf: () => [],
      idsOf: () => [],
      toEntry: () => undefined,
      dependsOn: () => null,
    });
    for (let attempt = 0; attempt < 2; attempt++) await expect(cache.find("a", "A", 0)).rejects.toThrow("the store is gone");
    expect(cache.isUnknown("A", 0)).toBe(false);
  });

  test.each([
    [0, true],
    [29_999, true],
    [30_000, false],
  ])("an unknown credential is remembered for 30 seconds: after %i ms %s", async (now, expected) => {
    const { find, isUnknown } = world();
    await find("a", 0);
    expect(isUnknown("a", now)).toBe(expected);
  });

  test("at most 10,000 unknown credentials are remembered: the oldest goes first", async () => {
    const { find, isUnknown } = world();
    for (let at = 0; at <= 10_000; at++) await find(`guess-${at}`);
    expect([isUnknown("guess-0"), isUnknown("guess-1"), isUnknown("guess-10000")]).toEqual([false, true, true]);
  });
});

describe("what makes room", () => {
  test("the oldest record that was not used since the hand last passed", async () => {
    const { put, find, peek, dropped } = world();
    for (const name of ["a", "b", "c", "d"]) put(name);
    for (const name of ["a", "b", "c"]) await find(name);
    peek("a");
    await find("d");
    expect([dropped, peek("a") !== undefined]).toEqual([["id b"], true]);
  });

  test("one record goes, even when all are in use", async () => {
    const { cache, put, find, peek } = world({ capacity: 100 });
    for (let at = 0; at <= 100; at++) put(`k${at}`);
    for (let at = 0; at < 100; at++) {
      await find(`k${at}`);
      peek(`k${at}`);
    }
    await find("k100");
    expect([cache.size, peek("k100") !== undefined]).toEqual([100, true]);
  });
});

type World = ReturnType<typeof world>;

describe("what is dropped", () => {
  test.each([
    ["a record by its name", ({ cache }: World) => cache.drop("id a"), ["id a"]],
    ["nothing by a name that nothing has", ({ cache }: World) => cache.drop("id z"), []],
    ["every record of an organization", ({ cache }: World) => cache.dropDependents("org"), ["id a", "id b"]],
    ["no record by what its credential is found by", ({ cache }: World) => cache.dropUnknown("a"), []],
  ])("%s", async (_name, drop, expected) => {
    const at = world();
    at.put("a");
    at.put("b");
    at.put("c", 1, "other");
    for (const name of ["a", "b", "c"]) await at.find(name);
    drop(at);
    expect(at.dropped).toEqual(expected);
    expect(["a", "b", "c"].filter((name) => at.peek(name) === undefined).map((name) => `id ${name}`)).toEqual(expected);
  });

  test("that a credential is nobody's, once it was created; others stay unknown", async () => {
    const { cache, put, find, isUnknown } = world();
    await find("a");
    await find("b");
    put("a");
    cache.dropUnknown("a");
    expect([isUnknown("a"), isUnknown("b")]).toEqual([false, true]);
    expect(await find("a")).toMatchObject({ version: 1 });
  });
});

describe("a read under way is not believed after a change", () => {
  test.each([
    ["of the record", ({ cache }: World) => cache.drop("id a"), 2],
    ["of its organization", ({ cache }: World) => cache.dropDependents("org"), 2],
    ["of what its credential is found by", ({ cache }: World) => cache.dropUnknown("a"), 2],
    [
      "of more things than the list holds",
      ({ cache }: World) => {
        for (let at = 0; at <= 10_000; at++) cache.noteChange(`id ${at}`);
      },
      2,
    ],
    ["of something else: it is", ({ cache }: World) => cache.drop("id b"), 1],
  ])("%s", async (_name, change, version) => {
    const at = world();
    at.put("a", 1);
    const release = at.hold();
    const reading = at.find("a");
    at.put("a", 2);
    change(at);
    release();
    expect(await reading).toMatchObject({ version });
    expect(at.peek("a")).toMatchObject({ version });
  });

  test("a credential that was created during the read that did not find it", async () => {
    const { cache, put, find, isUnknown, hold } = world();
    const release = hold();
    const reading = find("a");
    put("a");
    cache.dropUnknown("a");
    release();
    expect(await reading).toMatchObject({ version: 1 });
    expect(isUnknown("a")).toBe(false);
  });

  test("a change before the read began does not make it start again", async () => {
    const { cache, put, find, reads } = world();
    put("a");
    cache.drop("id a");
    await find("a");
    expect(reads()).toBe(1);
  });
});

describe("a look-up anew", () => {
  test("reads although memory has the record, and replaces it", async () => {
    const { cache, put, find, peek, reads, dropped } = world();
    put("a");
    await find("a");
    put("a", 2);
    expect(await cache.findAnew("a", "A", 0)).toMatchObject({ version: 2 });
    expect([peek("a")?.version, cache.get("id a")?.version, cache.size, reads(), dropped]).toEqual([2, 2, 1, 2, ["id a"]]);
  });

  test("does not share a read that began before the call, and calls during one read share the next", async () => {
    const { cache, put, find, reads, hold } = world();
    put("a");
    const release = hold();
    const early = find("a");
    put("a", 2);
    const late = [cache.findAnew("a", "A", 0), cache.findAnew("a", "A", 0)];
    release();
    expect((await early)?.version).toBe(1);
    expect((await Promise.all(late)).map((entry) => entry?.version)).toEqual([2, 2]);
    expect(reads()).toBe(2);
  });

  test("of a credential that is gone drops its record, and of one that has come no longer calls it unknown", async () => {
    const { cache, put, find, peek, isUnknown } = world();
    await find("a");
    put("a");
    await cache.findAnew("a", "A", 0);
    expect([isUnknown("a"), peek("a") !== undefined]).toEqual([false, true]);
  });
});

describe("when everything may have changed", () => {
  test("nothing is kept, known or unknown", async () => {
    const { cache, put, find, peek, isUnknown, dropped } = world();
    put("a");
    await find("a");
    await find("b");
    cache.clear();
    expect([peek("a"), isUnknown("b"), cache.size, dropped]).toEqual([undefined, false, 0, ["id a"]]);
  });

  test("a read under way begins again", async () => {
    const { cache, put, find, reads, hold } = world();
    put("a");
    const release = hold();
    const found = find("a");
    put("a", 2);
    cache.clear();
    release();
    expect([(await found)?.version, reads()]).toEqual([2, 2]);
  });
});
