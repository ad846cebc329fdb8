/** What the library shows of itself. */
import { expect, test } from "vitest";
import { StoreUnavailable } from "../../stores/contract.ts";
import { testService } from "../support/service.ts";

test("the library shows operations, and none of the parts that they are made of", async () => {
  const { service } = await testService();
  expect(Object.keys(service).sort()).toEqual(
    [
      ...["attemptsTogether", "audit", "clock", "close"],
      ...["countTogether", "deviceLogins", "environments", "flush", "keys", "listNodes", "masterSecret"],
      ...["mayGoOn", "monotonic", "organizations", "people"],
      ...["ping", "plans"],
      ...["platform", "refusals", "requestIds", "serviceTokens", "statistics", "usage", "verify", "watch"],
    ].sort(),
  );
});

test("refusals are written although usage cannot be, and the failure is reported", async () => {
  const { service, store, newOrganization, newKey } = await testService({
    wrap: (given) => ({ ...given, recordUse: () => Promise.reject(new StoreUnavailable("a row is refused")) }),
  });
  const organization = await newOrganization();
  const { id, key } = await newKey(organization);
  await service.keys.revoke(organization, id, "operator");
  service.refusals.note({ reason: "revoked", verdict: undefined, ask: undefined }, () => ({
    requestId: "req_1",
    surface: "library",
    method: "GET",
    target: "/",
    address: null,
  }));
  await service.verify(key);
  await expect(service.flush()).rejects.toThrow("a row is refused");
  const found = await store.findRefusals("req_1", undefined, { since: 0, limit: 1 });
  expect(found.map(({ reason }) => reason)).toEqual(["revoked"]);
});

test("statistics are a copy: whoever changes them changes nothing", async () => {
  const { service, newOrganization, newKey } = await testService();
  const { key } = await newKey(await newOrganization());
  await service.verify(key);
  await service.verify("nonsense");
  const taken = service.statistics();
  expect(taken).toMatchObject({ outcomes: { valid: 1, malformed: 1, revoked: 0 }, cachedKeys: 1 });
  Object.assign(taken.outcomes, { valid: 99 });
  expect(service.statistics().outcomes.valid).toBe(1);
});
