/** What is true behind every gateway whose configuration stands in the guide. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findGateway, type GatewayProgram } from "../support/gateway-programs.ts";
import { freshKey } from "../support/service.ts";
import { type GatewayUnderTest, openScene, type Scene } from "./scene.ts";

const IDENTITY = ["Key-Id", "Organization-Id", "Environment", "Scopes", "Agent"].map((name) => `X-Keyward-${name}`);

/** Lower case, and `-` for whatever is neither letter nor digit, as the most gullible API reads names. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");

export function describeGateway(program: GatewayProgram, gateway: GatewayUnderTest): void {
  const path = findGateway(program);
  const missing = path === undefined ? " (skipped: the program is not on this machine; test/support/install-gateways.sh gets it)" : "";

  describe.skipIf(path === undefined)(`${program}, as the guide configures it${missing}`, () => {
    let scene: Scene;
    let reader: { id: string; key: string };
    beforeAll(async () => {
      scene = await openScene(path ?? "", gateway);
      reader = await scene.newKey();
    });
    afterAll(() => scene?.end());
    beforeEach(() => scene.api.reset());

    const as = (key: string) => `X-Api-Key: ${key}`;
    /** What the API reads under a name, however it was spelled. */
    const read = (name: string) => scene.api.only.lines.filter(([given]) => folded(given) === folded(name)).map(([, value]) => value);
    /** A gateway may leave an empty header out: no API can tell. */
    const identity = () => IDENTITY.map((name) => read(name).join("|"));
    const identityOf = (id: string, scopes: string) => [id, scene.organization, "live", scopes, ""];

    test("a request with a key reaches the API with its body and who is calling, and without the key", async () => {
      const { id, key } = await scene.newKey({ scopes: ["agents:read", "agents:write"], limits: { requestsPerMinute: 60 } });
      for (const credential of [as(key), `Authorization: Bearer ${key}`]) {
        scene.api.reset();
        const { status, text } = await scene.send("POST /agents?x=/../y%2f", [credential, "X-Custom: a"], "hello");
        expect([status, text]).toEqual([200, "upstream's response"]);
        const { method, url, body, lines } = scene.api.only;
        expect([method, url, body.toString(), read("X-Custom")]).toEqual(["POST", "/agents?x=/../y%2f", "hello", ["a"]]);
        expect(identity()).toEqual(identityOf(id, "agents:read agents:write"));
        expect(lines.filter(([, value]) => value.includes(key))).toEqual([]);
      }
    });

    test("HEAD is judged as GET", async () => {
      expect((await scene.send("HEAD /agents", [as(reader.key)])).status).toBe(200);
      expect((await scene.send("HEAD /agents")).status).toBe(401);
    });

    test.each<[string, () => string[], number, (() => string)?]>([
      ["no key", () => [], 401],
      ["a key in the query alone", () => [], 401, () => `?api_key=${reader.key}&x-api-key=${reader.key}`],
      ["a wrong key", () => [as(freshKey("live"))], 401],
      ["two keys", () => [as(reader.key), `Authorization: Bearer ${reader.key}`], 400],
    ])("%s is refused, and the API hears nothing", async (_sentence, lines, expected, query = () => "") => {
      const { status, header } = await scene.send(`GET /agents${query()}`, lines());
      expect([status, header("www-authenticate") !== undefined]).toEqual([expected, expected === 401]);
      expect(scene.api.received).toEqual([]);
    });

    test.each([
      ["a scope that the key lacks", "POST /agents", 403],
      ["an operation that the platform does not list", "GET /admin", 404],
      ["a method that it does not list", "DELETE /agents", 404],
    ])("%s is refused, and the API hears nothing", async (_sentence, operation, expected) => {
      expect((await scene.send(operation, [as(reader.key)])).status).toBe(expected);
      expect(scene.api.received).toEqual([]);
    });

    test("a key over its limit gets 429 with the seconds to wait", async () => {
      const { key } = await scene.newKey({ scopes: ["agents:read"], limits: { requestsPerMinute: 2 } });
      const responses = [];
      for (let turn = 0; turn < 3; turn++) responses.push(await scene.send("GET /agents", [as(key)]));
      expect(responses.map(({ status, header }) => [status, header("retry-after")])).toEqual([
        [200, undefined],
        [200, undefined],
        [429, "60"],
      ]);
      expect(responses[2]?.header("ratelimit")).toMatch(/^"minute";r=0/);
      expect(scene.api.received).toHaveLength(2);
    });

    test("a revoked key is refused by the next request", async () => {
      const { id, key } = await scene.newKey();
      expect((await scene.send("GET /agents", [as(key)])).status).toBe(200);
      await scene.keyward.service.keys.revoke(scene.organization, id, "operator");
      expect((await scene.send("GET /agents", [as(key)])).status).toBe(401);
    });

    test("while the database is down a key in memory passes, and any other gets 503", async () => {
      const uncached = await scene.newKey();
      await scene.send("GET /agents", [as(reader.key)]);
      scene.database.isDown = true;
      try {
        expect((await scene.send("GET /agents", [as(reader.key)])).status).toBe(200);
        const { status, header } = await scene.send("GET /agents", [as(uncached.key)]);
        expect([status, header("retry-after")]).toEqual([503, gateway.passesOutageOn ? "1" : undefined]);
      } finally {
        scene.database.isDown = false;
      }
      expect((await scene.send("GET /agents", [as(uncached.key)])).status).toBe(200);
    });

    test.each([
      ...IDENTITY,
      ...IDENTITY.map((name) => name.toLowerCase()),
      ...IDENTITY.map((name) => name.toUpperCase()),
      ...IDENTITY.map((name) => name.replaceAll("-", "_")),
      ...IDENTITY.map((name) => name.toLowerCase().replaceAll("-", ".")),
      "X-Keyward_Key-Id",
      "x_keyward-agent",
      "X~Keyward~Agent",
    ])("the client's own %s never reaches the API", async (name) => {
      for (const lines of [[`${name}: forged`], [`${name}: forged`, `${name}: twice`], [`${name}:`]]) {
        scene.api.reset();
        const { status } = await scene.send("GET /agents", [as(reader.key), ...lines]);
        if (status === 200) expect(identity()).toEqual(identityOf(reader.id, "agents:read"));
        else expect([status, scene.api.received]).toEqual([400, []]);
      }
    });

    test.each(IDENTITY)("Connection cannot take our %s away", async (name) => {
      for (const value of [`close, ${name}`, `${name}, close`, `close, ${name.toLowerCase()}`]) {
        scene.api.reset();
        const { status } = await scene.send("GET /agents", [as(reader.key), `Connection: ${value}`]);
        if (status === 200) expect(identity()).toEqual(identityOf(reader.id, "agents:read"));
        else expect(scene.api.received).toEqual([]);
      }
    });

    test.each([
      ["X-Forwarded-Method: GET"],
      ["X-Forwarded-Uri: /agents", "X-Forwarded-Method: GET"],
      ["X-Original-URL: http://127.0.0.1/agents", "X-Original-Method: GET"],
      ["X-Original-URI: /agents", "X-Original-Method: GET"],
      ["X_Forwarded_Uri: /agents", "X_Forwarded_Method: GET"],
      ["X-Forwarded-Method: OPTIONS", "Access-Control-Request-Method: GET", "Origin: https://a.test"],
      ["X-Original-Method: OPTIONS", "Access-Control-Request-Method: GET", "Origin: https://a.test"],
      ["Access-Control-Request-Method: GET", "Origin: https://a.test"],
    ])("a key is not judged by what its holder writes in %s", async (...lines) => {
      for (const operation of ["POST /agents", "GET /admin"])
        expect([403, 404, 400]).toContain((await scene.send(operation, [as(reader.key), ...lines])).status);
      expect((await scene.send("POST /agents", lines)).status).not.toBe(200);
      expect(scene.api.received).toEqual([]);
    });

    test.each(["X-HTTP-Method-Override: DELETE", "x_http_method_override: DELETE", "X-Rewrite-URL: /admin"])(
      "%s cannot have the API serve something else",
      async (line) => {
        const { status } = await scene.send("GET /agents", [as(reader.key), line]);
        const seen = scene.api.received.flatMap(({ lines }) => lines.filter(([, value]) => /DELETE|admin/.test(value)));
        expect([status === 200 || status === 400, seen]).toEqual([true, []]);
      },
    );

    test.each([
      "/agents/../admin",
      "/x/../agents",
      "/agents/./x",
      "/agents/%2e%2e/admin",
      "/agents/%252e%252e/admin",
      "/agents%2f..%2fadmin",
      "/agents/..%2fadmin",
      "/agents/a%2fb",
      "/agents\\..\\admin",
      "/agents/..%5cadmin",
      "/agents/..;/admin",
      "/agents/..%00/admin",
      "/agents/%c0%ae%c0%ae/admin",
      "//admin",
      "//agents",
      "/agents//x",
      "/agents#/../admin",
      "/%61gents",
      "/AGENTS",
      "http://evil.test/admin",
      "http://evil.test/agents/../admin",
    ])("%s reaches nothing but what the key may do, whoever resolves it", async (target) => {
      const { status } = await scene.send(`GET ${target}`, [as(reader.key)]);
      expect(status).toBeGreaterThanOrEqual(200);
      for (const { method, url } of scene.api.received) expect(`${method} ${url}`).toMatch(/^GET \/agents(?:\/\w+)?$/);
      expect(scene.api.received.length).toBe(status === 200 ? 1 : 0);
    });

    test("a preflight passes where it is set so, and names nobody; another request with its headers does not", async () => {
      const lines = ["Origin: https://example.com", "Access-Control-Request-Method: POST"];
      expect((await scene.send("OPTIONS /agents", lines)).status).toBe(200);
      expect([scene.api.only.method, identity()]).toEqual(["OPTIONS", ["", "", "", "", ""]]);
      scene.api.reset();
      expect((await scene.send("POST /agents", lines)).status).toBe(401);
      expect((await scene.send("OPTIONS /agents", lines.slice(0, 1))).status).not.toBe(200);
      expect(scene.api.received).toEqual([]);
    });

    test("two requests on one connection are two requests, whatever the first one's body says", async () => {
      const { key } = await scene.newKey({ scopes: ["agents:read", "agents:write"] });
      const smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
      expect((await scene.send("POST /agents", [as(key)], smuggled)).status).toBe(200);
      expect(scene.api.only.body.toString()).toBe(smuggled);
      for (let turn = 0; turn < 5; turn++) expect((await scene.send("GET /agents", [as(reader.key)])).status).toBe(200);
      expect(scene.api.received.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /agents", ...Array(5).fill("GET /agents")]);
    });

    // The last one: Keyward is gone after it.
    test("where Keyward cannot be reached, nothing passes", async () => {
      await scene.stopKeyward();
      expect((await scene.send("GET /agents", [as(reader.key)])).status).toBeGreaterThanOrEqual(500);
      expect(scene.api.received).toEqual([]);
    });
  });
}
