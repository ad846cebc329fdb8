/** Finding a key by the key itself: within the organization, by whoever may read, without a use, and never through a URL. */
import { expect, test } from "vitest";
import { agentpay, agentsgt, keyward, type Platform } from "../../../platforms/index.ts";
import { joinAs } from "../../support/join.ts";
import { peopleServer } from "../../support/people.ts";
import { secret } from "../../support/root.ts";
import { keyOf, must } from "../../support/service.ts";
import { type InProcess, inProcess } from "../in-process.ts";

const keysOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}/keys`;
const find = ({ request }: Pick<InProcess, "request">, organizationId: string, key: unknown) =>
  request("POST", `${keysOf(organizationId)}/find`, { key });

test("leads from a key to its record, whatever its status and its position in the list", async () => {
  const system = await inProcess();
  const { service, request, newOrganization, newKey } = system;
  const id = await newOrganization();
  const [active, revoked] = [await newKey(id, { name: "active" }), await newKey(id, { name: "revoked" })];
  must(await service.keys.revoke(id, revoked.id, "operator"));
  for (let at = 0; at < 60; at++) await newKey(id);
  for (const { id: keyId, key } of [active, revoked]) {
    const { status, json } = await find(system, id, `  ${key}\n`);
    expect([status, json]).toEqual([200, (await request("GET", `${keysOf(id)}/${keyId}`)).json]);
    expect(JSON.stringify(json)).not.toContain(key);
  }
});

test("of a pair, both halves and each alone lead to it; a wrong secret does not", async () => {
  const system = await inProcess({ platform: agentsgt });
  const { newOrganization, service } = system;
  const [id, other] = [await newOrganization(), await newOrganization()];
  const { apiKey, shown } = must(await service.keys.create(id, {}, "operator"));
  const { publicKey, secretKey } = shown as { publicKey: string; secretKey: string };
  secret(secretKey);
  for (const presented of [`${publicKey}:${secretKey}`, publicKey, secretKey]) {
    expect((await find(system, id, presented)).json.id).toBe(apiKey.id);
    expect((await find(system, other, presented)).status).toBe(404);
  }
  const foreign = must(await service.keys.create(other, {}, "operator")).shown as { publicKey: string; secretKey: string };
  secret(foreign.secretKey);
  expect((await find(system, id, `${publicKey}:${foreign.secretKey}`)).status).toBe(404);
});

test("another organization's key, an unclaimed and an unknown one get the same response, and so does text that is no key", async () => {
  const system = await inProcess({ platform: agentpay });
  const { newOrganization, newKey, service } = system;
  const [mine, theirs] = [await newOrganization(), await newOrganization()];
  const foreign = await newKey(theirs);
  const unclaimed = keyOf(must(await service.keys.createUnclaimed({})));
  const nobodys = await find(system, mine, "pk_nobody_has_this_value");
  expect(nobodys.status).toBe(404);
  for (const key of [foreign.key, unclaimed, "", "x", "x".repeat(50_000), "\u0000", foreign.id]) {
    const { status, text } = await find(system, mine, key);
    expect([status, text]).toEqual([404, nobodys.text]);
  }
  for (const key of [1, null, undefined])
    expect((await find(system, mine, key)).json).toMatchObject({ status: 400, errors: [{ field: "key" }] });
});

test("counts as no use, changes nothing, and is neither logged nor audited", async () => {
  const system = await inProcess();
  const { service, store, logged, newOrganization, newKey } = system;
  const id = await newOrganization({ plan: "free" });
  const { key, id: keyId } = await newKey(id);
  const audit = await store.listAudit(id, { limit: 10 });
  expect((await find(system, id, key)).json.lastUsedAt).toBeNull();
  await service.flush();
  expect(must(await service.keys.get(id, keyId)).lastUsedAt).toBeNull();
  expect(must(await service.keys.limits(id, keyId))[0]?.remaining).toBe(60);
  expect(await store.listAudit(id, { limit: 10 })).toEqual(audit);
  expect(logged).toEqual([]);
});

test("is for whoever may read the keys, viewers too; to all others there is no such organization", async () => {
  const server = await peopleServer();
  const ada = await server.signUp("ada@example.com");
  const organizationId = await ada.organizationId();
  const viewer = await joinAs(server, ada, organizationId, "viewer", "v@example.com");
  const eve = await server.signUp("eve@example.com");
  const made = (await ada.send("POST", keysOf(organizationId), {})).json;
  const path = `${keysOf(organizationId)}/find`;
  const body = { key: secret(made.key) };
  expect((await viewer.send("POST", path, body)).json.id).toBe(made.id);
  const theirs = await eve.send("POST", path, body);
  expect([theirs.status, theirs.json.detail]).toEqual([404, "There is no such organization."]);
  expect((await eve.send("POST", `${keysOf(await eve.organizationId())}/find`, body)).status).toBe(404);
  expect((await server.operator("POST", path, body)).status).toBe(200);
});

/** A parameter that takes text, and a query without it. */
const PARAMETERS = [
  ["search", "keys"],
  ["subject", "audit"],
  ["actor", "audit"],
  ["action", "audit"],
  ["subject", "audit.csv"],
] as const;

test.each<[string, Platform]>([
  ["keyward", keyward],
  ["agentpay", agentpay],
  ["agentsgt", agentsgt],
])("%s: a URL parameter that holds a key is refused by name, without repeating it", async (_name, platform) => {
  const { request, newOrganization, service } = await inProcess({ platform });
  const id = await newOrganization();
  const { shown } = must(await service.keys.create(id, {}, "operator"));
  const key = secret(shown !== undefined && "key" in shown ? shown.key : (shown?.secretKey ?? ""));
  for (const [field, path] of PARAMETERS) {
    for (const value of [key, ` ${key} `, `Bearer ${key}`, key.slice(0, -1)]) {
      const { status, json, text } = await request(
        "GET",
        `/keyward/v1/organizations/${id}/${path}?${new URLSearchParams({ [field]: value })}`,
        undefined,
        undefined,
        { accept: "application/problem+json" },
      );
      expect([path, status, json.errors]).toEqual([path, 400, [{ field, message: expect.stringContaining("POST") }]]);
      expect(text).not.toContain(key.slice(0, 20));
    }
  }
});

test("AP3 a chosen key without the prefix is refused where it is the organization's own, and is text like any other elsewhere", async () => {
  const { request, newOrganization, service } = await inProcess({ platform: agentpay });
  const [mine, theirs] = [await newOrganization(), await newOrganization()];
  const chosen = secret("my-own-value-of-24-chars");
  must(await service.keys.createUnclaimed({ key: chosen }));
  const search = (organizationId: string) => request("GET", `${keysOf(organizationId)}?search=${chosen}`);
  expect((await search(mine)).status, "unclaimed").toBe(200);
  must(await service.keys.claim(mine, chosen, "operator"));
  const { status, json, text } = await search(mine);
  expect([status, json.errors?.[0].field]).toEqual([400, "search"]);
  expect(text).not.toContain(chosen);
  expect([(await search(theirs)).status, (await search(theirs)).json.data], "nobody learns of another's key").toEqual([200, []]);
});
