import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { agentsend, keyward } from "../../platforms/index.ts";
import { type Store, StoreUnavailable } from "../../stores/contract.ts";
import { secret } from "../support/root.ts";
import { call, type Reply } from "../support/server.ts";
import { freshKey } from "../support/service.ts";
import { type InProcess, inProcess } from "./in-process.ts";
import { suiteUpstream } from "./upstream.ts";

const ORGS = "/keyward/v1/organizations";
const SECRET_CAUSE = "disk I/O error in /var/lib/keyward.db";
const upstream = suiteUpstream();

/** A database with a switch. */
interface Breakable {
  isDown: boolean;
  failure: Error;
  /** Methods that were asked for while it was down. */
  readonly refused: string[];
}

interface Scene extends InProcess {
  readonly database: Breakable;
  readonly organization: string;
  /** In memory when the database fails. */
  readonly cached: { id: string; key: string };
  /** In the database alone. */
  readonly uncached: { id: string; key: string };
  readonly token: string;
  readonly uncachedToken: string;
  verify(key: string, path?: string, bearer?: string): Promise<Reply>;
  whoami(key: string): Promise<Reply>;
}

let scene: Scene;
beforeEach(async () => {
  scene = await open();
});

async function open(platform = keyward): Promise<Scene> {
  const database: Breakable = { isDown: false, failure: new StoreUnavailable(SECRET_CAUSE), refused: [] };
  const wrap = (store: Store): Store => {
    const methods = Object.entries(store).map(([method, run]) => [
      method,
      async (...values: unknown[]) => {
        if (!database.isDown) return run(...values);
        database.refused.push(method);
        throw database.failure;
      },
    ]);
    return Object.fromEntries(methods);
  };
  const fixture = await inProcess({ platform, wrap, upstream: upstream.url });
  onTestFinished(() => {
    database.isDown = false;
  });
  upstream.reset();
  const organization = await fixture.newOrganization();
  const [cached, uncached] = [
    await fixture.newKey(organization, { limits: { requestsPerMinute: 5, concurrentRequests: 1 } }),
    await fixture.newKey(organization),
  ];
  const newToken = async () => secret((await fixture.request("POST", "/keyward/v1/service-tokens", { name: "t" })).json.token as string);
  const [token, uncachedToken] = [await newToken(), await newToken()];
  const verify: Scene["verify"] = (key, path = "/keyward/v1/verify", bearer = token) => fixture.request("POST", path, { key }, bearer);
  const whoami: Scene["whoami"] = (key) => call(`${fixture.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } });
  // Two requests out of five a minute: from here on `cached` and `token` are in memory.
  await verify(cached.key);
  await whoami(cached.key);
  return { ...fixture, database, organization, cached, uncached, token, uncachedToken, verify, whoami };
}

function expectOutage({ status, json, text, headers }: Reply): void {
  expect([status, json.code, json.status]).toEqual([503, "store_unavailable", 503]);
  expect([headers.get("www-authenticate"), headers.get("cache-control")]).toEqual([null, "no-store"]);
  // The cause is for the log alone.
  expect(text).not.toMatch(/disk|\/var|sqlite|StoreUnavailable|at \w+ \(/i);
}

describe("while the database is down", () => {
  test.each(["/keyward/v1/verify", "/keyward/v1/verify?x=1"])(
    "%s: 503 for a key that is not in memory, not a verdict; a verdict again afterwards",
    async (path) => {
      const { database, verify, uncached, logged } = scene;
      const unknown = freshKey("live");
      database.isDown = true;
      for (const key of [uncached.key, unknown, uncached.key]) expectOutage(await verify(key, path));
      expect(logged).toHaveLength(3);
      expect(JSON.stringify(logged)).toContain(SECRET_CAUSE);
      expect(JSON.stringify(logged)).not.toContain(uncached.key);
      database.isDown = false;
      expect([(await verify(uncached.key, path)).json.code, (await verify(unknown, path)).json.code]).toEqual(["valid", "not_found"]);
    },
  );

  test("whoami: 503 for a key that is not in memory, and no challenge to send another one", async () => {
    const { database, whoami, uncached } = scene;
    database.isDown = true;
    expectOutage(await whoami(uncached.key));
    expectOutage(await whoami(freshKey("live")));
    database.isDown = false;
    expect((await whoami(uncached.key)).status).toBe(200);
  });

  test("fifty requests at once for one key are all 503", async () => {
    const { database, verify, uncached } = scene;
    database.isDown = true;
    for (const reply of await Promise.all(Array.from({ length: 50 }, () => verify(uncached.key)))) expectOutage(reply);
  });

  test("a key in memory goes on everywhere, and its limits hold", async () => {
    const { database, verify, whoami, cached, url } = scene;
    database.isDown = true;
    expect((await verify(cached.key)).json).toMatchObject({
      valid: true,
      rateLimits: [{ name: "minute", remaining: 2 }, { name: "concurrent" }],
    });
    expect((await whoami(cached.key)).status).toBe(200);
    expect((await call(`${url}/agents`, { headers: { "x-api-key": cached.key } })).text).toBe("upstream's response");
    expect([
      (await verify(cached.key)).json.code,
      (await whoami(cached.key)).status,
      (await call(`${url}/agents`, { headers: { "x-api-key": cached.key } })).status,
    ]).toEqual(["rate_limited", 429, 429]);
    expect(upstream.received).toHaveLength(1);
    expect(database.refused.filter((method) => method.startsWith("find"))).toEqual([]);
  });

  test("refusals that need no database are the same as ever", async () => {
    const { database, verify, whoami, url } = scene;
    database.isDown = true;
    expect((await verify("nonsense")).json.code).toBe("malformed");
    expect((await whoami("nonsense")).status).toBe(401);
    expect((await call(`${url}/keyward/v1/whoami`)).status).toBe(401);
    expect((await call(`${url}/keyward/v1/verify`, { method: "POST" })).status).toBe(401);
    expect((await call(`${url}/agents`)).status).toBe(401);
    expect((await verify("nonsense", "/keyward/v1/verify", "nonsense")).status).toBe(401);
  });

  test("the gateway: 503 for a key that is not in memory; the upstream hears nothing", async () => {
    const { database, uncached, url } = scene;
    database.isDown = true;
    for (const method of ["GET", "POST"])
      expectOutage(
        await call(`${url}/agents`, { method, headers: { "x-api-key": uncached.key }, ...(method === "POST" && { body: "x" }) }),
      );
    expect(upstream.received).toEqual([]);
  });

  test.each(["/keyward/v1/verify", "/keyward/v1/verify?x=1"])(
    "%s: 503 for a service token that is not in memory, and nobody's failure goes unheard",
    async (path) => {
      const { database, verify, cached, uncachedToken } = scene;
      const unheard: unknown[] = [];
      const listen = (reason: unknown) => void unheard.push(reason);
      process.on("unhandledRejection", listen);
      onTestFinished(() => void process.off("unhandledRejection", listen));
      database.isDown = true;
      expectOutage(await verify(cached.key, path, uncachedToken));
      // An unhandled rejection ends a Node process: one request would stop every key.
      await new Promise((later) => setTimeout(later, 20));
      expect(unheard).toEqual([]);
      database.isDown = false;
      expect((await verify(cached.key, path, uncachedToken)).json.code).toBe("valid");
    },
  );

  test("the management API: 503 on every route that asks the database, for the operator and for a member", async () => {
    const { database, request, organization, cached } = scene;
    const jwt = secret((await request("POST", `${ORGS}/${organization}/tokens`, {})).json.token as string);
    const before = (await request("GET", `${ORGS}/${organization}/keys`)).json.data.map(
      (key: { id: string; name: string; enabled: boolean }) => [key.id, key.name, key.enabled],
    );
    database.isDown = true;
    const routes: [string, string, unknown?][] = [
      ["POST", ORGS, { name: "x" }],
      ["GET", ORGS],
      ["PATCH", `${ORGS}/${organization}`, { name: "x" }],
      ["POST", `${ORGS}/${organization}/tokens`, {}],
      ["POST", "/keyward/v1/service-tokens", { name: "x" }],
      ["GET", "/keyward/v1/service-tokens"],
      ["DELETE", "/keyward/v1/service-tokens/st_01jd0000000000000000000000"],
    ];
    const membersToo: typeof routes = [
      ["GET", `${ORGS}/${organization}`],
      ["POST", `${ORGS}/${organization}/keys`, {}],
      ["GET", `${ORGS}/${organization}/keys`],
      ["GET", `${ORGS}/${organization}/keys/${cached.id}`],
      ["PATCH", `${ORGS}/${organization}/keys/${cached.id}`, { name: "x" }],
      ["POST", `${ORGS}/${organization}/keys/${cached.id}/rotate`, {}],
      ["DELETE", `${ORGS}/${organization}/keys/${cached.id}`],
      ["GET", `/keyward/v1/keys/${cached.id}`],
    ];
    for (const [method, path, body] of [...routes, ...membersToo]) expectOutage(await request(method, path, body));
    for (const [method, path, body] of membersToo) expectOutage(await request(method, path, body, jwt));
    // What is wrong with a request is still said: it needs no database.
    expect((await request("POST", `${ORGS}/${organization}/keys`, { name: 5 })).status).toBe(400);
    database.isDown = false;
    expect(
      (await request("GET", `${ORGS}/${organization}/keys`)).json.data.map((key: { id: string; name: string; enabled: boolean }) => [
        key.id,
        key.name,
        key.enabled,
      ]),
    ).toEqual(before);
  });

  test("a change that failed may have happened: the key is not admitted from memory any more, but asked for again", async () => {
    const { database, request, verify, organization, cached } = scene;
    database.isDown = true;
    expectOutage(await request("DELETE", `${ORGS}/${organization}/keys/${cached.id}`));
    expectOutage(await verify(cached.key));
    database.isDown = false;
    expect((await verify(cached.key)).json.code).toBe("valid");
  });

  test("an Idempotency-Key of a request that failed is not used up", async () => {
    const { database, organization, url, request } = scene;
    const jwt = secret((await request("POST", `${ORGS}/${organization}/tokens`, {})).json.token as string);
    const create = () =>
      call(`${url}${ORGS}/${organization}/keys`, {
        method: "POST",
        headers: { authorization: `Bearer ${jwt}`, "idempotency-key": "again" },
      });
    database.isDown = true;
    expectOutage(await create());
    database.isDown = false;
    const { status, json } = await create();
    expect([status, typeof secret(json.key)]).toEqual([201, "string"]);
  });

  test("health is well, readiness is not, metrics go on", async () => {
    const { database, url, request, token } = scene;
    database.isDown = true;
    expectOutage(await call(`${url}/keyward/ready`));
    const scrape = async (bearer?: string) => (await request("GET", "/keyward/metrics", undefined, bearer)).status;
    expect([(await call(`${url}/keyward/health`)).status, await scrape(), await scrape(token)]).toEqual([200, 200, 200]);
    database.isDown = false;
    expect((await call(`${url}/keyward/ready`)).status).toBe(200);
  });

  test("use is kept in memory and written afterwards, once", async () => {
    const { database, verify, cached, service, store } = scene;
    await service.flush();
    const count = async () =>
      (await store.usageOf(cached.id, 0)).filter(({ outcome }) => outcome === "valid").reduce((sum, { count: more }) => sum + more, 0);
    expect(await count()).toBe(2);
    database.isDown = true;
    for (let turn = 0; turn < 3; turn++) expect((await verify(cached.key)).json.code).toBe("valid");
    await expect(service.flush()).rejects.toThrow(StoreUnavailable);
    await expect(service.flush()).rejects.toThrow(StoreUnavailable);
    database.isDown = false;
    await service.flush();
    await service.flush();
    expect(await count()).toBe(5);
  });

  test("a platform's own routes: 503 in the platform's form, for a key in memory and for one that is not", async () => {
    const { database, url, cached, uncached } = await open(agentsend);
    database.isDown = true;
    for (const key of [cached.key, uncached.key]) {
      expectOutage(await call(`${url}/account/api-keys`, { headers: { "x-api-key": key } }));
      expectOutage(await call(`${url}/account/api-keys`, { method: "POST", headers: { "x-api-key": key } }));
    }
  });

  test("a failure that is no outage is 500: it admits nobody, reveals nothing, and is logged", async () => {
    const { database, verify, whoami, request, uncached, url, logged } = scene;
    database.failure = new TypeError("secret detail of the code");
    database.isDown = true;
    for (const reply of [
      await verify(uncached.key),
      await verify(uncached.key, "/keyward/v1/verify?x=1"),
      await whoami(uncached.key),
      await request("GET", ORGS),
      await call(`${url}/agents`, { headers: { "x-api-key": uncached.key } }),
    ]) {
      expect([reply.status, reply.json.code]).toEqual([500, "internal"]);
      expect(reply.text).not.toMatch(/secret detail|TypeError/);
    }
    expect([logged.length, upstream.received.length]).toEqual([5, 0]);
    expect(JSON.stringify(logged)).toContain("secret detail of the code");
  });
});
