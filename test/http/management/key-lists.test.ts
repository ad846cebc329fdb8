/** Lists of keys over HTTP: search, status, environment, order, count and the condition of each key. */
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../engine/duration.ts";
import { agentsgt, keyward } from "../../../platforms/index.ts";
import { secret } from "../../support/root.ts";
import { type InProcess, inProcess } from "../in-process.ts";

const ORGS = "/keyward/v1/organizations";

async function scene(options: Parameters<typeof inProcess>[0] = {}) {
  const fixture = await inProcess(options);
  const organization = await fixture.newOrganization();
  const list = (query: string, of = organization) => fixture.request("GET", `${ORGS}/${of}/keys?${query}`);
  const names = async (query: string, of = organization) =>
    ((await list(query, of)).json.data as { name: string | null }[]).map(({ name }) => name);
  return { ...fixture, organization, list, names };
}

/** Follows every page of a query. */
async function everyPage(list: (query: string) => ReturnType<InProcess["request"]>, query: string) {
  const names: (string | null)[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { status, json } = await list(`${query}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(status).toBe(200);
    names.push(...json.data.map(({ name }: { name: string | null }) => name));
    cursor = json.nextCursor;
  }
  return names;
}

describe("a list", () => {
  test("is searched by name, id, prefix and public key, every character but the case of letters taken as it is", async () => {
    const { organization, newKey, names, list } = await scene();
    const first = await newKey(organization, { name: "Production 100%" });
    await newKey(organization, { name: "staging_a" });
    await newKey(organization, { name: "stagingXa" });
    expect(await names("search=PRODUCTION")).toEqual(["Production 100%"]);
    expect(await names("search=%25")).toEqual(["Production 100%"]);
    expect(await names("search=g_a")).toEqual(["staging_a"]);
    expect(await names("search=%5C")).toEqual([]);
    expect(await names("search=' or 1=1 --")).toEqual([]);
    expect(await names(`search=${first.id}`)).toEqual(["Production 100%"]);
    expect(await names(`search=${first.key.slice(0, 12)}`)).toEqual(["Production 100%"]);
    // The secret itself does not belong in a URL, and its end is nowhere to be found.
    expect((await list(`search=${first.key}`)).json.errors[0].field).toBe("search");
    expect(await names(`search=${first.key.slice(-20)}`)).toEqual([]);
    for (const all of ["search=", "search=%20%20"]) expect((await list(all)).json.data).toHaveLength(3);
  });

  test("is searched by public key where keys are pairs", async () => {
    const { organization, service, names, list } = await scene({ platform: agentsgt });
    const issued = await service.keys.create(organization, { name: "pair", domains: ["example.com"] }, "operator");
    await service.keys.create(organization, { name: "other", domains: ["example.com"] }, "operator");
    if (!issued.ok || issued.value.shown === undefined || !("publicKey" in issued.value.shown)) throw new Error("there is no pair");
    const { publicKey, secretKey } = issued.value.shown;
    secret(secretKey);
    expect(await names(`search=${publicKey.toUpperCase()}`)).toEqual(["pair"]);
    expect((await list(`search=${secretKey}`)).status).toBe(400);
  });

  test("is counted whole, whatever the page, and only when asked", async () => {
    const { organization, newKey, list } = await scene();
    for (const name of ["loud 1", "loud 2", "loud 3", "b"]) await newKey(organization, { name });
    expect((await list("count=true&limit=1")).json).toMatchObject({ total: 4, data: [{ name: "b" }] });
    expect((await list("count=true&search=loud&limit=2")).json.total).toBe(3);
    expect((await list("count=true&search=none")).json).toEqual({ data: [], nextCursor: null, total: 0 });
    for (const query of ["", "count=false"]) expect((await list(query)).json).not.toHaveProperty("total");
  });

  test("is narrowed to an environment", async () => {
    const { organization, newKey, names } = await scene();
    await newKey(organization, { name: "l" });
    await newKey(organization, { name: "t", environment: "test" });
    expect([await names("environment=test"), await names("environment=live"), await names("")]).toEqual([["t"], ["l"], ["t", "l"]]);
  });

  test("is narrowed to a status, and each record tells its condition", async () => {
    const { organization, newKey, request, list, names, clock, service } = await scene();
    const old = await newKey(organization, { name: "unused" });
    clock.now += 25 * DAY_MS;
    const used = await newKey(organization, { name: "expiring", expiresIn: "12d" });
    await newKey(organization, { name: "expired", expiresIn: "1d" });
    const [off, gone, rotated] = [
      await newKey(organization, { name: "disabled" }),
      await newKey(organization, { name: "revoked" }),
      await newKey(organization, { name: "rotating" }),
    ];
    const limited = await newKey(organization, { name: "limited", limits: { requestsPerMinute: 1 } });
    clock.now += 5 * DAY_MS;
    const path = `${ORGS}/${organization}/keys`;
    await request("PATCH", `${path}/${off.id}`, { enabled: false });
    await request("DELETE", `${path}/${gone.id}`);
    secret((await request("POST", `${path}/${rotated.id}/rotate`, {})).json.key);
    await service.verify(used.key);
    await service.verify(limited.key);
    const { data } = (await list("sort=name")).json as { data: { id: string; name: string; condition: string }[] };
    expect(data.filter(({ id, name }) => name !== "rotating" || id === rotated.id).map(({ name, condition }) => [name, condition])).toEqual(
      [
        ["disabled", "disabled"],
        ["expired", "expired"],
        ["expiring", "expiring"],
        ["limited", "rate_limited"],
        ["revoked", "revoked"],
        ["rotating", "rotating"],
        ["unused", "unused"],
      ],
    );
    for (const [status, expected] of [
      ["disabled", ["disabled"]],
      ["expired", ["expired"]],
      ["revoked", ["revoked"]],
      ["rotating", ["rotating"]],
      ["expiring", ["expiring"]],
      ["unused", ["unused"]],
      ["rotation_due", []],
      ["active", ["expiring", "limited", "rotating", "unused"]],
      ["current", ["disabled", "expired", "expiring", "limited", "rotating", "rotating", "unused"]],
    ] as const)
      expect([status, await names(`status=${status}&sort=name`)]).toEqual([status, expected]);
    expect((await request("GET", `${path}/${old.id}`)).json.condition).toBe("unused");
    clock.now += 60_000;
    expect((await request("GET", `${path}/${limited.id}`)).json.condition).toBe("active");
  });

  test("is narrowed to keys that are due for rotation, where the platform advises it", async () => {
    const { organization, newKey, names, list, clock } = await scene({ platform: { ...keyward, rotateAfterDays: 90 } });
    await newKey(organization, { name: "old" });
    clock.now += DAY_MS;
    await newKey(organization, { name: "a day younger" });
    clock.now += 89 * DAY_MS - 1;
    expect(await names("status=rotation_due")).toEqual([]);
    clock.now += 1;
    expect((await list("status=rotation_due")).json.data).toMatchObject([{ name: "old", condition: "rotation_due", rotationDue: true }]);
  });
});

describe("an order", () => {
  test("holds every key once over pages, in both directions, keys without the value last", async () => {
    const { organization, newKey, list, clock, service } = await scene();
    for (const [name, expiresIn] of [
      ["b", "3d"],
      ["A", undefined],
      ["c", "1d"],
      [null, "2d"],
      ["a", "3d"],
    ] as const) {
      const { key } = await newKey(organization, { name, expiresIn });
      clock.now += 1_000;
      if (name !== "c") await service.verify(key);
    }
    await service.flush();
    for (const [sort, expected] of [
      ["name", ["A", "a", "b", "c", null]],
      ["-name", ["c", "b", "a", "A", null]],
      ["expiresAt", ["c", null, "b", "a", "A"]],
      ["-expiresAt", ["a", "b", null, "c", "A"]],
      ["lastUsedAt", ["b", "A", null, "a", "c"]],
      ["-lastUsedAt", ["a", null, "A", "b", "c"]],
      ["createdAt", ["b", "A", "c", null, "a"]],
      ["-createdAt", ["a", null, "c", "A", "b"]],
    ] as const)
      for (const limit of [1, 2, 4, 5])
        expect([sort, limit, await everyPage(list, `sort=${sort}&limit=${limit}`)]).toEqual([sort, limit, expected]);
  });

  test("newest first goes on from an id, named or not", async () => {
    const { organization, newKey, list } = await scene();
    const [first, second] = [await newKey(organization), await newKey(organization)];
    for (const query of ["limit=1", "limit=1&sort=-createdAt"]) {
      expect((await list(query)).json.nextCursor).toBe(second.id);
      expect((await list(`${query}&cursor=${second.id}`)).json.data).toMatchObject([{ id: first.id }]);
    }
  });

  test("a cursor reveals nothing", async () => {
    const { organization, newKey, list } = await scene();
    for (const name of ["very telling name", "z"]) await newKey(organization, { name });
    const { nextCursor } = (await list("sort=name&limit=1")).json;
    const text = Buffer.from(nextCursor.slice(2), "base64url").toString("latin1");
    expect([nextCursor, text].some((seen) => seen.includes("telling") || seen.includes("key_"))).toBe(false);
  });

  test("a cursor that was changed, or is of another order, organization or list, is 400 and names it", async () => {
    const { organization, newOrganization, newKey, list } = await scene();
    const other = await newOrganization();
    for (const owner of [organization, other]) for (const name of ["a", "b"]) await newKey(owner, { name });
    const cursorOf = async (sort: string, of = organization) => (await list(`sort=${sort}&limit=1`, of)).json.nextCursor as string;
    const good = await cursorOf("name");
    expect((await list(`sort=name&cursor=${good}`)).json.data).toMatchObject([{ name: "b" }]);
    const tampered = [...good]
      .map((letter, at) => `${good.slice(0, at)}${letter === "A" ? "B" : "A"}${good.slice(at + 1)}`)
      .filter((text) => text !== good);
    const bad = [
      ...tampered,
      good.slice(0, -1),
      `${good}A`,
      `${good}=`,
      good.slice(2),
      "",
      "1:",
      "x",
      "%00",
      "%ff",
      "é",
      `${organization}`,
      "[]",
      "1:W10",
      await cursorOf("-name"),
      await cursorOf("expiresAt"),
      await cursorOf("createdAt"),
      await cursorOf("-createdAt"),
      await cursorOf("name", other),
    ];
    for (const cursor of bad) {
      const { status, json } = await list(`sort=name&cursor=${cursor.includes("%") ? cursor : encodeURIComponent(cursor)}`);
      expect([cursor, status, json.errors?.[0].field]).toEqual([cursor, 400, "cursor"]);
    }
    for (const sort of ["", "-createdAt"]) {
      const { status, json } = await list(`${sort === "" ? "" : `sort=${sort}&`}cursor=${encodeURIComponent(good)}`);
      expect([sort, status, json.errors?.[0].field]).toEqual([sort, 400, "cursor"]);
    }
  });
});

test("another organization's keys are in no search, order, status or count", async () => {
  const { organization, newOrganization, newKey, list } = await scene();
  const theirs = await newOrganization();
  const mine = await newKey(organization, { name: "shared name" });
  const foreign = await newKey(theirs, { name: "shared name" });
  for (const query of [
    "search=shared",
    `search=${foreign.id}`,
    "search=kw",
    "search=key_",
    "status=current",
    "status=active",
    "sort=name",
    "sort=-lastUsedAt",
    "sort=expiresAt",
    "environment=live",
  ]) {
    const { json } = await list(`${query}&count=true`);
    expect([query, json.data.map(({ id }: { id: string }) => id), json.total]).toEqual([
      query,
      query.includes(foreign.id) ? [] : [mine.id],
      query.includes(foreign.id) ? 0 : 1,
    ]);
  }
});

describe("a query that makes no sense is 400 and names the field", () => {
  test.each([
    [`search=${"x".repeat(129)}`, "search"],
    [`search=${"%F0%9F%94%91".repeat(129)}`, "search"],
    ["search=a%00b", "search"],
    ["search=%0A%07b", "search"],
    ["status=gone", "status"],
    ["status=", "status"],
    ["status=rate_limited", "status"],
    ["status=__proto__", "status"],
    ["environment=prod", "environment"],
    ["sort=id", "sort"],
    ["sort=--name", "sort"],
    ["sort=Name", "sort"],
    ["sort=name;drop table api_keys", "sort"],
    ["sort=", "sort"],
    ["count=1", "count"],
    ["count=", "count"],
  ])("?%s", async (query, field) => {
    const { list } = await scene();
    const { status, json } = await list(query);
    expect([status, json.errors?.[0].field]).toEqual([400, field]);
  });

  test("128 characters are searched for, those of emoji too", async () => {
    const { list } = await scene();
    for (const character of ["x", "🔑"]) expect((await list(`search=${encodeURIComponent(character.repeat(128))}`)).status).toBe(200);
  });
});
