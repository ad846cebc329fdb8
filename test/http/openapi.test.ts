/** The OpenAPI document of every platform: complete, and in the form that generators need. That it is true, every other test holds. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { PLATFORMS } from "../../platforms/index.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";

interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, unknown>[];
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>>;
}

describe.each([...PLATFORMS])("the document of %s", (_name, platform) => {
  const read = async () => {
    const { request } = await inProcess({ platform });
    const document = (await request("GET", "/keyward/openapi.json", undefined, null)).json;
    const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
    );
    return { document, operations };
  };

  test("names each operation, shortly and once", async () => {
    const { operations } = await read();
    const ids = operations.map(({ operationId = "" }) => operationId);
    expect(ids.filter((id) => !/^[a-zA-Z]+(?:\.[a-zA-Z]+)?$/.test(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(["verify", "whoami", "keys.create", "keys.list", "organizations.create", "health"]));
  });

  test("declares its tags and its security schemes, and which of them each operation has", async () => {
    const { document, operations } = await read();
    const declared = new Set((document.tags as { name: string; description: string }[]).map(({ name }) => name));
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { name, tags = [], security } of operations) {
      expect([name, tags.length, tags.every((tag) => declared.has(tag))]).toEqual([name, 1, true]);
      if (name === "GET /keyward/health" || name === "GET /keyward/ready" || name === "GET /keyward/v1/platform") continue;
      expect([name, security?.flatMap((one) => Object.keys(one)).every((scheme) => schemes.includes(scheme))]).toEqual([name, true]);
    }
    expect(schemes).not.toContain("person");
    expect(operations.find(({ operationId }) => operationId === "signIn.changePassword")?.security).toEqual([{ session: [] }]);
    expect(document.info.license).toEqual({ name: "MIT", identifier: "MIT" });
  });

  test("has a schema for every response with a body, refusals in the platform's own form among them", async () => {
    const { operations } = await read();
    const responses = operations.flatMap(({ name, responses: byStatus }) =>
      Object.entries(byStatus).map(([status, { content = {} }]) => ({ status: `${name} ${status}`, content })),
    );
    const withBody = responses.filter(({ status }) => !/ (?:204|303)$/.test(status));
    expect(withBody.filter(({ content }) => !Object.values(content).some(({ schema }) => schema !== undefined))).toEqual([]);
    const refused = responses.filter(({ status }) => / [45]\d\d$/.test(status));
    expect(refused.filter(({ content }) => !Object.hasOwn(content, platform.errorForm.contentType))).toEqual([]);
  });

  test("says of every number that it is whole and between which bounds, and has patterns that are regular expressions", async () => {
    expect(faultsIn((await read()).document, "")).toEqual([]);
  });
});

test.each([
  [undefined, ["live", "test"]],
  ["live", ["live"]],
  ["test", ["test"]],
] as const)("a server that serves the environment %s offers new keys in %j", async (environment, offered) => {
  const { request } = await inProcess(environment === undefined ? {} : { environment });
  const { paths } = (await request("GET", "/keyward/openapi.json", undefined, null)).json;
  const { post } = paths["/keyward/v1/organizations/{organizationId}/keys"];
  expect(post.requestBody.content["application/json"].schema.properties.environment.enum).toEqual(offered);
});

describe("over HTTP the document", () => {
  const PATH = "/keyward/openapi.json";

  // biome-ignore format: a table
  test.each([
    ["nothing",                           undefined,               undefined, undefined],
    ["br before gzip",                    "gzip, br",              "br",      brotliDecompressSync],
    ["gzip, the client's own order",      "br;q=0.5, gzip",        "gzip",    gunzipSync],
    ["gzip where br is refused",          "br;q=0, *",             "gzip",    gunzipSync],
    ["nothing where only deflate is taken", "deflate",             undefined, undefined],
  ])("is compressed as Accept-Encoding takes it: %s", async (_sentence, accepted, encoding, decompress) => {
    const { url, request } = await inProcess();
    const plain = await request("GET", PATH, undefined, null, { "accept-encoding": "identity" });
    const { status, lines, body } = await sendRaw(url, [
      `GET ${PATH} HTTP/1.1`,
      ...(accepted === undefined ? [] : [`Accept-Encoding: ${accepted}`]),
    ]);
    const headers = Object.fromEntries(lines);
    expect([status, headers["content-encoding"], headers.vary, headers["content-type"]]).toEqual([
      200,
      encoding,
      "Accept-Encoding",
      "application/json",
    ]);
    expect((decompress === undefined ? body : decompress(body)).toString()).toBe(plain.text);
    expect(body.length).toBe(Number(headers["content-length"]));
    if (decompress !== undefined) expect(body.length).toBeLessThan(plain.text.length / 5);
  });

  test("is not sent again to whoever has it, in whichever encoding", async () => {
    const { request } = await inProcess();
    const get = (headers: Record<string, string>) => request("GET", PATH, undefined, null, headers);
    const { headers } = await get({ "accept-encoding": "gzip" });
    const tag = headers.get("etag") ?? "";
    expect([tag, headers.get("cache-control")]).toEqual([expect.stringMatching(/^W\/"[\w-]{43}"$/), "no-cache"]);
    for (const [known, status] of [
      [tag, 304],
      [`"other", ${tag}`, 304],
      ["*", 304],
      ['"other"', 200],
      ["", 200],
    ] as const) {
      for (const encoding of ["br", "identity"]) {
        const again = await get({ "if-none-match": known, "accept-encoding": encoding });
        expect([known, again.status, again.text === "", again.headers.get("etag")]).toEqual([known, status, status === 304, tag]);
      }
    }
  });
});

/** What generated clients and validators would stumble over. */
function faultsIn(value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { pattern } = value as { pattern?: unknown };
  const faults = [
    ...(typeof pattern === "string" && !isAnchored(pattern) ? [`${at} has the pattern ${pattern}`] : []),
    ...(isBounded(value) ? [] : [`${at} is a number without bounds, or with fractions`]),
  ];
  return [...faults, ...Object.entries(value).flatMap(([name, member]) => faultsIn(member, `${at}/${name}`))];
}

function isBounded({
  type,
  enum: values,
  minimum,
  maximum,
}: {
  type?: unknown;
  enum?: unknown;
  minimum?: unknown;
  maximum?: unknown;
}): boolean {
  const types = [type].flat();
  if (types.includes("number")) return false;
  return !types.includes("integer") || values !== undefined || (typeof minimum === "number" && typeof maximum === "number");
}

/** A pattern that was copied with the slashes and flags of its source matches nothing. */
function isAnchored(pattern: string): boolean {
  new RegExp(pattern, "u");
  return pattern.startsWith("^") && pattern.endsWith("$");
}
