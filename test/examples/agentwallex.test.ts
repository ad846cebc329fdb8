/** AgentWallex whole: a key made with a JWT, agents with the key, and the platform's form of every error. */
import { expect, test } from "vitest";
import { secret } from "../support/root.ts";
import { managementJwt, systemWithExample } from "./system.ts";

const { server, as } = systemWithExample("agentwallex");

/** An account with a key that was made as the page makes it. */
async function newAccount(body: Record<string, unknown> = {}) {
  const organization = await server.newOrganization(body);
  const member = as({ authorization: `Bearer ${await managementJwt(server, organization)}` });
  const made = await member("POST", "/api/v1/api-keys", { name: "production-backend" });
  expect(made.status).toBe(201);
  return { member, id: made.json.id as string, ask: as({ "x-api-key": secret(made.json.key) }) };
}

test("the page, step by step: create a key with a JWT, list it, call the API with it, delete it", async () => {
  const { member, id, ask } = await newAccount();
  const made = await ask("POST", "/api/v1/agents", { name: "trader" });
  expect([made.status, made.json]).toEqual([
    201,
    {
      id: expect.stringMatching(/^agt_/),
      name: "trader",
      chain: "base",
      address: expect.stringMatching(/^0x[0-9a-f]{40}$/),
      created_at: expect.any(String),
    },
  ]);
  expect((await ask("GET", `/api/v1/agents/${made.json.id}`)).json).toEqual(made.json);
  expect((await member("GET", "/api/v1/api-keys")).json.data).toEqual([
    expect.objectContaining({ id, prefix: expect.stringMatching(/^awx_\.\.\.\w{4}$/) }),
  ]);
  expect((await member("DELETE", `/api/v1/api-keys/${id}`)).status).toBe(204);
  expect((await ask("GET", "/api/v1/agents")).status).toBe(401);
});

test("accounts do not see each other's agents", async () => {
  const [mine, theirs] = [await newAccount(), await newAccount()];
  const { id } = (await theirs.ask("POST", "/api/v1/agents", { name: "theirs" })).json;
  expect((await mine.ask("GET", "/api/v1/agents")).json).toEqual({ data: [], total: 0, has_more: false });
  const unknown = await mine.ask("GET", "/api/v1/agents/agt_0");
  for (const method of ["GET", "DELETE"]) {
    const refused = await mine.ask(method, `/api/v1/agents/${id}`);
    expect([refused.status, refused.json]).toEqual([404, unknown.json]);
  }
  expect((await theirs.ask("DELETE", `/api/v1/agents/${id}`)).status).toBe(204);
});

test("lists come in pages, newest first", async () => {
  const { ask } = await newAccount();
  for (const name of ["a", "b", "c"]) await ask("POST", "/api/v1/agents", { name });
  const page = async (query: string) => {
    const {
      json: { data, total, has_more },
    } = await ask("GET", `/api/v1/agents${query}`);
    return [data.map(({ name }: { name: string }) => name).join(""), total, has_more];
  };
  expect(await page("")).toEqual(["cba", 3, false]);
  expect(await page("?page_size=2")).toEqual(["cb", 3, true]);
  expect(await page("?page_size=2&page_num=2")).toEqual(["a", 3, false]);
});

test("every error has the platform's form, whichever part sends it", async () => {
  const { ask } = await newAccount();
  const wrong = as({ "x-api-key": `awx_${"0".repeat(43)}` });
  // biome-ignore format: a table
  const cases: [ask: ReturnType<typeof as>, method: string, path: string, body: unknown, status: number, type: string][] = [
    [wrong,  "GET",   "/api/v1/agents",                 undefined,                   401, "authentication_error"],
    [as({}), "GET",   "/api/v1/agents",                 undefined,                   401, "authentication_error"],
    [ask,    "GET",   "/api/v1/nothing",                undefined,                   404, "not_found_error"],
    [ask,    "GET",   "/api/v1/agents/agt_none",        undefined,                   404, "not_found_error"],
    [ask,    "POST",  "/api/v1/agents",                 { name: "" },                400, "invalid_request_error"],
    [ask,    "POST",  "/api/v1/agents",                 { name: "a", owner: "b" },   400, "invalid_request_error"],
    [ask,    "GET",   "/api/v1/agents?page_size=101",   undefined,                   400, "invalid_request_error"],
    [ask,    "GET",   "/api/v1/agents?page_num=0",      undefined,                   400, "invalid_request_error"],
  ];
  // One after the other: Starter has five requests at once.
  for (const [by, method, path, body, status, type] of cases) {
    const { status: answered, json } = await by(method, path, body);
    expect([answered, json], path).toEqual([status, { code: expect.any(String), type, message: expect.any(String) }]);
  }
});

test("Starter: the 61st request of a minute is refused as documented, and another key of the account goes on", async () => {
  const { ask, member } = await newAccount({ plan: "starter" });
  for (let request = 0; request < 60; request++) expect((await ask("GET", "/api/v1/agents")).status).toBe(200);
  const { status, headers, json } = await ask("GET", "/api/v1/agents");
  const seconds = headers.get("retry-after");
  expect([status, json]).toEqual([
    429,
    { code: "rate_limit_exceeded", type: "rate_limit_error", message: `Rate limit exceeded. Retry after ${seconds} seconds.` },
  ]);
  const other = secret((await member("POST", "/api/v1/api-keys", { name: "other" })).json.key);
  expect((await as({ "x-api-key": other })("GET", "/api/v1/agents")).status).toBe(200);
});
