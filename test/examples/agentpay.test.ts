/** AgentPay whole: a key from nothing, wallets and payments with it, and what becomes of them when it is linked. */
import { expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { systemWithExample } from "./system.ts";

const { server, as } = systemWithExample("agentpay");

async function newKey(body: Record<string, string> = {}): Promise<{ id: string; key: string }> {
  const { status, json } = await as({})("POST", "/api-keys", body);
  expect(status).toBe(201);
  return { ...json, key: secret(json.key) };
}

test("the page, step by step: create a key, create a wallet, pay, read the spend history", async () => {
  const { key } = await newKey({ label: "my-agent" });
  const ask = as({ "x-api-key": key });
  const wallet = await ask("POST", "/wallets", { name: "groceries", budget: "20" });
  expect([wallet.status, wallet.json]).toEqual([
    201,
    { id: expect.any(String), name: "groceries", budget: "20.00", spent: "0.00", createdAt: expect.any(String) },
  ]);
  const payment = await ask("POST", "/payments", { walletId: wallet.json.id, to: "shop.example", amount: "12.345678", memo: "=1+1" });
  expect([payment.status, payment.json.amount]).toEqual([201, "12.345678"]);
  expect((await ask("POST", "/payments", { walletId: wallet.json.id, to: "shop.example", amount: "7.654323" })).status).toBe(402);
  expect((await ask("POST", "/payments", { walletId: wallet.json.id, to: "shop.example", amount: "7.654322" })).status).toBe(201);
  expect((await ask("GET", "/wallets")).json.data).toEqual([expect.objectContaining({ spent: "20.00" })]);
  expect((await ask("GET", "/spend-history")).json.data.map(({ amount }: { amount: string }) => amount)).toEqual(["7.654322", "12.345678"]);
});

test("a custom key works like any other, and a wrong one is refused in the platform's form", async () => {
  const { key } = await newKey({ key: "pk_my_custom_value", label: "mine" });
  expect(key).toBe("pk_my_custom_value");
  expect((await as({ "x-api-key": key })("GET", "/wallets")).json).toEqual({ data: [] });
  for (const headers of [{}, { "x-api-key": "pk_nobody_has_this_one" }]) {
    const { status, headers: answered, json } = await as(headers)("GET", "/wallets");
    expect([status, answered.get("content-type"), answered.get("www-authenticate")]).toEqual([
      401,
      "application/problem+json",
      'ApiKey realm="AgentPay"',
    ]);
    expect(json.status).toBe(401);
  }
});

test("identity comes from the key alone, never from a header or a body of the client", async () => {
  const [mine, theirs] = [await newKey(), await newKey()];
  await as({ "x-api-key": theirs.key })("POST", "/wallets", { name: "theirs", budget: "1" });
  const forged = as({
    "x-api-key": mine.key,
    "x-keyward-key-id": theirs.id,
    X_Keyward_Key_Id: theirs.id,
    "x-keyward-organization-id": theirs.id,
  });
  expect((await forged("GET", "/wallets")).json).toEqual({ data: [] });
  expect((await forged("POST", "/wallets", { name: "x", budget: "1", owner: theirs.id })).status).toBe(400);
});

test("linking a key moves what it has created into the organization, visible to all of its keys and to nobody else", async () => {
  const [first, other, stranger] = [await newKey(), await newKey(), await newKey()];
  const wallet = (await as({ "x-api-key": first.key })("POST", "/wallets", { name: "early", budget: "5" })).json;
  const organization = await server.newOrganization();
  for (const { key } of [first, other])
    expect((await server.operator("POST", `/keyward/v1/organizations/${organization}/keys/claim`, { key })).status).toBe(200);
  expect((await as({ "x-api-key": first.key })("GET", "/wallets")).json.data).toEqual([wallet]);
  expect((await as({ "x-api-key": other.key })("GET", "/wallets")).json.data).toEqual([wallet]);
  const pay = { walletId: wallet.id, to: "shop.example", amount: "1" };
  expect((await as({ "x-api-key": stranger.key })("POST", "/payments", pay)).status).toBe(404);
  expect((await as({ "x-api-key": other.key })("POST", "/payments", pay)).status).toBe(201);
});

test("an unclaimed key makes ten requests a minute, and of payments at once no more than the budget covers succeed", async () => {
  const organization = await server.newOrganization();
  const { key } = await server.newKey(organization);
  const ask = as({ "x-api-key": key });
  const { id: walletId } = (await ask("POST", "/wallets", { name: "w", budget: "3" })).json;
  const paid = await Promise.all(Array.from({ length: 8 }, () => ask("POST", "/payments", { walletId, to: "shop.example", amount: "1" })));
  expect(paid.map(({ status }) => status).sort()).toEqual([201, 201, 201, 402, 402, 402, 402, 402]);

  const unclaimed = as({ "x-api-key": (await newKey()).key });
  for (let request = 0; request < 10; request++) expect((await unclaimed("GET", "/wallets")).status).toBe(200);
  const refused = await unclaimed("GET", "/wallets");
  expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
});

// biome-ignore format: a table
test.each<[sentence: string, body: unknown, status: number]>([
  ["a missing field",           { name: "w" },                                      400],
  ["a number for an amount",    { name: "w", budget: 5 },                           400],
  ["a negative amount",         { name: "w", budget: "-5" },                        400],
  ["nothing",                   { name: "w", budget: "0" },                         400],
  ["more than six decimals",    { name: "w", budget: "0.0000001" },                 400],
  ["a list",                    [],                                                 400],
  ["a large body",              { name: "w".repeat(70_000), budget: "1" },          413],
])("a wallet of %s is refused", async (_sentence, body, status) => {
  const { key } = await server.newKey(await server.newOrganization());
  const refused = await as({ "x-api-key": key })("POST", "/wallets", body);
  expect([refused.status, refused.headers.get("content-type"), refused.json.status]).toEqual([status, "application/problem+json", status]);
});
