/** Changes between threads: whoever sees the number raised has the change in its port. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { composeNode } from "../../service/changes/compose-node.ts";
import { LEASE_MS, NodeLease, shareLease } from "../../service/changes/lease.ts";
import { Clocks } from "../../service/clocks.ts";
import type { BankDesk } from "../../service/limiting/shared/borrowing-limiter.ts";
import { SharedLock } from "../../service/limiting/shared/lock.ts";
import { ChangeFollower, ChangeSender } from "../../threads/changes.ts";

/** Catches up as often as it can, and says when it had fewer changes than it must have. */
const FOLLOWER = `
const { workerData, parentPort } = require("node:worker_threads");
const { door, url, changes, rounds, at } = workerData;
import(url).then(async ({ ChangeFollower }) => {
  const number = new Int32Array(door.raised);
  let applied = 0;
  let behind = 0;
  let checks = 0;
  const follower = new ChangeFollower(door, () => applied++);
  parentPort.postMessage("ready");
  while (applied < changes) {
    for (let turn = 0; turn < 1_000; turn++) {
      const raised = Atomics.load(number, 0);
      follower.catchUp();
      if (applied < raised) behind++;
      checks++;
    }
    Atomics.add(rounds, at, 1);
    // Messages arrive as events as well.
    await new Promise((next) => setImmediate(next));
  }
  parentPort.postMessage({ applied, behind, checks });
});`;

test("the number is never ahead of the messages, in threads that take them in any way", async () => {
  const changes = 20_000;
  /** How often each of them has looked a thousand times. */
  const rounds = new Int32Array(new SharedArrayBuffer(8));
  const sender = new ChangeSender();
  const url = new URL("../../threads/changes.ts", import.meta.url).href;
  const workers = [sender.open(), sender.open()].map(
    (door, at) => new Worker(FOLLOWER, { eval: true, workerData: { door, url, changes, rounds, at }, transferList: [door.port] }),
  );
  onTestFinished(async () => void (await Promise.all(workers.map((worker) => worker.terminate()))));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const reports = Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0]));
  for (let change = 0; change < changes; change++) {
    sender.tell({ kind: "key", subject: `key_${change}` });
    if (change % 100 === 0) await new Promise((next) => setImmediate(next));
    // However the cores are shared, they look while there is something to see.
    if (change % 1_000 === 500) for (const at of [0, 1]) await laterThan(at, Atomics.load(rounds, at));
  }
  for (const report of await reports) {
    expect(report).toMatchObject({ applied: changes, behind: 0 });
    expect(report.checks).toBeGreaterThan(20_000);
  }

  async function laterThan(at: number, round: number): Promise<void> {
    while (Atomics.load(rounds, at) === round) await new Promise((next) => setImmediate(next));
  }
});

test("what was posted is applied before `catchUp` returns, in order and once", () => {
  const sender = new ChangeSender();
  const applied: string[] = [];
  const follower = new ChangeFollower(sender.open(), ({ subject }) => applied.push(subject));
  for (const subject of ["a", "b", "c"]) sender.tell({ kind: "key", subject });
  follower.catchUp();
  follower.catchUp();
  expect(applied).toEqual(["a", "b", "c"]);
});

test("a lease counts in another thread only while nothing was told that it has not taken", () => {
  const sender = new ChangeSender();
  const follower = new ChangeFollower(sender.open(), () => undefined);
  const buffer = shareLease();
  const clocks = new Clocks(() => 1_000_000, { id: "one", now: () => 1_000 });
  const place = { lease: buffer, desk: {} as BankDesk, others: undefined, isBehind: () => follower.isBehind };
  const { lease, isTold } = composeNode({}, clocks, place);
  const own = new NodeLease({ monotonic: () => clocks.monotonic(), wall: () => clocks.wall() }, LEASE_MS, buffer);
  expect(lease.covers(1_000)).toBe(false);
  // The main thread learns of a change after this one has looked, and has a lease again before it looks at that.
  follower.catchUp();
  sender.tell({ kind: "key", subject: "a" });
  own.renewed(own.moment());
  expect([lease.covers(1_000), isTold?.()]).toEqual([false, true]);
  follower.catchUp();
  expect(lease.covers(1_000)).toBe(true);
});

test("a lock whose holder has died is noticed, in place of waiting for ever", async () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL("../../service/limiting/shared/lock.ts", import.meta.url).href;
  const holder = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     import(workerData.url).then(({ SharedLock }) => {
       new SharedLock(workerData.words, 0, () => undefined).acquire();
       parentPort.postMessage("held");
     });`,
    { eval: true, workerData: { words, url } },
  );
  await once(holder, "message");
  await holder.terminate();
  const lock = new SharedLock(
    words,
    0,
    () => {
      throw new Error("dead");
    },
    2,
  );
  expect(() => lock.acquire()).toThrow("dead");
});
