/** The first request with a key that is not in memory: what it asks a real PostgreSQL. */
import { expect, onTestFinished, test } from "vitest";
import { keyward as platform } from "../../../platforms/keyward.ts";
import { keyward } from "../../../service/index.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest } from "../../support/postgres.ts";
import { secret } from "../../support/root.ts";
import { keyOf, must } from "../../support/service.ts";

/** A node that notes the statements of its verifications. */
async function node(url: string) {
  const { store, nodes, bank, close } = await openPostgres({ url, connections: 4 });
  if (bank === undefined || nodes === undefined) throw new Error("it has no bank");
  const asked: string[] = [];
  const service = await keyward({
    platform,
    nodes,
    secret: "the secret of all nodes of this test",
    store: {
      ...store,
      findKeyByDigest(...given) {
        asked.push("key");
        return store.findKeyByDigest(...given);
      },
    },
    bank: {
      ...bank,
      readBank(ids) {
        // Without ids it compares the clocks.
        if (ids.length > 0) asked.push("read");
        return bank.readBank(ids);
      },
      writeBank(rows) {
        asked.push("write");
        return bank.writeBank(rows);
      },
    },
  });
  onTestFinished(async () => {
    await service.close();
    await close();
  });
  return { service, asked };
}

/** A key is looked up again when the feed tells of its creation meanwhile. */
const ofTheBank = ({ asked }: Awaited<ReturnType<typeof node>>) => asked.filter((each) => each !== "key");

test("a look-up brings what the bank has of the counter: the first request reads it no more, and limits hold over all nodes", async () => {
  const url = await databaseOfTest();
  const [a, b] = [await node(url), await node(url)];
  const organization = must(await a.service.organizations.create({ name: "Acme" }, "operator")).id;
  const limits = { requestsPerMinute: 3 };
  const key = secret(keyOf(must(await a.service.keys.create(organization, { name: "first", limits }, "operator"))));
  expect((await a.service.verify(key)).code).toBe("valid");
  expect(ofTheBank(a)).toEqual(["write"]);
  // The row is there now, and the look-up of another node finds it.
  const codes = [];
  for (let turn = 0; turn < 3; turn++) codes.push((await b.service.verify(key)).code);
  expect(codes).toEqual(["valid", "valid", "rate_limited"]);
  expect(ofTheBank(b)[0]).toBe("write");
});

test("of many first requests at once on two nodes as many pass as the limit says", async () => {
  const url = await databaseOfTest();
  const [a, b] = [await node(url), await node(url)];
  const organization = must(await a.service.organizations.create({ name: "Acme" }, "operator")).id;
  for (const requestsPerMinute of [1, 7]) {
    const made = await a.service.keys.create(organization, { name: "first", limits: { requestsPerMinute } }, "operator");
    const key = secret(keyOf(must(made)));
    const verdicts = await Promise.all(Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? a : b).service.verify(key)));
    expect(verdicts.filter(({ valid }) => valid)).toHaveLength(requestsPerMinute);
  }
});
