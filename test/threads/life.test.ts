/** The life of a server with several threads: its port, its end, and the death of a thread. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { openSocket, switchingApi } from "../http/gateway/upgrading.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { startProcess } from "../support/server-process.ts";
import { CONNECTIONS, openConnections, verifyOnAll } from "./connections.ts";

const THREADS = { KEYWARD_THREADS: "3" };

async function withKey(server: TestServer): Promise<{ organization: string; id: string; key: string; token: string }> {
  const organization = await server.newOrganization();
  return { organization, ...(await server.newKey(organization)), token: await server.newServiceToken() };
}

test("a port that another server shares among its threads is taken", async () => {
  const server = await startServer({ env: THREADS });
  const { port } = new URL(server.url);
  await expect(startProcess({ args: ["--port", port], env: THREADS })).rejects.toThrow(
    `port ${port} is taken; name another with --port or PORT`,
  );
  await expect(startProcess({ args: ["--port", port], env: { KEYWARD_THREADS: "1" } })).rejects.toThrow(`port ${port} is taken`);
});

test("when a thread dies, the process ends at once and says why; what was answered holds", async () => {
  const directory = traceDirectory("death");
  const killer = `--import=${pathToFileURL(join(import.meta.dirname, "kill-a-thread.ts"))}`;
  const server = await startProcess({ directory, env: { ...THREADS, NODE_OPTIONS: killer } });
  const { key, token } = await withKey(server);
  await verifyOnAll(openConnections(server.url), token, key);
  const ended = once(server.process, "exit");
  server.process.kill("SIGUSR2");
  expect(await ended).toEqual([1, null]);
  expect(readFileSync(join(directory, "server.log"), "utf8")).toContain("a thread has died, and with it the process");
  const again = await startServer({ directory, env: THREADS });
  expect(await verifyOnAll(openConnections(again.url), token, key)).toEqual({ valid: CONNECTIONS });
});

test("a server that is stopped under load answers every request that it has received, and loses no count", async () => {
  const directory = traceDirectory("stop");
  const server = await startProcess({ directory, env: THREADS });
  const { organization, id, key, token } = await withKey(server);
  let valid = 0;
  const load = openConnections(server.url).map(async ({ send }) => {
    try {
      for (;;) {
        const { json } = await send("POST", "/keyward/v1/verify", { authorization: `Bearer ${token}` }, { key });
        if (json?.code === "valid") valid++;
      }
    } catch {
      // It does not listen any more.
    }
  });
  await vi.waitFor(() => expect(valid).toBeGreaterThan(CONNECTIONS * 3), { timeout: 10_000 });
  await sleep(Math.random() * 300);
  await server.kill("SIGTERM");
  await Promise.all(load);
  expect(server.process.exitCode).toBe(0);
  const again = await startServer({ directory });
  const { json } = await again.operator("GET", `/keyward/v1/organizations/${organization}/keys/${id}/usage`);
  expect(json.totals).toEqual({ valid });
});

test("a limit holds over a restart: what all threads have admitted is saved", async () => {
  const directory = traceDirectory("restart");
  const server = await startServer({ directory, env: THREADS });
  const organization = await server.newOrganization();
  const { key } = await server.newKey(organization, { limits: { requestsPerDay: 60 } });
  const token = await server.newServiceToken();
  expect(await verifyOnAll(openConnections(server.url), token, key, 2)).toEqual({ valid: CONNECTIONS * 2 });
  await server.stop();
  expect(readdirSync(directory).filter((name) => name.endsWith(".journal"))).toEqual([]);
  const again = await startServer({ directory, env: THREADS });
  expect(await verifyOnAll(openConnections(again.url), token, key)).toEqual({
    valid: 60 - CONNECTIONS * 2,
    rate_limited: CONNECTIONS * 3 - 60,
  });
});

test("WebSockets end within a second of the revocation of their key, whichever thread has them, without any request", async () => {
  const api = await switchingApi();
  const server = await startServer({ args: ["--upstream", api.url], env: THREADS });
  const { organization, id, key } = await withKey(server);
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openSocket(server.url, [`X-Api-Key: ${key}`])));
  expect(sockets.map(({ response }) => response.status)).toEqual(sockets.map(() => 101));
  const closed = Promise.all(sockets.map(({ socket }) => (socket.destroyed ? undefined : once(socket, "close"))));
  await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${id}`);
  const from = performance.now();
  await closed;
  expect(performance.now() - from).toBeLessThan(1_000);
});

test("a request fetches the changes before it, if no message has told of them yet: keys, service tokens, forward-auth", async () => {
  const deaf = `--import=${pathToFileURL(join(import.meta.dirname, "no-messages.ts"))}`;
  const server = await startProcess({ env: { ...THREADS, NODE_OPTIONS: deaf } });
  const { organization, id, key, token } = await withKey(server);
  const open = openConnections(server.url);
  expect(await verifyOnAll(open, token, key)).toEqual({ valid: CONNECTIONS });
  await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${id}`);
  expect(await verifyOnAll(open, token, key)).toEqual({ revoked: CONNECTIONS });
  const other = await server.newKey(organization);
  const ask = async () =>
    (await Promise.all(open.map(({ send }) => send("GET", "/keyward/v1/forward-auth", { "x-api-key": other.key })))).map(
      ({ status }) => status,
    );
  expect(await ask()).toEqual(open.map(() => 200));
  await server.operator("DELETE", `/keyward/v1/organizations/${organization}/keys/${other.id}`);
  expect(await ask()).toEqual(open.map(() => 401));
  const last = await server.newKey(organization);
  const { json } = await server.operator("POST", "/keyward/v1/service-tokens", { name: "short" });
  expect(await verifyOnAll(open, json.token, last.key)).toEqual({ valid: CONNECTIONS });
  await server.operator("DELETE", `/keyward/v1/service-tokens/${json.id}`);
  expect(await verifyOnAll(open, json.token, last.key)).toEqual({ 401: CONNECTIONS });
});

test("every request that is handed over arrives as it came: large bodies both ways, the address, a refused body", async () => {
  const server = await startServer({ env: THREADS });
  const organization = await server.newOrganization();
  const authorization = `Bearer ${secret(server.operatorToken)}`;
  const path = `/keyward/v1/organizations/${organization}/keys`;
  for (const { send } of openConnections(server.url)) {
    const name = "n".repeat(40);
    expect((await send("POST", path, { authorization }, { name })).json.name).toBe(name);
    const tooLarge = await send("POST", path, { authorization }, { name: "n".repeat(2_000_000) }).catch((error) => ({
      status: error.code,
    }));
    expect([413, "EPIPE", "ECONNRESET"]).toContain(tooLarge.status);
    const list = await send("GET", `${path}?limit=100`, { authorization });
    expect(list.json.data.length).toBeGreaterThan(0);
    expect((await send("GET", "/keyward/openapi.json")).text.length).toBeGreaterThan(100_000);
    expect((await send("PUT", "/keyward/health")).status).toBe(405);
  }
});
