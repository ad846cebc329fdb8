/** Usage from one moment to another: added up by interval, by outcome, and by whose it is. */
import { expect } from "vitest";
import { DAY_MS, HOUR_MS } from "../../engine/duration.ts";
import type { UsageReportQuery, UsageReportRow, UseBatch } from "../contract.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOW, times, type World } from "./world.ts";

const MIDNIGHT = NOW - (NOW % DAY_MS);
const NOTHING: UseBatch = { outcomes: [], lastUses: [], counters: [] };

export function describeUsageReports(world: World, guarantee: Guarantee): void {
  const use = (...rows: readonly (readonly [keyId: string, hour: number, outcome: string, count: number])[]) =>
    world.store.recordUse({
      ...NOTHING,
      outcomes: rows.map(([keyId, hour, outcome, count]) => ({ keyId, hour: MIDNIGHT + hour * HOUR_MS, outcome, count })),
    });
  const report = (query: Partial<UsageReportQuery> & Pick<UsageReportQuery, "organizationId">) =>
    world.store.usageReport({ from: MIDNIGHT, to: MIDNIGHT + DAY_MS, unit: "day", each: undefined, limit: 100, ...query });
  const row = (at: number, outcome: string, count: number, id = "", name: string | null = null): UsageReportRow => ({
    at: MIDNIGHT + at * HOUR_MS,
    id,
    name,
    outcome,
    count,
  });

  guarantee("a report by day and one by hour count the same, from the first moment until just before the last", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    await use([key.id, -1, "valid", 100], [key.id, 0, "valid", 1], [key.id, 0, "expired", 2]);
    await use([key.id, 23, "valid", 4], [key.id, 24, "valid", 200], [key.id, 0, "valid", 8]);
    expect(await report({ organizationId: id })).toEqual([row(0, "expired", 2), row(0, "valid", 13)]);
    expect(await report({ organizationId: id, unit: "hour" })).toEqual([row(0, "expired", 2), row(0, "valid", 9), row(23, "valid", 4)]);
    expect(await report({ organizationId: id, unit: "hour", from: MIDNIGHT + HOUR_MS, to: MIDNIGHT + 25 * HOUR_MS })).toEqual([
      row(23, "valid", 4),
      row(24, "valid", 200),
    ]);
    expect(await report({ organizationId: id, from: MIDNIGHT + DAY_MS, to: MIDNIGHT + 2 * DAY_MS })).toEqual([row(24, "valid", 200)]);
  });

  guarantee("intervals of any length begin where they are told to", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    await use(...times(72, (hour) => [key.id, hour, "valid", 1] as const));
    const starts = [0, 5, 30].map((hour) => MIDNIGHT + hour * HOUR_MS);
    const range = { from: MIDNIGHT, to: MIDNIGHT + 72 * HOUR_MS };
    expect(await report({ organizationId: id, unit: "hour", starts, ...range })).toEqual([
      row(0, "valid", 5),
      row(5, "valid", 25),
      row(30, "valid", 42),
    ]);
    expect(await report({ organizationId: id, unit: "day", starts: [MIDNIGHT], ...range })).toEqual([row(0, "valid", 72)]);
    expect(await report({ organizationId: id, unit: "day", starts: [MIDNIGHT, MIDNIGHT + DAY_MS], ...range })).toEqual([
      row(0, "valid", 24),
      row(24, "valid", 48),
    ]);
  });

  guarantee("a report is of one organization's keys, of some of them, or of every organization; each row is named", async () => {
    const [one, other] = [await world.organization({ name: "One" }), await world.organization({ name: "Other" })];
    const [first, second] = [await world.key(one.id, { name: "first" }), await world.key(one.id, { name: null })];
    const [foreign, unclaimed] = [await world.key(other.id), await world.key(null)];
    const hour = 24_000;
    await use(...[first, second, foreign, unclaimed].map(({ key }, at) => [key.id, hour, "valid", 10 ** at] as const), [
      first.key.id,
      hour,
      "revoked",
      5,
    ]);
    const range = { from: MIDNIGHT + hour * HOUR_MS, to: MIDNIGHT + (hour + 24) * HOUR_MS };
    const byKey = [
      row(hour, "revoked", 5, first.key.id, "first"),
      row(hour, "valid", 1, first.key.id, "first"),
      row(hour, "valid", 10, second.key.id),
    ];
    expect(await report({ organizationId: one.id, each: "key", ...range })).toEqual(byKey);
    expect(await report({ organizationId: one.id, ...range })).toEqual([row(hour, "revoked", 5), row(hour, "valid", 11)]);
    expect(await report({ organizationId: one.id, outcome: "valid", ...range })).toEqual([row(hour, "valid", 11)]);
    const some = { organizationId: one.id, each: "key" as const, ...range };
    expect(await report({ ...some, keyIds: [second.key.id, foreign.key.id, "key_missing"] })).toEqual(byKey.slice(2));
    expect(await report({ ...some, keyIds: [] })).toEqual([]);
    expect(await report({ organizationId: undefined, each: "organization", ...range })).toEqual([
      row(hour, "valid", 1_000),
      row(hour, "revoked", 5, one.id, "One"),
      row(hour, "valid", 11, one.id, "One"),
      row(hour, "valid", 100, other.id, "Other"),
    ]);
  });

  guarantee("pages follow one another without a gap and without a row twice", async () => {
    const { id } = await world.organization();
    const keys = await Promise.all(times(3, () => world.key(id)));
    await use(...keys.flatMap(({ key }) => [0, 1].flatMap((hour) => ["a", "b"].map((outcome) => [key.id, hour, outcome, 1] as const))));
    const query = { organizationId: id, unit: "hour", each: "key" } as const;
    const whole = await report(query);
    expect(whole).toHaveLength(12);
    for (const limit of [1, 2, 5, 11]) {
      const paged: UsageReportRow[] = [];
      for (let page = await report({ ...query, limit }); page.length > 0; page = await report({ ...query, limit, after: paged.at(-1) }))
        paged.push(...page);
      expect(paged).toEqual(whole);
    }
  });

  guarantee("usage by hour is deleted sooner than by day, each when it was told to", async () => {
    const { id } = await world.organization();
    const { key } = await world.key(id);
    const old = -24 * 5_000;
    await use([key.id, old, "valid", 1], [key.id, old + 24, "valid", 2]);
    const range = { from: MIDNIGHT + old * HOUR_MS, to: MIDNIGHT + (old + 48) * HOUR_MS };
    const now = MIDNIGHT + old * HOUR_MS + 10 * DAY_MS;
    await world.store.prune(now, 9, 10);
    expect(await report({ organizationId: id, unit: "hour", ...range })).toEqual([row(old + 24, "valid", 2)]);
    expect(await report({ organizationId: id, ...range })).toEqual([row(old, "valid", 1), row(old + 24, "valid", 2)]);
    await world.store.prune(now + 1, 9, 10);
    expect(await report({ organizationId: id, ...range })).toEqual([row(old + 24, "valid", 2)]);
  });
}
