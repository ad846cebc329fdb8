/** Usage over HTTP: many keys by day, one key by interval. */
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../engine/duration.ts";
import { decodeUlidOrUuid, toUuid } from "../../../engine/ulid.ts";
import { type Store, StoreUnavailable, type UseBatch } from "../../../stores/contract.ts";
import { inProcess } from "../in-process.ts";

const ORGS = "/keyward/v1/organizations";

/** The clock stands at 2026-11-20T12:00Z. */
async function scene(options: Parameters<typeof inProcess>[0] = {}) {
  const fixture = await inProcess(options);
  const organization = await fixture.newOrganization();
  const key = await fixture.newKey(organization, { limits: { requestsPerMinute: 3 } });
  const daily = (query: string, of = organization) => fixture.request("GET", `${ORGS}/${of}/usage?${query}`);
  const usage = (query = "", id = key.id) => fixture.request("GET", `${ORGS}/${organization}/keys/${id}/usage${query}`);
  const use = async (times: number, of = key.key) => {
    for (let time = 0; time < times; time++) await fixture.service.verify(of);
  };
  return { ...fixture, organization, key, daily, usage, use };
}

describe("use by day", () => {
  test("is told for each key of the organization, without days that have none, today and the days before", async () => {
    const { clock, service, key, newKey, organization, daily, use } = await scene();
    const unused = await newKey(organization);
    clock.now -= 6 * DAY_MS;
    await use(4);
    await service.flush();
    clock.now += 6 * DAY_MS;
    await use(1);
    await service.flush();
    const expected = (days: object[]) => [
      { keyId: key.id, days },
      { keyId: unused.id, days: [] },
    ];
    const today = { date: "2026-11-20", outcomes: { valid: 1 } };
    const keys = `keys=${key.id},${unused.id}`;
    expect((await daily(keys)).json).toEqual({ data: expected([{ date: "2026-11-14", outcomes: { valid: 3, rate_limited: 1 } }, today]) });
    expect((await daily(`${keys}&days=6`)).json.data).toEqual(expected([today]));
    expect((await daily(`${keys}&days=1`)).json.data).toEqual(expected([today]));
    expect((await daily(`${keys}&days=30`)).json.data[0].days).toHaveLength(2);
  });

  test("of others, of nobody and of what is no id is left out; an id counts once, in whichever spelling", async () => {
    const { key, newKey, newOrganization, daily, use, service } = await scene();
    const foreign = await newKey(await newOrganization());
    await use(1);
    await use(1, foreign.key);
    await service.flush();
    const uuid = toUuid(decodeUlidOrUuid(key.id.slice("key_".length)) as bigint);
    const own = [{ keyId: key.id, days: [{ date: "2026-11-20", outcomes: { valid: 1 } }] }];
    expect(
      (await daily(`keys=${key.id},${foreign.id},key_01jd0000000000000000000000,nonsense,,%00,' or 1=1,${key.id},${uuid}`)).json.data,
    ).toEqual(own);
    for (const none of ["", ",", "x", foreign.id]) expect((await daily(`keys=${none}`)).json).toEqual({ data: [] });
  });

  test.each([
    ["", "keys"],
    ["days=7", "keys"],
    [`keys=${Array(101).fill("x").join(",")}`, "keys"],
    ["keys=x&days=0", "days"],
    ["keys=x&days=31", "days"],
    ["keys=x&days=1.5", "days"],
    ["keys=x&days=", "days"],
    ["keys=x&days=week", "days"],
  ])("?%s is 400 and names the field", async (query, field) => {
    const { daily } = await scene();
    const { status, json } = await daily(query);
    expect([status, json.errors?.[0].field]).toEqual([400, field]);
  });

  test("100 ids are not too many; an organization that does not exist is 404", async () => {
    const { key, daily } = await scene();
    expect((await daily(`keys=${Array(100).fill(key.id).join(",")}&days=30`)).json.data).toHaveLength(1);
    expect((await daily(`keys=${key.id}`, "org_01jd0000000000000000000000")).status).toBe(404);
  });
});

describe("use of one key by interval", () => {
  test("has every interval, and use that was in memory a moment ago", async () => {
    const { usage, use, clock, key } = await scene();
    await use(5);
    clock.now += 10 * 60_000;
    const { status, json } = await usage();
    expect(status).toBe(200);
    expect(json).toMatchObject({
      from: "2026-11-19T13:00:00.000Z",
      to: "2026-11-20T12:10:00.000Z",
      intervalHours: 1,
      totals: { valid: 3, rate_limited: 2 },
    });
    expect(json.data).toHaveLength(24);
    expect(json.data.at(-1)).toEqual({ at: "2026-11-20T12:00:00.000Z", outcomes: { valid: 3, rate_limited: 2 } });
    expect(json.data.slice(0, -1).every(({ outcomes }: { outcomes: object }) => Object.keys(outcomes).length === 0)).toBe(true);
    expect((await usage("?period=24h", key.id)).json).toEqual(json);
  });

  test.each([
    ["24h", 1, 24, "2026-11-19T13:00:00.000Z"],
    ["7d", 6, 28, "2026-11-13T18:00:00.000Z"],
    ["30d", 24, 30, "2026-10-22T00:00:00.000Z"],
  ])("%s: the first hour of it counts, the hour before does not", async (period, intervalHours, intervals, from) => {
    const { usage, store, key } = await scene();
    const hour = Date.parse(from);
    const count = (at: number, number: number) => ({ keyId: key.id, hour: at, outcome: "valid", count: number });
    await store.recordUse({ outcomes: [count(hour - HOUR_MS, 100), count(hour, 7)], lastUses: [], counters: [] });
    const { json } = await usage(`?period=${period}`);
    expect(json).toMatchObject({ from, intervalHours, totals: { valid: 7 } });
    expect([json.data.length, json.data[0]]).toEqual([intervals, { at: from, outcomes: { valid: 7 } }]);
  });

  test("a key that was never used has no totals; a revoked one keeps its use", async () => {
    const { usage, use, request, organization, key } = await scene();
    expect((await usage()).json.totals).toEqual({});
    await use(1);
    await request("DELETE", `${ORGS}/${organization}/keys/${key.id}`);
    expect((await usage()).json.totals).toEqual({ valid: 1 });
  });

  test("while the database accepts nothing, no count is shown that could be too small", async () => {
    let isFull = false;
    const recordUse = (store: Store) => async (batch: UseBatch) => {
      if (isFull) throw new StoreUnavailable("the disk is full");
      await store.recordUse(batch);
    };
    const { usage, use } = await scene({ wrap: (store) => ({ ...store, recordUse: recordUse(store) }) });
    isFull = true;
    await use(2);
    const { status, json, text } = await usage();
    expect([status, json.code, text.includes("disk")]).toEqual([503, "store_unavailable", false]);
    isFull = false;
    expect((await usage()).json.totals).toEqual({ valid: 2 });
  });

  test("another organization's key, none and nonsense are 404 alike; another period is 400", async () => {
    const { usage, newKey, newOrganization } = await scene();
    const foreign = await newKey(await newOrganization());
    const responses = await Promise.all([foreign.id, "key_01jd0000000000000000000000", "nonsense"].map((id) => usage("", id)));
    expect(responses.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([404, responses[0]!.text]));
    for (const period of ["1h", "", "30D", "__proto__", "toString"]) {
      const { status, json } = await usage(`?period=${period}`);
      expect([period, status, json.errors?.[0].field]).toEqual([period, 400, "period"]);
    }
  });
});
