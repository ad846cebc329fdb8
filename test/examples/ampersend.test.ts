/** ampersend whole, as production and as sandbox: agents and what belongs to them, exports, and agents that act for themselves. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { systemWithExample } from "./system.ts";

const { server, as } = systemWithExample("ampersend");
const sandbox = systemWithExample("ampersend", { args: ["--environment", "test"] });
const OTHER = `0x${"Ab".repeat(20)}`;

/** The status of the response to bytes of the test's choice: fetch would correct the path. */
async function sendRaw(port: string, request: string): Promise<number> {
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(request);
  return Number((await text(socket)).split(" ")[1]);
}

async function newUser(settings: Record<string, unknown> = {}) {
  const organization = await server.newOrganization();
  const { key } = await server.newKey(organization, settings);
  return { organization, key, ask: as({ authorization: `Bearer ${key}` }) };
}
async function newAgent({ ask }: { ask: ReturnType<typeof as> }, name = "buyer"): Promise<string> {
  return (await ask("POST", "/v1/agents", { name })).json.address;
}

test("the page, step by step: provision an agent, add a key, set allowlist and top-up, export what was paid", async () => {
  const { ask } = await newUser();
  const made = await ask("POST", "/v1/agents", { name: "buyer" });
  expect([made.status, made.json]).toEqual([
    201,
    { address: expect.stringMatching(/^0x[0-9a-f]{40}$/), name: "buyer", createdAt: expect.any(String) },
  ]);
  const agent = `/v1/agents/${made.json.address}`;
  const key = await ask("POST", `${agent}/keys`, { address: OTHER });
  expect([key.status, key.json.address]).toEqual([201, OTHER.toLowerCase()]);
  expect((await ask("POST", `${agent}/keys`, { address: OTHER })).status).toBe(409);
  expect((await ask("GET", `${agent}/keys`)).json).toEqual({ data: [key.json] });
  expect((await ask("DELETE", `${agent}/keys/${key.json.id}`)).status).toBe(204);
  expect((await ask("PUT", `${agent}/allowlist`, { addresses: [OTHER, OTHER.toLowerCase()] })).status).toBe(200);
  expect((await ask("GET", `${agent}/allowlist`)).json).toEqual({ addresses: [OTHER.toLowerCase()] });
  expect((await ask("GET", `${agent}/top-up`)).json).toEqual({ enabled: false });
  await ask("PUT", `${agent}/top-up`, { below: "5", by: "25.5" });
  expect((await ask("GET", `${agent}/top-up`)).json).toEqual({ enabled: true, below: "5.00", by: "25.50" });
  expect((await ask("GET", "/v1/export/transactions")).json.data).toEqual([
    { id: expect.any(String), agent: made.json.address, memo: "Top-up of buyer", amount: "25.50", createdAt: expect.any(String) },
  ]);
  expect((await ask("GET", "/v1/export/payment-events")).json.data).toEqual([
    expect.objectContaining({ type: "payment.settled", amount: "25.50" }),
  ]);
  expect((await ask("PATCH", agent, { name: "seller" })).json.name).toBe("seller");
  expect((await ask("GET", "/v1/agents")).json.data).toEqual([{ ...made.json, name: "seller" }]);
});

test("AM4 an agent and its key are created at the paths that the page writes, without /v1", async () => {
  const { ask } = await newUser();
  const made = await ask("POST", "/agents", { name: "buyer" });
  expect([made.status, made.json]).toEqual([
    201,
    { address: expect.stringMatching(/^0x[0-9a-f]{40}$/), name: "buyer", createdAt: expect.any(String) },
  ]);
  const key = await ask("POST", `/agents/${made.json.address}/keys`, { address: OTHER });
  expect([key.status, key.json.address]).toEqual([201, OTHER.toLowerCase()]);
  expect((await ask("GET", `/v1/agents/${made.json.address}/keys`)).json).toEqual({ data: [key.json] });
  expect((await ask("POST", `/v1/agents/${made.json.address}/keys`, { address: OTHER })).status).toBe(409);
});

test("an export as CSV holds no formula, and quotes what needs it", async () => {
  const user = await newUser();
  const agent = await newAgent(user);
  const memos = ['=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", 'He said "no", twice'];
  for (const memo of memos) await user.ask("PUT", `/v1/agents/${agent}/top-up`, { below: "1", by: "2", memo });
  const { headers, text } = await user.ask("GET", "/v1/export/transactions?format=csv");
  expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const [head, ...lines] = text.trimEnd().split("\r\n");
  expect(head).toBe('"id","agent","memo","amount","createdAt"');
  const escaped = ['"\'=HYPERLINK(""http://evil.example"")"', '"\'+1"', '"\'-1"', '"\'@SUM(A1)"', '"He said ""no"", twice"'];
  expect(lines).toEqual(escaped.map((cell) => expect.stringContaining(`"${agent}",${cell},"2.00","`)));
  expect((await user.ask("GET", "/v1/export/payment-events?format=csv")).text).toMatch(
    /^"type","transactionId","agent","amount","at"\r\n"payment\.settled",/,
  );
  expect((await user.ask("GET", "/v1/export/transactions?format=xml")).status).toBe(400);
});

test("users do not see each other's agents, nor what these paid", async () => {
  const [mine, theirs] = [await newUser(), await newUser()];
  const agent = `/v1/agents/${await newAgent(theirs)}`;
  await theirs.ask("PUT", `${agent}/top-up`, { below: "1", by: "1" });
  expect((await mine.ask("GET", "/v1/agents")).json).toEqual({ data: [] });
  expect((await mine.ask("GET", "/v1/export/transactions")).json).toEqual({ data: [] });
  for (const [method, path, body] of [
    ["GET", ""],
    ["PATCH", "", { name: "x" }],
    ["GET", "/keys"],
    ["POST", "/keys", { address: OTHER }],
    ["GET", "/allowlist"],
    ["PUT", "/allowlist", { addresses: [] }],
    ["GET", "/top-up"],
  ] as const)
    expect((await mine.ask(method, agent + path, body)).status, method + path).toBe(404);
});

test("a key with scopes and agents of its own stays within them", async () => {
  const user = await newUser();
  const [allowed, other] = [await newAgent(user), await newAgent(user)];
  const { key } = await server.newKey(user.organization, { scopes: ["allowlists:read", "agents:read"], resources: [allowed] });
  const ask = as({ authorization: `Bearer ${key}` });
  expect((await ask("GET", `/v1/agents/${allowed.toUpperCase().replace("0X", "0x")}/allowlist`)).status).toBe(200);
  for (const [method, path, body] of [
    ["GET", `/v1/agents/${other}/allowlist`],
    ["PUT", `/v1/agents/${allowed}/allowlist`, { addresses: [] }],
    ["GET", "/v1/agents"],
  ] as const)
    expect((await ask(method, path, body)).status, path).toBe(403);
});

test("a path that two programs could read differently opens nothing that the key may not do", async () => {
  const user = await newUser();
  const agent = await newAgent(user);
  const { key } = await server.newKey(user.organization, { scopes: ["agents:read"] });
  const { host, port } = new URL(server.url);
  for (const path of ["\\allowlist", "\\..\\..\\export\\transactions", "#/allowlist", "%2fallowlist", "/../../export/transactions"]) {
    const response = await sendRaw(
      port,
      `GET /v1/agents/${agent}${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
    );
    expect([400, 403, 404], path).toContain(response);
  }
});

describe("hosted endpoints", () => {
  test("belong to the agent that calls with its session token; API keys are refused", async () => {
    const user = await newUser();
    const [one, two] = [await newAgent(user), await newAgent(user)];
    const session = async (agent: string, organization = user.organization) => {
      const { json } = await server.operator("POST", `/keyward/v1/organizations/${organization}/agent-sessions`, { agent });
      return as({ authorization: `Bearer ${secret(json.token)}`, "x-keyward-agent": two });
    };
    const [asOne, asTwo] = [await session(one), await session(two)];
    const made = await asOne("POST", "/v1/endpoints", { name: "weather", amount: "0.001" });
    expect([made.status, made.json]).toEqual([
      201,
      { id: expect.any(String), name: "weather", amount: "0.001", createdAt: expect.any(String) },
    ]);
    expect((await asTwo("GET", "/v1/endpoints")).json).toEqual({ data: [] });
    expect((await asTwo("DELETE", `/v1/endpoints/${made.json.id}`)).status).toBe(404);
    expect((await user.ask("GET", "/v1/endpoints")).status).toBe(401);
    // An agent's address alone is not enough: the session is of an organization.
    expect((await (await session(one, await server.newOrganization()))("GET", "/v1/endpoints")).status).toBe(404);
    expect((await asOne("DELETE", `/v1/endpoints/${made.json.id}`)).status).toBe(204);
  });
});

test("production accepts no test key and sandbox no live key; both respond with 401 and problem details", async () => {
  const { key: live } = await newUser();
  const { key: probe } = await sandbox.server.newKey(await sandbox.server.newOrganization());
  expect([live, probe]).toEqual([expect.stringMatching(/^sk_live_/), expect.stringMatching(/^sk_test_/)]);
  expect((await sandbox.as({ authorization: `Bearer ${probe}` })("GET", "/v1/agents")).status).toBe(200);
  for (const refused of [
    await sandbox.as({ authorization: `Bearer ${live}` })("GET", "/v1/agents"),
    await as({ authorization: `Bearer ${probe}` })("GET", "/v1/agents"),
  ])
    expect([refused.status, refused.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
});

test("a revoked key is refused on the next call", async () => {
  const organization = await server.newOrganization();
  const { id, key } = await server.newKey(organization);
  const ask = as({ authorization: `Bearer ${key}` });
  expect((await ask("GET", "/v1/agents")).status).toBe(200);
  await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${id}`);
  expect((await ask("GET", "/v1/agents")).status).toBe(401);
});
