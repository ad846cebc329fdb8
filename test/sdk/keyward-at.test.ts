/** A Keyward elsewhere, when it does not respond as it should: requests are refused, the operator is told why, and no key is in what is told. */
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Decision } from "../../admission/port.ts";
import { keywardAt, type RemoteOptions } from "../../sdk/index.ts";
import { inProcess } from "../http/in-process.ts";
import { secret } from "../support/root.ts";
import { freePort } from "../support/server.ts";
import { cut, json, rawServer, silence } from "./raw-server.ts";

const TOKEN = secret("kws_the-token-of-this-test");
const KEY = secret("kw_live_the-key-of-this-test");
const client = { rawHeaders: ["X-Api-Key", KEY, "Cookie", "session=1"], socket: { remoteAddress: "192.0.2.1" } };
const VERDICT = {
  valid: true,
  code: "valid",
  keyId: "key_1",
  organizationId: null,
  environment: "live",
  scopes: [],
  resources: null,
  rateLimits: [],
};
const GOOD = { ...VERDICT, expiresAt: null, responseHeaders: { ratelimit: "x" } };
const REFUSAL = { status: 401, headers: { "content-type": "text/plain" }, body: "no" };

function remote(url: string, options: Partial<RemoteOptions> = {}) {
  const said: string[] = [];
  return { kw: keywardAt({ url, token: TOKEN, log: { error: (sentence) => void said.push(sentence) }, ...options }), said };
}
const outcome = (decision: Decision) => ("refusal" in decision ? decision.refusal.status : "admitted");

test("a request is asked about once, with its header lines but no cookies, its address, and what it needs", async () => {
  const { url, received } = await rawServer(json(200, GOOD));
  const { kw } = remote(url);
  const decision = await kw.admit(client, { scopes: ["agents:read"], resource: "agent-1" });
  expect(decision).toMatchObject({ apiKey: { keyId: "key_1", organizationId: null }, headers: { ratelimit: "x" } });
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ method: "POST", url: "/keyward/v1/verify" });
  const asked = { headers: ["X-Api-Key", KEY], address: "192.0.2.1", holds: true, scopes: ["agents:read"], resource: "agent-1" };
  expect(JSON.parse(received[0]?.body ?? "")).toEqual(asked);
});

test("a refusal is passed on unchanged", async () => {
  const { url } = await rawServer(json(200, { valid: false, code: "not_found", refusal: REFUSAL }));
  expect(await remote(url).kw.admit(client)).toEqual({ refusal: REFUSAL });
});

describe("a request is refused with 503, the reason is logged, and nothing of the key or the token is in it, when the response", () => {
  const answering = (status: number, body: unknown, headers = {}) => json(status, body, headers);
  // biome-ignore format: a table
  test.each([
    ["is a 500",                           answering(500, { key: KEY }),                                            /responded with status 500/],
    ["is a 503",                           answering(503, {}),                                                      /responded with status 503/],
    ["is a 404",                           answering(404, {}),                                                      /there is no Keyward at/],
    ["is a redirect",                      answering(302, GOOD, { location: "/elsewhere" }),                        /redirects; url must be the address/],
    ["says that the token is wrong",       answering(401, { token: TOKEN }),                                        /does not accept the token of keywardAt; create one/],
    ["is 204",                             answering(204, undefined),                                               /responded with status 204/],
    ["is no JSON",                         answering(200, "<html>"),                                                /is no verdict/],
    ["is a list",                          answering(200, [GOOD]),                                                  /is no verdict/],
    ['says "valid": "true"',               answering(200, { ...GOOD, valid: "true" }),                              /is no verdict/],
    ["says valid: 1",                      answering(200, { ...GOOD, valid: 1 }),                                   /is no verdict/],
    ["says nothing of valid",              answering(200, { ...GOOD, valid: undefined }),                           /is no verdict/],
    ["is valid for nobody's key",          answering(200, { ...GOOD, keyId: null }),                                /is no verdict/],
    ["is valid in no environment",         answering(200, { ...GOOD, environment: null }),                          /is no verdict/],
    ["has scopes that are a text",         answering(200, { ...GOOD, scopes: "agents:read" }),                      /is no verdict/],
    ["has no headers to pass on",          answering(200, VERDICT),                                                 /is no verdict/],
    ["refuses without a response",         answering(200, { valid: false, code: "not_found" }),                     /is no verdict/],
    ["refuses with 200",                   answering(200, { valid: false, refusal: { ...REFUSAL, status: 200 } }),  /is no verdict/],
    ["refuses with a header that is no text", answering(200, { valid: false, refusal: { ...REFUSAL, headers: { a: 1 } } }), /is no verdict/],
    ["does not come",                      cut,                                                                     /cannot be reached \(/],
  ])("%s", async (_sentence, answer, sentence) => {
    const { url, received } = await rawServer(answer, json(200, GOOD));
    const { kw, said } = remote(url);
    const decision = await kw.admit(client);
    expect(decision).toMatchObject({ refusal: { status: 503, headers: { "content-type": "application/problem+json", "retry-after": "1" } } });
    expect(received).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(sentence)]);
    expect(JSON.stringify([decision, said])).not.toMatch(/the-key-of|the-token-of/);
  });
});

test("a Keyward that does not respond is waited for until the deadline", async () => {
  const { url } = await rawServer(silence);
  const { kw, said } = remote(url, { timeoutMs: 60 });
  expect([outcome(await kw.admit(client)), said]).toEqual([503, [expect.stringMatching(/did not respond within 0\.06 seconds/)]]);
});

test("a Keyward that is not there yet is asked a second time; one that stays away is 503", async () => {
  const port = await freePort();
  const { kw, said } = remote(`http://127.0.0.1:${port}`);
  expect([outcome(await kw.admit(client)), said]).toEqual([503, [expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/)]]);
  const pending = kw.admit(client);
  const { url } = await rawServer(json(200, GOOD));
  let attempts = 0;
  const moving: typeof fetch = (_address, init) => {
    attempts++;
    return attempts === 1 ? fetch(`http://127.0.0.1:${port}/`, init) : fetch(url, init);
  };
  expect(outcome(await remote(url, { fetch: moving }).kw.admit(client))).toBe("admitted");
  expect(attempts).toBe(2);
  await pending;
});

test("an outage is one line in the log, and another line if something else is wrong after it", async () => {
  const { url } = await rawServer(json(500, {}), json(500, {}), json(404, {}), json(404, {}));
  const { kw, said } = remote(url);
  for (let turn = 0; turn < 4; turn++) await kw.admit(client);
  expect(said).toHaveLength(2);
});

test("connections are kept", async () => {
  let connections = 0;
  const { url } = await inProcess();
  const upstream = new URL(url);
  const { connect } = await import("node:net");
  const proxy = createServer((socket) => {
    connections++;
    const through = connect(Number(upstream.port), upstream.hostname);
    socket.pipe(through).pipe(socket);
    socket.on("error", () => through.destroy()).on("close", () => through.destroy());
    through.on("error", () => socket.destroy());
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  const { kw } = remote(`http://127.0.0.1:${(proxy.address() as { port: number }).port}`);
  for (let turn = 0; turn < 20; turn++) await kw.admit(client);
  expect(connections).toBeLessThanOrEqual(2);
  proxy.close();
});

describe("ready", () => {
  test("resolves if Keyward accepts the token, and otherwise says what is wrong", async () => {
    const { url, operatorToken } = await inProcess();
    await expect(remote(url, { token: operatorToken }).kw.ready()).resolves.toBeUndefined();
    await expect(remote(url).kw.ready()).rejects.toThrow(/does not accept the token of keywardAt/);
    await expect(remote(`${url}/api`).kw.ready()).rejects.toThrow(/there is no Keyward at|does not accept/);
    await expect(remote(`http://127.0.0.1:${await freePort()}`).kw.ready()).rejects.toMatchObject({ name: "KeywardUnreachable" });
  });
});

describe("options are refused at once", () => {
  test.each([
    ["without a url", { token: TOKEN }, /url of keywardAt must be an http or https URL/],
    ["with a host alone", { url: "127.0.0.1:4000", token: TOKEN }, /url of keywardAt must be an http or https URL/],
    ["with a password in url", { url: "http://a:b@127.0.0.1", token: TOKEN }, /url of keywardAt must not hold credentials/],
    ["without a token", { url: "http://127.0.0.1:4000" }, /token of keywardAt is missing/],
    ["with a line break", { url: "http://127.0.0.1:4000", token: "a\nb" }, /token of keywardAt must be printable ASCII/],
    ["with no time", { url: "http://127.0.0.1:4000", token: TOKEN, timeoutMs: 0 }, /timeoutMs of keywardAt must be/],
  ])("%s", (_sentence, options, sentence) => {
    expect(() => keywardAt(options as never)).toThrow(sentence);
  });
});
