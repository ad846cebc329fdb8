import { networkInterfaces } from "node:os";
import { z } from "@hono/zod-openapi";
import { describe, expect, test } from "vitest";
import { FailedAttempts } from "../../admission/failed-attempts.ts";
import { RequestIds } from "../../admission/request-id.ts";
import { proxyList } from "../../admission/trusted-proxies.ts";
import { ERRORS } from "../../engine/errors.ts";
import { REFUSALS } from "../../engine/judge.ts";
import { httpApp } from "../../http/app.ts";
import { SignInAttempts } from "../../http/sign-in/attempts.ts";
import { agentsend, keyward } from "../../platforms/index.ts";
import { fingerprint } from "../../service/secrets.ts";
import { secret } from "../support/root.ts";
import { call, freePort, startServer, suiteServer } from "../support/server.ts";
import { freshKey, testService } from "../support/service.ts";

const server = suiteServer({ args: ["--environment", "live"] });
const ofAgentsend = suiteServer({ platform: "agentsend" });
const ORGS = "/keyward/v1/organizations";
const METRICS = "/keyward/metrics";

describe("health and readiness", () => {
  test.each([
    ["/keyward/health", { status: "ok" }],
    ["/keyward/ready", { status: "ready" }],
  ])("%s responds to everybody, and no cache keeps it", async (path, body) => {
    const { status, json, headers } = await call(server.url + path);
    expect([status, json, headers.get("cache-control"), headers.get("content-type")]).toEqual([200, body, "no-store", "application/json"]);
  });

  test("neither minds a credential, good or bad, or a query", async () => {
    for (const path of ["/keyward/health?x=1", "/keyward/ready?x=1"])
      expect((await call(server.url + path, { headers: { authorization: "Bearer nonsense", "x-api-key": "x" } })).status).toBe(200);
  });
});

describe("metrics", () => {
  const scrape = async () => (await server.operator("GET", METRICS)).text;
  const outcomes = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      [...(await scrape()).matchAll(/^keyward_verifications_total\{outcome="(\w+)"\} (\d+)$/gm)].map((match) => [
        match[1],
        Number(match[2]),
      ]),
    );

  test("are readable by Prometheus: a type and a help for each, and samples in its text form", async () => {
    const { status, text, headers } = await server.operator("GET", METRICS);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = text
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "");
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram|summary)$/gm)].map((match) => [match[1]!, match[2]]));
    for (const line of lines.filter((each) => !each.startsWith("#"))) {
      const name = /^([a-zA-Z_:][\w:]*)(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})? (?:-?[\d.]+(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)(?: \d+)?$/.exec(
        line,
      )?.[1];
      expect(name, line).toBeDefined();
      expect(
        [name, name?.replace(/_(?:bucket|sum|count)$/, "")].some((known) => types.has(known!)),
        line,
      ).toBe(true);
    }
    expect([...types.keys()]).toEqual(
      expect.arrayContaining(["keyward_verifications_total", "keyward_cached_keys", "process_resident_memory_bytes"]),
    );
  });

  test("values that only grow are counters, by type and by name", async () => {
    const types = [...(await scrape()).matchAll(/^# TYPE (\S+) (\w+)$/gm)].map((match) => [match[1]!, match[2]!] as const);
    const misnamed = types.filter(([name, type]) => name.startsWith("keyward_") && name.endsWith("_total") !== (type === "counter"));
    expect(misnamed).toEqual([]);
  });

  test("count each verification by its outcome, and every outcome is there from the start", async () => {
    expect(Object.keys(await outcomes()).sort()).toEqual(["valid", ...REFUSALS].sort());
    const organization = await server.newOrganization();
    const token = await server.newServiceToken();
    const [good, revoked, limited] = [
      await server.newKey(organization),
      await server.newKey(organization),
      await server.newKey(organization, { limits: { requestsPerMinute: 1 } }),
    ];
    await server.operator("DELETE", `${ORGS}/${organization}/keys/${revoked.id}`);
    const before = await outcomes();
    const verify = (key: string, scopes: string[] = []) =>
      call(`${server.url}/keyward/v1/verify`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ key, scopes }),
      });
    const unknown = freshKey("live");
    for (const key of [good.key, good.key, limited.key, limited.key, revoked.key, unknown, unknown, "nonsense", freshKey("test")])
      await verify(key);
    await verify(good.key, ["a"]);
    await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": good.key } });
    const after = await outcomes();
    const grown = Object.fromEntries(Object.entries(after).map(([outcome, count]) => [outcome, count - before[outcome]!]));
    expect(grown).toEqual({
      valid: 4,
      rate_limited: 1,
      revoked: 1,
      not_found: 2,
      malformed: 1,
      wrong_environment: 1,
      insufficient_scope: 1,
      origin_not_allowed: 0,
      resource_not_allowed: 0,
      disabled: 0,
      expired: 0,
    });
  });

  test("are for service tokens and the operator alone", async () => {
    const organization = await server.newOrganization();
    const { key } = await server.newKey(organization);
    const jwt = secret((await server.operator("POST", `${ORGS}/${organization}/tokens`, {})).json.token as string);
    const statusWith = async (headers: Record<string, string>) => (await call(server.url + METRICS, { headers })).status;
    const bearer = (token: string) => statusWith({ authorization: `Bearer ${token}` });
    expect({
      nothing: await statusWith({}),
      "a token that nobody has": await bearer("kws_nonsense"),
      "an API key": await statusWith({ "x-api-key": key }),
      "an API key as a token": await bearer(key),
      "the JWT of an organization": await bearer(jwt),
      "a service token": await bearer(await server.newServiceToken()),
      "the operator's token": await bearer(server.operatorToken),
    }).toEqual({
      nothing: 401,
      "a token that nobody has": 401,
      "an API key": 401,
      "an API key as a token": 401,
      "the JWT of an organization": 403,
      "a service token": 200,
      "the operator's token": 200,
    });
  });

  test("stand on a listener of their own where KEYWARD_METRICS_PORT is set: on this machine alone, without a token, and nowhere else", async () => {
    const port = await freePort();
    const { url, operator } = await startServer({ env: { KEYWARD_METRICS_PORT: String(port) } });
    expect((await operator("GET", METRICS)).status, "not on the public listener").toBe(404);
    expect((await operator("GET", "/keyward/openapi.json")).json.paths).not.toHaveProperty([METRICS]);
    const ask = (path: string, method = "GET") => call(`http://127.0.0.1:${port}${path}`, { method });
    for (const path of ["/metrics", METRICS, "/metrics?x=1"]) expect((await ask(path)).text).toContain("keyward_verifications_total{");
    expect((await ask("/metrics", "HEAD")).text).toBe("");
    const refused = await ask("/metrics", "POST");
    expect([refused.status, refused.headers.get("allow"), refused.json.code]).toEqual([405, "GET, HEAD", "method_not_allowed"]);
    for (const path of ["/keyward/health", ORGS, "/"]) expect((await ask(path)).status).toBe(404);
    const addresses = Object.values(networkInterfaces())
      .flat()
      .filter((found) => found?.family === "IPv4" && !found.internal);
    for (const found of addresses) await expect(fetch(`http://${found?.address}:${port}/metrics`)).rejects.toThrow();
    expect(new URL(url).port).not.toBe(String(port));
  });

  test.each([
    ["a port that is none", { KEYWARD_METRICS_PORT: "70000" }, "KEYWARD_METRICS_PORT must be a whole number from 1 to 65535"],
    ["words for a port", { KEYWARD_METRICS_PORT: "metrics" }, "KEYWARD_METRICS_PORT must be a whole number from 1 to 65535"],
    ["an address without a port", { KEYWARD_METRICS_HOST: "0.0.0.0" }, "KEYWARD_METRICS_HOST is set without KEYWARD_METRICS_PORT"],
    [
      "a port that is taken",
      () => ({ KEYWARD_METRICS_PORT: new URL(server.url).port }),
      "is taken; name another with KEYWARD_METRICS_PORT",
    ],
  ])("keep the server from starting with %s", async (_sentence, env, sentence) => {
    await expect(startServer({ env: typeof env === "function" ? env() : env })).rejects.toThrow(sentence);
  });

  test("name no key, no id, no organization and no token", async () => {
    const organization = await server.newOrganization({ name: "Unmistakable Ltd" });
    const { id, key } = await server.newKey(organization, { name: "unmistakable-key", scopes: ["unmistakable:scope"] });
    const { json } = await server.operator("POST", "/keyward/v1/service-tokens", { name: "unmistakable-service" });
    const presented = ["unmistakable-guess", key, secret(json.token as string), server.operatorToken];
    for (const each of presented) await call(`${server.url}/keyward/v1/whoami?k=unmistakable-query`, { headers: { "x-api-key": each } });
    for (const path of [`${ORGS}/${organization}`, `/keyward/unmistakable-path`]) await server.operator("GET", path);
    const text = await scrape();
    for (const private_ of [organization, id, ...presented, key.slice(0, 12)]) expect(text).not.toContain(private_);
    expect(text).not.toMatch(/unmistakable/i);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a document of any form
type Document = any;

interface Operation {
  readonly name: string;
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly declared: any;
}

const METHODS = ["get", "post", "put", "patch", "delete", "options", "head"];
/** Open to everybody by design. */
const OPEN = [
  "GET /keyward/v1/platform",
  "GET /keyward/health",
  "GET /keyward/ready",
  "GET /keyward/openapi.json",
  "POST /keyward/auth/sign-in/social",
  "POST /keyward/auth/sign-in/email",
  "POST /keyward/auth/sign-up/email",
  "GET /keyward/auth/callback/{provider}",
  "GET /keyward/sign-in",
  "POST /keyward/v1/invitations/read",
  "POST /keyward/v1/device-logins",
  "POST /keyward/v1/device-logins/take",
];

function operationsOf(document: Document): Operation[] {
  return Object.entries<Document>(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      declared: item[method],
    })),
  );
}

describe.each([
  ["keyward", keyward, () => server.url],
  ["agentsend", agentsend, () => ofAgentsend.url],
] as const)("the OpenAPI document of %s", (_name, platform, url) => {
  const read = async (): Promise<Document> => (await call(`${url()}/keyward/openapi.json`)).json;

  /** The value of a local reference. */
  function resolve(document: Document, reference: string): unknown {
    if (!reference.startsWith("#/")) return undefined;
    return reference
      .slice(2)
      .split("/")
      .reduce<Document>((value, step) => value?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  }

  function references(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) =>
      name === "$ref" && typeof member === "string" ? [member] : references(member),
    );
  }

  test("is OpenAPI 3.1, with the platform's title", async () => {
    const document = await read();
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/),
      info: { title: `${platform.title} API keys`, version: expect.any(String) },
    });
    for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/[^?#]*$/);
  });

  test("has every route of the application but its own, and no other", async () => {
    const { service, secrets, identity } = await testService({ platform });
    const counting = { perMinute: 1, clock: service.monotonic, trustedProxies: proxyList([]) };
    const app = httpApp({
      service,
      identity,
      platform,
      managementKey: secrets.managementKey,
      operatorFingerprint: fingerprint("x"),
      log: { error: () => undefined },
      trustedProxies: proxyList([]),
      requestIds: new RequestIds({ trustedProxies: proxyList([]), service }),
      attempts: new FailedAttempts(counting),
      signInAttempts: new SignInAttempts(counting),
    });
    const routes = app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(
      operationsOf(await read())
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...new Set(routes)].filter((route) => route !== "GET /keyward/openapi.json").sort());
  });

  test("refers only to schemas that it contains", async () => {
    const document = await read();
    const all = references(document);
    expect(all.filter((reference) => resolve(document, reference) === undefined)).toEqual([]);
  });

  test("declares each parameter of a path, and no other", async () => {
    const faults = operationsOf(await read()).filter(({ path, declared }) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
      const stated = (declared.parameters ?? [])
        .filter((parameter: Document) => parameter.in === "path" && parameter.required === true && parameter.schema !== undefined)
        .map((parameter: Document) => parameter.name)
        .sort();
      return JSON.stringify(inPath) !== JSON.stringify(stated);
    });
    expect(faults.map(({ name }) => name)).toEqual([]);
  });

  test("says for each operation what it does, its responses, and that the status is one that Keyward has", async () => {
    const statuses = new Set<number>(Object.values(ERRORS).map(({ status }) => status));
    for (const { name, declared } of operationsOf(await read())) {
      expect([name, typeof declared.summary, declared.summary?.length > 0]).toEqual([name, "string", true]);
      const answers = Object.entries<Document>(declared.responses ?? {});
      expect(
        answers.some(([status]) => status.startsWith("2") || status === "303"),
        `${name} has a success`,
      ).toBe(true);
      for (const [status, { description }] of answers) {
        expect([name, status, typeof description]).toEqual([name, expect.stringMatching(/^[2-5]\d\d$/), "string"]);
        expect(/^2|303/.test(status) || statuses.has(Number(status)), `${name} ${status}`).toBe(true);
      }
    }
  });

  test("says for each operation who may call it: with which scheme, or that everybody may", async () => {
    const document = await read();
    const schemes = Object.keys(document.components?.securitySchemes ?? {});
    for (const { name, declared } of operationsOf(document)) {
      const security: Record<string, unknown>[] = declared.security ?? document.security ?? [];
      expect([name, security.length > 0]).toEqual([name, !OPEN.includes(name)]);
      for (const requirement of security) expect(schemes).toEqual(expect.arrayContaining(Object.keys(requirement)));
    }
  });

  test("says that a closed operation can be refused, and that one with a body has rules for it", async () => {
    for (const { name, declared } of operationsOf(await read())) {
      const statuses = Object.keys(declared.responses);
      if (!OPEN.includes(name)) expect(statuses, name).toEqual(expect.arrayContaining(["400", "401", "503"]));
      if (declared.requestBody !== undefined) expect(statuses, name).toEqual(expect.arrayContaining(["400", "413", "415"]));
    }
  });

  test("says which operations take an Idempotency-Key", async () => {
    const taking = operationsOf(await read()).filter(({ declared }) =>
      (declared.parameters ?? []).some(
        (parameter: Document) => parameter.in === "header" && parameter.name.toLowerCase() === "idempotency-key",
      ),
    );
    expect(taking.map(({ name }) => name).sort()).toEqual([
      `POST ${ORGS}/{organizationId}/keys`,
      `POST ${ORGS}/{organizationId}/keys/{keyId}/rotate`,
    ]);
  });

  test("names each operation once, where it names them", async () => {
    const ids = operationsOf(await read())
      .map(({ declared }) => declared.operationId)
      .filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("real responses have the form that the document states", () => {
  /** The schema with its references in place. */
  function whole(document: Document, schema: Document): Document {
    if (Array.isArray(schema)) return schema.map((member) => whole(document, member));
    if (typeof schema !== "object" || schema === null) return schema;
    if (typeof schema.$ref === "string")
      return whole(
        document,
        schema.$ref
          .slice(2)
          .split("/")
          .reduce((value: Document, step: string) => value[step], document),
      );
    return Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, whole(document, member)]));
  }

  const propertiesOf = ({ properties = {}, allOf = [] }: Document): string[] => [
    ...Object.keys(properties),
    ...allOf.flatMap(propertiesOf),
  ];

  test("for every operation of the management API that responds with a body, and for verify and whoami", async () => {
    const document: Document = (await call(`${server.url}/keyward/openapi.json`)).json;
    const organization = (await server.operator("POST", ORGS, { name: "x", overrides: { requestsPerMinute: 100 } })).json.id as string;
    const token = await server.newServiceToken();
    const { id, key } = await server.newKey(organization, { limits: { requestsPerDay: 5 }, expiresIn: "1d", name: "n" });
    const at = `${ORGS}/${organization}/keys`;
    const ask = (method: string, path: string, body?: unknown) => server.operator(method, path, body);
    const asKey = (path: string) => call(server.url + path, { headers: { "x-api-key": key } });
    const verify = (body: unknown) =>
      call(`${server.url}/keyward/v1/verify`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const answers: [operation: string, status: number, reply: { status: number; json: Document }][] = [
      [`post ${ORGS}`, 201, await ask("POST", ORGS, { name: "y" })],
      [`get ${ORGS}`, 200, await ask("GET", ORGS)],
      [`get ${ORGS}/{organizationId}`, 200, await ask("GET", `${ORGS}/${organization}`)],
      [`patch ${ORGS}/{organizationId}`, 200, await ask("PATCH", `${ORGS}/${organization}`, { name: "z" })],
      [`post ${ORGS}/{organizationId}/tokens`, 201, await ask("POST", `${ORGS}/${organization}/tokens`, {})],
      [`post ${ORGS}/{organizationId}/keys`, 201, await ask("POST", at, {})],
      [`get ${ORGS}/{organizationId}/keys`, 200, await ask("GET", at)],
      [`get ${ORGS}/{organizationId}/keys/{keyId}`, 200, await ask("GET", `${at}/${id}`)],
      [`get ${ORGS}/{organizationId}/keys/{keyId}/usage`, 200, await ask("GET", `${at}/${id}/usage?period=7d`)],
      [`get ${ORGS}/{organizationId}/usage`, 200, await ask("GET", `${at.replace(/keys$/, "usage")}?keys=${id}`)],
      [`patch ${ORGS}/{organizationId}/keys/{keyId}`, 200, await ask("PATCH", `${at}/${id}`, { name: "m" })],
      [`post ${ORGS}/{organizationId}/keys/{keyId}/rotate`, 201, await ask("POST", `${at}/${id}/rotate`, {})],
      [`get ${ORGS}/{organizationId}/keys/{keyId}/limits`, 200, await ask("GET", `${at}/${id}/limits`)],
      [`post ${ORGS}/{organizationId}/keys/{keyId}/test`, 200, await ask("POST", `${at}/${id}/test`, { credential: key })],
      [`get ${ORGS}/{organizationId}/plan`, 200, await ask("GET", `${ORGS}/${organization}/plan`)],
      [`get ${ORGS}/{organizationId}/audit`, 200, await ask("GET", `${ORGS}/${organization}/audit`)],
      ["get /keyward/v1/platform", 200, await ask("GET", "/keyward/v1/platform")],
      ["get /keyward/v1/keys/{keyId}", 200, await ask("GET", `/keyward/v1/keys/${id}`)],
      ["post /keyward/v1/service-tokens", 201, await ask("POST", "/keyward/v1/service-tokens", { name: "s" })],
      ["get /keyward/v1/service-tokens", 200, await ask("GET", "/keyward/v1/service-tokens")],
      ["post /keyward/v1/verify", 200, await verify({ key })],
      ["post /keyward/v1/verify", 200, await verify({ key: "nonsense" })],
      ["post /keyward/v1/verify", 200, await verify({ key, scopes: ["a"] })],
      ["get /keyward/v1/whoami", 200, await asKey("/keyward/v1/whoami")],
    ];
    for (const [operation, status, { status: answered, json }] of answers) {
      for (const held of [json.key, json.token]) secret(held);
      const [method, path] = operation.split(" ") as [string, string];
      const schema = document.paths[path][method].responses[status].content["application/json"].schema;
      expect([operation, answered]).toEqual([operation, status]);
      const form = z.fromJSONSchema(whole(document, schema));
      expect([operation, form.safeParse(json).error?.issues ?? []]).toEqual([operation, []]);
      // Every member of the response is documented: one that the document does not have would be in nobody's types.
      expect([operation, Object.keys(json).filter((name) => !propertiesOf(whole(document, schema)).includes(name))]).toEqual([
        operation,
        [],
      ]);
    }
  });
});
