/** How nodes know one another, on a real PostgreSQL: who is there, who may be removed, and who is woken. */
import pg from "pg";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { World } from "../../../stores/conformance/world.ts";
import type { AboutNode } from "../../../stores/node-contract.ts";
import { NodeConnection } from "../../../stores/postgres/node-connection.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";

const ABOUT: AboutNode = { host: "a", pid: 7, url: "http://127.0.0.1:4000", version: "1", startedAt: 5, verificationsPerSecond: 9 };

async function open(url: string) {
  const { store, nodes, close } = await openPostgres({ url, connections: 2 });
  onTestFinished(close);
  if (nodes === undefined) throw new Error("the store has no nodes");
  return { store, nodes };
}

async function world() {
  const url = await databaseOfTest();
  const { store, nodes } = await open(url);
  const elsewhere = new World();
  elsewhere.store = store;
  const change = () => elsewhere.organization();
  const join = (id: string, epoch = 1) => nodes.join({ id, epoch, seen: -1, leaseMs: 5_000, about: ABOUT });
  const renew = (id: string, epoch = 1, seen = 0) => nodes.renew({ id, epoch, seen, about: ABOUT });
  return { url, store, nodes, change, join, renew };
}

describe("a membership", () => {
  test("is seen once it was joined, and counts its renewals and what it has seen", async () => {
    const { nodes, change, join, renew } = await world();
    expect(await nodes.standing()).toEqual({ head: 0, nodes: [] });
    await join("a");
    await change();
    expect(await nodes.standing()).toEqual({ head: 1, nodes: [{ id: "a", epoch: 1, seen: -1, renewals: 0, leaseMs: 5_000 }] });
    expect(await renew("a")).toEqual({ head: 1 });
    await nodes.acknowledge({ id: "a", epoch: 1 }, 1);
    expect(await nodes.standing()).toMatchObject({ nodes: [{ seen: 1, renewals: 1 }] });
  });

  test("never takes back what it has seen", async () => {
    const { nodes, join, renew } = await world();
    await join("a");
    await nodes.acknowledge({ id: "a", epoch: 1 }, 7);
    await nodes.acknowledge({ id: "a", epoch: 1 }, 3);
    await renew("a", 1, 2);
    expect(await nodes.standing()).toMatchObject({ nodes: [{ seen: 7 }] });
  });

  test("gives way to a later epoch of the same node, and not to an earlier one that arrives late", async () => {
    const { nodes, join, renew } = await world();
    await join("a", 2);
    await join("a", 1);
    expect([await renew("a", 1), await renew("a", 2)]).toEqual([undefined, { head: 0 }]);
    await nodes.acknowledge({ id: "a", epoch: 1 }, 5);
    expect(await nodes.standing()).toMatchObject({ nodes: [{ epoch: 2, seen: 0, renewals: 1 }] });
    await join("a", 3);
    expect(await nodes.standing()).toMatchObject({ nodes: [{ epoch: 3, seen: -1, renewals: 0 }] });
  });

  test("that has left or was never there cannot be renewed", async () => {
    const { nodes, join, renew } = await world();
    await join("a");
    await nodes.leave({ id: "a", epoch: 1 });
    expect([await renew("a"), await renew("b"), (await nodes.standing()).nodes]).toEqual([undefined, undefined, []]);
  });

  test("is evicted only if it was not renewed since it was read", async () => {
    const { nodes, join, renew } = await world();
    for (const id of ["a", "b", "c"]) await join(id);
    const read = (await nodes.standing()).nodes;
    await renew("a");
    await join("b", 2);
    await nodes.evict(read);
    expect((await nodes.standing()).nodes.map(({ id }) => id).sort()).toEqual(["a", "b"]);
    await nodes.evict([]);
  });

  test("is listed for people, with what it says of itself", async () => {
    const { nodes, change, join, renew } = await world();
    await join("b");
    await join("a");
    await change();
    await renew("a");
    const [a, b] = await nodes.list();
    expect(a).toEqual({ id: "a", epoch: 1, leaseMs: 5_000, renewedMsAgo: expect.any(Number), about: ABOUT, lag: 1 });
    expect(a?.renewedMsAgo).toBeLessThan(5_000);
    expect(b?.id).toBe("b");
  });
});

test("an acknowledgement is not made durable, and everything else on the same connection is", async () => {
  const url = await databaseOfTest();
  const { nodes } = await open(url);
  const connection = new NodeConnection({ connection: { connectionString: url }, notify: async () => undefined });
  onTestFinished(() => connection.close());
  const { postgresNodes } = await import("../../../stores/postgres/nodes.ts");
  const own = postgresNodes(connection);
  await own.join({ id: "a", epoch: 1, seen: -1, leaseMs: 5_000, about: ABOUT });
  await own.acknowledge({ id: "a", epoch: 1 }, 4);
  expect(await connection.query("show synchronous_commit", [])).toEqual([{ synchronous_commit: "on" }]);
  expect(await nodes.standing()).toMatchObject({ nodes: [{ seen: 4 }] });
});

describe("wakeups", () => {
  const heard = async (url: string) => {
    const { nodes } = await open(url);
    const onFeed = vi.fn<(payload: string) => void>();
    const onAcknowledgement = vi.fn<(payload: string) => void>();
    nodes.wakeups.subscribe("feed", onFeed);
    nodes.wakeups.subscribe("acknowledgement", onAcknowledgement);
    await nodes.standing();
    return { nodes, onFeed, onAcknowledgement };
  };

  test("a committed change wakes other processes with its number, and one that is rolled back wakes nobody", async () => {
    const { url, store, change } = await world();
    const { onFeed } = await heard(url);
    await change();
    await vi.waitFor(() => expect(onFeed).toHaveBeenCalledWith("1"));
    const elsewhere = new World();
    elsewhere.store = store;
    const token = elsewhere.aServiceToken();
    await store.createServiceToken(token, "digest", elsewhere.change());
    await expect(store.createServiceToken(token, "digest", elsewhere.change())).rejects.toThrow();
    await change();
    await vi.waitFor(() => expect(onFeed).toHaveBeenCalledTimes(3));
    expect(onFeed.mock.calls).toEqual([["1"], ["2"], ["3"]]);
  });

  test("an acknowledgement, an eviction and a node that leaves wake whoever waits", async () => {
    const { url, nodes, join } = await world();
    const { onAcknowledgement } = await heard(url);
    await join("a");
    await join("b");
    await nodes.acknowledge({ id: "a", epoch: 1 }, 1);
    await nodes.evict((await nodes.standing()).nodes.filter(({ id }) => id === "a"));
    await nodes.leave({ id: "b", epoch: 1 });
    await vi.waitFor(() => expect(onAcknowledgement.mock.calls).toEqual([["a"], ["a"], ["b"]]));
  });

  test("whoever was cut off is woken when it is connected again", async () => {
    const { url, change } = await world();
    const { nodes, onFeed } = await heard(url);
    expect(nodes.wakeups.isWorking()).toBe(true);
    await inPostgres(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await vi.waitFor(() => expect(nodes.wakeups.isWorking()).toBe(false));
    await change();
    await vi.waitFor(() => nodes.standing());
    await vi.waitFor(() => expect(nodes.wakeups.isWorking()).toBe(true));
    expect(onFeed).toHaveBeenCalledWith("");
    await change();
    await vi.waitFor(() => expect(onFeed).toHaveBeenLastCalledWith("2"));
  });

  test("a connection on which nothing is heard is noticed, and forgiven as soon as something is", async () => {
    const url = await databaseOfTest();
    await open(url);
    const connection = new NodeConnection({ connection: { connectionString: url }, notify: async () => undefined });
    onTestFinished(() => connection.close());
    await connection.query("select 1", []);
    expect(connection.wakeups.isWorking()).toBe(true);
    await vi.waitFor(() => expect(connection.wakeups.isWorking()).toBe(false), { timeout: 4_000 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("notify keyward_feed, '1'");
    await client.end();
    await vi.waitFor(() => expect(connection.wakeups.isWorking()).toBe(true));
  });
});
