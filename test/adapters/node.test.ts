/** Keyward inside an application of one's own. */
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { expect, onTestFinished, test } from "vitest";
import { type KeyIdentity, protect } from "../../adapters/node.ts";
import { localPort } from "../../admission/local-port.ts";
import { keyward as platform } from "../../platforms/keyward.ts";
import { call } from "../support/server.ts";
import { testService } from "../support/service.ts";

async function application(options: Parameters<typeof testService>[0] = {}) {
  const fixture = await testService(options);
  const port = localPort({ service: fixture.service, platform, log: { error: () => undefined } });
  const [reads, writes] = [protect(port), protect(port, { scopes: ["agents:write"] })];
  const open: ServerResponse[] = [];
  const server = createServer((request, response) =>
    (request.method === "POST" ? writes : reads)(request, response, () => {
      if (request.url === "/hold") open.push(response);
      else response.end(JSON.stringify(request.apiKey.keyId));
    }),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...fixture, open, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Until it holds; the test's own time limit ends what never does. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((again) => setTimeout(again, 5));
}

test("a good key goes on, with where its limits stand; others get the response that the platform documents", async () => {
  const { url, newOrganization, newKey } = await application();
  const { id, key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 5 } });
  const admitted = await call(url, { headers: { "x-api-key": key } });
  expect([admitted.status, admitted.text, admitted.headers.get("ratelimit")]).toEqual([200, JSON.stringify(id), '"minute";r=4;t=60']);
  expect((await call(url)).json).toMatchObject({ status: 401, code: "missing_credential" });
  expect((await call(url, { method: "POST", headers: { "x-api-key": key } })).json).toMatchObject({
    status: 403,
    code: "insufficient_scope",
  });
});

test("the path that is kept of a refusal is whole, also where a router is mounted", async () => {
  const { service } = await testService();
  const targets: (string | null)[] = [];
  const note: typeof service.refusals.note = (_refused, occasion) => void targets.push(occasion().target);
  const port = localPort({ service: { ...service, refusals: { ...service.refusals, note } }, platform, log: { error: () => undefined } });
  const router = express.Router().get("/agents", protect(port), () => expect.unreachable());
  const server = express().use("/api", router).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((listening) => server.once("listening", listening));
  expect((await call(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/agents?page=2`)).status).toBe(401);
  expect(targets).toEqual(["/api/agents?page=2"]);
});

/** Every name that can be reached from a value, with the path that leads to it; arrays are one name. */
function reachable(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const names: string[] = [];
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype && owner !== Array.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const name of Reflect.ownKeys(owner)) {
      if (Array.isArray(value) && (name === "length" || /^\d+$/.test(String(name)))) continue;
      const descriptor = Object.getOwnPropertyDescriptor(owner, name);
      expect(descriptor).toHaveProperty("value");
      names.push(path + String(name), ...reachable(descriptor?.value, `${path}${String(name)}.`));
    }
  }
  return names;
}

test("request.apiKey has what whoami returns, is frozen, and references nothing internal", async () => {
  const { service, clock, newOrganization, newKey } = await testService();
  const guard = protect(localPort({ service, platform, log: { error: () => undefined } }));
  const organizationId = await newOrganization();
  const { id, key } = await newKey(organizationId, {
    scopes: ["agents:read"],
    resources: ["agent-1"],
    limits: { requestsPerMinute: 5, concurrentRequests: 5 },
    expiresIn: "1h",
  });
  const seen: KeyIdentity[] = [];
  const server = createServer((request, response) =>
    guard(request, response, () => {
      seen.push(request.apiKey);
      response.end();
    }),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let turn = 0; turn < 2; turn++) {
    await call(url, { headers: { "x-api-key": key } });
    const identity = seen[turn] as KeyIdentity;
    expect(identity).toEqual({
      keyId: id,
      organizationId,
      environment: "live",
      scopes: ["agents:read"],
      resources: ["agent-1"],
      expiresAt: new Date(clock.now + 3_600_000).toISOString(),
    });
    expect(reachable(identity)).toEqual(["keyId", "organizationId", "environment", "scopes", "resources", "expiresAt"]);
    // What an application does to it is refused, and changes nothing of what the next request is judged by.
    for (const change of [
      () => Object.assign(identity, { organizationId: "org_1" }),
      () => (identity.scopes as string[]).push("agents:write"),
      () => (identity.resources as string[]).pop(),
    ])
      expect(change).toThrow(TypeError);
  }
});

test("concurrent requests count until their responses end or their connections are cut", async () => {
  const { url, open, newOrganization, newKey } = await application();
  const { key } = await newKey(await newOrganization(), { limits: { concurrentRequests: 2 } });
  const headers = { "x-api-key": key };
  const held = [0, 1].map(() => httpRequest(`${url}/hold`, { headers }).on("error", () => undefined));
  for (const request of held) request.end();
  await eventually(() => open.length === 2);
  expect((await call(url, { headers })).status).toBe(429);
  open[0]?.end();
  held[1]?.destroy();
  await eventually(() => open.every(({ closed }) => closed));
  expect((await call(url, { headers })).status).toBe(200);
});

test("an outage of the store is 503, and lets nothing on", async () => {
  const { url, newOrganization, newKey } = await application({
    wrap: (store) => ({ ...store, findKeyByDigest: () => Promise.reject(new Error("gone")) }),
  });
  const { key } = await newKey(await newOrganization());
  expect((await call(url, { headers: { "x-api-key": key } })).status).toBeGreaterThanOrEqual(500);
});
