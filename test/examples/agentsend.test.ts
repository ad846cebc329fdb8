/** AgentSend whole: a key makes keys, and all keys of an account share its inboxes. */
import { expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { systemWithExample } from "./system.ts";

const { server, as } = systemWithExample("agentsend");
const newAccount = async () => as({ "x-api-key": (await server.newKey(await server.newOrganization())).key });

test("the page, step by step: create a key with a key, use it on the API, revoke it", async () => {
  const first = await newAccount();
  const { status, json } = await first("POST", "/account/api-keys", { name: "production-agent" });
  expect(status).toBe(201);
  const second = as({ authorization: `Bearer ${secret(json.key)}` });
  const inbox = await second("POST", "/inboxes", { name: "Support" });
  expect([inbox.status, inbox.json]).toEqual([
    201,
    { id: expect.any(String), address: expect.stringMatching(/@inbox\.example$/), name: "Support", createdAt: expect.any(String) },
  ]);
  const sent = await second("POST", `/inboxes/${inbox.json.id}/messages`, {
    to: "ann@example.com",
    subject: "Hello",
    text: "How are you?",
  });
  expect([sent.status, sent.json.to]).toEqual([201, "ann@example.com"]);
  expect((await first("DELETE", `/account/api-keys/${json.id}`)).status).toBe(204);
  expect((await second("GET", "/inboxes")).status).toBe(401);
  // What the revoked key has made is the account's.
  expect((await first("GET", "/inboxes")).json).toEqual({ data: [inbox.json] });
  expect((await first("GET", `/inboxes/${inbox.json.id}/messages`)).json).toEqual({ data: [sent.json] });
  expect((await first("DELETE", `/inboxes/${inbox.json.id}`)).status).toBe(204);
  expect((await first("GET", `/inboxes/${inbox.json.id}`)).status).toBe(404);
});

test("accounts do not see each other's inboxes, and an address is given once", async () => {
  const [mine, theirs] = [await newAccount(), await newAccount()];
  const { id, address } = (await theirs("POST", "/inboxes", { username: "ann.b" })).json;
  expect(address).toBe("ann.b@inbox.example");
  expect((await mine("POST", "/inboxes", { username: "ann.b" })).status).toBe(409);
  expect((await mine("GET", "/inboxes")).json).toEqual({ data: [] });
  const letter = { to: "ann@example.com", subject: "a", text: "b" };
  const unknown = (await mine("GET", "/inboxes/in_none")).json;
  for (const [method, path, body] of [
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/messages"],
    ["POST", "/messages", letter],
  ] as const) {
    const refused = await mine(method, `/inboxes/${id}${path}`, body);
    expect([refused.status, refused.json]).toEqual([404, unknown]);
  }
});

test("a wrong key, and two keys at once, are refused as problem details", async () => {
  const { key } = await server.newKey(await server.newOrganization());
  for (const [headers, expected] of [
    [{ "x-api-key": "as_live_v1_nope" }, 401],
    [{}, 401],
    [{ "x-api-key": key, authorization: `Bearer ${key}` }, 400],
  ] as [Record<string, string>, number][]) {
    const { status, headers: answered, json } = await as(headers)("GET", "/inboxes");
    expect([status, answered.get("content-type"), json.status]).toEqual([expected, "application/problem+json", expected]);
  }
});

test.each<[sentence: string, body: unknown]>([
  ["a header in an address", { to: "a@b.example\nBcc: c@d.example", subject: "s", text: "t" }],
  ["two addresses", { to: "a@b.example,c@d.example", subject: "s", text: "t" }],
  ["a subject of two lines", { to: "a@b.example", subject: "s\r\nBcc: c@d.example", text: "t" }],
  ["no text", { to: "a@b.example", subject: "s" }],
])("a message with %s is refused", async (_sentence, body) => {
  const ask = await newAccount();
  const { id } = (await ask("POST", "/inboxes", {})).json;
  expect((await ask("POST", `/inboxes/${id}/messages`, body)).status).toBe(400);
});
