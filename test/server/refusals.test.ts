/** Refused requests are told whole: over all threads and nodes, and after a restart; a flood of them leaves a few. */
import { describe, expect, test, vi } from "vitest";
import { settingsOfTest } from "../support/postgres.ts";
import { traceDirectory } from "../support/root.ts";
import { call, startServer, type TestServer } from "../support/server.ts";

const WHOAMI = "/keyward/v1/whoami";

async function revokedKey(server: TestServer) {
  const organization = await server.newOrganization();
  const { id, key } = await server.newKey(organization);
  await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${id}`);
  return { organization, id, key };
}

const refuse = async ({ url }: TestServer, key: string) => {
  const { status, requestId } = await call(url + WHOAMI, { headers: { "x-api-key": key, connection: "close" } });
  expect(status).toBe(401);
  return requestId ?? "";
};
const told = async (server: TestServer, organization: string, id: string) =>
  (await server.operator("GET", `/keyward/v1/organizations/${organization}/keys/${id}/refusals?limit=100`)).json.data as {
    readonly requestId: string;
    readonly more: number;
  }[];
const count = (refusals: readonly { readonly more: number }[]) => refusals.reduce((sum, { more }) => sum + 1 + more, 0);

test("the main thread tells what every thread has refused, and each of them is explained by its id", async () => {
  const server = await startServer({ env: { KEYWARD_THREADS: "3" } });
  const { organization, id, key } = await revokedKey(server);
  const ids = await Promise.all(Array.from({ length: 24 }, () => refuse(server, key)));
  expect(new Set(ids).size).toBe(24);
  const refusals = await told(server, organization, id);
  expect(count(refusals)).toBe(24);
  const [{ requestId } = { requestId: "" }] = refusals;
  expect(ids).toContain(requestId);
  expect((await server.operator("GET", `/keyward/v1/refusals/${requestId}`)).json.data).toMatchObject([{ keyId: id }]);
});

test("a restart loses none", async () => {
  const directory = traceDirectory("refusals");
  const before = await startServer({ directory });
  const { organization, id, key } = await revokedKey(before);
  const requestId = await refuse(before, key);
  await before.stop();
  const after = await startServer({ directory });
  expect(await told(after, organization, id)).toMatchObject([{ requestId, more: 0 }]);
});

test("each node tells what the others have refused, within about a second", async () => {
  const env = await settingsOfTest();
  const [first, second] = [await startServer({ env }), await startServer({ env })];
  const { organization, id, key } = await revokedKey(first);
  const ids = [await refuse(first, key), await refuse(second, key)];
  await vi.waitFor(async () => expect((await told(first, organization, id)).map(({ requestId }) => requestId).sort()).toEqual(ids.sort()), {
    timeout: 10_000,
    interval: 100,
  });
});

describe("a flood", () => {
  test("leaves a bounded number of a key and of nobody, says how many there were, and another key's are told", async () => {
    const server = await startServer({ env: { KEYWARD_FAILED_ATTEMPTS_PER_MINUTE: "1000000" } });
    const [noisy, quiet] = [await revokedKey(server), await revokedKey(server)];
    const token = await server.newServiceToken();
    const verify = (key: string) =>
      fetch(`${server.url}/keyward/v1/verify`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ key }),
      }).then((response) => response.arrayBuffer());
    const flood = async (key: string) => {
      for (let sent = 0; sent < 300; sent++) await verify(key);
    };
    await Promise.all([...Array.from({ length: 8 }, () => flood(noisy.key)), flood("nonsense"), flood("kw_live_nobody")]);
    const requestId = await refuse(server, quiet.key);
    const refusals = await told(server, noisy.organization, noisy.id);
    expect(count(refusals)).toBe(2_400);
    expect(refusals.length).toBeLessThanOrEqual(100);
    expect(await told(server, quiet.organization, quiet.id)).toMatchObject([{ requestId }]);
    const nobodys = (await server.operator("GET", "/keyward/v1/refusals?limit=100")).json.data as { readonly more: number }[];
    expect(nobodys.length).toBeGreaterThan(0);
  });
});
