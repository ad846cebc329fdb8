/** What every adapter guarantees, on every framework. */
import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { localPort } from "../../admission/local-port.ts";
import type { AdmissionPort } from "../../admission/port.ts";
import { keyward as platform } from "../../platforms/keyward.ts";
import { keywardAt } from "../../sdk/index.ts";
import type { Store } from "../../stores/contract.ts";
import { inProcess } from "../http/in-process.ts";
import { call } from "../support/server.ts";
import { type TestService, testService } from "../support/service.ts";
import { APPLICATIONS, type Held } from "./applications.ts";

const log = { error: () => undefined };

interface Keyward {
  readonly fixture: TestService;
  readonly port: AdmissionPort;
}
type OpenKeyward = (options: { readonly wrap?: (store: Store) => Store }) => Promise<Keyward>;

const inThisProcess: OpenKeyward = async (options) => {
  const fixture = await testService(options);
  return { fixture, port: localPort({ service: fixture.service, platform, log }) };
};

const elsewhere: OpenKeyward = async (options) => {
  const fixture = await inProcess(options);
  return { fixture, port: keywardAt({ url: fixture.url, token: fixture.operatorToken, log }) };
};

const CASES = APPLICATIONS.flatMap(([name, start]) => [
  [name, "in this process", start, inThisProcess] as const,
  [name, "elsewhere", start, elsewhere] as const,
]);

describe.each(CASES)("%s, with a Keyward %s", (_name, _where, start, open) => {
  async function application(options: Parameters<OpenKeyward>[0] = {}) {
    const { fixture, port } = await open(options);
    const held: Held[] = [];
    const url = await start(port, held);
    const newCaller = async (input: Parameters<TestService["newKey"]>[1]) => {
      const organizationId = await fixture.newOrganization();
      const { id, key } = await fixture.newKey(organizationId, input);
      const ask = (path: string, method = "GET") => call(url + path, { method, headers: { "x-api-key": key } });
      return { id, organizationId, ask, headers: { "x-api-key": key } };
    };
    return { ...fixture, url, held, newCaller };
  }

  test("a good key reaches the handler, which knows whose it is; the response says where the limits stand", async () => {
    const { newCaller } = await application();
    const { id, organizationId, ask } = await newCaller({ scopes: ["agents:read"], limits: { requestsPerMinute: 5 } });
    for (const remaining of [4, 3]) {
      const { status, json, headers } = await ask("/read");
      const identity = { keyId: id, organizationId, environment: "live", scopes: ["agents:read"], resources: null, expiresAt: null };
      expect([status, json, headers.get("ratelimit"), headers.get("ratelimit-policy")]).toEqual([
        200,
        identity,
        `"minute";r=${remaining};t=60`,
        '"minute";q=5;w=60',
      ]);
      expect(headers.get("content-type")).toContain("application/json");
    }
  });

  test("every refusal is the platform's own, whole", async () => {
    const { url, newCaller } = await application();
    const { ask } = await newCaller({ scopes: ["agents:read"], limits: { requestsPerMinute: 1 } });
    const anonymous = await call(`${url}/read`);
    expect([anonymous.status, anonymous.json.code, anonymous.headers.get("content-type")]).toEqual([
      401,
      "missing_credential",
      "application/problem+json",
    ]);
    expect(anonymous.headers.get("www-authenticate")).toBe('Bearer realm="Keyward", ApiKey realm="Keyward"');
    expect((await call(`${url}/read`, { headers: { "x-api-key": "wrong" } })).json).toMatchObject({
      status: 401,
      code: "invalid_credential",
    });
    const forbidden = await ask("/write", "POST");
    expect(forbidden.json).toMatchObject({ status: 403, code: "insufficient_scope" });
    expect(forbidden.headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="agents:write"');
    expect((await ask("/read")).status).toBe(200);
    const limited = await ask("/read");
    expect([limited.status, limited.headers.get("retry-after"), limited.headers.get("ratelimit")]).toEqual([
      429,
      "60",
      '"minute";r=0;t=60',
    ]);
  });

  test("a key that is restricted to some resources gets those alone", async () => {
    const { newCaller } = await application();
    const { ask } = await newCaller({ resources: ["agent-1"] });
    expect([(await ask("/agents/agent-1")).status, (await ask("/agents/agent-2")).status]).toEqual([200, 403]);
  });

  test("a request counts as concurrent until its response has ended, its client is gone, or its handler has crashed", async () => {
    const { url, held, newCaller, service } = await application();
    const { id, organizationId, ask, headers } = await newCaller({ scopes: ["agents:read"], limits: { concurrentRequests: 2 } });
    const free = async () => {
      const limits = await service.keys.limits(organizationId, id);
      return limits.ok ? limits.value[0]?.remaining : undefined;
    };
    for (let turn = 0; turn < 4; turn++) {
      await ask("/crash").catch(() => undefined);
      await expect.poll(free).toBe(2);
    }
    const ended = ask("/hold");
    const cut = httpRequest(`${url}/hold`, { headers }).on("error", () => undefined);
    cut.end();
    await expect.poll(() => held.length).toBe(2);
    expect([await free(), (await ask("/read")).status]).toEqual([0, 429]);
    cut.destroy();
    await expect.poll(free).toBe(1);
    for (const each of held) each.finish();
    expect((await ended).status).toBe(200);
    await expect.poll(free).toBe(2);
    const both = [ask("/hold"), ask("/hold")];
    await expect.poll(() => held.length).toBe(4);
    for (const each of held) each.finish();
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    await expect.poll(free).toBe(2);
  });

  test("an outage of the store is a 503 with Retry-After, and no handler runs", async () => {
    const unavailable = () => Promise.reject(new Error("gone"));
    const { held, newCaller } = await application({ wrap: (store) => ({ ...store, findKeyByDigest: unavailable }) });
    const { ask } = await newCaller({});
    const { status } = await ask("/hold");
    expect([status >= 500, held.length]).toEqual([true, 0]);
  });
});
