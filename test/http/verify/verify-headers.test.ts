/** `POST /keyward/v1/verify` with header lines: what a service is told to send back is what Keyward itself would have sent. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../stores/contract.ts";
import { call, suiteServer } from "../../support/server.ts";
import { freshKey } from "../../support/service.ts";
import { withoutRequestId } from "../../support/without-request-id.ts";
import { inProcess } from "../in-process.ts";

const VERIFY = "/keyward/v1/verify";
const WHOAMI = "/keyward/v1/whoami";
const server = suiteServer();
const unknownKey = freshKey("live");
let token: string;
let organization: string;
let good: { id: string; key: string };

beforeAll(async () => {
  token = await server.newServiceToken();
  organization = await server.newOrganization();
  good = await server.newKey(organization, { scopes: ["agents:read"], resources: ["agent-1"], expiresIn: "90d" });
});

const asked = (body: unknown) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
};
const verify = (body: unknown) => call(server.url + VERIFY, asked(body));

test("an admitted request: the verdict, when the key expires, and the headers of the response", async () => {
  const limited = await server.newKey(organization, { limits: { requestsPerMinute: 5 } });
  const { json } = await verify({ headers: ["X-Api-Key", limited.key] });
  expect(json).toMatchObject({ valid: true, code: "valid", keyId: limited.id, organizationId: organization, expiresAt: null });
  expect(json.responseHeaders).toEqual({ "ratelimit-policy": '"minute";q=5;w=60', ratelimit: '"minute";r=4;t=60' });
  const { json: expiring } = await verify({
    headers: ["authorization", `Bearer ${good.key}`],
    scopes: ["agents:read"],
    resource: "agent-1",
  });
  expect([expiring.valid, expiring.resources, Date.parse(expiring.expiresAt) > Date.now()]).toEqual([true, ["agent-1"], true]);
});

describe("a refusal is the very response that whoami gives", () => {
  test.each<[string, () => string[], string]>([
    ["without a credential", () => ["Accept", "*/*"], "missing_credential"],
    ["with two credentials", () => ["X-Api-Key", good.key, "Authorization", `Bearer ${good.key}`], "multiple_credentials"],
    ["with one header twice", () => ["X-Api-Key", good.key, "x-api-key", good.key], "multiple_credentials"],
    ["with a key nobody has", () => ["X-Api-Key", unknownKey], "not_found"],
    ["with half a key", () => ["X-Api-Key", good.key.slice(0, -1)], "malformed"],
  ])("%s", async (_sentence, lines, code) => {
    const { json, requestId } = await verify({ headers: lines() });
    expect([json.valid, json.code]).toEqual([false, code]);
    const headers = new Headers();
    for (let at = 0; at < lines().length; at += 2) headers.append(lines()[at]!, lines()[at + 1]!);
    const own = await call(server.url + WHOAMI, { headers });
    const { "x-request-id": id, ...same } = json.refusal.headers;
    expect([json.refusal.status, withoutRequestId(json.refusal.body, id)]).toEqual([own.status, own.text]);
    // The client of the service learns by which request the service asked.
    expect([id, JSON.parse(json.refusal.body).requestId]).toEqual([requestId, requestId]);
    for (const [name, value] of Object.entries(same)) expect([name, own.headers.get(name)]).toEqual([name, value]);
  });
});

test("a scope that is missing, and a resource that is another's: 403", async () => {
  const lines = { headers: ["X-Api-Key", good.key] };
  const { json: scope } = await verify({ ...lines, scopes: ["agents:write"] });
  expect([scope.code, scope.keyId, scope.refusal.status]).toEqual(["insufficient_scope", good.id, 403]);
  expect(scope.refusal.headers["www-authenticate"]).toContain('scope="agents:write"');
  const { json: resource } = await verify({ ...lines, resource: "agent-2" });
  expect([resource.code, resource.refusal.status]).toEqual(["resource_not_allowed", 403]);
});

test("through the framework the response is the same", async () => {
  // The document of the server does not have this spelling of the path.
  const response = await fetch(`${server.url}/keyward/v1/%76erify`, asked({ headers: [] }));
  const direct = await verify({ headers: [] });
  const asDirect = (await response.text()).replaceAll(response.headers.get("x-request-id") ?? "none", direct.requestId ?? "none");
  expect(JSON.parse(asDirect)).toEqual(direct.json);
});

describe("a body is refused", () => {
  test.each([
    ["with headers and a key", { headers: [], key: "k" }, "key"],
    ["with headers and authorization", { headers: [], authorization: "Bearer k" }, "authorization"],
    ["with headers that are no texts", { headers: [1, 2] }, "headers[0]"],
    ["with nothing to judge", {}, "key"],
  ])("%s", async (_sentence, body, field) => {
    const { status, json } = await verify(body);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });
});

test("wrong credentials are counted by the address that the service states, and not by the service's own", async () => {
  const { request } = await inProcess({ failedAttemptsPerMinute: 2 });
  const ask = async (address: string) => {
    const { json } = await request("POST", VERIFY, { headers: ["x-api-key", unknownKey], address });
    return json.refusal.status;
  };
  expect([await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.2")]).toEqual([401, 401, 429, 401]);
});

describe("with holds, a request counts as concurrent until the connection is closed", () => {
  test.each([
    ["on its own path", VERIFY],
    ["with a query", `${VERIFY}?x=1`],
    ["through the framework", "/keyward/v1/%76erify"],
  ])("%s", async (_where, path) => {
    const { url, operatorToken, service, newOrganization, newKey } = await inProcess();
    const owner = await newOrganization();
    const { id, key } = await newKey(owner, { limits: { concurrentRequests: 1 } });
    const free = async () => {
      const limits = await service.keys.limits(owner, id);
      return limits.ok ? limits.value[0]?.remaining : undefined;
    };
    const ask = (credential: string, signal?: AbortSignal) =>
      fetch(url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
        body: JSON.stringify({ headers: ["x-api-key", credential], holds: true }),
        ...(signal !== undefined && { signal }),
      });
    const caller = new AbortController();
    const reader = (await ask(key, caller.signal)).body!.getReader();
    const line = new TextDecoder().decode((await reader.read()).value);
    expect([line.endsWith("}\n"), JSON.parse(line).valid, await free()]).toEqual([true, true, 0]);
    const refused = (await (await ask(key)).json()) as { code: string; refusal: { status: number } };
    expect([refused.code, refused.refusal.status]).toEqual(["rate_limited", 429]);
    caller.abort();
    await expect.poll(free).toBe(1);
    const unlimited = await newKey(owner);
    expect(await (await ask(unlimited.key)).json()).toMatchObject({ valid: true });
  });

  test.each([
    ["on its own path", VERIFY],
    ["through the framework", "/keyward/v1/%76erify"],
  ])("and not at all when the caller has gone before the verdict: %s", async (_where, path) => {
    let found = () => undefined as unknown;
    let isAsked = false;
    const wrap = (store: Store): Store => ({
      ...store,
      async findKeyByDigest(...values) {
        isAsked = true;
        await new Promise<void>((resolve) => (found = resolve));
        return store.findKeyByDigest(...values);
      },
    });
    const { url, operatorToken, service, newOrganization, newKey } = await inProcess({ wrap });
    const owner = await newOrganization();
    const { key } = await newKey(owner, { limits: { concurrentRequests: 1 } });
    const caller = new AbortController();
    const gone = fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
      body: JSON.stringify({ headers: ["x-api-key", key], holds: true }),
      signal: caller.signal,
    }).catch(() => undefined);
    await expect.poll(() => isAsked).toBe(true);
    caller.abort();
    await gone;
    await new Promise((closed) => setTimeout(closed, 50));
    found();
    await new Promise((judged) => setTimeout(judged, 50));
    expect((await service.verify(key, {}, true)).code).toBe("valid");
  });
});
