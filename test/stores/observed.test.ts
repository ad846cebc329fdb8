/** What is observed of a store changes nothing of it. */
import { expect, test } from "vitest";
import { SHARED } from "../../stores/node-contract.ts";
import { observeMethods, observeStore, STORE_OPERATIONS } from "../../stores/observed.ts";
import type { OpenStore } from "../../stores/open-store.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { traceDirectory } from "../support/root.ts";

function observer() {
  const seen: string[] = [];
  const observe = async <Value>(
    operation: number,
    name: string,
    _values: readonly unknown[],
    run: () => Promise<Value>,
  ): Promise<Value> => {
    try {
      return await run();
    } finally {
      seen.push(`${STORE_OPERATIONS[operation]} ${name}`);
    }
  };
  return { seen, observe };
}

test("every method of a real store is of a kind, and is called as before", async () => {
  const opened = await openSqlite({ directory: traceDirectory("observed") });
  const watching = observer();
  const { store, journal, close } = observeStore(opened, watching);
  expect(Object.keys(store)).toEqual(Object.keys(opened.store));
  const passedOn = Object.entries(store).filter(([name, run]) => run === opened.store[name as keyof typeof store]);
  expect(passedOn).toEqual([]);
  expect(await store.settle("a", "1")).toBe("1");
  expect(await store.findServiceTokenByDigest(["nothing"])).toBeUndefined();
  await store.ping();
  expect(watching.seen).toEqual(["write settle", "lookup findServiceTokenByDigest", "read ping"]);
  expect(journal).toBe(opened.journal);
  await close();
});

test("a failure passes through, and what says that others share the database stays", async () => {
  const failure = new Error("the disk is full");
  const store = { ping: () => Promise.reject(failure), [SHARED]: true } as unknown as OpenStore["store"];
  const watching = observer();
  const observed = observeMethods(store, watching);
  await expect(observed.ping()).rejects.toBe(failure);
  expect([SHARED in observed, watching.seen]).toEqual([true, ["read ping"]]);
});
