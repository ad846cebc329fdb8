/** What the client does when the response is a refusal, comes late, or does not come. */
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { KeywardClient, KeywardUnreachable } from "../../sdk/index.ts";
import { cut, cutInBody, json, rawServer, silence } from "./raw-server.ts";

const TOKEN = "kwo_the-token-of-this-test";
const PAGE = json(200, { data: [], nextCursor: null });
const KEY = json(201, { id: "key_1" });
const gone = (status: number, headers = {}) => json(status, { code: "store_unavailable", detail: "Gone." }, headers);
const clientOf = (baseUrl: string, more = {}) => new KeywardClient({ baseUrl, token: TOKEN, ...more });
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "no failure",
    (error: unknown) => error,
  );

describe("a reading call", () => {
  // biome-ignore format: a table
  test.each([
    ["a connection that is cut",            [cut, PAGE],                        2],
    ["a connection that is cut twice",      [cut, cut, PAGE],                   3],
    ["a body that is cut",                  [cutInBody, PAGE],                  2],
    ["502",                                 [gone(502), PAGE],                  2],
    ["503",                                 [gone(503), PAGE],                  2],
    ["504 twice",                           [gone(504), gone(504), PAGE],       3],
    ["429 that is over at once",            [gone(429, { "retry-after": "0" }), PAGE], 2],
  ])("is sent again after %s", async (_sentence, responses, requests) => {
    const { url, received } = await rawServer(...responses);
    expect(await clientOf(url).keys.list("org_1")).toEqual({ data: [], nextCursor: null });
    expect(received).toHaveLength(requests);
  });

  // biome-ignore format: a table
  test.each([
    ["503 three times",                [gone(503)],                           3, 503],
    ["500",                            [gone(500)],                           1, 500],
    ["404",                            [gone(404)],                           1, 404],
    ["429 without a time",             [gone(429)],                           1, 429],
    ["429 with a long time",           [gone(429, { "retry-after": "3" })],   1, 429],
    ["429 with a date",                [gone(429, { "retry-after": "Fri, 20 Nov 2026 12:00:00 GMT" })], 1, 429],
  ])("fails after %s", async (_sentence, responses, requests, status) => {
    const { url, received } = await rawServer(...responses);
    expect(await failureOf(clientOf(url).keys.list("org_1"))).toMatchObject({ name: "KeywardError", status, detail: "Gone." });
    expect(received).toHaveLength(requests);
  });
});

describe("a changing call", () => {
  test.each([
    ["a connection that is cut", cut],
    ["503", gone(503)],
    ["429 that is over at once", gone(429, { "retry-after": "0" })],
  ])("is sent once, whatever comes, such as %s", async (_sentence, answer) => {
    const { url, received } = await rawServer(answer, PAGE);
    expect(await failureOf(clientOf(url).organizations.create({ name: "x" }))).toBeInstanceOf(Error);
    expect(received).toHaveLength(1);
  });

  test("that makes a key carries an Idempotency-Key, the same with each attempt and another with each call", async () => {
    const { url, received } = await rawServer(cut, gone(503), KEY);
    const client = clientOf(url);
    expect(await client.keys.create("org_1", { name: "x" })).toEqual({ id: "key_1" });
    await client.keys.rotate("org_1", "key_1");
    const keys = received.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0], keys[0], expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(keys[3]).not.toBe(keys[0]);
    expect(new Set(received.slice(0, 3).map(({ body }) => body))).toEqual(new Set(['{"name":"x"}']));
  });

  test("carries the caller's own Idempotency-Key", async () => {
    const { url, received } = await rawServer(KEY);
    await clientOf(url).keys.create("org_1", {}, { idempotencyKey: "mine" });
    expect(received[0]?.headers["idempotency-key"]).toBe("mine");
  });
});

describe("without a response", () => {
  test("no server: KeywardUnreachable, with its cause", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    const failure = await failureOf(clientOf(`http://127.0.0.1:${port}`).session.get());
    expect(failure).toBeInstanceOf(KeywardUnreachable);
    expect(failure).toMatchObject({
      message: `http://127.0.0.1:${port} cannot be reached.`,
      isTimeout: false,
      cause: { cause: { code: "ECONNREFUSED" } },
    });
  });

  test("a slow response: KeywardUnreachable when the time is up, and no other attempt", async () => {
    const { url, received } = await rawServer(silence);
    const failure = await failureOf(clientOf(url, { timeoutMs: 100 }).session.get());
    expect(failure).toMatchObject({ name: "KeywardUnreachable", message: `${url} has not responded within 0.1 seconds.`, isTimeout: true });
    expect(received).toHaveLength(1);
  });

  test("the time is for all attempts together", async () => {
    const { url, received } = await rawServer(cut, silence);
    const failure = await failureOf(clientOf(url, { timeoutMs: 300 }).session.get());
    expect(failure).toMatchObject({ name: "KeywardUnreachable", isTimeout: true });
    expect(received).toHaveLength(2);
  });

  test.each([
    ["before the call", 0, silence],
    ["while the response is awaited", 50, silence],
    ["between two attempts", 50, cut],
  ])("a signal that ends %s ends the call with its reason", async (_sentence, ms, answer) => {
    const { url, received } = await rawServer(answer);
    const signal = ms === 0 ? AbortSignal.abort(new Error("enough")) : endsIn(ms);
    expect(await failureOf(clientOf(url).session.get({ signal }))).toMatchObject({ message: "enough" });
    expect(received.length).toBeLessThanOrEqual(1);
  });
});

function endsIn(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), ms);
  return controller.signal;
}

describe("what responds is not Keyward", () => {
  // biome-ignore format: a table
  test.each([
    ["a page",              200, "<h1>Welcome</h1>", "Status 200, but not from Keyward."],
    ["a list",              200, "[]",               "Status 200, but not from Keyward."],
    ["nothing",             200, "",                 "Status 200, but not from Keyward."],
    ["a page as a refusal", 404, "<h1>No</h1>",      "Not Found"],
    ["half a document",     500, '{"detail":',       "Internal Server Error"],
    ["a code of its own",   400, '{"error":{"message":"No such plan."}}', "No such plan."],
    ["members of no text",  400, '{"detail":5,"code":{},"errors":[null]}', "Bad Request"],
  ])("%s", async (_sentence, status, body, message) => {
    const { url } = await rawServer((response) => response.writeHead(status).end(body));
    expect(await failureOf(clientOf(url).session.get())).toMatchObject({
      name: "KeywardError",
      status,
      message,
      code: undefined,
      field: undefined,
    });
  });

  test("a redirect is not followed, least of all with the token", async () => {
    const other = await rawServer(PAGE);
    const { url } = await rawServer((response) => response.writeHead(307, { location: `${other.url}/x` }).end());
    expect(await failureOf(clientOf(url).session.get())).toMatchObject({ name: "KeywardError", status: 307, location: `${other.url}/x` });
    expect(other.received).toEqual([]);
  });
});

describe("the token", () => {
  test("is in no error, not even when the server repeats it", async () => {
    const elsewhere = (response: ServerResponse) => response.writeHead(302, { location: `/in?${TOKEN}` }).end();
    const inItsStatus = (response: ServerResponse) => response.writeHead(418, TOKEN).end();
    const { url } = await rawServer(
      json(400, { detail: `What is ${TOKEN}?`, code: TOKEN, errors: [{ field: TOKEN }] }),
      elsewhere,
      inItsStatus,
      cut,
    );
    const client = clientOf(url, { timeoutMs: 2_000 });
    const failures = [];
    for (let number = 0; number < 4; number++) failures.push(await failureOf(client.session.end()));
    expect(failures[0]).toMatchObject({ message: "What is [token]?" });
    for (const failure of failures) expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(TOKEN);
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  });

  test.each([
    ["a line break", "kwo_a\nb"],
    ["a space", "kwo_a b"],
    ["nothing", ""],
    ["other letters", "kwo_ü"],
  ])("with %s is refused in a sentence that does not hold it", (_sentence, token) => {
    const make = () => new KeywardClient({ baseUrl: "http://localhost", token });
    expect(make).toThrow(new TypeError("token must be printable ASCII without spaces"));
  });

  test("goes into a header, and never into an address", async () => {
    const { url, received } = await rawServer(PAGE);
    await clientOf(url).keys.list("org_1", { limit: 5, cursor: undefined });
    expect(received[0]).toMatchObject({
      url: "/keyward/v1/organizations/org_1/keys?limit=5",
      headers: { authorization: `Bearer ${TOKEN}`, accept: "application/json, application/problem+json" },
    });
  });
});

describe("addresses", () => {
  test.each([
    ["http://h:1", "http://h:1/keyward/v1/session"],
    ["http://h:1/", "http://h:1/keyward/v1/session"],
    ["https://h/console", "https://h/console/keyward/v1/session"],
    ["https://h/a/b/?q=1#top", "https://h/a/b/keyward/v1/session"],
  ])("below %s", async (baseUrl, address) => {
    const asked: string[] = [];
    const fetch = async (url: string | URL | Request) => {
      asked.push(String(url));
      return Response.json({});
    };
    await new KeywardClient({ baseUrl, fetch }).session.get();
    expect(asked).toEqual([address]);
  });

  test.each([
    ["", "URL"],
    ["/keyward", "URL"],
    ["ftp://h", "URL"],
    ["javascript:alert(1)", "URL"],
    ["http://me:pw@h", "credentials"],
  ])("%j is refused", (baseUrl, word) => {
    expect(() => new KeywardClient({ baseUrl })).toThrow(word);
  });

  test.each(["", ".", ".."])("the id %j is nobody's, and nothing is sent", async (id) => {
    const { url, received } = await rawServer(PAGE);
    expect(await failureOf(clientOf(url).keys.get("org_1", id))).toMatchObject({ status: 404, code: "not_found" });
    expect(received).toEqual([]);
  });

  test.each([
    ["a/b?c#d", "a%2Fb%3Fc%23d"],
    ["../x", "..%2Fx"],
    ["\ud800", "%EF%BF%BD"],
  ])("the id %j stays one id", async (id, encoded) => {
    const { url, received } = await rawServer(json(200, {}));
    await clientOf(url).organizations.get(id);
    expect(received[0]?.url).toBe(`/keyward/v1/organizations/${encoded}`);
  });
});
