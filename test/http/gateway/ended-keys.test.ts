/** When a key ends, so do the connections that it holds open, within a second: WebSockets, streams, uploads. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { signAgentSession } from "../../../http/agent-session.ts";
import { ampersend } from "../../../platforms/index.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { startServer } from "../../support/server.ts";
import { type InProcess, type InProcessOptions, inProcess } from "../in-process.ts";
import { openRaw, openSocket, type Switched, type SwitchingApi, switchingApi } from "./upgrading.ts";

let api: SwitchingApi;
let server: InProcess;
let organization: string;

async function open(options: InProcessOptions = {}): Promise<void> {
  api = await switchingApi();
  // A stream that never ends, as server-sent events are.
  api.onRequest = (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
  };
  server = await inProcess({ upstream: api.url, ...options });
  organization = await server.newOrganization();
}
beforeEach(() => open());

const as = (key: string) => `X-Api-Key: ${key}`;
const socketOf = (key: string) => openSocket(server.url, [as(key)]);

interface Stream {
  /** Resolves with the milliseconds from the call to the close. */
  closed(): Promise<number>;
  readonly isOpen: boolean;
}

/** A response that has begun. */
async function streamOf(key: string, url = server.url): Promise<Stream> {
  const response = await fetch(`${url}/events`, { headers: { "x-api-key": key } });
  const reader = response.body?.getReader();
  await reader?.read();
  let isOpen = true;
  const ended = (async () => {
    try {
      while ((await reader?.read())?.done === false);
    } catch {
      // Cut off.
    }
    isOpen = false;
  })();
  return {
    async closed() {
      const from = performance.now();
      await ended;
      return performance.now() - from;
    },
    get isOpen() {
      return isOpen;
    },
  };
}

const CHANGES: [string, (id: string) => Promise<unknown>, reason: string][] = [
  ["is revoked", (id) => server.service.keys.revoke(organization, id, "operator"), "revoked"],
  ["is disabled", (id) => server.service.keys.update(organization, id, { enabled: false }, "operator"), "disabled"],
  ["is rotated without an overlap", (id) => server.service.keys.rotate(organization, id, { overlap: "0s" }, "operator"), "expired"],
  [
    "expires",
    async (id) => {
      await server.service.keys.update(organization, id, { expiresIn: "1h" }, "operator");
      server.clock.now += 3_600_000;
    },
    "expired",
  ],
  [
    "is rotated, and its overlap ends",
    async (id) => {
      await server.service.keys.rotate(organization, id, { overlap: "1h" }, "operator");
      server.clock.now += 3_600_000;
    },
    "expired",
  ],
];

describe.each(CHANGES)("a key %s:", (_sentence, change, reason) => {
  test("a request that gets a 401 for it is told of to its owner, with the reason", async () => {
    const { id, key } = await server.newKey(organization);
    api.onRequest = () => undefined;
    const asked = fetch(`${server.url}/slow?x=1`, { headers: { "x-api-key": key } });
    await vi.waitFor(() => expect(api.requests).toHaveLength(1));
    await change(id);
    const requestId = (await asked).headers.get("x-request-id");
    await vi.waitFor(async () => {
      const listed = await server.service.refusals.ofKey(organization, id);
      expect(listed.ok && listed.value.refusals).toMatchObject([
        {
          keyId: id,
          organizationId: organization,
          requestId,
          surface: "gateway",
          method: "GET",
          path: "/slow",
          address: "127.0.0.1",
          reason,
        },
      ]);
    });
  });

  test("its WebSockets and streams end within a second, on both sides, and those of other keys go on", async () => {
    const [ending, other] = [await server.newKey(organization), await server.newKey(organization)];
    const sockets = [await socketOf(ending.key), await socketOf(ending.key)];
    const stream = await streamOf(ending.key);
    const others = [await socketOf(other.key), await streamOf(other.key)] as const;
    await change(ending.id);
    for (const time of await Promise.all([...sockets, stream].map((each) => each.closed()))) expect(time).toBeLessThan(1_000);
    await vi.waitFor(() => expect(api.upgrades.slice(0, 2).every(({ socket }) => socket.destroyed)).toBe(true));
    expect([others[0].socket.destroyed, others[1].isOpen]).toEqual([false, true]);
    others[0].socket.write("still here");
    expect(await others[0].read(10)).toBe("still here");
  });
});

test("a change that leaves the key in force ends nothing", async () => {
  const { id, key } = await server.newKey(organization);
  const [socket, stream] = [await socketOf(key), await streamOf(key)];
  await server.service.keys.update(organization, id, { name: "another" }, "operator");
  await server.service.keys.rotate(organization, id, { overlap: "1h" }, "operator");
  await server.service.organizations.update(organization, { overrides: { requestsPerMinute: 1 } }, "operator");
  await sleep(900);
  expect([socket.socket.destroyed, stream.isOpen]).toEqual([false, true]);
});

describe("a request that the API is still serving when its key ends", () => {
  test("gets its response, if that is nearly there", async () => {
    const { id, key } = await server.newKey(organization);
    api.onRequest = (_request, response) => setTimeout(() => response.end("done"), 100);
    const asked = fetch(`${server.url}/x`, { headers: { "x-api-key": key } });
    await vi.waitFor(() => expect(api.requests).toHaveLength(1));
    await server.service.keys.revoke(organization, id, "operator");
    expect(await (await asked).text()).toBe("done");
  });

  test("gets a 401 within a second, if it is not, and the API's connection is closed", async () => {
    const { id, key } = await server.newKey(organization, { limits: { concurrentRequests: 1 } });
    let isClosed = false;
    api.onRequest = (_request, response) => response.on("close", () => (isClosed = true));
    const asked = fetch(`${server.url}/x`, { headers: { "x-api-key": key } });
    await vi.waitFor(() => expect(api.requests).toHaveLength(1));
    const from = performance.now();
    await server.service.keys.revoke(organization, id, "operator");
    const response = await asked;
    const { code } = (await response.json()) as { code: string };
    expect([response.status, code, response.headers.get("connection")]).toEqual([401, "invalid_credential", "close"]);
    expect(performance.now() - from).toBeLessThan(1_000);
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });

  test("is an upload that goes on for ever: it is refused and cut off", async () => {
    const { id, key } = await server.newKey(organization);
    api.onRequest = (request) => request.resume();
    const head = ["POST /x HTTP/1.1", `Host: ${new URL(server.url).host}`, as(key), "Transfer-Encoding: chunked"];
    const uploading = openRaw(server.url, head, "5\r\nhello\r\n");
    await vi.waitFor(() => expect(api.requests).toHaveLength(1));
    await server.service.keys.revoke(organization, id, "operator");
    expect((await uploading).response.status).toBe(401);
  });

  test("is an upgrade that the API has not answered", async () => {
    const { id, key } = await server.newKey(organization);
    api.onUpgrade = () => undefined;
    const asking = socketOf(key);
    await vi.waitFor(() => expect(api.upgrades).toHaveLength(1));
    await server.service.keys.revoke(organization, id, "operator");
    expect((await asking).response.status).toBe(401);
  });
});

test("a WebSocket ends when the store does not tell what a change has made of its key", async () => {
  let isDown = false;
  await open({
    wrap: (store) => ({
      ...store,
      findKeyOfAny: (keyId) => (isDown ? Promise.reject(new StoreUnavailable("down")) : store.findKeyOfAny(keyId)),
    }),
  });
  const { id, key } = await server.newKey(organization);
  const socket = await socketOf(key);
  isDown = true;
  await server.service.keys.update(organization, id, { name: "x" }, "operator");
  expect(await socket.closed()).toBeLessThan(1_000);
});

test("an agent's WebSocket ends with its session", async () => {
  await open({ platform: ampersend, environment: "live" });
  const { secrets, service } = server;
  const signed = await signAgentSession(
    { managementKey: secrets.managementKey, service },
    { agent: "0xab", organizationId: organization },
    "1s",
  );
  if (!signed.ok) throw new Error(signed.problem.detail);
  const socket = await openSocket(server.url, [`Authorization: Bearer ${signed.value.token}`], "/v1/endpoints");
  expect([socket.response.status, api.upgrades[0]?.values("x-keyward-agent")]).toEqual([101, ["0xab"]]);
  expect(await socket.closed()).toBeLessThan(2_000);
});

test("whenever a revocation comes while sockets are opened, none is open a second after it", async () => {
  const { id, key } = await server.newKey(organization);
  // So that some verdicts wait for the store.
  const opening: Promise<Switched | undefined>[] = [];
  let isRevoked = false;
  const revoking = sleep(40).then(async () => {
    await server.service.keys.revoke(organization, id, "operator");
    isRevoked = true;
  });
  for (let turn = 0; turn < 120; turn++) {
    opening.push(socketOf(key).catch(() => undefined));
    if (turn % 10 === 0) server.applyChange({ kind: "key", subject: id });
    await sleep(1);
  }
  await revoking;
  await sleep(1_000);
  const opened = (await Promise.all(opening)).filter((each) => each?.response.status === 101);
  expect([isRevoked, opened.length > 0, opened.filter((each) => each?.socket.destroyed === false)]).toEqual([true, true, []]);
  await vi.waitFor(() => expect(api.upgrades.filter(({ socket }) => !socket.destroyed)).toEqual([]));
});

test("two hundred sockets of one key end together, and one revocation is one read", async () => {
  let reads = 0;
  await open({
    wrap: (store) => ({
      ...store,
      findKeyOfAny(keyId) {
        reads++;
        return store.findKeyOfAny(keyId);
      },
    }),
  });
  const { id, key } = await server.newKey(organization);
  const sockets = await Promise.all(Array.from({ length: 200 }, () => socketOf(key)));
  await server.service.keys.revoke(organization, id, "operator");
  for (const time of await Promise.all(sockets.map(({ closed }) => closed()))) expect(time).toBeLessThan(1_000);
  expect(reads).toBe(1);
});

test("through the management API of a real server, too", async () => {
  const real = await startServer({ args: ["--upstream", api.url] });
  const id = await real.newOrganization();
  const key = await real.newKey(id);
  const [socket, stream] = [await openSocket(real.url, [as(key.key)]), await streamOf(key.key, real.url)];
  expect((await real.operator("DELETE", `/keyward/v1/organizations/${id}/keys/${key.id}`)).status).toBe(204);
  for (const time of await Promise.all([socket.closed(), stream.closed()])) expect(time).toBeLessThan(1_000);
});
