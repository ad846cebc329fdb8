/** What the library shows of itself. */
import { expect, test } from "vitest";
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
