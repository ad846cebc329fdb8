/** Why was this refused? The owner learns it, and nobody else. */
import { beforeEach, describe, expect, test } from "vitest";
import { agentsgt } from "../../../platforms/agentsgt.ts";
import { PLATFORMS } from "../../../platforms/index.ts";
import { freshKey, must } from "../../support/service.ts";
import { type InProcess, inProcess } from "../in-process.ts";
import { sendRaw } from "../raw-http.ts";
import { suiteUpstream } from "../upstream.ts";

const upstream = suiteUpstream();
beforeEach(() => upstream.reset());

const refusalsPath = (organizationId: string, keyId?: string) =>
  `/keyward/v1/organizations/${organizationId}${keyId === undefined ? "" : `/keys/${keyId}`}/refusals`;
const ofKey = async ({ request }: InProcess, organizationId: string, keyId: string) =>
  (await request("GET", refusalsPath(organizationId, keyId))).json.data;

/** A server with a revoked key. */
async function withRevoked() {
  const server = await inProcess({ upstream: upstream.url, trustedProxies: ["127.0.0.0/8"] });
  const organizationId = await server.newOrganization();
  const { id, key } = await server.newKey(organizationId, { scopes: ["agents:read"] });
  must(await server.service.keys.revoke(organizationId, id, "operator"));
  return { server, organizationId, id, key };
}

describe("each surface tells what it knows of the request", () => {
  const forwarded = ["X-Forwarded-For: 203.0.113.5", "X-Forwarded-Method: POST", "X-Forwarded-Uri: /agents/1?key=x"];
  test.each<[surface: string, line: string, lines: string[], seen: object]>([
    ["whoami", "GET /keyward/v1/whoami?a=b HTTP/1.1", [], { method: "GET", path: "/keyward/v1/whoami", address: "127.0.0.1" }],
    ["gateway", "DELETE /agents/1?key=x HTTP/1.1", [forwarded[0] ?? ""], { method: "DELETE", path: "/agents/1", address: "203.0.113.5" }],
    ["forward-auth", "GET /keyward/v1/forward-auth HTTP/1.1", forwarded, { method: "POST", path: "/agents/1", address: "203.0.113.5" }],
  ])("%s", async (surface, line, lines, seen) => {
    const { server, organizationId, id, key } = await withRevoked();
    const { requestId, status } = await sendRaw(server.url, [line, `X-Api-Key: ${key}`, ...lines]);
    expect(status).toBe(401);
    expect(await ofKey(server, organizationId, id)).toEqual([
      {
        ...{ id: expect.stringMatching(/^rfs_/), at: "2026-11-20T12:00:00.000Z", keyId: id, organizationId, requestId },
        ...{ surface, ...seen, reason: "revoked", facts: {}, more: 0 },
        explanation: "The key was revoked, which is final.",
        advice: expect.any(String),
      },
    ]);
  });

  test("verify, of a key and of header lines", async () => {
    const { server, organizationId, id, key } = await withRevoked();
    const unseen = { surface: "verify", method: null, path: null, reason: "revoked" };
    const plain = await server.request("POST", "/keyward/v1/verify", { key });
    const headers = await server.request("POST", "/keyward/v1/verify", { headers: ["x-api-key", key], address: "192.0.2.7" });
    await server.request("POST", "/keyward/v1/verify", { headers: ["x-api-key", key], address: "<script>" });
    expect(await ofKey(server, organizationId, id)).toMatchObject([
      { ...unseen, address: null },
      { ...unseen, address: "192.0.2.7", requestId: headers.requestId },
      { ...unseen, address: null, requestId: plain.requestId },
    ]);
  });

  test("the platform's own routes", async () => {
    const server = await inProcess({ platform: PLATFORMS.get("agentsend")! });
    const organizationId = await server.newOrganization();
    const { id, key } = await server.newKey(organizationId);
    must(await server.service.keys.revoke(organizationId, id, "operator"));
    const [route] = PLATFORMS.get("agentsend")!.routes.filter(({ access, operation }) => access === "key" && operation === "list");
    await sendRaw(server.url, [`GET ${route?.path} HTTP/1.1`, `Authorization: Bearer ${key}`]);
    expect(await ofKey(server, organizationId, id)).toMatchObject([{ surface: "platform", method: "GET", path: route?.path }]);
  });
});

describe("the facts are those of the rule", () => {
  test("the scope that is missing; the limit and until when", async () => {
    const server = await inProcess();
    const organizationId = await server.newOrganization();
    const { id, key } = await server.newKey(organizationId, { scopes: ["agents:read"], limits: { requestsPerMinute: 1 } });
    const verify = (scopes: string[]) => server.request("POST", "/keyward/v1/verify", { key, scopes });
    await verify(["agents:read", "payments:write"]);
    await verify([]);
    await verify([]);
    const [limited, scope] = await ofKey(server, organizationId, id);
    expect(scope).toMatchObject({
      facts: { missingScopes: ["payments:write"] },
      explanation: "The key lacks the scope payments:write.",
    });
    expect(limited).toMatchObject({
      facts: { limits: [{ name: "minute", limit: 1 }], retryAt: "2026-11-20T12:01:00.000Z" },
      explanation: "The key had used up its limit of 1 requests per minute.",
    });
  });

  test("the website", async () => {
    const server = await inProcess({ platform: agentsgt });
    const organizationId = await server.newOrganization();
    const made = (await server.request("POST", `/keyward/v1/organizations/${organizationId}/keys`, { domains: ["a.example"] })).json;
    await sendRaw(server.url, ["GET /keyward/v1/whoami HTTP/1.1", `Authorization: Bearer ${made.publicKey}`, "Origin: https://b.example"]);
    expect(await ofKey(server, organizationId, made.id)).toMatchObject([
      { reason: "origin_not_allowed", facts: { origin: "https://b.example", domains: ["a.example"] } },
    ]);
  });
});

describe("explain", () => {
  test("finds a refusal by the id of its response; a request that was admitted has none", async () => {
    const { server, organizationId, id, key } = await withRevoked();
    const { requestId } = await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`]);
    const { json } = await server.request("GET", `/keyward/v1/refusals/${requestId}`);
    expect(json.data).toMatchObject([{ requestId, keyId: id, organizationId }]);
    const good = await server.newKey(organizationId);
    const admitted = await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${good.key}`]);
    expect((await server.request("GET", `/keyward/v1/refusals/${admitted.requestId}`)).status).toBe(404);
  });

  test("others get the same for it as for one that nobody had", async () => {
    const { server, organizationId, key, id } = await withRevoked();
    const other = await server.newOrganization();
    const jwt = async (organization: string) =>
      (await server.request("POST", `/keyward/v1/organizations/${organization}/tokens`, {})).json.token as string;
    const [own, foreign] = [await jwt(organizationId), await jwt(other)];
    const { requestId } = await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`]);
    const ask = async (path: string, token: string) => {
      const { status, text, headers } = await server.request("GET", path, undefined, token);
      return { status, text, headers: [...headers].filter(([name]) => name !== "date") };
    };
    const path = `/keyward/v1/refusals/${requestId}`;
    expect((await ask(path, own)).status).toBe(200);
    expect(await ask(path, foreign)).toEqual(await ask("/keyward/v1/refusals/req_000000000000000000000000", foreign));
    expect((await ask(path, foreign)).status).toBe(404);
    expect((await ask(refusalsPath(other, id), foreign)).status).toBe(404);
    expect(await ask(refusalsPath(other, id), foreign)).toEqual(await ask(refusalsPath(other, "key_01m7x4yn56vfnkq4925gf9a45e"), foreign));
    expect((await ask(refusalsPath(organizationId), foreign)).status).toBe(404);
    expect((await ask("/keyward/v1/refusals", own)).status).toBe(403);
    expect((await server.request("GET", path, undefined, null)).status).toBe(401);
  });

  test.each(["..", "%2e%2e%2f", "a%20b", "a%00b", "'%20or%201=1--", "%", "a".repeat(500)])(
    "an id that is none is not found: %s",
    async (id) => {
      const { request } = await inProcess();
      expect([400, 404]).toContain((await request("GET", `/keyward/v1/refusals/${id}`)).status);
    },
  );
});

test("a credential that belongs to nobody is told to the operator alone", async () => {
  const { server, organizationId } = await withRevoked();
  const presented = [`X-Api-Key: ${freshKey("live")}`, "X-Api-Key: nonsense", "X-Other: 1"];
  for (const line of presented) await sendRaw(server.url, ["GET /a HTTP/1.1", line]);
  const { json, text } = await server.request("GET", "/keyward/v1/refusals");
  expect(json.data.map(({ reason, keyId }: { reason: string; keyId: null }) => [reason, keyId])).toEqual([
    ["missing_credential", null],
    ["malformed", null],
    ["not_found", null],
  ]);
  for (const line of presented.slice(0, 2)) expect(text).not.toContain(line.slice("X-Api-Key: ".length));
  expect((await server.request("GET", refusalsPath(organizationId))).json.data).toEqual([]);
});

test("what the client gets is the same whether a refusal was kept or not", async () => {
  const { server, organizationId, id, key } = await withRevoked();
  const ask = async () => {
    const { status, text, lines } = await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`]);
    return { status, text, lines: lines.filter(([name]) => name !== "date") };
  };
  const first = await ask();
  for (let count = 0; count < 20; count++) expect(await ask()).toEqual(first);
  const kept = await ofKey(server, organizationId, id);
  expect(kept.reduce((sum: number, { more }: { more: number }) => sum + 1 + more, 0)).toBe(21);
});

test("a list has pages, is for a day, and survives a restart of the memory", async () => {
  const { server, organizationId, id, key } = await withRevoked();
  for (let count = 0; count < 3; count++) {
    await server.service.verify(key);
    await sendRaw(server.url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`]);
    await server.service.flush();
  }
  const page = await server.request("GET", `${refusalsPath(organizationId, id)}?limit=2`);
  const rest = await server.request("GET", `${refusalsPath(organizationId, id)}?limit=2&cursor=${page.json.nextCursor}`);
  expect([page.json.data.length, rest.json.data.length, rest.json.nextCursor]).toEqual([2, 1, null]);
  for (const query of ["limit=0", "limit=101", "limit=x", "cursor=x"])
    expect((await server.request("GET", `${refusalsPath(organizationId, id)}?${query}`)).status, query).toBe(400);
  server.clock.now += 86_400_001;
  expect(await ofKey(server, organizationId, id)).toEqual([]);
});
