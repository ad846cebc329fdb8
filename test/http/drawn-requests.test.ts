/** Whatever a platform's OpenAPI document allows in a request is not refused as malformed, and gets a documented response. */
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../http/openapi-document.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { isEasyToGuess } from "../../service/key-strength.ts";
import { drawn } from "../support/drawn.ts";
import { OpenApiChecker, type OpenApiDocument, type Operation } from "../support/openapi-checker.ts";
import { type InProcess, inProcess } from "./in-process.ts";

const RUNS = 12;
/** Not to be drawn: what an earlier response gave, which is opaque to callers. */
const FROM_RESPONSES = ["cursor"];

interface Drawn {
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request for the operation, but for its path and credential. */
function requests(document: OpenApiDocument, ajv: Ajv2020, name: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Drawn> {
  const { schemas } = document.components;
  const given = (place: string) => {
    const ofPlace = parameters.filter((parameter) => parameter.in === place && !FROM_RESPONSES.includes(parameter.name));
    const required = ofPlace.filter((parameter) => parameter.required === true).map((parameter) => parameter.name);
    return fc.record(Object.fromEntries(ofPlace.map((parameter) => [parameter.name, drawn(parameter.schema, schemas)])), {
      requiredKeys: required,
      noNullPrototype: true,
    });
  };
  const headers = given("header") as fc.Arbitrary<Record<string, string>>;
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return fc.record({ query: given("query"), headers });
  const isValid = ajv.compile({ ...schema, $id: name, components: { schemas } });
  return fc.record({ query: given("query"), headers, body: drawn(schema, schemas).filter((body) => isValid(body)) });
}

/** A chosen key that is easy to guess is refused, which no schema can say. */
async function isRefusedAsWeak(body: unknown): Promise<boolean> {
  const { key } = (body ?? {}) as { key?: unknown };
  return typeof key === "string" && key !== "" && (await isEasyToGuess(key));
}

/** Paths in which every parameter is the id of something that is there. */
async function targets(server: InProcess) {
  const organizationId = await server.newOrganization({ overrides: { keys: null } });
  const { id: keyId, key } = await server.newKey(organizationId);
  const member = (await server.request("POST", `/keyward/v1/organizations/${organizationId}/tokens`, { ttl: "24h" })).json.token as string;
  const pathOf = (template: string) =>
    template
      .replace("{organizationId}", organizationId)
      .replace("{keyId}", keyId)
      .replaceAll(/\{\w+\}/g, "nobody");
  const credentialFor = (operation: Operation): Record<string, string> => {
    const schemes = (operation.security ?? []).flatMap((one) => Object.keys(one));
    const ofKey = schemes.find((scheme) => scheme.startsWith("key-in-"))?.slice("key-in-".length);
    if (ofKey !== undefined) return { [ofKey]: ofKey === "authorization" ? `Bearer ${key}` : key };
    if (schemes.includes("operator")) return { authorization: `Bearer ${server.operatorToken}` };
    return schemes.includes("member") ? { authorization: `Bearer ${member}` } : {};
  };
  return { pathOf, credentialFor };
}

/** A JSON schema cannot say that a list has an even number of entries. */
const hasHalfLine = (body: unknown) =>
  (body as { headers?: unknown[] } | undefined)?.headers?.length !== undefined && (body as { headers: unknown[] }).headers.length % 2 === 1;

describe.each([...PLATFORMS])("requests that the document of %s allows", (_name, platform) => {
  test("are not refused as malformed", async () => {
    const server = await inProcess({ platform });
    const document = JSON.parse(JSON.stringify(openApiDocument(server.app, platform, server.url))) as OpenApiDocument;
    const checker = new OpenApiChecker(document);
    const ajv = new Ajv2020({ strict: false, validateFormats: true });
    formats.default(ajv);
    const { pathOf, credentialFor } = await targets(server);
    let sent = 0;
    for (const [template, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const name = `${method.toUpperCase()} ${template}`;
        await fc.assert(
          fc.asyncProperty(requests(document, ajv, name, operation), async ({ query, headers, body }) => {
            fc.pre(!(await isRefusedAsWeak(body)) && !hasHalfLine(body));
            // No client address is over a limit.
            server.clock.now += 61_000;
            const search = new URLSearchParams(Object.entries(query).map(([field, value]) => [field, String(value)])).toString();
            const path = `${pathOf(template)}${search === "" ? "" : `?${search}`}`;
            const init = {
              method: method.toUpperCase(),
              headers: { ...headers, ...credentialFor(operation), ...(body !== undefined && { "content-type": "application/json" }) },
              ...(body !== undefined && { body: JSON.stringify(body) }),
            };
            const response = await server.app.fetch(new Request(server.url + path, init));
            const text = await response.text();
            sent++;
            expect([name, response.status, text]).not.toEqual([name, expect.toBeOneOf([400, 413, 415, 500]), expect.anything()]);
            const exchange = {
              method: init.method,
              path,
              sent: init.body,
              status: response.status,
              contentType: response.headers.get("content-type"),
              text,
            };
            expect(checker.fault(exchange)).toBeUndefined();
          }),
          { numRuns: isFree(operation) ? 1 : RUNS },
        );
      }
    }
    expect(sent).toBeGreaterThan(200);
  });
});

/** Nothing of the request is drawn. */
function isFree({ parameters = [], requestBody }: Operation): boolean {
  return requestBody === undefined && parameters.every((parameter: { in: string }) => parameter.in === "path");
}
