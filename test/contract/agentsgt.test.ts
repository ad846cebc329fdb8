/**
 * AgentsGT's documentation page, word for word: its `curl` example is taken from the page and run through the gateway, with only the host
 * and the pair put in. The rows AG1 to AG8 are numbered as in docs/systems/agentsgt.md. Rows that speak of screens are tested in
 * the management API that the screens stand on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RawResponse } from "../http/raw-http.ts";
import { sendRaw } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { secret } from "../support/root.ts";
import { type Reply, suiteServer } from "../support/server.ts";
import { raw, readPage, runCurl, shapeOf } from "./page.ts";

const { text: page, curls: EXAMPLES } = readPage("agentsgt");
const ORGS = "/keyward/v1/organizations";
const WHOAMI = "GET /keyward/v1/whoami";
const ENDPOINT = "GET /api/v1/agents";
const BOTH = [WHOAMI, ENDPOINT];

const upstream = new Upstream();
const server = suiteServer(async () => ({ platform: "agentsgt", args: ["--upstream", await upstream.start()] }));
afterAll(() => upstream.stop());

interface Pair {
  readonly id: string;
  readonly publicKey: string;
  readonly secretKey: string;
}
let organization: string;
beforeAll(async () => {
  organization = await server.newOrganization();
});
beforeEach(() => upstream.reset());

async function newPair(body: Record<string, unknown> = {}, owner = organization): Promise<Pair> {
  const { status, json } = await server.operator("POST", `${ORGS}/${owner}/keys`, body);
  expect(status).toBe(201);
  return { id: json.id, publicKey: json.publicKey, secretKey: secret(json.secretKey) };
}
const bearer = (credential: string, ...more: string[]) => [`Authorization: Bearer ${credential}`, ...more];
const whole = ({ publicKey, secretKey }: Pair) => `${publicKey}:${secretKey}`;
const send = (target: string, headers: readonly string[]): Promise<RawResponse> => raw(server.url, target, headers);
const path = (id: string) => `${ORGS}/${organization}/keys/${id}`;
const change = (id: string, body: Record<string, unknown>) => server.operator("PATCH", path(id), body);

function expectError({ status, json }: Pick<Reply, "status" | "json">, expected: number): void {
  expect([status, Object.keys(json), json.success, typeof json.error]).toEqual([expected, ["success", "error"], false, "string"]);
}

describe("AG1", () => {
  test("AG1 a key is a pair: pk_ and 32 characters, sk_ and 64 characters of a-z0-9", async () => {
    expect([/Public Key: (pk_[a-z0-9]{32})\n/.test(page), /Authorization: Bearer pk_xxx:sk_xxx/.test(page)]).toEqual([true, true]);
    const pairs = await Promise.all(Array.from({ length: 20 }, () => newPair()));
    for (const { publicKey, secretKey } of pairs) {
      expect(publicKey).toMatch(/^pk_[a-z0-9]{32}$/);
      expect(secretKey).toMatch(/^sk_[a-z0-9]{64}$/);
    }
    expect([
      new Set(pairs.map(({ publicKey }) => publicKey)).size,
      new Set(pairs.map(({ secretKey }) => secretKey.slice(3, 20))).size,
    ]).toEqual([20, 20]);
  });

  test("AG1 the page's example, with a pair that exists, passes the gateway", async () => {
    const [example = ""] = EXAMPLES;
    const pair = await newPair();
    const { status, text } = await runCurl(
      example.replace("https://agentsgt.com", server.url).replace("pk_a1b2c3d4e5f6:sk_z9y8x7w6v5u4", whole(pair)),
    );
    expect([status, text, upstream.only.method, upstream.only.url]).toEqual([200, "upstream's response", "GET", "/api/v1/agents"]);
    expect((await runCurl(example.replace("https://agentsgt.com", server.url))).status, "as it stands").toBe(401);
  });
});

describe("AG2", () => {
  let pair: Pair;
  let other: Pair;
  beforeAll(async () => {
    [pair, other] = [await newPair({ domains: ["example.com"] }), await newPair({ domains: ["example.com"] })];
  });

  test.each<[string, () => string]>([
    ["an unknown public key", () => `pk_${"a".repeat(32)}`],
    ["an unknown pair", () => `pk_${"a".repeat(32)}:sk_${"b".repeat(64)}`],
    ["another key's secret", () => `${pair.publicKey}:${other.secretKey}`],
    ["its secret, one character off", () => whole(pair).slice(0, -1) + (pair.secretKey.endsWith("0") ? "1" : "0")],
    ["its secret, cut", () => whole(pair).slice(0, -1)],
    ["its secret in capitals", () => `${pair.publicKey}:${pair.secretKey.toUpperCase()}`],
    ["an empty secret", () => `${pair.publicKey}:`],
    ["the secret alone", () => pair.secretKey],
    ["the secret with a colon before", () => `:${pair.secretKey}`],
    ["the wrong way round", () => `${pair.secretKey}:${pair.publicKey}`],
    ["the public key twice", () => `${pair.publicKey}:${pair.publicKey}`],
    ["more after it", () => `${whole(pair)}:x`],
    ["a colon after it", () => `${whole(pair)}:`],
    ["a space between", () => `${pair.publicKey}: ${pair.secretKey}`],
    ["the operator's token", () => server.operatorToken],
  ])("AG2 %s is 401, allowed origin or not, and the same for each", async (_sentence, credential) => {
    for (const target of BOTH) {
      const reference = shapeOf(await send(target, bearer("nonsense")));
      for (const origin of [[], ["Origin: https://example.com"], ["Origin: https://evil.com"]]) {
        const response = await send(target, bearer(credential(), ...origin));
        expectError(response, 401);
        expect([response.text, response.header("www-authenticate"), response.header("access-control-allow-origin")]).toEqual([
          reference.text,
          'Bearer realm="AgentsGT", error="invalid_token"',
          undefined,
        ]);
      }
    }
    expect(upstream.received).toEqual([]);
  });

  test("AG2 with the secret the origin is not looked at", async () => {
    const bare = await newPair();
    for (const target of BOTH)
      for (const each of [pair, bare]) {
        for (const headers of [
          [],
          ["Origin: https://evil.com"],
          ["Origin: null"],
          ["Origin: https://a.com", "Origin: https://b.com"],
          ["Referer: https://evil.com/x"],
        ]) {
          expect((await send(target, bearer(whole(each), ...headers))).status).toBe(200);
        }
      }
  });

  test("AG2 the public key alone needs an allowed domain, and with none set it is refused: 403", async () => {
    const bare = await newPair();
    for (const target of BOTH) {
      expect((await send(target, bearer(pair.publicKey, "Origin: https://example.com"))).status).toBe(200);
      expectError(await send(target, bearer(pair.publicKey)), 403);
      for (const headers of [[], ["Origin: https://example.com"], ["Origin: null"], ["Referer: https://example.com/"]])
        expectError(await send(target, bearer(bare.publicKey, ...headers)), 403);
    }
  });

  test("AG2 in order: a key that is disabled or expired is 401 before its origin is looked at", async () => {
    const [disabled, expired] = [await newPair({ domains: ["example.com"] }), await newPair({ domains: ["example.com"], expiresIn: "1s" })];
    await change(disabled.id, { enabled: false });
    await sleep(1_050);
    for (const target of BOTH)
      for (const each of [disabled, expired]) {
        for (const credential of [whole(each), each.publicKey])
          for (const origin of [[], ["Origin: https://example.com"], ["Origin: https://evil.com"]])
            expectError(await send(target, bearer(credential, ...origin)), 401);
      }
  });

  test("AG2 the organization id reaches the endpoint, the credential does not", async () => {
    for (const headers of [bearer(whole(pair)), bearer(pair.publicKey, "Origin: https://example.com")]) {
      upstream.reset();
      await send(ENDPOINT, [...headers, "X-Keyward-Organization-Id: org_of-mine", "X_Keyward_Organization_Id: org_of-mine"]);
      expect([
        upstream.only.values("x-keyward-organization-id"),
        upstream.only.values("x-keyward-key-id"),
        upstream.only.values("authorization"),
      ]).toEqual([[organization], [pair.id], []]);
      expect((await send(WHOAMI, headers)).json.data).toMatchObject({ organizationId: organization, keyId: pair.id });
    }
  });
});

describe("AG3", () => {
  let exact: Pair;
  let wildcard: Pair;
  beforeAll(async () => {
    exact = await newPair({ domains: ["example.com"] });
    wildcard = await newPair({ domains: ["*.example.com"] });
  });

  // biome-ignore format: a table
  test.each<[string, string[], exact: boolean, wildcard: boolean]>([
    ["the host",                     ["Origin: https://example.com"],                                          true,  false],
    ["over http",                    ["Origin: http://example.com"],                                           true,  false],
    ["on a port",                    ["Origin: https://example.com:8443"],                                     true,  false],
    ["on another, over http",        ["Origin: http://example.com:3000"],                                      true,  false],
    ["in capitals",                  ["Origin: HTTPS://EXAMPLE.Com"],                                          true,  false],
    ["a subdomain",                  ["Origin: https://www.example.com"],                                      false, true],
    ["a subdomain in capitals",      ["Origin: https://WWW.Example.com:444"],                                  false, true],
    ["two below",                    ["Origin: https://a.b.example.com"],                                      false, true],
    ["null",                         ["Origin: null"],                                                         false, false],
    ["none",                         [],                                                                       false, false],
    ["empty",                        ["Origin:"],                                                              false, false],
    ["two lines",                    ["Origin: https://example.com", "Origin: https://evil.com"],              false, false],
    ["the same line twice",          ["Origin: https://example.com", "Origin: https://example.com"],           false, false],
    ["two lines below",              ["Origin: https://a.example.com", "Origin: https://b.example.com"],       false, false],
    ["two in a line",                ["Origin: https://example.com, https://example.com"],                     false, false],
    ["two in a line, by a space",    ["Origin: https://evil.com https://example.com"],                         false, false],
    ["another that ends alike",      ["Origin: https://evil-example.com"],                                     false, false],
    ["another, without the hyphen",  ["Origin: https://evilexample.com"],                                      false, false],
    ["another that begins alike",    ["Origin: https://example.com.evil.com"],                                 false, false],
    ["one below that",               ["Origin: https://www.example.com.evil.com"],                             false, false],
    ["another suffix",               ["Origin: https://example.co"],                                           false, false],
    ["an empty label",               ["Origin: https://.example.com"],                                         false, false],
    ["a trailing dot",               ["Origin: https://example.com."],                                         false, false],
    ["another scheme",               ["Origin: ftp://example.com"],                                            false, false],
    ["an extension",                 ["Origin: chrome-extension://example.com"],                               false, false],
    ["no scheme",                    ["Origin: example.com"],                                                  false, false],
    ["no slashes",                   ["Origin: https:example.com"],                                            false, false],
    ["a user name",                  ["Origin: https://example.com@evil.com"],                                 false, false],
    ["a user name before it",        ["Origin: https://evil.com@example.com"],                                 false, false],
    ["a backslash",                  ["Origin: https://example.com\\@evil.com"],                               false, false],
    ["a backslash below",            ["Origin: https://evil.com\\.example.com"],                               false, false],
    ["a fragment",                   ["Origin: https://evil.com#.example.com"],                                false, false],
    ["a query",                      ["Origin: https://evil.com?.example.com"],                                false, false],
    ["a path",                       ["Origin: https://evil.com/.example.com"],                                false, false],
    ["a percent sign",               ["Origin: https://evil.com%2f.example.com"],                              false, false],
    ["an asterisk",                  ["Origin: https://*.example.com"],                                        false, false],
    ["an underscore",                ["Origin: https://a_b.example.com"],                                      false, false],
    ["a full-width letter",          ["Origin: https://example.com\u00e9"],                                    false, false],
    ["Referer without Origin",       ["Referer: https://example.com/page?x=1"],                                true,  false],
    ["Referer below",                ["Referer: http://www.example.com:81/"],                                  false, true],
    ["Referer of another",           ["Referer: https://evil.com/example.com"],                                false, false],
    ["Referer with a user name",     ["Referer: https://example.com@evil.com/"],                               false, false],
    ["Referer twice",                ["Referer: https://example.com/", "Referer: https://example.com/"],       false, false],
    ["Referer beside another Origin", ["Origin: https://evil.com", "Referer: https://example.com/"],           false, false],
    ["Referer beside null",          ["Origin: null", "Referer: https://example.com/"],                        false, false],
    ["Referer beside an empty one",  ["Origin:", "Referer: https://example.com/"],                             false, false],
    ["Host",                         ["X-Forwarded-Host: example.com", "X-Origin: https://example.com"],       false, false],
  ])("AG3 %s", async (_sentence, headers, isExact, isBelow) => {
    for (const target of BOTH) {
      for (const [pair, isAllowed] of [
        [exact, isExact],
        [wildcard, isBelow],
      ] as const) {
        const response = await send(target, bearer(pair.publicKey, ...headers));
        expect([target, response.status]).toEqual([target, isAllowed ? 200 : 403]);
        if (!isAllowed) expectError(response, 403);
      }
    }
  });

  test("AG3 both forms together allow the apex and what is below it", async () => {
    const both = await newPair({ domains: ["example.com", "*.example.com"] });
    for (const host of ["example.com", "a.example.com"])
      expect((await send(WHOAMI, bearer(both.publicKey, `Origin: https://${host}`))).status).toBe(200);
  });

  describe("CORS", () => {
    const origin = (host: string) => `Origin: https://${host}`;
    const PREFLIGHT = ["Access-Control-Request-Method: GET", "Access-Control-Request-Headers: authorization"];
    const cors = ({ lines }: RawResponse) => Object.fromEntries(lines.filter(([name]) => name.startsWith("access-control-")));
    const variesByOrigin = (response: RawResponse) => response.lines.some(([name, value]) => name === "vary" && /\borigin\b/i.test(value));

    test("AG3 the response names an allowed origin, which may read the limits, and no other; it varies by Origin", async () => {
      for (const target of BOTH) {
        const allowed = await send(target, bearer(exact.publicKey, origin("example.com")));
        expect([allowed.status, variesByOrigin(allowed), cors(allowed)]).toEqual([
          200,
          true,
          {
            "access-control-allow-origin": "https://example.com",
            "access-control-expose-headers": "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
          },
        ]);
        for (const response of [
          await send(target, bearer(exact.publicKey, origin("evil.com"))),
          await send(target, bearer(exact.publicKey)),
          await send(target, bearer(whole(exact), origin("evil.com"))),
        ]) {
          expect([variesByOrigin(response), cors(response)]).toEqual([true, {}]);
        }
      }
    });

    test("AG3 a refusal over the limit can be read by the website that it is for", async () => {
      const limited = await newPair({ domains: ["example.com"], limits: { requestsPerMinute: 1 } });
      await send(WHOAMI, bearer(limited.publicKey, origin("example.com")));
      const refused = await send(WHOAMI, bearer(limited.publicKey, origin("example.com")));
      expectError(refused, 429);
      expect(refused.header("access-control-allow-origin")).toBe("https://example.com");
    });

    test("AG3 without an Origin the response names none, whatever the Referer says", async () => {
      for (const target of BOTH)
        expect(cors(await send(target, bearer(exact.publicKey, "Referer: https://example.com/page?token=1")))).toEqual({});
    });

    test("AG3 the upstream does not decide which website may read", async () => {
      upstream.reset((_request, response) =>
        response.writeHead(200, { "access-control-allow-origin": "*", "access-control-allow-credentials": "true", vary: "Accept" }).end(),
      );
      for (const host of ["example.com", "evil.com"]) {
        const response = await send(ENDPOINT, bearer(whole(exact), origin(host)));
        expect([response.status, cors(response), variesByOrigin(response)]).toEqual([200, {}, true]);
      }
      expect(cors(await send(ENDPOINT, bearer(exact.publicKey, origin("example.com"))))).toMatchObject({
        "access-control-allow-origin": "https://example.com",
      });
    });

    test("AG3 a preflight from an allowed origin passes, without a key and without the upstream", async () => {
      for (const path of ["/api/v1/agents", "/keyward/v1/whoami"]) {
        const response = await send(`OPTIONS ${path}`, [origin("example.com"), ...PREFLIGHT]);
        expect([
          response.status,
          variesByOrigin(response),
          response.header("access-control-allow-origin"),
          response.header("access-control-allow-credentials"),
        ]).toEqual([204, true, "https://example.com", undefined]);
        expect(response.header("access-control-allow-headers")).toMatch(/\bauthorization\b/i);
        for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
          expect(response.header("access-control-allow-methods")).toContain(method);
      }
      expect(upstream.received).toEqual([]);
    });

    test.each(["evil.com", "evil-example.com", "example.com.evil.com", "notallowed.org", "com"])(
      "AG3 a preflight from https://%s does not",
      async (host) => {
        const response = await send("OPTIONS /api/v1/agents", [origin(host), ...PREFLIGHT]);
        expect([response.status, cors(response), variesByOrigin(response)]).toEqual([403, {}, true]);
      },
    );

    test("AG3 nor from null, from several, or from none", async () => {
      for (const headers of [["Origin: null"], [origin("example.com"), origin("example.com")], [], ["Origin: *"]])
        expect(cors(await send("OPTIONS /api/v1/agents", [...headers, ...PREFLIGHT]))).toEqual({});
    });

    test("AG3 a preflight's allowance goes with the key: disabled, with other domains, deleted", async () => {
      const status = async (host: string) => (await send("OPTIONS /api/v1/agents", [origin(host), ...PREFLIGHT])).status;
      const pair = await newPair({ domains: ["*.goes.example.org"] });
      expect([await status("a.goes.example.org"), await status("a.b.goes.example.org"), await status("goes.example.org")]).toEqual([
        204, 204, 403,
      ]);
      await change(pair.id, { enabled: false });
      expect(await status("a.goes.example.org")).toBe(403);
      await change(pair.id, { enabled: true, domains: ["other.example.org"] });
      expect([await status("a.goes.example.org"), await status("other.example.org")]).toEqual([403, 204]);
      await server.operator("DELETE", path(pair.id));
      expect(await status("other.example.org")).toBe(403);
    });

    test("AG3 the management API is for no website", async () => {
      for (const target of ["/keyward/v1/organizations", `${ORGS}/${organization}/keys`, "/keyward/v1/verify"]) {
        expect(cors(await send(`OPTIONS ${target}`, [origin("example.com"), ...PREFLIGHT]))).toEqual({});
        expect(cors(await send(`GET ${target}`, [origin("example.com"), `Authorization: Bearer ${server.operatorToken}`]))).toEqual({});
      }
    });
  });
});

describe("AG4", () => {
  const save = async (domains: unknown) => server.operator("POST", `${ORGS}/${organization}/keys`, { domains });

  // biome-ignore format: a table
  test.each<[string, string[], string[]]>([
    ["as it is",                     ["example.com"],                                ["example.com"]],
    ["a wildcard",                   ["*.example.com"],                              ["*.example.com"]],
    ["spaces around",                ["  example.com ", "\t*.example.org"],          ["example.com", "*.example.org"]],
    ["capitals",                     ["EXAMPLE.Com", "*.Example.ORG"],               ["example.com", "*.example.org"]],
    ["punycode",                     ["münchen.de", "*.BÜCHER.example.com"],         ["xn--mnchen-3ya.de", "*.xn--bcher-kva.example.com"]],
    ["each once",                    ["example.com", "EXAMPLE.com", "example.com "], ["example.com"]],
    ["empty ones left out",          ["", " ", "example.com"],                       ["example.com"]],
    ["none",                         [],                                             []],
    ["below a public suffix",        ["example.co.uk", "*.me.github.io"],            ["example.co.uk", "*.me.github.io"]],
    ["localhost",                    [" LocalHost", "example.com"],                  ["localhost", "example.com"]],
  ])("AG4 saved in their canonical form: %s", async (_sentence, given, saved) => {
    const { status, json } = await save(given);
    secret(json.secretKey);
    expect([status, json.domains]).toEqual([201, saved]);
    const changed = await change(json.id, { domains: given });
    expect([changed.status, changed.json.domains]).toEqual([200, saved]);
  });

  test.each([
    "https://example.com",
    "http://example.com",
    "//example.com",
    "example.com/",
    "example.com/path",
    "example.com?x",
    "example.com#x",
    "example.com:443",
    "*.example.com:8080",
    "user@example.com",
    "127.0.0.1",
    "*.127.0.0.1",
    "2130706433",
    "0x7f.0.0.1",
    "127.1",
    "[::1]",
    "::1",
    "localhost:5173",
    "http://localhost",
    "*.localhost",
    "localhost.",
    "*",
    "*.",
    "*.*",
    "**.example.com",
    "*.*.example.com",
    "a.*.example.com",
    "*example.com",
    "www.*",
    "com",
    "*.com",
    "co.uk",
    "*.co.uk",
    "github.io",
    "*.github.io",
    "example.com,evil.com",
    "example.com evil.com",
    "example.com, evil.com",
    ".example.com",
    "example..com",
    "-example.com",
    "example-.com",
    "exa_mple.com",
    "ｅｘａｍｐｌｅ.com",
    "example。com",
    "exam\u00adple.com",
    "exam\u200bple.com",
    "example.com\u0000",
    "example.com\nevil.com",
    "%65xample.com",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(130)}com`,
    "null",
  ])("AG4 refused by name, and nothing saved: %j", async (domain) => {
    const before = (await server.operator("GET", `${ORGS}/${organization}/keys?limit=1`)).json.data[0].id;
    const pair = (await server.operator("GET", path(before))).json;
    for (const reply of [await save(["ok.example.com", domain]), await change(before, { domains: [domain] })]) {
      secret(reply.json.secretKey);
      expectError(reply, 400);
      expect(reply.json.error).toContain(JSON.stringify(domain.slice(0, 80)));
    }
    expect((await server.operator("GET", path(before))).json).toEqual(pair);
    expect((await server.operator("GET", `${ORGS}/${organization}/keys?limit=1`)).json.data[0].id).toBe(before);
  });

  // biome-ignore format: a table
  test.each<[string, string, number]>([
    ["on the port of a development server",   "http://localhost:5173",         200],
    ["over https",                            "https://localhost",             200],
    ["over https, in capitals, on a port",    "HTTPS://LOCALHOST:8443",        200],
    ["not what goes on after it",             "http://localhost.evil.com",     403],
    ["not what ends alike",                   "http://evil-localhost",         403],
    ["not what is below it",                  "http://app.localhost:5173",     403],
    ["not the address that it has",           "http://127.0.0.1:5173",         403],
    ["not its IPv6 address",                  "http://[::1]:5173",             403],
    ["not with a trailing dot",               "http://localhost.:5173",        403],
  ])("AG4 localhost as an allowed domain: %s", async (_sentence, origin, expected) => {
    const [named, other] = [await newPair({ domains: ["localhost"] }), await newPair({ domains: ["example.com"] })];
    for (const target of BOTH) {
      expect((await send(target, bearer(named.publicKey, `Origin: ${origin}`))).status).toBe(expected);
      expect((await send(target, bearer(other.publicKey, `Origin: ${origin}`))).status).toBe(403);
    }
    const preflight = await send("OPTIONS /api/v1/agents", [`Origin: ${origin}`, "Access-Control-Request-Method: GET"]);
    expect([preflight.status, preflight.header("access-control-allow-origin")]).toEqual(
      expected === 200 ? [204, origin] : [403, undefined],
    );
  });

  test.each([
    [["*.example.com", 5]],
    [null],
    ["example.com"],
    [{ 0: "example.com" }],
    [Array.from({ length: 51 }, (_, at) => `d${at}.example.com`)],
  ])("AG4 of another form or too many: 400 (%j)", async (domains) => {
    expectError(await save(domains), 400);
  });
});

describe("AG5", () => {
  test("AG5 in the management API behind the page: name, public key, last used and status; toggle, domains, deletion", async () => {
    const owner = await server.newOrganization();
    const pair = await newPair({ name: "Production Website", domains: ["example.com"] }, owner);
    const list = async () => (await server.operator("GET", `${ORGS}/${owner}/keys`)).json.data;
    expect(await list()).toMatchObject([
      {
        id: pair.id,
        name: "Production Website",
        publicKey: pair.publicKey,
        prefix: pair.publicKey,
        lastUsedAt: null,
        status: "active",
        enabled: true,
        domains: ["example.com"],
      },
    ]);
    await send(WHOAMI, bearer(pair.publicKey, "Origin: https://example.com"));
    expect((await list())[0].lastUsedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const own = `${ORGS}/${owner}/keys/${pair.id}`;
    expect((await server.operator("PATCH", own, { enabled: false })).json).toMatchObject({ status: "disabled", enabled: false });
    expect((await server.operator("PATCH", own, { domains: ["*.example.org"] })).json).toMatchObject({
      status: "disabled",
      domains: ["*.example.org"],
    });
    expect((await server.operator("DELETE", own)).status).toBe(204);
    expect((await server.operator("GET", `${ORGS}/${owner}/keys?active=true`)).json.data).toEqual([]);
  });

  test("AG5 edited domains are in force on the next request", async () => {
    const pair = await newPair({ domains: ["example.com"] });
    const status = async (host: string) => (await send(WHOAMI, bearer(pair.publicKey, `Origin: https://${host}`))).status;
    expect([await status("example.com"), await status("a.example.org")]).toEqual([200, 403]);
    await change(pair.id, { domains: ["*.example.org"] });
    expect([await status("example.com"), await status("a.example.org")]).toEqual([403, 200]);
    await change(pair.id, { domains: [] });
    expect([await status("example.com"), await status("a.example.org")]).toEqual([403, 403]);
  });
});

describe("AG6", () => {
  test("AG6 a disabled key stops at once, pair and public key, and works again when enabled", async () => {
    const pair = await newPair({ domains: ["example.com"] });
    const statuses = async () => [
      (await send(WHOAMI, bearer(whole(pair)))).status,
      (await send(ENDPOINT, bearer(pair.publicKey, "Origin: https://example.com"))).status,
    ];
    expect(await statuses()).toEqual([200, 200]);
    for (let turn = 0; turn < 3; turn++) {
      expect((await change(pair.id, { enabled: false })).status).toBe(200);
      expect(await statuses()).toEqual([401, 401]);
      expect((await change(pair.id, { enabled: true })).status).toBe(200);
      expect(await statuses()).toEqual([200, 200]);
    }
  });

  test("AG6 a deleted one is gone for good", async () => {
    const pair = await newPair({ domains: ["example.com"] });
    const statuses = async () => [
      (await send(WHOAMI, bearer(whole(pair)))).status,
      (await send(WHOAMI, bearer(pair.publicKey, "Origin: https://example.com"))).status,
    ];
    expect(await statuses()).toEqual([200, 200]);
    expect((await server.operator("DELETE", path(pair.id))).status).toBe(204);
    expect(await statuses()).toEqual([401, 401]);
    for (const body of [{ enabled: true }, { domains: ["example.com"] }, { expiresAt: null }])
      expectError(await change(pair.id, body), 409);
    expectError(await server.operator("POST", `${path(pair.id)}/rotate`, {}), 409);
    expect(await statuses()).toEqual([401, 401]);
  });
});

describe("AG7", () => {
  test("AG7 the secret is in the response to the creation alone, with its public key; afterwards only the public key is seen", async () => {
    const made = await server.operator("POST", `${ORGS}/${organization}/keys`, { name: "dialog" }, { "idempotency-key": "dialog" });
    const secretKey = secret(made.json.secretKey as string);
    expect([made.status, made.headers.get("cache-control"), made.json.publicKey, made.json.key]).toEqual([
      201,
      "no-store",
      expect.stringMatching(/^pk_/),
      undefined,
    ]);
    const again = await server.operator("POST", `${ORGS}/${organization}/keys`, { name: "dialog" }, { "idempotency-key": "dialog" });
    expect([again.json.id, again.json.secretKey]).toEqual([made.json.id, undefined]);
    const replies = [
      again,
      await server.operator("GET", path(made.json.id)),
      await server.operator("GET", `${ORGS}/${organization}/keys`),
      await change(made.json.id, { name: "x" }),
      await server.operator("GET", `/keyward/v1/keys/${made.json.id}`),
      await server.operator("POST", `${path(made.json.id)}/show`),
    ];
    for (const { text } of replies) expect(text).not.toContain(secretKey.slice(-24));
    expect(replies.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 404]);
    expect(replies[1]!.json.publicKey).toBe(made.json.publicKey);
  });

  test("AG7 a successor is a pair of its own with the same domains; both work until the overlap ends", async () => {
    const pair = await newPair({ domains: ["example.com"] });
    const { status, json } = await server.operator("POST", `${path(pair.id)}/rotate`, { overlap: "1s" });
    const next = { id: json.id, publicKey: json.publicKey, secretKey: secret(json.secretKey) };
    expect([status, json.domains, next.publicKey === pair.publicKey, next.secretKey === pair.secretKey]).toEqual([
      201,
      ["example.com"],
      false,
      false,
    ]);
    for (const each of [pair, next]) expect((await send(WHOAMI, bearer(each.publicKey, "Origin: https://example.com"))).status).toBe(200);
    for (const credential of [`${pair.publicKey}:${next.secretKey}`, `${next.publicKey}:${pair.secretKey}`])
      expectError(await send(WHOAMI, bearer(credential)), 401);
    await sleep(1_050);
    expect([(await send(WHOAMI, bearer(whole(pair)))).status, (await send(WHOAMI, bearer(whole(next)))).status]).toEqual([401, 200]);
  });
});

describe("AG8", () => {
  test("AG8 a success: success and data", async () => {
    const pair = await newPair();
    const { json } = await send(WHOAMI, bearer(whole(pair)));
    expect([Object.keys(json), json.success, json.data.keyId]).toEqual([["success", "data"], true, pair.id]);
  });

  test.each<[string, string, () => string[] | Promise<string[]>, string, number]>([
    ["no credential", ENDPOINT, () => [], "", 401],
    ["a wrong one", ENDPOINT, () => bearer("pk_x:sk_y"), "", 401],
    ["another scheme", ENDPOINT, () => ["Authorization: Basic eDp5"], "", 401],
    ["two", ENDPOINT, () => [...bearer("pk_x:sk_y"), ...bearer("pk_x:sk_y")], "", 400],
    ["a foreign website", ENDPOINT, async () => bearer((await newPair()).publicKey, "Origin: https://evil.com"), "", 403],
    ["an unknown route", "GET /keyward/nothing", () => [], "", 404],
    ["another method", "POST /keyward/v1/whoami", () => [], "", 405],
    ["no path", "GET http://example.com/", () => [], "", 400],
    ["two hosts", ENDPOINT, () => ["Host: a", "Host: b"], "", 400],
    [
      "unreadable JSON",
      "POST /keyward/v1/organizations",
      () => [`Authorization: Bearer ${server.operatorToken}`, "Content-Type: application/json"],
      "{",
      400,
    ],
    [
      "an unknown field",
      "POST /keyward/v1/organizations",
      () => [`Authorization: Bearer ${server.operatorToken}`, "Content-Type: application/json"],
      '{"x":1}',
      400,
    ],
    ["a form", "POST /keyward/v1/organizations", () => [`Authorization: Bearer ${server.operatorToken}`], "name=x", 415],
    [
      "more than 64 KB",
      "POST /keyward/v1/organizations",
      () => [`Authorization: Bearer ${server.operatorToken}`, "Content-Type: application/json"],
      " ".repeat(65_537),
      413,
    ],
    ["an unknown id", "GET /keyward/v1/organizations/org_1", () => [`Authorization: Bearer ${server.operatorToken}`], "", 404],
  ])("AG8 an error: success and error, for %s", async (_sentence, target, headers, body, expected) => {
    const response = await raw(server.url, target, await headers(), body);
    expectError(response, expected);
    expect([response.header("content-type"), response.header("www-authenticate") !== undefined]).toEqual([
      "application/json",
      expected === 401,
    ]);
  });

  test("AG8 429 over the limit of the organization, which the operator sets", async () => {
    const owner = await server.newOrganization({ overrides: { requestsPerMinute: 2 } });
    const pair = await newPair({}, owner);
    const responses = [];
    for (let turn = 0; turn < 3; turn++) responses.push(await send(ENDPOINT, bearer(whole(pair))));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expectError(responses[2]!, 429);
    expect([Number(responses[2]!.header("retry-after")) > 50, responses[2]!.header("ratelimit-policy")]).toEqual([
      true,
      '"minute";q=2;w=60',
    ]);
  });

  test("AG8 what is not HTTP, and an upstream that fails", async () => {
    expectError(await sendRaw(server.url, ["nonsense"]), 400);
    upstream.reset((request) => request.socket.destroy());
    expectError(await send(ENDPOINT, bearer(whole(await newPair()))), 502);
  });
});
