/** Keyward inside an application of one's own. */
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type AdmittedRequest, keywardMiddleware } from "../../http/middleware.ts";
import { keyward as platform } from "../../platforms/keyward.ts";
import { call } from "../support/server.ts";
import { testService } from "../support/service.ts";

async function application(options: Parameters<typeof testService>[0] = {}) {
  const fixture = await testService(options);
  const protect = keywardMiddleware({ service: fixture.service, platform, log: { error: () => undefined } }, ({ method }) => (method === "POST" ? { scopes: ["agents:write"] } : {}));
  const open: ServerResponse[] = [];
  const server = createServer((request: AdmittedRequest, response) =>
    protect(request, response, () => {
      if (request.url === "/hold") open.push(response);
      else response.end(JSON.stringify(request.keyward?.id));
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

test("a good key goes on, with where its limits stand; others are answered as the platform documents", async () => {
  const { url, newOrganization, newKey } = await application();
  const { id, key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 5 } });
  const admitted = await call(url, { headers: { "x-api-key": key } });
  expect([admitted.status, admitted.text, admitted.headers.get("ratelimit")]).toEqual([200, JSON.stringify(id), '"minute";r=4;t=60']);
  expect((await call(url)).json).toMatchObject({ status: 401, code: "missing_credential" });
  expect((await call(url, { method: "POST", headers: { "x-api-key": key } })).json).toMatchObject({ status: 403, code: "insufficient_scope" });
});

test("concurrent requests count until their answers end or their connections are cut", async () => {
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
  const { url, newOrganization, newKey } = await application({ wrap: (store) => ({ ...store, findKeyByDigest: () => Promise.reject(new Error("gone")) }) });
  const { key } = await newKey(await newOrganization());
  expect((await call(url, { headers: { "x-api-key": key } })).status).toBeGreaterThanOrEqual(500);
});
