/** What is counted of a request whose client has left before it was decided: its verification, and no response. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { Store } from "../../../stores/contract.ts";
import { Meter } from "../../../telemetry/meter.ts";
import { WatchedClock } from "../../../telemetry/watched-clock.ts";
import { call } from "../../support/server.ts";
import { freshKey } from "../../support/service.ts";
import { inProcess } from "../in-process.ts";

type Request = (key: string, token: string) => readonly [head: readonly string[], body: string];

test.each<[surface: string, Request]>([
  ["verify", (key, token) => [["POST /keyward/v1/verify HTTP/1.1", `Authorization: Bearer ${token}`], JSON.stringify({ key })]],
  [
    "verify, for a request that is held",
    (key, token) => [
      ["POST /keyward/v1/verify HTTP/1.1", `Authorization: Bearer ${token}`],
      JSON.stringify({ headers: ["x-api-key", key], holds: true }),
    ],
  ],
  ["whoami", (key) => [["GET /keyward/v1/whoami HTTP/1.1", `X-API-Key: ${key}`], ""]],
  ["forward-auth", (key) => [["GET /keyward/v1/forward-auth HTTP/1.1", `X-API-Key: ${key}`], ""]],
  ["the gateway", (key) => [["GET /agents HTTP/1.1", `X-API-Key: ${key}`], ""]],
])("at %s no response is counted that was not sent", async (_surface, request) => {
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<void>();
  const wrap = (store: Store): Store => ({
    ...store,
    async findKeyByDigest(...values) {
      asked.resolve();
      await found.promise;
      return store.findKeyByDigest(...values);
    },
  });
  const meter = new Meter(new WatchedClock({ id: "test", now: () => performance.now() }), []);
  const { url, service, operatorToken } = await inProcess({ wrap, meter, upstream: "http://127.0.0.1:9" });
  const [head, body] = request(freshKey("live"), operatorToken);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const lines = [...head, "Host: keyward", "Content-Type: application/json", `Content-Length: ${body.length}`];
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  await asked.promise;
  socket.resetAndDestroy();
  // On connections of their own: when the second is answered, the end of the first connection has been read.
  for (let turn = 0; turn < 2; turn++) await call(`${url}/keyward/health`, { headers: { connection: "close" } });
  const before = responsesOf(meter);
  found.resolve();
  await expect.poll(() => service.statistics().outcomes.not_found).toBe(1);
  await call(`${url}/keyward/health`);
  expect([before, responsesOf(meter)]).toEqual([2, 3]);
});

const responsesOf = (meter: Meter): number => meter.take().responses.reduce((sum, each) => sum + each, 0);
