/** The bank of limits on a real PostgreSQL: what its port promises, and nodes that are offered more than the limits allow. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import { realTimers } from "../../../service/changes/timers.ts";
import { Clocks } from "../../../service/clocks.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import type { BankNotice, BankStore, NewBankRow } from "../../../stores/bank-contract.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";
import { tcpProxy } from "../../support/tcp-proxy.ts";

const row = (given: Partial<NewBankRow> = {}): NewBankRow => ({ counterId: "a", replaces: 0, version: 1, state: "{}", at: 0, ...given });

/** As one process opens it. The renewal of a lease opens the connection that hears. */
async function opened(url: string): Promise<BankStore> {
  const { bank, nodes, close } = await openPostgres({ url, connections: 4 });
  onTestFinished(close);
  if (bank === undefined || nodes === undefined) throw new Error("it has no bank");
  await nodes.standing();
  return bank;
}

describe("rows", () => {
  test("are written only over the version that was read", async () => {
    const bank = await opened(await databaseOfTest());
    expect((await bank.readBank(["a", "b"])).rows.size).toBe(0);
    expect(await bank.writeBank([row({ counterId: "b" }), row()])).toHaveLength(2);
    expect(await bank.writeBank([row({ state: "late" })])).toEqual([]);
    expect(
      await bank.writeBank([row({ replaces: 1, version: 7, state: "next" }), row({ counterId: "b", replaces: 3, version: 4 })]),
    ).toEqual(["a"]);
    const { rows } = await bank.readBank(["a", "b", "c"]);
    expect([...rows].sort()).toEqual([
      ["a", { version: 7, state: "next" }],
      ["b", { version: 1, state: "{}" }],
    ]);
  });

  test("race: of many who replace one version, one does; and batches in any order do not deadlock", async () => {
    const bank = await opened(await databaseOfTest());
    const ids = ["a", "b", "c", "d"];
    for (let version = 0; version < 20; version++) {
      const attempts = Array.from({ length: 8 }, (_, attempt) =>
        bank.writeBank(
          (attempt % 2 === 0 ? ids : ids.toReversed()).map((counterId) => row({ counterId, replaces: version, version: version + 1 })),
        ),
      );
      expect((await Promise.all(attempts)).flat().sort()).toEqual(ids);
    }
  });

  test("are deleted when nobody has written them for two days", async () => {
    const bank = await opened(await databaseOfTest());
    const { clockMs } = await bank.readBank([]);
    const now = Math.floor(clockMs);
    await bank.writeBank([row({ at: now - 2 * 86_400_000 - 60_000 }), row({ counterId: "b", at: now - 86_400_000 })]);
    await bank.pruneBank();
    expect([...(await bank.readBank(["a", "b"])).rows.keys()]).toEqual(["b"]);
  });
});

test("the clock is that of the database, and what nodes agree on is changed by one of them", async () => {
  const bank = await opened(await databaseOfTest());
  const before = Date.now();
  const reading = await bank.readBank([]);
  expect(reading.clockMs).toBeGreaterThan(before - 50);
  expect(reading.clockMs).toBeLessThan(Date.now() + 50);
  expect(reading.aheadMs).toBe(0);
  await bank.correctBankClock(0, 1_000.2);
  await bank.correctBankClock(0, 5_000);
  expect((await bank.readBank([])).aheadMs).toBe(1_001);
});

test("nodes hear each other's notices", async () => {
  const url = await databaseOfTest();
  const [one, other] = [await opened(url), await opened(url)];
  const heard: BankNotice[] = [];
  one.hearNodes((notice) => void heard.push(notice));
  await other.tellNodes([{ kind: "recall", counterId: "a", nodes: ["x"] }]);
  await vi.waitFor(() => expect(heard).toEqual([{ kind: "recall", counterId: "a", nodes: ["x"] }]));
});

/** A node with its own connections, and one key that counts with the counter `key_1`. */
async function node(url: string, name: string, limits: Limits) {
  const clocks = new Clocks(Date.now, { id: name, now: () => performance.now() });
  const awake = { is: true };
  const limiter = new BankLimiter({ bank: await opened(url), clocks, after: realTimers.after, node: name, isAwake: () => awake.is });
  const counter = limiter.enter("key_1", limits);
  if (counter === undefined) throw new Error("it has no limits");
  const admit = (holds = false) => limiter.admit(counter, limits, clocks.monotonic(), holds);
  return { limiter, counter, admit, awake };
}

describe("three nodes", () => {
  test("admit together exactly what the limit allows, whoever is asked, and say when there is room", async () => {
    const url = await databaseOfTest();
    const limits = { ...NO_LIMITS, requestsPerMinute: 60, requestsPerDay: 100 };
    const nodes = await Promise.all(["a", "b", "c"].map((name) => node(url, name, limits)));
    const answers = await Promise.all(Array.from({ length: 150 }, (_, request) => nodes[request % 3]!.admit()));
    expect(answers.filter((at) => at === 0)).toHaveLength(60);
    for (const at of answers) if (at !== 0) expect(at - performance.now()).toBeGreaterThan(58_000);
  });

  test("give back what they do not use when another one needs it", async () => {
    const url = await databaseOfTest();
    const limits = { ...NO_LIMITS, requestsPerMinute: 30 };
    const [a, b] = [await node(url, "a", limits), await node(url, "b", limits)];
    for (let request = 0; request < 4; request++) expect(await a.admit()).toBe(0);
    expect(a.counter.till.uses).toBeGreaterThan(0);
    const answers = await Promise.all(Array.from({ length: 40 }, () => b.admit()));
    expect(answers.filter((at) => at === 0)).toHaveLength(26);
    expect(await a.admit()).not.toBe(0);
  });

  test("never have more requests under way than the limit, and every slot is used", async () => {
    const url = await databaseOfTest();
    const limits = { ...NO_LIMITS, concurrentRequests: 5 };
    const nodes = await Promise.all(["a", "b", "c"].map((name) => node(url, name, limits)));
    let [active, most, admitted] = [0, 0, 0];
    const request = async (index: number): Promise<void> => {
      const { limiter, counter, admit } = nodes[index % 3]!;
      if ((await admit(true)) !== 0) return;
      admitted++;
      most = Math.max(most, ++active);
      await new Promise((done) => setTimeout(done, 5));
      active--;
      limiter.release(counter);
    };
    for (let round = 0; round < 30; round++) await Promise.all(Array.from({ length: 9 }, (_, index) => request(index)));
    expect([most, admitted > 100]).toEqual([5, true]);
  });

  test("one that stops gives everything back", async () => {
    const url = await databaseOfTest();
    const limits = { ...NO_LIMITS, requestsPerMinute: 30, concurrentRequests: 2 };
    const [a, b] = [await node(url, "a", limits), await node(url, "b", limits)];
    for (let request = 0; request < 4; request++) {
      expect(await a.admit(true)).toBe(0);
      a.limiter.release(a.counter);
    }
    await a.limiter.close();
    const [{ state = "" } = {}] = (await inPostgres(url, "select state from bank_counters")) as { state?: string }[];
    expect(JSON.parse(state).loans).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => b.admit()));
    expect(answers.filter((at) => at === 0)).toHaveLength(26);
  });
});

test("what one process had counted before it moved here counts, until the bank has its own", async () => {
  const url = await databaseOfTest();
  const limits = { ...NO_LIMITS, requestsPerMinute: 10, requestsPerDay: 12 };
  const clocks = new Clocks(Date.now, { id: "a", now: () => performance.now() });
  const limiter = new BankLimiter({ bank: await opened(url), clocks, after: realTimers.after, node: "a" });
  const now = Date.now();
  const saved = JSON.stringify({ minute: [now - 1_000, 4, now + 60_000, 1], day: [now - 3_600_000, 5, now - 1_000, 5] });
  const counter = limiter.enter("key_1", limits, saved);
  const admitted = [];
  for (let request = 0; request < 8; request++) admitted.push((await limiter.admit(counter!, limits, clocks.monotonic(), false)) === 0);
  expect(admitted.filter(Boolean)).toHaveLength(2);
});

test("a node whose clock cannot be trusted uses nothing that it borrowed, and asks", async () => {
  const url = await databaseOfTest();
  const limits = { ...NO_LIMITS, requestsPerMinute: 30 };
  const { limiter, counter, admit, awake } = await node(url, "a", limits);
  for (let request = 0; request < 4; request++) expect(await admit()).toBe(0);
  expect(counter.till.uses).toBeGreaterThan(0);
  awake.is = false;
  const { asks } = limiter.counts;
  expect(await admit()).toBe(0);
  expect(limiter.counts.asks).toBe(asks + 1);
});

describe("a connection that is lost during an ask costs no decision:", () => {
  test.each<[when: string, statement: string, isReceived: boolean, admitted: number]>([
    ["before the row was read", "left join bank_counters", false, 20],
    ["before the row was written", "insert into bank_counters", false, 20],
    // It is charged, as far as this node knows, and then once more.
    ["before the response to the writing arrived", "insert into bank_counters", true, 19],
  ])("%s", async (_when, statement, isReceived, admitted) => {
    const proxy = await tcpProxy(await databaseOfTest());
    onTestFinished(() => proxy.close());
    const limits = { ...NO_LIMITS, requestsPerMinute: 20 };
    const { limiter } = await node(proxy.url, "a", limits);
    let cuts = 0;
    proxy.onSent = (sent, { pass, cut, server }) => {
      if (cuts > 0 || !sent.includes(statement)) return pass();
      cuts++;
      if (!isReceived) return cut();
      server.unpipe().once("data", cut).resume();
      pass();
    };
    const answers: number[] = [];
    for (let request = 0; request < 25; request++) {
      // A counter of its own: nothing is borrowed, so the bank decides each of them.
      const counter = limiter.enter("attempts", limits);
      if (counter === undefined) throw new Error("it has no limits");
      answers.push(await limiter.admit(counter, limits, performance.now(), false));
      limiter.leave(counter);
    }
    expect([cuts, answers.filter((at) => at === 0).length]).toEqual([1, admitted]);
  });
});

test("without the database, only what was borrowed is admitted", async () => {
  const url = await databaseOfTest();
  const proxy = await tcpProxy(url);
  onTestFinished(() => proxy.close());
  const { admit, counter } = await node(proxy.url, "a", { ...NO_LIMITS, requestsPerMinute: 30 });
  for (let request = 0; request < 4; request++) expect(await admit()).toBe(0);
  const borrowed = counter.till.uses;
  expect(borrowed).toBeGreaterThan(0);
  await proxy.close();
  for (let request = 0; request < borrowed; request++) expect(admit()).toBe(0);
  await expect(admit()).rejects.toThrow(StoreUnavailable);
});
