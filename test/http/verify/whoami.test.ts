import { beforeAll, describe, expect, test } from "vitest";
import { suiteServer } from "../../support/server.ts";
import { freshKey } from "../../support/service.ts";
import { inProcess } from "../in-process.ts";
import { type RawResponse, sendRaw } from "../raw-http.ts";

const server = suiteServer({ args: ["--environment", "live"] });
const WHOAMI = "/keyward/v1/whoami";
const ORGS = "/keyward/v1/organizations";

let organization: string;
let good: { id: string; key: string };
let refused: Record<"revoked" | "disabled" | "expired", string>;
const unknown = freshKey("live");
const ofTest = freshKey("test");

beforeAll(async () => {
  organization = await server.newOrganization();
  good = await server.newKey(organization, { name: "good", scopes: ["b", "a"], expiresIn: "90d" });
  const [revoked, disabled, expired] = [
    await server.newKey(organization),
    await server.newKey(organization),
    await server.newKey(organization, { expiresIn: "1s" }),
  ];
  await server.operator("DELETE", `${ORGS}/${organization}/keys/${revoked.id}`);
  await server.operator("PATCH", `${ORGS}/${organization}/keys/${disabled.id}`, { enabled: false });
  refused = { revoked: revoked.key, disabled: disabled.key, expired: expired.key };
  await new Promise((later) => setTimeout(later, 1_050));
});

const ask = (...headers: string[]): Promise<RawResponse> => sendRaw(server.url, [`GET ${WHOAMI} HTTP/1.1`, ...headers]);
const limitedKey = async (limits: Record<string, number>) => (await server.newKey(organization, { limits })).key;

describe("a key is accepted", () => {
  test.each<[string, () => string]>([
    ["as Authorization: Bearer", () => `Authorization: Bearer ${good.key}`],
    ["with the scheme in lower case", () => `Authorization: bearer ${good.key}`],
    ["with the header's name in capitals", () => `AUTHORIZATION: BEARER ${good.key}`],
    ["with more than one space after the scheme", () => `Authorization: Bearer   ${good.key}`],
    ["as X-Api-Key", () => `X-Api-Key: ${good.key}`],
    ["as x-api-key", () => `x-api-key: ${good.key}`],
    ["with space around the value", () => `X-Api-Key:   ${good.key}  `],
  ])("%s", async (_sentence, header) => {
    const { status, json, header: of } = await ask(header());
    expect(status).toBe(200);
    expect(json).toEqual({
      keyId: good.id,
      organizationId: organization,
      environment: "live",
      scopes: ["a", "b"],
      resources: null,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect([of("content-type"), of("cache-control"), of("x-content-type-options")]).toEqual(["application/json", "no-store", "nosniff"]);
    expect([of("ratelimit"), of("ratelimit-policy"), of("www-authenticate")]).toEqual([undefined, undefined, undefined]);
  });

  test("beside cookies, a proxy's credential, an empty query and headers that only look alike", async () => {
    const { status } = await sendRaw(server.url, [
      `GET ${WHOAMI}?x=1&api_key=nobody HTTP/1.1`,
      `X-Api-Key: ${good.key}`,
      `Cookie: key=${unknown}`,
      "Proxy-Authorization: Basic x",
      "X-Api-Keys: x",
      "X_Api_Key: x",
    ]);
    expect(status).toBe(200);
  });
});

describe("without a credential where one may stand it is 401, and the challenge has no error code", () => {
  test.each<[string, () => string, () => string[]]>([
    ["none at all", () => WHOAMI, () => []],
    [
      "the key in the query",
      () => `${WHOAMI}?api_key=${good.key}&key=${good.key}&access_token=${good.key}&x-api-key=${good.key}`,
      () => [],
    ],
    ["the key in a cookie", () => WHOAMI, () => [`Cookie: x-api-key=${good.key}; authorization=${good.key}`]],
    ["the key as X_Api_Key", () => WHOAMI, () => [`X_Api_Key: ${good.key}`]],
    ["the key as x_api_key", () => WHOAMI, () => [`x_api_key: ${good.key}`]],
    ["the key in Proxy-Authorization", () => WHOAMI, () => [`Proxy-Authorization: Bearer ${good.key}`]],
    ["the key in X-Authorization", () => WHOAMI, () => [`X-Authorization: Bearer ${good.key}`]],
  ])("%s", async (_sentence, path, headers) => {
    const { status, json, header, text } = await sendRaw(server.url, [`GET ${path()} HTTP/1.1`, ...headers()]);
    expect([status, json.code]).toEqual([401, "missing_credential"]);
    expect(header("www-authenticate")).toBe('Bearer realm="Keyward", ApiKey realm="Keyward"');
    expect(text).not.toContain(good.key);
  });
});

describe("a credential that is not in force is 401, and the response does not say why", () => {
  const WRONG: [string, () => string][] = [
    ["a key that nobody has", () => unknown],
    ["a revoked key", () => refused.revoked],
    ["a disabled key", () => refused.disabled],
    ["an expired key", () => refused.expired],
    ["a key of the other environment", () => ofTest],
    ["a key with a wrong checksum", () => good.key.replace(/.$/, (last) => (last === "a" ? "b" : "a"))],
    ["a key cut short", () => good.key.slice(0, 30)],
    ["a key and more", () => `${good.key}x`],
    ["two keys with a comma between", () => `${good.key},${good.key}`],
    ["something else", () => "hunter2"],
    ["a very long something", () => "k".repeat(8_000)],
    ["bytes beyond ASCII", () => `${good.key}\u00e9`],
    ["the operator's token", () => server.operatorToken],
    ["an organization's id", () => organization],
  ];
  const shape = ({ status, lines, text }: RawResponse) => ({ status, text, headers: lines.filter(([name]) => name !== "date") });

  test.each(WRONG)("%s, in either header: the same bytes as for any other", async (_sentence, credential) => {
    const [reference, ofBearer, ofKey] = [
      await ask(`X-Api-Key: ${freshKey("live")}`),
      await ask(`Authorization: Bearer ${credential()}`),
      await ask(`X-Api-Key: ${credential()}`),
    ];
    expect(reference.json).toMatchObject({ status: 401, code: "invalid_credential" });
    expect(reference.header("www-authenticate")).toBe('Bearer realm="Keyward", error="invalid_token", ApiKey realm="Keyward"');
    expect([shape(ofBearer), shape(ofKey)]).toEqual(Array(2).fill(shape(reference)));
  });

  test.each<[string, () => string]>([
    ["another scheme", () => `Authorization: Basic ${good.key}`],
    ["no scheme", () => `Authorization: ${good.key}`],
    ["the scheme alone", () => "Authorization: Bearer"],
    ["an empty Authorization", () => "Authorization:"],
    ["an empty X-Api-Key", () => "X-Api-Key:"],
    ["a scheme in X-Api-Key", () => `X-Api-Key: Bearer ${good.key}`],
    ["a tab after the scheme", () => `Authorization: Bearer\t${good.key}`],
  ])("%s: the same bytes too", async (_sentence, header) => {
    expect(shape(await ask(header()))).toEqual(shape(await ask(`X-Api-Key: ${unknown}`)));
  });

  test("a good key that is revoked while connections are open is refused on the next request of each", async () => {
    const { id, key } = await server.newKey(organization);
    expect((await ask(`X-Api-Key: ${key}`)).status).toBe(200);
    await server.operator("DELETE", `${ORGS}/${organization}/keys/${id}`);
    expect(shape(await ask(`X-Api-Key: ${key}`))).toEqual(shape(await ask(`X-Api-Key: ${unknown}`)));
  });
});

describe("two credentials are 400, never the first that works, and count nothing", () => {
  test.each<[string, (key: string) => string[]]>([
    ["Authorization and X-Api-Key, the same key", (key) => [`Authorization: Bearer ${key}`, `X-Api-Key: ${key}`]],
    ["Authorization and X-Api-Key, the first good", (key) => [`Authorization: Bearer ${key}`, "X-Api-Key: nobody"]],
    ["Authorization and X-Api-Key, the last good", (key) => ["Authorization: Bearer nobody", `X-Api-Key: ${key}`]],
    ["an Authorization of another scheme beside", (key) => ["Authorization: Basic eDp5", `X-Api-Key: ${key}`]],
    ["an empty Authorization beside", (key) => ["Authorization:", `X-Api-Key: ${key}`]],
    ["an empty X-Api-Key beside", (key) => [`Authorization: Bearer ${key}`, "X-Api-Key:"]],
    ["Authorization twice", (key) => [`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`]],
    ["Authorization twice, in two spellings", (key) => [`Authorization: Bearer ${key}`, "authorization: Bearer nobody"]],
    ["Authorization twice, the second good", (key) => ["Authorization: Bearer nobody", `Authorization: Bearer ${key}`]],
    ["X-Api-Key twice", (key) => [`X-Api-Key: ${key}`, `X-Api-Key: ${key}`]],
    ["X-Api-Key twice, one empty", (key) => [`X-Api-Key: ${key}`, "X-Api-Key:"]],
    ["X-Api-Key three times", (key) => Array(3).fill(`X-Api-Key: ${key}`)],
    ["Authorization joined", (key) => [`Authorization: Bearer ${key}, Bearer ${key}`]],
    ["X-Api-Key joined", (key) => [`X-Api-Key: ${key}, ${key}`]],
  ])("%s", async (_sentence, headers) => {
    const key = await limitedKey({ requestsPerMinute: 5 });
    const { status, json, text, header } = await ask(...headers(key));
    expect([status, json.code]).toEqual([400, "multiple_credentials"]);
    expect([header("www-authenticate"), text.includes(key)]).toEqual([undefined, false]);
    expect((await ask(`X-Api-Key: ${key}`)).header("ratelimit")).toMatch(/^"minute";r=4;t=/);
  });
});

describe("limits", () => {
  test("are told in every response to a key that has some, and refused with the seconds to wait", async () => {
    const key = await limitedKey({ requestsPerMinute: 3, requestsPerDay: 100, concurrentRequests: 2 });
    const responses = [];
    for (let turn = 0; turn < 5; turn++) responses.push(await ask(`X-Api-Key: ${key}`));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    for (const [turn, response] of responses.entries()) {
      expect(response.header("ratelimit-policy")).toBe('"minute";q=3;w=60, "day";q=100;w=86400, "concurrent";q=2;qu="concurrent-requests"');
      // Refusals use up nothing: the day has 97 left after the third request and after the fifth.
      const left = Math.max(0, 2 - turn);
      expect(response.header("ratelimit")).toMatch(
        new RegExp(`^"minute";r=${left};t=(\\d+), "day";r=${97 + left};t=\\d+, "concurrent";r=2$`),
      );
    }
    for (const { json, header } of responses.slice(3)) {
      const seconds = Number(header("retry-after"));
      expect(Number.isInteger(seconds) && seconds >= 50 && seconds <= 60, `${seconds} s`).toBe(true);
      expect(json).toMatchObject({
        status: 429,
        code: "rate_limited",
        retryAfterSeconds: seconds,
        detail: `Rate limit exceeded. Retry after ${seconds} seconds.`,
      });
      expect(header("ratelimit")).toContain(`"minute";r=0;t=${seconds},`);
      expect(header("www-authenticate")).toBe(undefined);
    }
  });

  test("hold for 100 requests at once, in both headers", async () => {
    const key = await limitedKey({ requestsPerMinute: 10 });
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => (await ask(index % 2 ? `X-Api-Key: ${key}` : `Authorization: Bearer ${key}`)).status),
    );
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length]).toEqual([10, 90]);
  });

  test.each([
    ["a minute", { requestsPerMinute: 2 }, [0, 20_500], 39_500],
    ["a day", { requestsPerDay: 2 }, [0, 3_600_001], 82_799_999],
    ["both, the longer wait decides", { requestsPerMinute: 2, requestsPerDay: 2 }, [0, 1], 86_399_999],
  ])("of %s: Retry-After is true, to the second", async (_sentence, limits, pauses, waitMs) => {
    const { url, clock, newOrganization, newKey } = await inProcess();
    const { key } = await newKey(await newOrganization(), { limits });
    const turn = () => sendRaw(url, [`GET ${WHOAMI} HTTP/1.1`, `X-Api-Key: ${key}`]);
    for (const pause of pauses) {
      clock.now += pause;
      expect((await turn()).status).toBe(200);
    }
    const refusal = await turn();
    const seconds = Number(refusal.header("retry-after"));
    expect([refusal.status, seconds]).toEqual([429, Math.ceil(waitMs / 1_000)]);
    clock.now += (seconds - 1) * 1_000;
    const again = await turn();
    expect([again.status, again.header("retry-after")]).toEqual([429, "1"]);
    clock.now += 1_000;
    expect((await turn()).status).toBe(200);
  });

  test("counts like any protected request: the last use is noted", async () => {
    const { id, key } = await server.newKey(organization);
    await ask(`X-Api-Key: ${key}`);
    const { lastUsedAt } = (await server.operator("GET", `${ORGS}/${organization}/keys/${id}`)).json;
    expect(Math.abs(Date.parse(lastUsedAt) - Date.now())).toBeLessThan(2_000);
  });
});
