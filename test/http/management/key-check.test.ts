/** Checking new keys before they are created. */
import { expect, test } from "vitest";
import { inProcess } from "../in-process.ts";

const ORGS = "/keyward/v1/organizations";

async function scene(overrides = {}) {
  const fixture = await inProcess();
  const { json } = await fixture.request("POST", ORGS, { name: "Acme", overrides });
  const check = (body: unknown, token?: string | null, of = json.id) => fixture.request("POST", `${ORGS}/${of}/keys/check`, body, token);
  return { ...fixture, organization: json.id as string, check };
}

test("names each key that creating it would refuse, by the same rules and in the same words, and creates none", async () => {
  const { check, request, organization } = await scene();
  const keys = [
    { name: "good" },
    { name: 1 },
    { nmae: "x" },
    { expiresIn: "1d", expiresAt: "2099-01-01T00:00:00Z" },
    { limits: { requestsPerMinute: 0 } },
    { environment: "staging" },
    {},
  ];
  const { status, json } = await check({ keys });
  expect(status).toBe(200);
  const refusals = await Promise.all(keys.map((key) => request("POST", `${ORGS}/${organization}/keys`, key)));
  const refused = refusals.flatMap(({ status: code, json: problem }, index) =>
    code === 201 ? [] : [{ index, field: problem.errors[0].field, message: problem.detail }],
  );
  expect(refused).toHaveLength(5);
  expect(json).toEqual({ data: refused, remaining: null });
});

test("says how many more keys the plan allows", async () => {
  const { check, newKey, organization } = await scene({ keys: 2 });
  expect((await check({ keys: [] })).json).toEqual({ data: [], remaining: 2 });
  await newKey(organization);
  expect((await check({ keys: [{}] })).json).toEqual({ data: [], remaining: 1 });
});

test("is for who may read the organization, and takes a hundred keys", async () => {
  const { check, newOrganization } = await scene();
  const body = { keys: [{}] };
  expect((await check(body, null)).status).toBe(401);
  expect((await check(body, undefined, "org_01jd0000000000000000000000")).status).toBe(404);
  expect((await check(body, undefined, await newOrganization())).status).toBe(200);
  expect((await check({ keys: Array(100).fill({}) })).status).toBe(200);
  for (const wrong of [{ keys: Array(101).fill({}) }, { keys: [1] }, { keys: {} }, {}]) expect((await check(wrong)).status).toBe(400);
});
