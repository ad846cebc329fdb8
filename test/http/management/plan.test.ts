/** `GET .../plan`: what a plan grants, with overrides and use. */
import { expect, test } from "vitest";
import { agentpay, keyward } from "../../../platforms/index.ts";
import { inProcess } from "../in-process.ts";

const planOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}/plan`;

test("limits are the plan's, and the operator's where they say otherwise; null takes a limit away", async () => {
  const { request, newOrganization } = await inProcess();
  const id = await newOrganization({ plan: "free", overrides: { requestsPerMinute: 100, requestsPerDay: null, keys: 11 } });
  const { status, json } = await request("GET", planOf(id));
  expect([status, json]).toEqual([
    200,
    {
      plan: "free",
      limits: { requestsPerMinute: 100, requestsPerDay: null, concurrentRequests: keyward.plans.free!.concurrentRequests },
      overrides: { requestsPerMinute: 100, requestsPerDay: null, keys: 11 },
      keys: { active: 0, allowed: 11 },
    },
  ]);
});

test("active keys are those that are neither revoked nor expired, in this organization alone", async () => {
  const { request, service, clock, newOrganization, newKey } = await inProcess({ platform: agentpay });
  const [mine, theirs] = [await newOrganization(), await newOrganization()];
  const [gone, late] = [await newKey(mine), await newKey(mine, { expiresIn: "10s" })];
  await newKey(mine);
  await newKey(theirs);
  expect((await request("GET", planOf(mine))).json.keys).toEqual({ active: 3, allowed: 5 });
  await service.keys.revoke(mine, gone.id, "operator");
  expect((await request("GET", planOf(mine))).json.keys.active).toBe(2);
  clock.now += 10_000;
  expect((await request("GET", planOf(mine))).json.keys.active).toBe(1);
  expect((await service.keys.get(mine, late.id)).ok).toBe(true);
});

test("an unlimited plan has nulls, and a plan that no longer exists allows no more keys", async () => {
  const { request, store, newOrganization } = await inProcess();
  const id = await newOrganization();
  const none = { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null };
  expect((await request("GET", planOf(id))).json).toEqual({
    plan: "unlimited",
    limits: none,
    overrides: {},
    keys: { active: 0, allowed: null },
  });
  await store.updateOrganization(id, { plan: "toString" }, { auditId: "evt_1", actor: "operator", at: 0 });
  expect((await request("GET", planOf(id))).json).toMatchObject({ plan: "toString", limits: none, keys: { allowed: 0 } });
});

test("an unknown id is not found, on every path", async () => {
  const { request } = await inProcess();
  for (const id of ["org_01jd0000000000000000000000", "nonsense", "%00"]) expect((await request("GET", planOf(id))).status, id).toBe(404);
});
