/** Usage from one moment to another over HTTP: of an organization, and of all. */
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../engine/duration.ts";
import { inProcess } from "../in-process.ts";

const ORGS = "/keyward/v1/organizations";

/** The clock stands at 2026-11-20T12:00Z. */
async function scene() {
  const fixture = await inProcess();
  const organization = await fixture.newOrganization();
  const key = await fixture.newKey(organization, { name: "backend", limits: { requestsPerMinute: 3 } });
  const report = (query = "", of = organization) => fixture.request("GET", `${ORGS}/${of}/usage/report?${query}`);
  const use = async (count: number, of = key.key) => {
    for (let done = 0; done < count; done++) await fixture.service.verify(of);
  };
  return { ...fixture, organization, key, report, use };
}

describe("a report of an organization", () => {
  test("counts each request once, that of a moment ago too, in one call from one moment to another", async () => {
    const { clock, service, report, use } = await scene();
    clock.now -= 20 * DAY_MS;
    await use(3);
    await service.flush();
    clock.now += 20 * DAY_MS;
    await use(5);
    const bill = await report("from=2026-10-01T00:00:00Z&to=2026-12-01T00:00:00Z&by=month");
    expect([bill.status, bill.json]).toEqual([
      200,
      {
        from: "2026-10-01T00:00:00.000Z",
        to: "2026-12-01T00:00:00.000Z",
        by: "month",
        keptSince: "2025-10-17T00:00:00.000Z",
        data: [
          { at: "2026-10-01T00:00:00.000Z", id: null, name: null, outcome: "valid", count: 3 },
          { at: "2026-11-01T00:00:00.000Z", id: null, name: null, outcome: "rate_limited", count: 2 },
          { at: "2026-11-01T00:00:00.000Z", id: null, name: null, outcome: "valid", count: 3 },
        ],
        totals: { rate_limited: 2, valid: 6 },
        nextCursor: null,
      },
    ]);
    expect((await report()).json).toMatchObject({ by: "day", from: "2026-11-01T00:00:00.000Z", totals: { rate_limited: 2, valid: 3 } });
  });

  test("by key has a row for each of its keys, in pages; the totals are on the first", async () => {
    const { report, use, key, newKey, newOrganization, organization } = await scene();
    const second = await newKey(organization);
    const foreign = await newKey(await newOrganization());
    await use(1);
    await use(2, second.key);
    await use(4, foreign.key);
    const rows = [
      { at: "2026-11-20T00:00:00.000Z", id: key.id, name: "backend", outcome: "valid", count: 1 },
      { at: "2026-11-20T00:00:00.000Z", id: second.id, name: null, outcome: "valid", count: 2 },
    ];
    const first = (await report("perKey=true&limit=1")).json;
    expect([first.data, first.totals]).toEqual([rows.slice(0, 1), { valid: 3 }]);
    const next = (await report(`perKey=true&limit=1&cursor=${encodeURIComponent(first.nextCursor)}`)).json;
    expect([next.data, next.totals, next.nextCursor]).toEqual([rows.slice(1), undefined, null]);
    expect((await report(`perKey=true&keys=${second.id},${foreign.id},nonsense`)).json).toMatchObject({
      data: rows.slice(1),
      totals: { valid: 2 },
    });
    expect((await report("outcome=rate_limited")).json).toMatchObject({ data: [], totals: {} });
  });

  test.each([
    ["from=yesterday", "from"],
    ["to=2026-02-30T00:00:00Z", "to"],
    ["by=year", "by"],
    ["by=__proto__", "by"],
    ["limit=0", "limit"],
    ["limit=10001", "limit"],
    ["cursor=x", "cursor"],
    ["cursor=1.'.valid", "cursor"],
    ["perKey=1", "perKey"],
    [`keys=${Array(101).fill("x").join(",")}`, "keys"],
  ])("?%s is 400 and names the field", async (query, field) => {
    const { report } = await scene();
    const { status, json } = await report(query);
    expect([status, json.errors?.[0].field]).toEqual([400, field]);
  });

  test("as CSV names the keys, and a name that would be a formula is none", async () => {
    const { request, newKey, organization, use } = await scene();
    const { id, key } = await newKey(organization, { name: "=1+1" });
    await use(2, key);
    const csv = await request("GET", `${ORGS}/${organization}/usage.csv?perKey=true&by=total&from=2026-11-01T00:00:00Z`);
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.text).toBe(`at,keyId,keyName,outcome,count\r\n2026-11-01T00:00:00.000Z,${id},'=1+1,valid,2\r\n`);
  });

  test("of another organization is not found; members read their own", async () => {
    const { report, request, organization, newOrganization, use } = await scene();
    await use(1);
    const { json } = await request("POST", `${ORGS}/${organization}/tokens`, {});
    const as = (path: string) => request("GET", path, undefined, json.token);
    expect((await as(`${ORGS}/${organization}/usage/report`)).json.totals).toEqual({ valid: 1 });
    expect((await as(`${ORGS}/${await newOrganization()}/usage/report`)).status).toBe(404);
    expect((await as("/keyward/v1/usage")).status).toBe(403);
    expect((await as("/keyward/v1/usage.csv")).status).toBe(403);
    expect((await report("", "org_01jd0000000000000000000000")).status).toBe(404);
    expect((await request("GET", "/keyward/v1/usage", undefined, null)).status).toBe(401);
  });
});

test("a report of all organizations has a row for each", async () => {
  const { request, use, newKey, newOrganization, organization } = await scene();
  const other = await newOrganization();
  await use(1);
  await use(2, (await newKey(other)).key);
  const { json } = await request("GET", "/keyward/v1/usage?by=total&from=2026-11-01T00:00:00Z");
  const row = (id: string, count: number) => ({ at: "2026-11-01T00:00:00.000Z", id, name: expect.any(String), outcome: "valid", count });
  expect(json).toMatchObject({ data: [row(organization, 1), row(other, 2)], totals: { valid: 3 } });
  const csv = await request("GET", "/keyward/v1/usage.csv?by=total&from=2026-11-01T00:00:00Z");
  expect(csv.text.split("\r\n")[0]).toBe("at,organizationId,organizationName,outcome,count");
  expect(csv.text).toContain(`2026-11-01T00:00:00.000Z,${other},`);
});
