/** The route of the master secret: for the operator alone. */
import { expect, test } from "vitest";
import { call, suiteServer } from "../../support/server.ts";

const PATH = "/keyward/v1/secrets";
const server = suiteServer();

test("the operator sees counts", async () => {
  const nothing = { keys: 0, serviceTokens: 0, invitations: 0, sealedKeys: 0, firstKeys: [] };
  const reply = await server.operator("GET", PATH);
  expect({ status: reply.status, json: reply.json }).toEqual({
    status: 200,
    json: { hasPrevious: false, mayDropPrevious: false, onPrevious: nothing, unverifiable: nothing },
  });
});

test("a service token and an owner's JWT are forbidden, no credential is 401", async () => {
  const organization = await server.newOrganization();
  const { token } = (await server.operator("POST", `/keyward/v1/organizations/${organization}/tokens`, {})).json ?? {};
  for (const credential of [await server.newServiceToken(), token].filter((each) => each !== undefined))
    expect((await call(server.url + PATH, { headers: { authorization: `Bearer ${credential}` } })).status).toBe(403);
  expect((await call(server.url + PATH)).status).toBe(401);
});
