/** What docs/systems/README.md says of all five. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { RawResponse } from "../http/raw-http.ts";
import { secret } from "../support/root.ts";
import { suiteServer } from "../support/server.ts";
import { expectIdentical, raw } from "./page.ts";

interface Case {
  readonly platform: string;
  /** Header lines with this credential. */
  present(credential: string): string;
  readonly challenge: string;
  readonly invalid: string;
  /** Strings that look like its keys. */
  readonly alike: readonly string[];
  readonly contentType: string;
  /** The code of an error, in the platform's body; null where that has none. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every form
  code(body: any): string | null;
}

const apiKey = (credential: string) => `X-Api-Key: ${credential}`;
const bearer = (credential: string) => `Authorization: Bearer ${credential}`;
const CASES: readonly Case[] = [
  {
    platform: "agentpay",
    present: apiKey,
    challenge: 'ApiKey realm="AgentPay"',
    invalid: "",
    alike: [`pk_${"A".repeat(43)}`, "pk_my_custom_valu3"],
    contentType: "application/problem+json",
    code: ({ code }) => code,
  },
  {
    platform: "agentwallex",
    present: apiKey,
    challenge: 'ApiKey realm="AgentWallex"',
    invalid: "",
    alike: [`awx_${"A".repeat(43)}`, "awx_...x4f2"],
    contentType: "application/json",
    code: ({ code }) => code,
  },
  {
    platform: "agentsend",
    present: apiKey,
    challenge: 'ApiKey realm="AgentSend", Bearer realm="AgentSend"',
    invalid: ', error="invalid_token"',
    alike: [`as_live_v1_${"A".repeat(43)}`, "as_live_v1_"],
    contentType: "application/problem+json",
    code: ({ code }) => code,
  },
  {
    platform: "ampersend",
    present: bearer,
    challenge: 'Bearer realm="ampersend"',
    invalid: ', error="invalid_token"',
    alike: [`sk_live_${"A".repeat(49)}`, `sk_test_${"A".repeat(49)}`],
    contentType: "application/problem+json",
    code: ({ code }) => code,
  },
  {
    platform: "agentsgt",
    present: bearer,
    challenge: 'Bearer realm="AgentsGT"',
    invalid: ', error="invalid_token"',
    alike: [`pk_${"a".repeat(32)}`, `pk_${"a".repeat(32)}:sk_${"b".repeat(64)}`],
    contentType: "application/json",
    code: () => null,
  },
];
const ORGS = "/keyward/v1/organizations";
const WHOAMI = "/keyward/v1/whoami";
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;

describe.each(CASES)("All five: $platform", ({ platform, present, challenge, invalid, alike, contentType, code }) => {
  const server = suiteServer({ platform });
  let mine: string;
  let theirs: string;
  let key: Key;
  let foreign: Key;

  interface Key {
    readonly id: string;
    readonly credential: string;
  }
  async function newKey(owner: string, body: Record<string, unknown> = {}): Promise<Key> {
    const { json } = await server.operator("POST", `${ORGS}/${owner}/keys`, body);
    secret(json.key ?? json.secretKey);
    return { id: json.id, credential: json.key ?? `${json.publicKey}:${json.secretKey}` };
  }
  beforeAll(async () => {
    // AgentPay's plans have few keys and requests.
    const unlimited = { overrides: { keys: null, requestsPerMinute: null, requestsPerDay: null } };
    [mine, theirs] = [await server.newOrganization(unlimited), await server.newOrganization(unlimited)];
    [key, foreign] = [await newKey(mine), await newKey(theirs)];
  });
  const whoami = (headers: readonly string[], query = "") => raw(server.url, `GET ${WHOAMI}${query}`, headers);
  const manage = (headers: readonly string[], body: string) =>
    raw(server.url, `POST ${ORGS}/${mine}/keys`, [`Authorization: Bearer ${server.operatorToken}`, ...headers], body);
  const count = async () => (await server.operator("GET", `${ORGS}/${mine}/keys?limit=100`)).json.data.length;

  test("All five: a refused credential is 401 with WWW-Authenticate, byte-identical whatever is wrong with it", async () => {
    const [revoked, disabled, expired] = [await newKey(mine), await newKey(mine), await newKey(mine, { expiresIn: "1s" })];
    await server.operator("DELETE", `${ORGS}/${mine}/keys/${revoked.id}`);
    await server.operator("PATCH", `${ORGS}/${mine}/keys/${disabled.id}`, { enabled: false });
    await sleep(1_050);
    const none = await whoami([]);
    expect([none.status, none.header("www-authenticate"), none.header("content-type"), none.header("cache-control")]).toEqual([
      401,
      challenge,
      contentType,
      "no-store",
    ]);
    const responses: RawResponse[] = [];
    const full = key.credential;
    for (const credential of [
      revoked.credential,
      disabled.credential,
      expired.credential,
      full.slice(0, -1),
      `${full}x`,
      full.slice(1),
      full === full.toUpperCase() ? "x" : full.toUpperCase(),
      ...alike,
      "nonsense",
      "",
      server.operatorToken,
      "é",
      "x".repeat(5_000),
    ]) {
      responses.push(await whoami([present(credential)]));
    }
    expectIdentical(responses, 401);
    expect(responses[0]?.header("www-authenticate")).toBe(challenge + invalid);
    expect((await whoami([present(full)])).status).toBe(200);
  });

  test("All five: a known one that may not is 403, or 404 where it would tell of others", async () => {
    const { token } = (await server.operator("POST", `${ORGS}/${mine}/tokens`, {})).json;
    const member = [`Authorization: Bearer ${token}`];
    expect((await raw(server.url, `GET ${ORGS}`, member)).status).toBe(403);
    const responses: RawResponse[] = [];
    for (const path of [theirs, `org_01jd0000000000000000000000`, "nonsense"].flatMap((id) => [
      `${ORGS}/${id}`,
      `${ORGS}/${id}/keys`,
      `${ORGS}/${id}/keys/${foreign.id}`,
    ]))
      responses.push(await raw(server.url, `GET ${path}`, member));
    expectIdentical(responses, 404);
    const byId: RawResponse[] = [];
    for (const method of ["GET", "DELETE"])
      for (const id of [foreign.id, "nonsense"]) byId.push(await raw(server.url, `${method} ${ORGS}/${mine}/keys/${id}`, member));
    expectIdentical(byId, 404);
    expect((await whoami([present(foreign.credential)])).status).toBe(200);
  });

  test("All five: two credentials in one request are 400, never the first that works", async () => {
    const lines = [key, foreign].map(({ credential }) => present(credential));
    const [name = "", value = ""] = (lines[0] ?? "").split(/: (.*)/s);
    for (const headers of [
      lines,
      [lines[0]!, lines[0]!],
      [present("nonsense"), lines[0]!],
      [lines[0]!, present("nonsense")],
      [`${lines[0]}, ${foreign.credential}`],
      [`${name.toUpperCase()}: ${value}`, `${name.toLowerCase()}: ${value}`],
    ]) {
      const response = await whoami(headers);
      expect([response.status, response.header("content-type")]).toEqual([400, contentType]);
      if (code(response.json) !== null) expect(code(response.json)).toBe("multiple_credentials");
    }
  });

  test("All five: keys in a query string are ignored", async () => {
    const encoded = encodeURIComponent(key.credential);
    expect((await whoami([], `?x-api-key=${encoded}&api_key=${encoded}&access_token=${encoded}&key=${encoded}`)).status).toBe(401);
    expect((await whoami([present(key.credential)], "?api_key=nonsense")).status).toBe(200);
  });

  // biome-ignore format: a table
  test.each<[string, string, number, string?]>([
    ["128 characters",              JSON.stringify({ name: "x".repeat(128) }),   201],
    ["128 emoji",                   JSON.stringify({ name: "😀".repeat(128) }),  201],
    ["spaces around",               '{"name":"  ci  "}',                         201],
    ["129 characters",              JSON.stringify({ name: "x".repeat(129) }),   400, "name"],
    ["spaces alone",                '{"name":"  "}',                             400, "name"],
    ["a control character",         '{"name":"a\\u0007b"}',                      400, "name"],
    ["a line feed",                 '{"name":"a\\nb"}',                          400, "name"],
    ["a bidi override",             '{"name":"a\\u202eb"}',                      400, "name"],
    ["a bidi isolate",              '{"name":"a\\u2066b"}',                      400, "name"],
    ["a lone surrogate",            '{"name":"a\\ud800"}',                       400, "name"],
    ["a number",                    '{"name":5}',                                400, "name"],
    ["an unknown field",            '{"nmae":"x"}',                              400, "nmae"],
    ["the organization of another", '{"organizationId":"org_1"}',                400, "organizationId"],
    ["__proto__",                   '{"__proto__":{"name":"x"}}',                400, "__proto__"],
    ["a member twice",              '{"name":"x","name":"y"}',                   400, "name"],
    ["an array",                    '["x"]',                                     400],
    ["null",                        "null",                                      400],
    ["what is not JSON",            "name=x",                                    400],
    ["half of it",                  '{"name":',                                  400],
    ["what is not UTF-8 in names",  '{"name":"\\udc00\\ud800"}',                 400, "name"],
    ["more than 64 KB",             `{"name":"x"}${" ".repeat(65_536)}`,         413],
  ])("All five: names and bodies: %s", async (_sentence, body, expected, named) => {
    const before = await count();
    const { status, json, text, header } = await manage(["Content-Type: application/json"], body);
    secret(json.key ?? json.secretKey);
    expect([status, header("content-type")]).toEqual([expected, expected === 201 ? "application/json" : contentType]);
    if (named !== undefined) expect(text).toContain(named);
    if (expected === 201) expect(json.name).toBe(JSON.parse(body).name.trim());
    expect(await count()).toBe(before + (expected === 201 ? 1 : 0));
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json; charset=utf-16",
  ])("All five: the content type %s is 415", async (type) => {
    const { status, header } = await manage([`Content-Type: ${type}`], '{"name":"x"}');
    expect([status, header("content-type")]).toEqual([415, contentType]);
  });

  test("All five: times are ISO 8601 in UTC with Z", async () => {
    const { id, credential } = await newKey(mine, { expiresAt: "2030-06-01T12:00:00+02:00" });
    await whoami([present(credential)]);
    const { json } = await server.operator("GET", `${ORGS}/${mine}/keys/${id}`);
    for (const time of [json.createdAt, json.updatedAt, json.expiresAt, json.lastUsedAt]) expect(time).toMatch(UTC);
    expect([json.expiresAt, json.revokedAt]).toEqual(["2030-06-01T10:00:00.000Z", null]);
  });

  test("All five: separate keys for each environment: each is its own, with a name of its own", async () => {
    const made = [];
    for (const name of ["development", "staging", "production"]) made.push({ name, ...(await newKey(mine, { name })) });
    await server.operator("DELETE", `${ORGS}/${mine}/keys/${made[0]!.id}`);
    const statuses = [];
    for (const { credential } of made) statuses.push((await whoami([present(credential)])).status);
    expect(statuses).toEqual([401, 200, 200]);
  });

  test("All five: errors hold no credential", async () => {
    for (const headers of [
      [present(key.credential), present(foreign.credential)],
      [present(`${key.credential}x`)],
      [`Authorization: Basic ${key.credential}`, `X-Api-Key: ${key.credential.slice(0, -1)}`],
    ]) {
      const { status, text } = await whoami(headers);
      expect([status >= 400, text.includes(key.credential.slice(10, 30))]).toEqual([true, false]);
    }
  });
});
