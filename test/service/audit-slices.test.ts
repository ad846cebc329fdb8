/** An export of the audit log is read in slices: short ones, one in each turn of the event loop, and only when they are asked for. */
import { describe, expect, test } from "vitest";
import { sliceAudit } from "../../service/audit-slices.ts";
import type { AuditEntry, LogStore } from "../../stores/contract.ts";

const idOf = (number: number) => `evt_${String(number).padStart(26, "0")}`;

/** A log of entries with details of these lengths, oldest first, and what was asked of it. Ids count from 1. */
function logOf(lengths: readonly number[]) {
  const entries = lengths
    .map((length, at) => ({ id: idOf(at + 1), details: { a: "x".repeat(length - 8) } }))
    .reverse() as unknown as AuditEntry[];
  const asked: { method: string; rows: number; octets: number }[] = [];
  const page = (method: string, { before, limit }: { before?: string | undefined; limit: number }) => {
    const found = entries.filter(({ id }) => before === undefined || id < before).slice(0, limit);
    asked.push({ method, rows: limit, octets: method === "list" ? JSON.stringify(found.map(({ details }) => details)).length : 0 });
    return found;
  };
  const store: Pick<LogStore, "listAudit" | "outlineAudit"> = {
    listAudit: async (_id, of) => page("list", of),
    outlineAudit: async (_id, of) => page("outline", of).map(({ id, details }) => ({ id, octets: JSON.stringify(details).length })),
  };
  const export_ = (before?: string) => sliceAudit(store, "org_1", {}, before);
  return { asked, export: export_, listed: () => asked.filter(({ method }) => method === "list") };
}

async function idsOf({ slices }: Awaited<ReturnType<typeof sliceAudit>>): Promise<string[]> {
  const ids: string[] = [];
  for await (const slice of slices) ids.push(...slice.map(({ id }) => id));
  return ids;
}

const newestFirst = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, at) => idOf(from - at));

test("no call of the store carries more than 100 entries or 500 outlines, whatever the size of the log", async () => {
  const log = logOf(Array(12_345).fill(20));
  const exported = await log.export();
  expect(exported.nextBefore).toBe(idOf(2_346));
  expect(await idsOf(exported)).toEqual(newestFirst(12_345, 2_346));
  expect(Math.max(...log.listed().map(({ rows }) => rows))).toBe(100);
  expect(log.listed()).toHaveLength(100);
  expect(Math.max(...log.asked.filter(({ method }) => method === "outline").map(({ rows }) => rows))).toBe(500);
});

test("long details make slices shorter, and a longer entry is a slice of its own", async () => {
  const log = logOf([...Array(300).fill(5_000), 200_000, ...Array(10).fill(100)]);
  expect(await idsOf(await log.export())).toEqual(newestFirst(311, 1));
  const long = log.listed().filter(({ octets }) => octets > 66_000);
  expect(long).toEqual([{ method: "list", rows: 1, octets: expect.any(Number) }]);
});

test("a slice is read when it is asked for, and not before", async () => {
  const log = logOf(Array(1_000).fill(20));
  const rows = (await log.export()).slices[Symbol.asyncIterator]();
  expect(log.listed()).toHaveLength(0);
  await rows.next();
  await new Promise(setImmediate);
  expect(log.listed()).toHaveLength(1);
  await rows.return?.();
  expect(log.listed()).toHaveLength(1);
});

test("others have a turn between two slices, even if the store responds at once", async () => {
  const log = logOf(Array(1_000).fill(20));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await idsOf(await log.export());
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(10);
});

describe("a table ends", () => {
  // biome-ignore format: a table
  test.each<[string, number[], number | undefined]>([
    ["nowhere with nothing in it",              [],                          undefined],
    ["nowhere at 10,000 entries",               Array(10_000).fill(20),      undefined],
    ["after 10,000 entries",                    Array(10_001).fill(20),      2],
    ["nowhere at 16 MiB of details",            Array(16).fill(1024 * 1024), undefined],
    ["before the entry that would exceed them", Array(17).fill(1024 * 1024), 2],
    ["after one entry, however long",           [20, 17 * 1024 * 1024],      2],
  ])("%s", async (_where, lengths, last) => {
    const log = logOf(lengths);
    const exported = await log.export();
    expect(exported.nextBefore).toBe(last === undefined ? undefined : idOf(last));
    expect((await idsOf(exported)).at(-1)).toBe(lengths.length === 0 ? undefined : idOf(last ?? 1));
    expect(await idsOf(await log.export(exported.nextBefore ?? idOf(1)))).toEqual(last === undefined ? [] : newestFirst(last - 1, 1));
  });
});
