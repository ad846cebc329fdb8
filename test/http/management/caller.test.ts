/** Who a token belongs to. */
import { expect, test } from "vitest";
import { inProcess } from "../in-process.ts";

test("every kind of token learns whose it is, and no token or a wrong one is refused", async () => {
  const { request, newOrganization } = await inProcess();
  const organization = await newOrganization();
  const caller = (token?: string | null) => request("GET", "/keyward/v1/caller", undefined, token);
  const nobody = { user: null, organizations: [], expiresAt: null };
  expect((await caller()).json).toEqual({ kind: "operator", actor: "operator", ...nobody });
  const jwt = (await request("POST", `/keyward/v1/organizations/${organization}/tokens`, {})).json.token;
  expect((await caller(jwt)).json).toMatchObject({
    kind: "member",
    actor: "operator",
    organizations: [{ id: organization, role: "owner" }],
  });
  const service = (await request("POST", "/keyward/v1/service-tokens", { name: "x" })).json.token;
  expect((await caller(service)).json).toEqual({ kind: "service", actor: "service", ...nobody });
  expect([(await caller(null)).status, (await caller("kwo_wrong")).status]).toEqual([401, 401]);
});
