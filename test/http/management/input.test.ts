/** What the management API is sent and refuses: the response names the field, and nothing is stored. */
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { secret } from "../../support/root.ts";
import { suiteProcess } from "../../support/server-process.ts";
import { parseResponse, type RawResponse, readAll, sendRaw } from "../raw-http.ts";

const server = suiteProcess();
const ORGS = "/keyward/v1/organizations";
const TOKENS = "/keyward/v1/service-tokens";
const LIMIT = 64 * 1024;

/** An organization without keys, one with a key, and that key. */
let empty: string;
let full: string;
let keyId: string;

beforeAll(async () => {
  [empty, full] = [await server.newOrganization(), await server.newOrganization({ name: "Full", overrides: { requestsPerDay: 3 } })];
  keyId = (await server.newKey(full, { name: "kept", scopes: ["a:read"], limits: { requestsPerMinute: 7 } })).id;
});

const at = (path: string) => path.replace(":empty", empty).replace(":full", full).replace(":key", keyId);

/** Sends the bytes as they are; `headers` replace the usual ones. */
async function send(
  method: string,
  path: string,
  body: string | Uint8Array,
  headers = ["Content-Type: application/json"],
): Promise<RawResponse> {
  const response = await sendRaw(
    server.url,
    [
      `${method} ${at(path)} HTTP/1.1`,
      `Authorization: Bearer ${server.operatorToken}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
    ],
    body,
  );
  for (const given of [response.json?.key, response.json?.token]) secret(given);
  return response;
}

/** Everything that people can see of what is stored. */
async function everything(): Promise<string> {
  const paths = [`${ORGS}?limit=100`, TOKENS, `${ORGS}/${empty}/keys`, `${ORGS}/${full}/keys`];
  return (await Promise.all(paths.map(async (path) => (await server.operator("GET", path)).text))).join("\n");
}

/** Each route that takes a body, with a body that it would accept. */
// biome-ignore format: a table
const BODIES: [method: string, path: string, good: string][] = [
  ["POST",  ORGS,                              '{"name":"x"}'],
  ["PATCH", `${ORGS}/:full`,                   '{"name":"x"}'],
  ["POST",  `${ORGS}/:full/tokens`,            "{}"],
  ["POST",  `${ORGS}/:empty/keys`,             "{}"],
  ["PATCH", `${ORGS}/:full/keys/:key`,         '{"name":"x"}'],
  ["POST",  `${ORGS}/:full/keys/:key/rotate`,  "{}"],
  ["POST",  TOKENS,                            '{"name":"x"}'],
];
const CREATE = BODIES[3]!;

/** Sentence, JSON text, the field named in the response. */
type Row = [sentence: string, text: string, field: string];

// biome-ignore format: a table
const NOT_OBJECTS: Row[] = [
  ["null",             "null",     "body"],
  ["an array",         "[]",       "body"],
  ["an array of good", '[{"name":"x"}]', "body"],
  ["a text",           '"x"',      "body"],
  ["a number",         "5",        "body"],
  ["true",             "true",     "body"],
];

/** Names: of keys, organizations and service tokens alike. */
// biome-ignore format: a table
const NAMES: Row[] = [
  ["a name that is a number",                   '{"name":5}',                             "name"],
  ["a name that is an array",                   '{"name":["x"]}',                         "name"],
  ["a name that is an object",                  '{"name":{"toString":"x"}}',              "name"],
  ["a name that is true",                       '{"name":true}',                          "name"],
  ["an empty name",                             '{"name":""}',                            "name"],
  ["a name of spaces",                          '{"name":"   "}',                         "name"],
  ["a name of 129 characters",                  `{"name":"${"x".repeat(129)}"}`,          "name"],
  ["a name of 129 characters beyond 16 bits",   `{"name":"${"😀".repeat(129)}"}`,         "name"],
  ["a name with NUL",                           '{"name":"a\\u0000b"}',                   "name"],
  ["a name with a line feed",                   '{"name":"a\\nb"}',                       "name"],
  ["a name with a tab",                         '{"name":"a\\tb"}',                       "name"],
  ["a name that ends with a line feed",         '{"name":"a\\n"}',                        "name"],
  ["a name with an escape of a terminal",       '{"name":"\\u001b[31mred"}',              "name"],
  ["a name with DEL",                           '{"name":"a\\u007f"}',                    "name"],
  ["a name with a C1 control",                  '{"name":"a\\u0085b"}',                   "name"],
  ["a name with a right-to-left override",      '{"name":"a\\u202etxt.exe"}',             "name"],
  ["a name with a direction isolate",           '{"name":"\\u2066a"}',                    "name"],
  ["a name with a direction mark",              '{"name":"a\\u200fb"}',                   "name"],
  ["a name with an Arabic letter mark",         '{"name":"a\\u061cb"}',                   "name"],
  ["a name with a zero-width space",            '{"name":"a\\u200bb"}',                   "name"],
  ["a name with a byte-order mark",             '{"name":"a\\ufeffb"}',                   "name"],
  ["a name with a line separator",              '{"name":"a\\u2028b"}',                   "name"],
  ["a name with half a surrogate pair",         '{"name":"a\\ud800b"}',                   "name"],
  ["a name with a tag character",               '{"name":"a\\udb40\\udc41"}',             "name"],
  ["a name with a private character",           '{"name":"a\\ue000"}',                    "name"],
];

/** Members that no request has, and those that reach for the prototype. */
// biome-ignore format: a table
const MEMBERS: Row[] = [
  ["an unknown field",                          '{"name":"x","nmae":"y"}',                "nmae"],
  ["a field in another case",                   '{"name":"x","Name":"y"}',                "Name"],
  ["an id of one's own",                        '{"name":"x","id":"key_1"}',              "id"],
  ["__proto__",                                 '{"name":"x","__proto__":{"enabled":true}}', "__proto__"],
  ["constructor",                               '{"name":"x","constructor":{"prototype":{"x":1}}}', "constructor"],
  ["prototype",                                 '{"name":"x","prototype":{}}',            "prototype"],
  ["hasOwnProperty",                            '{"name":"x","hasOwnProperty":1}',        "hasOwnProperty"],
  ["toString",                                  '{"name":"x","toString":"x"}',            "toString"],
  ["an empty field",                            '{"name":"x","":1}',                      ""],
  ["a field twice",                             '{"name":"x","name":"y"}',                "name"],
  ["a field twice, once in escapes",            '{"name":"x","n\\u0061me":"y"}',          "name"],
  ["a field twice, the same both times",        '{"name":"x","name":"x"}',                "name"],
];

// biome-ignore format: a table
const LIMITS = (field: string): Row[] => [
  [`${field} that are null`,                    `{"${field}":null}`,                                  field],
  [`${field} that are an array`,                `{"${field}":[60]}`,                                  field],
  [`${field} that are a number`,                `{"${field}":60}`,                                    field],
  [`${field}: an unknown one`,                  `{"${field}":{"requestsPerSecond":1}}`,               `${field}.requestsPerSecond`],
  [`${field}: __proto__`,                       `{"${field}":{"__proto__":{"requestsPerMinute":1}}}`, `${field}.__proto__`],
  [`${field}: a limit of 0`,                    `{"${field}":{"requestsPerMinute":0}}`,               `${field}.requestsPerMinute`],
  [`${field}: a limit of -0`,                   `{"${field}":{"requestsPerMinute":-0}}`,              `${field}.requestsPerMinute`],
  [`${field}: a limit of -1`,                   `{"${field}":{"requestsPerDay":-1}}`,                 `${field}.requestsPerDay`],
  [`${field}: a limit of 1.5`,                  `{"${field}":{"concurrentRequests":1.5}}`,            `${field}.concurrentRequests`],
  [`${field}: a limit of 1e400`,                `{"${field}":{"requestsPerMinute":1e400}}`,           `${field}.requestsPerMinute`],
  [`${field}: a limit of -1e400`,               `{"${field}":{"requestsPerMinute":-1e400}}`,          `${field}.requestsPerMinute`],
  [`${field}: a limit of 2^53`,                 `{"${field}":{"requestsPerMinute":9007199254740992}}`, `${field}.requestsPerMinute`],
  [`${field}: a limit of a billion and one`,    `{"${field}":{"requestsPerMinute":1000000001}}`,      `${field}.requestsPerMinute`],
  [`${field}: a limit in quotes`,               `{"${field}":{"requestsPerMinute":"5"}}`,             `${field}.requestsPerMinute`],
  [`${field}: a limit that is true`,            `{"${field}":{"requestsPerMinute":true}}`,            `${field}.requestsPerMinute`],
  [`${field}: a limit twice`,                   `{"${field}":{"requestsPerMinute":1,"requestsPerMinute":2}}`, `${field}.requestsPerMinute`],
];

/** What both the creation and the change of a key take. */
const SETTINGS: Row[] = [
  ["scopes that are a text", '{"scopes":"a:read"}', "scopes"],
  ["scopes that are null", '{"scopes":null}', "scopes"],
  ["a scope that is a number", '{"scopes":["a:read",5]}', "scopes[1]"],
  ["an empty scope", '{"scopes":[""]}', "scopes[0]"],
  ["a scope in upper case", '{"scopes":["A:read"]}', "scopes[0]"],
  ["a scope with a space: two in one header", '{"scopes":["a:read b:write"]}', "scopes[0]"],
  ["a scope with a line break", '{"scopes":["a\\r\\nX-Admin: 1"]}', "scopes[0]"],
  ["a scope with a wildcard", '{"scopes":["*"]}', "scopes[0]"],
  ["a scope of 65 characters", `{"scopes":["${"a".repeat(65)}"]}`, "scopes[0]"],
  ["65 scopes", JSON.stringify({ scopes: Array.from({ length: 65 }, (_, index) => `s${index}`) }), "scopes"],
  ...LIMITS("limits"),
  ["a limit of the number of keys", '{"limits":{"keys":1}}', "limits.keys"],
  ["an end that is a number", '{"expiresAt":1900000000000}', "expiresAt"],
  ["an end in words", '{"expiresAt":"tomorrow"}', "expiresAt"],
  ["an empty end", '{"expiresAt":""}', "expiresAt"],
  ["an end on 30 February", '{"expiresAt":"2027-02-30T00:00:00Z"}', "expiresAt"],
  ["an end on 29 February of no leap year", '{"expiresAt":"2027-02-29T00:00:00Z"}', "expiresAt"],
  ["an end that is a date alone", '{"expiresAt":"2027-02-28"}', "expiresAt"],
  ["an end on 30 February without a time", '{"expiresAt":"2026-02-30"}', "expiresAt"],
  ["an end without a time zone", '{"expiresAt":"2027-01-01T00:00:00"}', "expiresAt"],
  ["an end in month 13", '{"expiresAt":"2027-13-01T00:00:00Z"}', "expiresAt"],
  ["an end in month 0", '{"expiresAt":"2027-00-01T00:00:00Z"}', "expiresAt"],
  ["an end at 24:00", '{"expiresAt":"2027-01-01T24:00:00Z"}', "expiresAt"],
  ["an end at a leap second", '{"expiresAt":"2027-01-01T23:59:60Z"}', "expiresAt"],
  ["an end in the time zone +24:00", '{"expiresAt":"2027-01-01T00:00:00+24:00"}', "expiresAt"],
  ["an end in the time zone +01:60", '{"expiresAt":"2027-01-01T00:00:00+01:60"}', "expiresAt"],
  ["an end in the time zone -22:99", '{"expiresAt":"2027-01-01T00:00:00-22:99"}', "expiresAt"],
  ["an end in the year 9999999", '{"expiresAt":"9999999-01-01T00:00:00Z"}', "expiresAt"],
  ["an end in the year +275760", '{"expiresAt":"+275760-09-13T00:00:00Z"}', "expiresAt"],
  ["an end in the past", '{"expiresAt":"2020-01-01T00:00:00Z"}', "expiresAt"],
  ["an end in the year 0", '{"expiresAt":"0000-01-01T00:00:00Z"}', "expiresAt"],
  ["an end with space around", '{"expiresAt":" 2027-01-01T00:00:00Z"}', "expiresAt"],
  ["an end with a line feed after it", '{"expiresAt":"2027-01-01T00:00:00Z\\n"}', "expiresAt"],
  ["a life that is a number", '{"expiresIn":90}', "expiresIn"],
  ["a life that is null", '{"expiresIn":null}', "expiresIn"],
  ["an empty life", '{"expiresIn":""}', "expiresIn"],
  ["a life without a unit", '{"expiresIn":"90"}', "expiresIn"],
  ["a life with a space", '{"expiresIn":"90 d"}', "expiresIn"],
  ["a life with an unknown unit", '{"expiresIn":"2w"}', "expiresIn"],
  ["a life of less than nothing", '{"expiresIn":"-1d"}', "expiresIn"],
  ["a life with a fraction", '{"expiresIn":"1.5d"}', "expiresIn"],
  ["a life with an exponent", '{"expiresIn":"1e3d"}', "expiresIn"],
  ["a life of two units", '{"expiresIn":"1d12h"}', "expiresIn"],
  ["no life at all", '{"expiresIn":"0s"}', "expiresIn"],
  ["a life of ten years and a day", '{"expiresIn":"3651d"}', "expiresIn"],
  ["a life of 99999999999 days", '{"expiresIn":"99999999999d"}', "expiresIn"],
  ["a life in other digits", '{"expiresIn":"٣d"}', "expiresIn"],
  ["an end and a life", '{"expiresAt":"2030-01-01T00:00:00Z","expiresIn":"90d"}', "expiresIn"],
];

const TABLES: [what: string, method: string, path: string, rows: Row[]][] = [
  [
    "creating a key",
    ...(CREATE.slice(0, 2) as [string, string]),
    [
      ...NOT_OBJECTS,
      ...NAMES,
      ...MEMBERS,
      ...SETTINGS,
      ["__proto__ alone", '{"__proto__":{"name":"x"}}', "__proto__"],
      ["an environment that is unknown", '{"environment":"prod"}', "environment"],
      ["an environment that is null", '{"environment":null}', "environment"],
      ["an owner in the body", '{"organizationId":"org_1"}', "organizationId"],
      ["a key of one's own", '{"key":"kw_live_mine"}', "key"],
      ["a parent", '{"parentId":"key_1"}', "parentId"],
      ["an Idempotency-Key in the body", '{"idempotencyKey":"a"}', "idempotencyKey"],
      ["enabled, which is of changes", '{"enabled":false}', "enabled"],
    ],
  ],
  [
    "changing a key",
    "PATCH",
    `${ORGS}/:full/keys/:key`,
    [
      ...NOT_OBJECTS,
      ...NAMES,
      ...MEMBERS,
      ...SETTINGS,
      ["__proto__ alone", '{"__proto__":{"name":"x"}}', "__proto__"],
      ["nothing at all", "{}", "body"],
      ["enabled as a text", '{"enabled":"true"}', "enabled"],
      ["enabled as a number", '{"enabled":1}', "enabled"],
      ["enabled as null", '{"enabled":null}', "enabled"],
      ["another environment", '{"environment":"test"}', "environment"],
      ["another owner", '{"organizationId":"org_1"}', "organizationId"],
      ["revokedAt", '{"revokedAt":null}', "revokedAt"],
      ["one good field and one bad", '{"name":"new","enabled":0}', "enabled"],
    ],
  ],
  [
    "rotating a key",
    "POST",
    `${ORGS}/:full/keys/:key/rotate`,
    [
      ...NOT_OBJECTS,
      ["an overlap that is a number", '{"overlap":5}', "overlap"],
      ["an overlap that is null", '{"overlap":null}', "overlap"],
      ["an overlap of over 30 days", '{"overlap":"31d"}', "overlap"],
      ["an overlap of less than nothing", '{"overlap":"-1s"}', "overlap"],
      ["an overlap in weeks", '{"overlap":"1w"}', "overlap"],
      ["a setting of the successor", '{"name":"x"}', "name"],
      ["__proto__", '{"__proto__":{"overlap":"1h"}}', "__proto__"],
      ["an overlap twice", '{"overlap":"1h","overlap":"0s"}', "overlap"],
    ],
  ],
  [
    "creating an organization",
    "POST",
    ORGS,
    [
      ...NOT_OBJECTS,
      ...NAMES,
      ...MEMBERS,
      ...LIMITS("overrides").map(([sentence, text, field]): Row => [sentence, text.replace("{", '{"name":"x",'), field]),
      ["no name", "{}", "name"],
      ["a name that is null", '{"name":null}', "name"],
      ["an unknown plan", '{"name":"x","plan":"nope"}', "plan"],
      ["a plan of the prototype", '{"name":"x","plan":"__proto__"}', "plan"],
      ["a plan called constructor", '{"name":"x","plan":"constructor"}', "plan"],
      ["a plan that is null", '{"name":"x","plan":null}', "plan"],
      ["no keys at all", '{"name":"x","overrides":{"keys":0}}', "overrides.keys"],
    ],
  ],
  [
    "changing an organization",
    "PATCH",
    `${ORGS}/:full`,
    [
      ...NOT_OBJECTS,
      ...NAMES,
      ...MEMBERS,
      ...LIMITS("overrides"),
      ["nothing at all", "{}", "body"],
      ["a name that is null", '{"name":null}', "name"],
      ["an unknown plan", '{"plan":"toString"}', "plan"],
      ["a good name and a bad plan", '{"name":"new","plan":"nope"}', "plan"],
    ],
  ],
  [
    "making a management JWT",
    "POST",
    `${ORGS}/:full/tokens`,
    [
      ...NOT_OBJECTS,
      ["no life at all", '{"ttl":"0s"}', "ttl"],
      ["a life of over a day", '{"ttl":"86401s"}', "ttl"],
      ["a life that is a number", '{"ttl":900}', "ttl"],
      ["an unknown field", '{"sub":"admin"}', "sub"],
    ],
  ],
  [
    "creating a service token",
    "POST",
    TOKENS,
    [...NOT_OBJECTS, ...NAMES, ...MEMBERS, ["no name", "{}", "name"], ["a name that is null", '{"name":null}', "name"]],
  ],
];

describe.each(TABLES)("%s with", (_what, method, path, rows) => {
  test.each(rows)("%s is 400, names the field, and stores nothing", async (_sentence, text, field) => {
    const before = await everything();
    const { status, json, header } = await send(method, path, text);
    expect([status, json.errors?.[0]?.field]).toEqual([400, field]);
    expect(json).toMatchObject({
      status: 400,
      title: expect.any(String),
      detail: expect.any(String),
      type: expect.stringMatching(/^urn:/),
    });
    expect(header("content-type")).toBe("application/problem+json");
    expect(await everything()).toBe(before);
  });
});

describe.each(BODIES)("%s %s: a body that cannot be read is refused, and stores nothing", (method, path, good) => {
  const pad = (length: number) => good + " ".repeat(length - good.length);

  test.each<[string, string | Uint8Array, string[], number, string]>([
    ["one byte over 64 KB", pad(LIMIT + 1), ["Content-Type: application/json"], 413, "payload_too_large"],
    ["65 KB of something else", "x".repeat(65 * 1024), ["Content-Type: application/json"], 413, "payload_too_large"],
    ["a megabyte", pad(1024 * 1024), ["Content-Type: application/json"], 413, "payload_too_large"],
    ["text/plain", good, ["Content-Type: text/plain"], 415, "unsupported_media_type"],
    ["no content type", good, [], 415, "unsupported_media_type"],
    ["a form", "name=x", ["Content-Type: application/x-www-form-urlencoded"], 415, "unsupported_media_type"],
    ["a type that begins like JSON", good, ["Content-Type: application/jsonx"], 415, "unsupported_media_type"],
    ["JSON in another charset", good, ["Content-Type: application/json; charset=utf-16"], 415, "unsupported_media_type"],
    ["two content types in one", good, ["Content-Type: application/json, text/plain"], 415, "unsupported_media_type"],
    ["half an object", '{"name":"x"', ["Content-Type: application/json"], 400, "invalid_json"],
    ["single quotes", "{'name':'x'}", ["Content-Type: application/json"], 400, "invalid_json"],
    ["a comma at the end", '{"name":"x",}', ["Content-Type: application/json"], 400, "invalid_json"],
    ["two objects", '{"name":"x"}{}', ["Content-Type: application/json"], 400, "invalid_json"],
    ["NaN", '{"name":NaN}', ["Content-Type: application/json"], 400, "invalid_json"],
    ["spaces alone", "   ", ["Content-Type: application/json"], 400, "invalid_json"],
    ["UTF-8 that is not", Buffer.from('{"name":"\xff"}', "latin1"), ["Content-Type: application/json"], 400, "invalid_json"],
    ["an overlong slash", Buffer.from('{"name":"\xc0\xaf"}', "latin1"), ["Content-Type: application/json"], 400, "invalid_json"],
    ["UTF-16", Buffer.from(good, "utf16le"), ["Content-Type: application/json"], 400, "invalid_json"],
    ["brackets 60,000 deep", "[".repeat(60_000), ["Content-Type: application/json"], 400, "invalid_json"],
  ])("%s", async (_sentence, body, headers, expected, code) => {
    const before = await everything();
    const { status, json } = await send(method, path, body, headers);
    expect([status, json.code]).toEqual([expected, code]);
    expect(await everything()).toBe(before);
  });

  test("65 KB in chunks, without a Content-Length", async () => {
    const before = await everything();
    const chunk = `2000\r\n${" ".repeat(0x2000)}\r\n`;
    const { status, json } = await sendRaw(
      server.url,
      [
        `${method} ${at(path)} HTTP/1.1`,
        `Authorization: Bearer ${server.operatorToken}`,
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
      ],
      `${chunk.repeat(9)}0\r\n\r\n`,
    );
    expect([status, json.code]).toEqual([413, "payload_too_large"]);
    expect(await everything()).toBe(before);
  });
});

describe("a body that can be read", () => {
  const [method, path] = CREATE;
  test.each([
    ["exactly 64 KB", `{"name":"x"}${" ".repeat(LIMIT - 12)}`, ["Content-Type: application/json"]],
    ["a charset", '{"name":"x"}', ["Content-Type: application/json; charset=utf-8"]],
    ["a charset in quotes and capitals", '{"name":"x"}', ['Content-Type: APPLICATION/JSON;charset="UTF-8"']],
    ["nothing, and no type", "", []],
    ["nothing, and a type", "", ["Content-Type: application/json"]],
  ])("%s is taken", async (_sentence, body, headers) => {
    const { status, json } = await send(method, path, body, headers);
    expect(status).toBe(201);
    await server.operator("DELETE", `${ORGS}/${empty}/keys/${json.id}`);
  });

  test("a request that breaks off in its body stores nothing, and the server goes on", async () => {
    const before = await everything();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(
      `${method} ${at(path)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.operatorToken}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":`,
    );
    await new Promise((later) => setTimeout(later, 50));
    socket.resetAndDestroy();
    await new Promise((later) => setTimeout(later, 50));
    expect(await everything()).toBe(before);
    expect(server.process.exitCode).toBe(null);
  });
});

describe("a query is checked like a body", () => {
  test.each([
    ["limit=0", "limit"],
    ["limit=-1", "limit"],
    ["limit=1.5", "limit"],
    ["limit=101", "limit"],
    ["limit=1e400", "limit"],
    ["limit=NaN", "limit"],
    ["limit=ten", "limit"],
    ["limit=", "limit"],
    ["limit=%00", "limit"],
    ["cursor=nonsense", "cursor"],
    ["cursor=", "cursor"],
    ["cursor=' or 1=1 --", "cursor"],
    ["cursor=%ff", "cursor"],
  ])("?%s of keys and of organizations is 400 and names it", async (query, field) => {
    for (const path of [`${ORGS}/${full}/keys`, ORGS]) {
      const { status, json } = await server.operator("GET", `${path}?${query}`);
      expect([path === ORGS ? "organizations" : "keys", status, json.errors?.[0].field]).toEqual([
        path === ORGS ? "organizations" : "keys",
        400,
        field,
      ]);
    }
  });

  test("?active=yes is 400", async () => {
    const { status, json } = await server.operator("GET", `${ORGS}/${full}/keys?active=yes`);
    expect([status, json.errors?.[0].field]).toEqual([400, "active"]);
  });
});

describe("paths and methods", () => {
  test.each([
    "/",
    "/nothing",
    "/keyward/nothing",
    "/keyward/v1",
    "/keyward/v2/organizations",
    `${ORGS}/`,
    "/keyward/v1/Organizations",
    "/keyward/v1/keys",
    "/api-keys",
    "/account/api-keys",
    "/keyward/v1/organizations//keys",
    "/keyward/health/",
    "/%2e%2e/keyward/healthz",
    "/.env",
    "/keyward/v1/verify/",
    "/keyward/v1/../../etc/passwd",
    "/%",
    "/%ff",
    "/%00",
  ])("%s is no route: 404 for the operator and for anybody, whatever the method", async (path) => {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      for (const headers of [[], [`Authorization: Bearer ${server.operatorToken}`]]) {
        const { status, json, header } = await sendRaw(server.url, [`${method} ${path} HTTP/1.1`, ...headers]);
        expect([method, status, json?.code, header("content-type")]).toEqual([method, 404, "not_found", "application/problem+json"]);
      }
    }
  });

  // biome-ignore format: a table
  test.each<[path: string, allowed: string[], refused: string[]]>([
    [ORGS,                                 ["GET", "POST"],            ["PUT", "PATCH", "DELETE", "OPTIONS"]],
    [`${ORGS}/:full`,                      ["GET", "PATCH"],           ["PUT", "POST", "DELETE"]],
    [`${ORGS}/:full/tokens`,               ["POST"],                   ["GET", "DELETE"]],
    [`${ORGS}/:full/keys`,                 ["GET", "POST"],            ["PUT", "DELETE"]],
    [`${ORGS}/:full/keys/:key`,            ["DELETE", "GET", "PATCH"], ["PUT", "POST"]],
    [`${ORGS}/:full/keys/:key/usage`,      ["GET"],                    ["POST", "DELETE"]],
    [`${ORGS}/:full/usage`,                ["GET"],                    ["POST", "DELETE"]],
    [`${ORGS}/:full/keys/:key/rotate`,     ["POST"],                   ["GET", "DELETE"]],
    ["/keyward/v1/keys/:key",              ["GET"],                    ["DELETE", "PATCH", "POST"]],
    [TOKENS,                               ["GET", "POST"],            ["DELETE", "PUT"]],
    [`${TOKENS}/st_1`,                     ["DELETE"],                 ["GET", "PATCH"]],
    ["/keyward/v1/verify",                 ["POST"],                   ["GET", "PUT", "DELETE", "OPTIONS"]],
    ["/keyward/v1/whoami",                 ["GET"],                    ["POST", "DELETE"]],
    ["/keyward/health",                    ["GET"],                    ["POST", "DELETE"]],
    ["/keyward/ready",                     ["GET"],                    ["POST"]],
    ["/keyward/metrics",                   ["GET"],                    ["POST"]],
    ["/keyward/openapi.json",              ["GET"],                    ["POST"]],
  ])("%s takes %j; other methods are 405 with Allow and change nothing", async (path, allowed, refused) => {
    const before = await everything();
    for (const method of refused) {
      const { status, json, header } = await send(method, path, "{}");
      expect([method, status, json.code]).toEqual([method, 405, "method_not_allowed"]);
      expect(header("allow")?.split(", ").sort()).toEqual(allowed.flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name])).sort());
    }
    expect(await everything()).toBe(before);
  });

  test("HEAD responds like GET, without the body", async () => {
    for (const path of [
      "/keyward/health",
      "/keyward/ready",
      "/keyward/metrics",
      "/keyward/openapi.json",
      ORGS,
      `${ORGS}/:full`,
      `${ORGS}/:full/keys`,
      `${ORGS}/:full/keys/:key/usage`,
      "/keyward/v1/keys/:key",
      TOKENS,
    ]) {
      const [asked, headed] = [await send("GET", path, ""), await send("HEAD", path, "")];
      expect([path, asked.status, headed.status, headed.text, headed.header("content-type")]).toEqual([
        path,
        200,
        200,
        "",
        asked.header("content-type"),
      ]);
    }
  });

  test.each([
    ["a method that HTTP does not know", "GEET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["no HTTP at all", "hello\r\n\r\n"],
    ["two lengths", "POST /keyward/v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    [
      "a length and chunks",
      "POST /keyward/v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a header with a space before ':'", "GET /keyward/health HTTP/1.1\r\nHost: x\r\nX-Keyward-Key-Id : a\r\n\r\n"],
    ["no host", "GET /keyward/health HTTP/1.1\r\n\r\n"],
    ["two hosts", "GET /keyward/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
  ])("%s is 400, and the connection is closed", async (_sentence, bytes) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(bytes);
    expect(parseResponse(await readAll(socket)).status).toBe(400);
  });
});
