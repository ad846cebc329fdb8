/** AgentsGT whole: a key pair from a server, its public half from a website, and the platform's envelope around every response. */
import { expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { systemWithExample } from "./system.ts";

const { server, as } = systemWithExample("agentsgt");

async function newPair(body: Record<string, unknown> = {}, organization?: string) {
  const of = organization ?? (await server.newOrganization());
  const { json } = await server.operator("POST", `/keyward/v1/organizations/${of}/keys`, { name: "Production Website", ...body });
  const { id, publicKey, secretKey } = json as Record<"id" | "publicKey" | "secretKey", string>;
  return { organization: of, id, publicKey, ask: as({ authorization: `Bearer ${publicKey}:${secret(secretKey)}` }) };
}

test("the page, step by step: a pair calls the API in the platform's envelope", async () => {
  const { ask } = await newPair();
  const made = await ask("POST", "/api/v1/agents", { name: "Guide", greeting: "Welcome." });
  expect([made.status, made.json]).toEqual([
    201,
    { success: true, data: { id: expect.any(String), name: "Guide", greeting: "Welcome.", createdAt: expect.any(String) } },
  ]);
  expect((await ask("GET", "/api/v1/agents")).json).toEqual({ success: true, data: [made.json.data] });
  const path = `/api/v1/agents/${made.json.data.id}`;
  const sent = await ask("POST", `${path}/messages`, { message: "Where am I?" });
  expect([sent.status, sent.json.data]).toEqual([
    201,
    { id: expect.any(String), text: "Where am I?", reply: "Welcome.", createdAt: expect.any(String) },
  ]);
  expect((await ask("GET", `${path}/messages`)).json).toEqual({ success: true, data: [sent.json.data] });
  expect((await ask("DELETE", path)).status).toBe(204);
});

test("the public key alone works on the websites that it allows, and nowhere else", async () => {
  const { publicKey } = await newPair({ domains: ["*.example.com"] });
  const from = (origin?: string) =>
    as({ authorization: `Bearer ${publicKey}`, ...(origin !== undefined && { origin }) })("GET", "/api/v1/agents");
  expect((await from("https://shop.example.com")).json).toEqual({ success: true, data: [] });
  for (const origin of ["https://example.com", "https://evil-example.com", "null", undefined]) {
    const { status, json } = await from(origin);
    expect([status, json]).toEqual([403, { success: false, error: expect.any(String) }]);
  }
});

test("organizations do not see each other's agents; pairs of one organization do", async () => {
  const [mine, theirs] = [await newPair(), await newPair()];
  const { data } = (await theirs.ask("POST", "/api/v1/agents", { name: "Theirs" })).json;
  expect((await mine.ask("GET", "/api/v1/agents")).json.data).toEqual([]);
  const unknown = (await mine.ask("GET", "/api/v1/agents/none")).json;
  for (const [method, path, body] of [
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/messages"],
    ["POST", "/messages", { message: "a" }],
  ] as const) {
    const refused = await mine.ask(method, `/api/v1/agents/${data.id}${path}`, body);
    expect([refused.status, refused.json]).toEqual([404, unknown]);
  }
  const { ask } = await newPair({}, theirs.organization);
  expect((await ask("GET", "/api/v1/agents")).json.data).toEqual([data]);
});

test("every error is in the envelope: wrong secret, no key, unknown route, unreadable field, disabled key", async () => {
  const { ask, publicKey, organization, id } = await newPair();
  const other = await newPair();
  expect(other.publicKey).not.toBe(publicKey);
  const cases = [
    [await as({ authorization: `Bearer ${publicKey}:sk_${"0".repeat(64)}` })("GET", "/api/v1/agents"), 401],
    [await as({})("GET", "/api/v1/agents"), 401],
    [await ask("GET", "/api/v1/nothing"), 404],
    [await ask("POST", "/api/v1/agents", { name: 7 }), 400],
  ] as const;
  await server.operator("PATCH", `/keyward/v1/organizations/${organization}/keys/${id}`, { enabled: false });
  for (const [refused, status] of [...cases, [await ask("GET", "/api/v1/agents"), 401] as const])
    expect([refused.status, refused.json]).toEqual([status, { success: false, error: expect.any(String) }]);
});

test("the limit of an organization is what its operator set", async () => {
  const { ask, organization } = await newPair();
  await server.operator("PATCH", `/keyward/v1/organizations/${organization}`, { overrides: { requestsPerMinute: 2 } });
  const statuses = [];
  for (let request = 0; request < 3; request++) statuses.push((await ask("GET", "/api/v1/agents")).status);
  expect(statuses).toEqual([200, 200, 429]);
});
