/** What a gateway is told, by the contract that all gateways share; test/gateways runs the real programs. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { agentsgt, ampersend, definePlatform, PLATFORMS } from "../../../platforms/index.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import { freshKey } from "../../support/service.ts";
import { type InProcess, type InProcessOptions, inProcess } from "../in-process.ts";
import { parseResponse, type RawResponse, readAll, sendRaw } from "../raw-http.ts";

const PATH = "/keyward/v1/forward-auth";
const GATEWAY = { trustedProxies: ["127.0.0.1"] };
const IDENTITY = ["x-keyward-key-id", "x-keyward-organization-id", "x-keyward-environment", "x-keyward-scopes", "x-keyward-agent"];
const original = (target: string, method = "GET") => [`X-Forwarded-Method: ${method}`, `X-Forwarded-Uri: ${target}`];
const identityIn = ({ header }: RawResponse) => IDENTITY.map(header);

interface Scene extends InProcess {
  readonly organization: string;
  readonly key: { id: string; key: string };
  /** A GET as most gateways send it. */
  ask(...lines: string[]): Promise<RawResponse>;
}

async function scene(options: InProcessOptions = GATEWAY, input: Record<string, unknown> = { scopes: ["b", "a"] }): Promise<Scene> {
  const fixture = await inProcess(options);
  const organization = await fixture.newOrganization();
  const key = await fixture.newKey(organization, input);
  return { ...fixture, organization, key, ask: (...lines) => sendRaw(fixture.url, [`GET ${PATH} HTTP/1.1`, ...lines]) };
}

describe("an allowed request", () => {
  test.each([
    ["GET", PATH],
    ["HEAD", PATH],
    ["POST", PATH],
    ["OPTIONS", PATH],
    ["PROPFIND", PATH],
    ["GET", `${PATH}/`],
    ["DELETE", `${PATH}/agents/a1?x=1`],
    ["GET", `${PATH}?x=1`],
    ["GET", `${PATH}/../%2e%2e//a%2fb`],
  ])("%s %s is 200 without a body, with every identity header", async (method, target) => {
    const { url, key, organization } = await scene();
    const response = await sendRaw(url, [`${method} ${target} HTTP/1.1`, `X-Api-Key: ${key.key}`]);
    expect([response.status, response.text, response.header("content-length")]).toEqual([200, "", "0"]);
    expect(identityIn(response)).toEqual([key.id, organization, "live", "a b", ""]);
    expect([response.header("cache-control"), response.header("x-envoy-auth-headers-to-remove")]).toEqual([
      "no-store",
      "authorization,x-api-key",
    ]);
    expect(response.text + JSON.stringify(response.lines)).not.toContain(key.key);
  });

  test("carries what is left of the limits, and counts; a limit of concurrent requests counts it as over at once", async () => {
    const { ask, key } = await scene(GATEWAY, { limits: { requestsPerMinute: 3, concurrentRequests: 1 } });
    const responses = [];
    for (let turn = 0; turn < 4; turn++) responses.push(await ask(`X-Api-Key: ${key.key}`));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(responses[0]?.header("ratelimit-policy")).toBe('"minute";q=3;w=60, "concurrent";q=1;qu="concurrent-requests"');
    expect(responses.map(({ header }) => /"minute";r=(\d)/.exec(header("ratelimit") ?? "")?.[1])).toEqual(["2", "1", "0", "0"]);
    expect([responses[3]?.header("retry-after"), responses[3]?.json.code, ...identityIn(responses[3] as RawResponse)]).toEqual([
      "60",
      "rate_limited",
      ...Array(5).fill(undefined),
    ]);
  });

  test("has its headers below 4 KB with 32 scopes of the greatest length", async () => {
    const scopes = Array.from({ length: 32 }, (_, at) => `s${String(at).padStart(63, "0")}`);
    const { ask, key } = await scene(GATEWAY, { scopes, limits: { requestsPerMinute: 1e9, requestsPerDay: 1e9, concurrentRequests: 1e9 } });
    const { status, lines } = await ask(`X-Api-Key: ${key.key}`);
    expect([status, lines.reduce((size, [name, value]) => size + name.length + value.length + 4, 0) < 4_096]).toEqual([200, true]);
  });
});

describe.each([...PLATFORMS])("%s refuses in its own form", (_name, platform) => {
  test("no key, a wrong key, two keys: as whoami does, to the byte", async () => {
    const { url, key } = await scene({ ...GATEWAY, platform: definePlatform({ ...platform, operations: null }) }, {});
    const [{ header, scheme }] = platform.credentials;
    const line = (credential: string) => `${header}: ${scheme === undefined ? "" : `${scheme} `}${credential}`;
    const shape = ({ status, lines, text }: RawResponse) => ({ status, text, lines: lines.filter(([name]) => name !== "date") });
    for (const lines of [[], [line("nobody")], [line(key.key), line(key.key)]]) {
      const [here, whoami] = [
        await sendRaw(url, [`GET ${PATH} HTTP/1.1`, ...lines]),
        await sendRaw(url, ["GET /keyward/v1/whoami HTTP/1.1", ...lines]),
      ];
      expect(here.status).toBeGreaterThanOrEqual(400);
      expect(shape(here)).toEqual(shape(whoami));
    }
  });
});

describe("a key", () => {
  test("in a query is none: not in ours, nor in the original's", async () => {
    const { url, key } = await scene();
    const query = `api_key=${key.key}&x-api-key=${key.key}&access_token=${key.key}`;
    const responses = [
      await sendRaw(url, [`GET ${PATH}?${query} HTTP/1.1`]),
      await sendRaw(url, [`GET ${PATH}/a?${query} HTTP/1.1`]),
      await sendRaw(url, [`GET ${PATH} HTTP/1.1`, ...original(`/a?${query}`)]),
    ];
    expect(responses.map(({ status, json }) => [status, json.code])).toEqual(Array(3).fill([401, "missing_credential"]));
    for (const { text } of responses) expect(text).not.toContain(key.key);
  });

  test("is looked for in headers that gateways copy, and nowhere else", async () => {
    const { ask, key } = await scene();
    for (const line of [`X_Api_Key: ${key.key}`, `Cookie: x-api-key=${key.key}`, `X-Original-URL: http://h/?x-api-key=${key.key}`])
      expect((await ask(line)).status).toBe(401);
  });
});

describe("an identity header of the client's own", () => {
  test.each(["X-Keyward-Key-Id", "x-keyward-key-id", "X-KEYWARD-SCOPES", "X-Keyward-Agent"])(
    "%s is replaced: ours is on the response",
    async (name) => {
      const { ask, key, organization } = await scene();
      const response = await ask(`X-Api-Key: ${key.key}`, `${name}: forged`);
      expect([response.status, identityIn(response)]).toEqual([200, [key.id, organization, "live", "a b", ""]]);
      expect(JSON.stringify(response.lines)).not.toContain("forged");
    },
  );

  test.each([
    "X_Keyward_Key_Id",
    "x_keyward_key_id",
    "X-Keyward_Key-Id",
    "x.keyward.key.id",
    "X~KEYWARD~SCOPES",
    "x-keyward.agent",
    "X-Keyward",
    "X-Keyward-Role",
    "x_keyward_anything",
  ])("%s, which no gateway replaces, is refused", async (name) => {
    const { ask, key } = await scene();
    for (const value of ["forged", ""]) expect((await ask(`X-Api-Key: ${key.key}`, `${name}: ${value}`)).status).toBe(400);
  });
});

describe("where the original request is read from decides", () => {
  const rules = { platform: ampersend, environment: "live" } as const;
  const reader = { scopes: ["agents:read"] };
  const line = ({ key }: Scene) => `Authorization: Bearer ${key.key}`;

  test.each<[string, string, number]>([
    ["a scope that the key has", "GET /v1/agents", 200],
    ["HEAD as GET", "HEAD /v1/agents", 200],
    ["a query", "GET /v1/agents?next=/../x//y%2f", 200],
    ["a scope that the key lacks", "POST /v1/agents", 403],
    ["an operation that the platform does not list", "GET /v1/secrets", 404],
    ["a method that no operation has", "get /v1/agents", 404],
    ["the session of an agent", "GET /v1/endpoints", 401],
    ["a dot segment", "GET /v1/x/../agents", 400],
    ["an encoded dot segment", "GET /v1/%2e%2e/v1/agents", 400],
    ["a dot segment in eight layers", `GET /v1/%${"25".repeat(7)}2e/agents`, 400],
    ["an encoded slash", "GET /v1%2fagents", 400],
    ["a backslash", "GET /v1\\agents", 400],
    ["an encoded backslash", "GET /v1%5Cagents", 400],
    ["an empty segment", "GET //v1/agents", 400],
    ["an empty segment at the end", "GET /v1/agents//", 400],
    ["a fragment", "GET /v1/agents#x", 400],
    ["a segment with parameters", "GET /v1/agents;x", 404],
    ["another case", "GET /V1/agents", 404],
  ])("%s: %s is %i, in headers and behind our path", async (_sentence, operation, status) => {
    const fixture = await scene({ ...GATEWAY, ...rules }, reader);
    const [method = "", target = ""] = operation.split(" ");
    expect((await fixture.ask(line(fixture), ...original(target, method))).status).toBe(status);
    // A request line has no fragment: Node's parser refuses it.
    if (!target.includes("#") && method !== "get")
      expect((await sendRaw(fixture.url, [`${method} ${PATH}${target} HTTP/1.1`, line(fixture)])).status).toBe(status);
  });

  test.each<[string, string[], number]>([
    ["that agrees", ["X-Original-URL: http://h/v1/export/transactions"], 403],
    ["of another path", ["X-Original-URL: http://h/v1/agents"], 400],
    ["of another path, by its other name", ["X-Original-URI: /v1/agents"], 400],
    ["of another method", ["X-Original-Method: OPTIONS"], 400],
    ["beside the gateway's own", original("/v1/agents"), 400],
    ["with underscores or dots", ["X_Forwarded_Uri: /v1/agents", "X_Forwarded_Method: GET", "x.forwarded.uri: /v1/agents"], 403],
  ])("a key without the scope is not helped by a header of its own %s", async (_sentence, forged, status) => {
    const fixture = await scene({ ...GATEWAY, ...rules }, reader);
    expect((await fixture.ask(line(fixture), ...original("/v1/export/transactions"), ...forged)).status).toBe(status);
  });

  test.each([
    "X-HTTP-Method-Override: POST",
    "x_http_method_override: POST",
    "X-HTTP-Method: POST",
    "X-Method-Override: POST",
    "X-Rewrite-URL: /v1/agents",
    "X-Envoy-Original-Path: /x",
  ])("%s, which the API may honour, is refused", async (header) => {
    const fixture = await scene({ ...GATEWAY, ...rules }, reader);
    expect((await fixture.ask(line(fixture), ...original("/v1/agents"), header)).status).toBe(400);
    // Without rules by path, no header can change what was judged.
    const free = await scene();
    expect((await free.ask(`X-Api-Key: ${free.key.key}`, header)).status).toBe(200);
  });

  test("a gateway that leaves out the path or the method gets an error that says so", async () => {
    const fixture = await scene({ ...GATEWAY, ...rules }, reader);
    for (const lines of [[], ["X-Forwarded-Uri: /v1/agents"], ["X-Forwarded-Method: GET"]]) {
      const { status, text } = await fixture.ask(line(fixture), ...lines);
      expect([status, text.includes("The gateway must send the original method and path.")]).toEqual([400, true]);
    }
  });

  test("the resource in the path, for a key that is restricted to some", async () => {
    const [own, other] = [`0x${"a".repeat(40)}`, `0x${"b".repeat(40)}`];
    const fixture = await scene({ ...GATEWAY, ...rules }, { ...reader, resources: [own] });
    const statusOf = async (address: string) => (await fixture.ask(line(fixture), ...original(`/v1/agents/${address}`))).status;
    expect([await statusOf(own), await statusOf(own.toUpperCase().replace("0X", "0x")), await statusOf(other)]).toEqual([200, 200, 403]);
  });

  test("a caller that is no trusted proxy is judged itself, and the log names the setting once", async () => {
    const fixture = await scene(rules, reader);
    for (const forged of [original("/v1/agents"), ["X-Original-URL: http://h/v1/agents", "X-Original-Method: GET"]])
      expect((await fixture.ask(line(fixture), ...forged)).status).toBe(404);
    expect((await sendRaw(fixture.url, [`GET ${PATH}/v1/agents HTTP/1.1`, line(fixture), ...original("/x", "POST")])).status).toBe(200);
    expect(fixture.logged).toEqual([{ message: expect.stringContaining("KEYWARD_TRUSTED_PROXIES"), details: { peer: "127.0.0.1" } }]);
  });
});

describe("the client's address", () => {
  const wrong = () => `X-Api-Key: ${freshKey("live")}`;

  test("is the gateway's word: wrong keys are counted for it, and a good one always passes", async () => {
    const { ask, key } = await scene({ ...GATEWAY, failedAttemptsPerMinute: 2 });
    const from = (address: string) => `X-Forwarded-For: ${address}`;
    const statuses = [];
    for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "6.6.6.6, 192.0.2.1"])
      statuses.push((await ask(wrong(), from(address))).status);
    expect(statuses).toEqual([401, 401, 429, 401, 429]);
    expect((await ask(wrong(), from("192.0.2.1"))).header("retry-after")).toBe("60");
    expect((await ask(`X-Api-Key: ${key.key}`, from("192.0.2.1"))).status).toBe(200);
  });

  test("is the caller's own where it is no trusted proxy", async () => {
    const { ask } = await scene({ failedAttemptsPerMinute: 2 });
    const statuses = [];
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
      statuses.push((await ask(wrong(), `X-Forwarded-For: ${address}`)).status);
    expect(statuses).toEqual([401, 401, 429]);
  });
});

test("the website that a public key is used on is the request's Origin, else its Referer", async () => {
  const { url, newOrganization, service } = await inProcess({ ...GATEWAY, platform: agentsgt });
  const issued = await service.keys.create(await newOrganization(), { domains: ["example.com"] }, "operator");
  if (!issued.ok || issued.value.shown === undefined || !("publicKey" in issued.value.shown)) throw new Error("no pair");
  const bearer = `Authorization: Bearer ${issued.value.shown.publicKey}`;
  const statusOf = async (...lines: string[]) => (await sendRaw(url, [`GET ${PATH} HTTP/1.1`, bearer, ...lines])).status;
  expect([
    await statusOf("Origin: https://example.com"),
    await statusOf("Referer: https://example.com/page"),
    await statusOf("Origin: https://evil.test", "Referer: https://example.com/page"),
    await statusOf("Origin: https://example.com", "Origin: https://evil.test"),
    await statusOf(),
  ]).toEqual([200, 200, 403, 403, 403]);
});

describe("a preflight", () => {
  const preflight = ["Origin: https://example.com", "Access-Control-Request-Method: POST", ...original("/a", "OPTIONS")];

  test.each([
    [undefined, 401],
    ["refuse", 401],
    ["pass", 200],
  ] as const)("with the setting %s is %i, and names nobody", async (preflights, status) => {
    const { ask } = await scene({ ...GATEWAY, ...(preflights !== undefined && { preflights }) });
    const response = await ask(...preflight);
    expect([response.status, identityIn(response)]).toEqual([status, Array(5).fill(status === 200 ? "" : undefined)]);
  });

  test("is none without the header that browsers send, or with another method", async () => {
    const { ask, url } = await scene({ ...GATEWAY, preflights: "pass" });
    expect((await ask("Origin: https://example.com", ...original("/a", "OPTIONS"))).status).toBe(401);
    expect((await ask("Access-Control-Request-Method: POST", ...original("/a", "POST"))).status).toBe(401);
    const asEnvoy = (method: string) => sendRaw(url, [`${method} ${PATH}/a HTTP/1.1`, "Access-Control-Request-Method: POST"]);
    expect([(await asEnvoy("OPTIONS")).status, (await asEnvoy("POST")).status]).toEqual([200, 401]);
  });

  test("for keys that are used on websites passes from the domains of some key, unless it is set otherwise", async () => {
    const statuses = async (preflights?: "pass" | "refuse") => {
      const { url, newOrganization, service } = await inProcess({ ...GATEWAY, platform: agentsgt, ...(preflights && { preflights }) });
      await service.keys.create(await newOrganization(), { domains: ["example.com"] }, "operator");
      const ask = (origin: string) => sendRaw(url, [`GET ${PATH} HTTP/1.1`, ...preflight.slice(1), `Origin: ${origin}`]);
      return [(await ask("https://example.com")).status, (await ask("https://evil.test")).status];
    };
    expect([await statuses(), await statuses("pass"), await statuses("refuse")]).toEqual([
      [200, 403],
      [200, 200],
      [401, 401],
    ]);
  });
});

test("while the database is down a key in memory passes, and any other is 503 with Retry-After, never a verdict", async () => {
  let isDown = false;
  const { ask, key, newKey, organization, logged } = await scene({
    ...GATEWAY,
    wrap: (store) =>
      new Proxy(store, {
        get: (target, name: keyof typeof store) =>
          isDown && /^find/.test(name) ? () => Promise.reject(new StoreUnavailable("disk I/O error")) : target[name],
      }),
  });
  const uncached = await newKey(organization);
  await ask(`X-Api-Key: ${key.key}`);
  isDown = true;
  expect((await ask(`X-Api-Key: ${key.key}`)).status).toBe(200);
  for (const credential of [uncached.key, freshKey("live")]) {
    const { status, json, header, text } = await ask(`X-Api-Key: ${credential}`);
    expect([status, json.code, header("retry-after"), header("www-authenticate")]).toEqual([503, "store_unavailable", "1", undefined]);
    expect(text).not.toMatch(/disk/);
  }
  expect(logged).toHaveLength(2);
  isDown = false;
  expect((await ask(`X-Api-Key: ${uncached.key}`)).status).toBe(200);
});

test("a revoked key is refused from the response to the revocation on", async () => {
  const { ask, key, service, organization } = await scene();
  expect((await ask(`X-Api-Key: ${key.key}`)).status).toBe(200);
  await service.keys.revoke(organization, key.id, "operator");
  expect((await ask(`X-Api-Key: ${key.key}`)).status).toBe(401);
});

describe("on the wire", () => {
  test("a connection is kept for the next request of the gateway", async () => {
    const { url, key } = await scene();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const request = (last: boolean) =>
      `GET ${PATH} HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${key.key}\r\n${last ? "Connection: close\r\n" : ""}\r\n`;
    socket.write(request(false) + request(true));
    expect((await readAll(socket)).toString().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test.each([
    ["a length", "Content-Length: 400"],
    ["chunks", "Transfer-Encoding: chunked"],
  ])(
    "a body that is announced by %s and does not come holds nothing up, and no later request is read as that body",
    async (_name, framing) => {
      const { url, key } = await scene();
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      const head = `Host: a\r\nX-Api-Key: ${key.key}\r\n`;
      socket.write(`GET ${PATH} HTTP/1.1\r\n${head}${framing}\r\n\r\n`);
      await new Promise((arrived) => socket.once("readable", arrived));
      socket.write(`GET ${PATH}/smuggled HTTP/1.1\r\n${head}\r\n`);
      const responses = (await readAll(socket)).toString();
      expect(responses.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
      expect(parseResponse(Buffer.from(responses)).header("connection")).toBe("close");
    },
  );

  test("a path that only begins alike is not below it", async () => {
    const { url, key } = await scene();
    for (const path of ["/keyward/v1/forward-authx", "/keyward/v1/forward-auth%2f", "/keyward/v1/Forward-Auth"])
      expect((await sendRaw(url, [`GET ${path} HTTP/1.1`, `X-Api-Key: ${key.key}`])).status).toBe(404);
  });

  test("a head that is too large, a second Host and a bad target are refused as everywhere", async () => {
    const { url } = await scene();
    expect((await sendRaw(url, [`GET ${PATH} HTTP/1.1`, `X-Flood: ${"a".repeat(20_000)}`])).status).toBe(431);
    expect((await sendRaw(url, [`GET ${PATH} HTTP/1.1`, "Host: a", "Host: b"])).status).toBe(400);
  });
});
