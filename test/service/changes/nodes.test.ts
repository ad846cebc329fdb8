/** Services on one real PostgreSQL, each with its own memory, as processes have: what one has answered holds at once on the others. */
import { expect, onTestFinished, test } from "vitest";
import { agentpay } from "../../../platforms/agentpay.ts";
import { composeService } from "../../../service/compose.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest } from "../../support/postgres.ts";
import { keyOf, must } from "../../support/service.ts";

const ROUNDS = 70;

async function service(url: string) {
  const { store, nodes, close } = await openPostgres({ url, connections: 4 });
  const composed = await composeService({ platform: agentpay, store, nodes, secret: "test-secret-test-secret-test-secret" });
  onTestFinished(async () => {
    await composed.keyward.close();
    await close();
  });
  return composed.keyward;
}

test("keys that were unknown, are created, claimed and revoked, in turn on three nodes", async () => {
  const url = await databaseOfTest();
  const services = [await service(url), await service(url), await service(url)] as const;
  const organization = must(
    await services[0].organizations.create({ name: "Acme", plan: "pro", overrides: { keys: null } }, "operator"),
  ).id;
  const codes = (key: string) => Promise.all(services.map(async (each) => (await each.verify(key)).code));
  for (let round = 0; round < ROUNDS; round++) {
    const [at, other] = [services[round % 3], services[(round + 1) % 3]] as [(typeof services)[0], (typeof services)[0]];
    const key = `pk_chosen-by-its-owner-${round}-Zq7`;
    expect(await codes(key)).toEqual(["not_found", "not_found", "not_found"]);
    const issued = must(await at.keys.createUnclaimed({ key }));
    expect(await codes(keyOf(issued))).toEqual(["valid", "valid", "valid"]);
    const claimed = must(await other.keys.claim(organization, key, "person"));
    const owners = await Promise.all(services.map(async (each) => (await each.verify(key)).key?.organizationId));
    expect(owners).toEqual([organization, organization, organization]);
    must(await at.keys.revoke(organization, claimed.id, "operator"));
    expect(await codes(key)).toEqual(["revoked", "revoked", "revoked"]);
  }
  expect(services.map((each) => each.statistics().node?.lag)).toEqual([0, 0, 0]);
});

test("a service token that was revoked on one node is refused on the others at once", async () => {
  const url = await databaseOfTest();
  const [first, second] = [await service(url), await service(url)];
  for (let round = 0; round < 20; round++) {
    const { token, serviceToken } = must(await first.serviceTokens.create({ name: "gateway" }, "operator"));
    expect(await second.serviceTokens.isValid(token)).toBe(true);
    must(await first.serviceTokens.revoke(serviceToken.id, "operator"));
    expect([second.serviceTokens.isInMemory(token), await second.serviceTokens.isValid(token)]).toEqual([false, false]);
  }
});

test("a store that others may share is refused without its nodes", async () => {
  const { store, close } = await openPostgres({ url: await databaseOfTest() });
  onTestFinished(close);
  const alone = composeService({ platform: agentpay, store, secret: "test-secret-test-secret-test-secret" });
  await expect(alone).rejects.toThrow("pass all that openPostgres returned, with its nodes");
});
