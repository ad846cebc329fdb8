/** Attempts at passwords over several nodes on a real PostgreSQL. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { realTimers } from "../../../service/changes/timers.ts";
import { Clocks } from "../../../service/clocks.ts";
import { attemptsTogether } from "../../../service/limiting/attempts-together.ts";
import { BankInTime } from "../../../service/limiting/bank-in-time.ts";
import { deriveSecrets } from "../../../service/secrets.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";

const secrets = deriveSecrets({ id: 1, secret: "the secret of all nodes of this test" });
const clocks = new Clocks(Date.now, { id: "test", now: () => performance.now() });

async function node(url: string) {
  const { bank: rows, close } = await openPostgres({ url, connections: 4 });
  onTestFinished(close);
  if (rows === undefined) throw new Error("it has no bank");
  const bank = new BankInTime({ bank: rows, clocks, after: realTimers.after, slept: () => undefined });
  return { attempts: attemptsTogether({ bank, secrets }), bank };
}

test("of many at once on two nodes five are made, and the others may be in a second, by the clock of each node", async () => {
  const url = await databaseOfTest();
  const [a, b] = await Promise.all([node(url), node(url)]);
  const began = clocks.monotonic();
  const retryAt = await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? a : b).attempts.begin("ada")));
  const tookMs = clocks.monotonic() - began;
  const refused = retryAt.filter((at) => at !== 0);
  expect(refused).toHaveLength(35);
  for (const at of refused) {
    expect(at).toBeGreaterThan(began + 1_000);
    expect(at).toBeLessThan(began + 1_000 + tookMs + 5);
  }
  expect(await b.attempts.begin("grace"), "another account").toBe(0);
});

test("a success on one node forgets the failures that others saw, of this account alone", async () => {
  const url = await databaseOfTest();
  const [a, b] = await Promise.all([node(url), node(url)]);
  for (let turn = 0; turn < 5; turn++) for (const account of ["ada", "grace"]) expect(await a.attempts.begin(account)).toBe(0);
  await b.attempts.succeed("ada");
  await b.attempts.succeed("nobody");
  expect(await a.attempts.begin("ada")).toBe(0);
  expect(await b.attempts.begin("grace")).toBeGreaterThan(0);
});

test("the database does not tell whose password was tried, and has a limited number of rows", async () => {
  const url = await databaseOfTest();
  const { attempts } = await node(url);
  await Promise.all(Array.from({ length: 300 }, (_, at) => attempts.begin(`account-${at}`)));
  const rows = await inPostgres(url, "select counter_id, state from bank_counters");
  expect(JSON.stringify(rows)).not.toContain("account");
  for (const { counter_id } of rows) expect(counter_id).toMatch(/^attempts:[0-9a-f]{1,3}$/);
  expect(rows.flatMap(({ state }) => JSON.parse(state as string))).toHaveLength(300);
});

describe("where the database does not let a row be written", () => {
  test("an attempt fails as an outage, and does not go on for ever", async () => {
    const { bank } = await node(await databaseOfTest());
    const write = vi.fn(async () => []);
    const attempts = attemptsTogether({ bank: { read: (ids) => bank.read(ids), write }, secrets });
    await expect(attempts.begin("ada")).rejects.toThrow(StoreUnavailable);
    expect(write).toHaveBeenCalledTimes(100);
  });
});
