/** What holds every response against the document would notice: a check that lets everything pass holds nothing. */
import { expect, test } from "vitest";
import { OpenApiChecker, type OpenApiDocument } from "../support/openapi-checker.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";

const json = (schema: object) => ({ content: { "application/json": { schema } } });
const headers = { "X-Request-Id": {} };
const response = (schema: object) => ({ ...json(schema), headers });
const document = {
  servers: [{ url: "/base" }],
  paths: {
    "/keyward/v1/things": {
      post: {
        operationId: "things.create",
        requestBody: json({ type: "object", properties: { name: { type: "string", maxLength: 3 } }, additionalProperties: false }),
        responses: {
          201: response({ $ref: "#/components/schemas/NewThing" }),
          400: response({ type: "object", required: ["code"], properties: { code: { type: "string" } } }),
        },
      },
    },
    "/keyward/v1/things/{id}": {
      delete: { operationId: "things.delete", responses: { 204: { headers }, 404: {} } },
      get: { operationId: "things.get", responses: { 200: response({ $ref: "#/components/schemas/Thing" }) } },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        required: ["id"],
        properties: {
          id: { type: "string" },
          at: { type: "string", format: "date-time" },
          tags: { type: "array", items: { type: "object", properties: { a: { type: "integer" } } } },
        },
      },
      NewThing: {
        allOf: [{ $ref: "#/components/schemas/Thing" }, { type: "object", required: ["key"], properties: { key: { type: "string" } } }],
      },
    },
  },
} as unknown as OpenApiDocument;

const JSON_TYPE = "application/json";
const THINGS = "/base/keyward/v1/things";
type Row = [
  sentence: string,
  request: string,
  sent: string | undefined,
  status: number,
  contentType: string | null,
  text: string,
  fault: RegExp | undefined,
];

test.each<Row>([
  ["a documented response", `POST ${THINGS}`, '{"name":"a"}', 201, JSON_TYPE, '{"id":"1","key":"k"}', undefined],
  ["content types with parameters", `GET ${THINGS}/1`, undefined, 200, "application/json; charset=utf-8", '{"id":"1"}', undefined],
  ["a query", `GET ${THINGS}/1?a=b`, undefined, 200, JSON_TYPE, '{"id":"1"}', undefined],
  ["HEAD, without a body", `HEAD ${THINGS}/1`, undefined, 200, JSON_TYPE, "", undefined],
  ["a status that is not documented", `GET ${THINGS}/1`, undefined, 418, JSON_TYPE, "{}", /status is not documented/],
  ["another content type", `GET ${THINGS}/1`, undefined, 200, "text/html", "<p>", /content type text\/html/],
  ["a body where there is none", `DELETE ${THINGS}/1`, undefined, 204, JSON_TYPE, "{}", /no body is documented/],
  ["a response whose id is not documented", `DELETE ${THINGS}/1`, undefined, 404, null, "", /X-Request-Id is not documented/],
  ["a member that is missing", `POST ${THINGS}`, undefined, 201, JSON_TYPE, '{"id":"1"}', /key/],
  ["a member of another type", `GET ${THINGS}/1`, undefined, 200, JSON_TYPE, '{"id":1}', /string/],
  ["a text in another format", `GET ${THINGS}/1`, undefined, 200, JSON_TYPE, '{"id":"1","at":"today"}', /date-time/],
  ["a member that is not documented", `GET ${THINGS}/1`, undefined, 200, JSON_TYPE, '{"id":"1","secret":"s"}', /unevaluated/],
  ["one in a list", `GET ${THINGS}/1`, undefined, 200, JSON_TYPE, '{"id":"1","tags":[{"b":1}]}', /unevaluated/],
  ["one beside what extends another", `POST ${THINGS}`, undefined, 201, JSON_TYPE, '{"id":"1","key":"k","secret":"s"}', /unevaluated/],
  ["one in a refusal", `POST ${THINGS}`, '{"name":"a"}', 400, JSON_TYPE, '{"code":"x","stack":"s"}', /unevaluated/],
  ["an accepted body that is out of bounds", `POST ${THINGS}`, '{"name":"abcd"}', 201, JSON_TYPE, '{"id":"1","key":"k"}', /was accepted/],
  ["a refused body that is out of bounds", `POST ${THINGS}`, '{"name":"abcd"}', 400, JSON_TYPE, '{"code":"x"}', undefined],
  ["a success where there is no operation", "GET /base/keyward/v1/other", undefined, 200, JSON_TYPE, "{}", /no such operation/],
  ["a refusal where there is none", "GET /base/keyward/v1/other", undefined, 404, JSON_TYPE, "{}", undefined],
  ["another method", `PUT ${THINGS}`, undefined, 405, JSON_TYPE, "{}", undefined],
  ["a page", "GET /base/keyward/sign-up", undefined, 200, "text/html", "<p>", undefined],
])("%s", (_sentence, request, sent, status, contentType, text, fault) => {
  const [method = "", path = ""] = request.split(" ");
  const found = new OpenApiChecker(document).fault({ method, path, sent, status, contentType, text });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});

test("the tests' HTTP helpers fail on a response that the server's document does not describe", async () => {
  const { app, request, url } = await inProcess();
  app.get("/keyward/v1/undocumented", (c) => c.json({}));
  await expect(request("GET", "/keyward/v1/undocumented")).rejects.toThrow("there is no such operation in the document");
  await expect(sendRaw(url, ["GET /keyward/v1/undocumented HTTP/1.1"])).rejects.toThrow("there is no such operation in the document");
});

const PROBLEM = "application/problem+json";
test.each<[sentence: string, requestId: string | null, contentType: string, text: string, fault: RegExp | undefined]>([
  ["one id", "req_1", "text/html", "<p>", undefined],
  ["no id", null, "text/html", "<p>", /missing/],
  ["an id that is none", "a b", "text/html", "<p>", /a b/],
  ["problem details with the same", "req_1", PROBLEM, '{"requestId":"req_1"}', undefined],
  ["problem details with another", "req_1", PROBLEM, '{"requestId":"req_2"}', /another requestId/],
  ["problem details without", "req_1", PROBLEM, "{}", /or none/],
])("every response has an id, documented or not: %s", (_sentence, requestId, contentType, text, fault) => {
  const found = new OpenApiChecker(document).fault({ method: "GET", path: "/nowhere", status: 404, contentType, text, requestId });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});
