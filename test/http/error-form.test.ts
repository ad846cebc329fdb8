/** In which form the management API and signing in refuse: on every platform, as the request's `Accept` asks. */
import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode } from "../../engine/errors.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { StoreUnavailable } from "../../service/index.ts";
import type { Store } from "../../stores/contract.ts";
import { inProcess } from "./in-process.ts";

const ORGS = "/keyward/v1/organizations";
const ABSENT = `${ORGS}/org_00000000000000000000000000`;
const ACCEPTS = "application/json, application/problem+json";

/** A request; the token, undefined for the operator's and null for none; the code. */
// biome-ignore format: a table
const REFUSED: [sentence: string, method: string, path: string, body: unknown, token: string | null | undefined, code: ErrorCode][] = [
  ["a route without a credential",        "GET",  ORGS,                            undefined,                    null,      "missing_credential"],
  ["a token that is not valid",           "GET",  ORGS,                            undefined,                    "kwo_no",  "invalid_credential"],
  ["an organization that is not there",   "GET",  ABSENT,                          undefined,                    undefined, "not_found"],
  ["a field that is not valid",           "POST", ORGS,                            { name: "" },                 undefined, "invalid_request"],
  ["a field that is not known",           "POST", ORGS,                            { name: "x", b: 1 },          undefined, "invalid_request"],
  ["a query that is not valid",           "GET",  `${ORGS}?limit=x`,               undefined,                    undefined, "invalid_request"],
  ["a body that is too large",            "POST", ORGS,                            { name: "x".repeat(70_000) }, undefined, "payload_too_large"],
  ["what only a session may do",          "POST", "/keyward/v1/session/token",     { organizationId: "x" },      undefined, "forbidden"],
  ["a path where nothing is",             "GET",  "/keyward/v1/nothing",           undefined,                    undefined, "not_found"],
  ["a method that the path has not",      "PUT",  ORGS,                            undefined,                    undefined, "method_not_allowed"],
  ["signing in with a body that is none", "POST", "/keyward/auth/sign-in/email",   [],                           null,      "invalid_request"],
  ["passwords where there are none",      "POST", "/keyward/auth/sign-in/email",   { email: "a@example.com", password: "x" }, null, "not_found"],
  ["a provider that is not configured",   "POST", "/keyward/auth/sign-in/social",  { provider: "nobody" },       null,      "not_found"],
];

describe.each([...PLATFORMS])("%s", (_name, platform) => {
  const { contentType } = platform.errorForm;
  const own = (code: ErrorCode) => platform.errorForm.body({ code, detail: "x" }, (known) => ERRORS[known]);

  test("refuses with problem details if the request accepts them, otherwise in the platform's form", async () => {
    const { request } = await inProcess({ platform });
    for (const [sentence, method, path, body, token, code] of REFUSED) {
      const { status, title } = ERRORS[code];
      const asked = await request(method, path, body, token, { accept: ACCEPTS });
      expect([sentence, asked.status, asked.headers.get("content-type"), asked.json]).toEqual([
        sentence,
        status,
        "application/problem+json",
        expect.objectContaining({ type: `urn:keyward:problem:${code}`, title, status, code, detail: expect.stringMatching(/^[A-Za-z"]/) }),
      ]);
      const unasked = await request(method, path, body, token);
      const form = own(code);
      expect([sentence, unasked.status, unasked.headers.get("content-type"), unasked.json]).toEqual([
        sentence,
        status,
        contentType,
        expect.objectContaining(Object.fromEntries(Object.keys(form).map((member) => [member, expect.anything()]))),
      ]);
      for (const header of ["www-authenticate", "allow", "cache-control"])
        expect([sentence, header, asked.headers.get(header)]).toEqual([sentence, header, unasked.headers.get(header)]);
    }
  });

  test("routes that judge keys respond in the platform's form, whatever is accepted", async () => {
    const { request } = await inProcess({ platform });
    const paths = ["/keyward/v1/whoami", ...platform.routes.filter(({ operation }) => operation === "list").map(({ path }) => path)];
    for (const path of paths) {
      const { headers, json } = await request("GET", path, undefined, null, { accept: ACCEPTS });
      const body = own("missing_credential");
      expect([path, headers.get("content-type"), Object.keys(json)]).toEqual([path, contentType, Object.keys(body)]);
    }
    for (const [method, path] of [
      ["PUT", "/keyward/v1/whoami"],
      ["GET", "/nothing"],
    ] as const) {
      const { headers } = await request(method, path, undefined, null, { accept: ACCEPTS });
      expect([path, headers.get("content-type")]).toEqual([path, contentType]);
    }
  });

  test("tells an outage of the store in the form that is accepted", async () => {
    let isDown = false;
    const wrap = (store: Store): Store =>
      new Proxy(store, {
        get:
          (methods, method) =>
          (...values: unknown[]) => {
            if (isDown) throw new StoreUnavailable("down");
            return (methods as unknown as Record<PropertyKey, (...values: unknown[]) => unknown>)[method]?.(...values);
          },
      });
    const { request } = await inProcess({ platform, wrap });
    isDown = true;
    const { status, headers, json } = await request("GET", ORGS, undefined, undefined, { accept: ACCEPTS });
    isDown = false;
    expect([status, headers.get("content-type"), json.code]).toEqual([503, "application/problem+json", "store_unavailable"]);
  });
});

describe("an Accept names problem details", () => {
  // biome-ignore format: a table
  test.each([
    ["alone",                     "application/problem+json",                          true],
    ["among others",              "text/html, application/problem+json;q=0.5, */*",    true],
    ["in capitals",               "APPLICATION/Problem+JSON",                          true],
    ["with a parameter",          "application/problem+json; charset=utf-8",           true],
    ["not, when refused",         "application/json, application/problem+json;q=0",    false],
    ["not, when refused at length", "application/problem+json; q=0.000",               false],
    ["not by a wildcard",         "*/*",                                               false],
    ["not by a half wildcard",    "application/*",                                     false],
    ["not by another type",       "application/problem+xml",                           false],
    ["not by a longer name",      "application/problem+jsonp",                         false],
    ["not by nothing",            ",;,",                                               false],
  ])("%s", async (_sentence, accept, isNamed) => {
    const platform = PLATFORMS.get("agentsgt")!;
    const { request } = await inProcess({ platform });
    const { headers } = await request("GET", ABSENT, undefined, undefined, { accept });
    expect(headers.get("content-type")).toBe(isNamed ? "application/problem+json" : "application/json");
  });
});
