/** What a platform's list of operations asks for before a request may pass, by method and target alone. */
import { describe, expect, test } from "vitest";
import { operationRules } from "../../http/operation-rules.ts";
import { definePlatform, keyward } from "../../platforms/index.ts";

const find = operationRules(
  definePlatform({
    ...keyward,
    scopes: ["read", "write"],
    canonicalResource: (text) => text.toLowerCase(),
    operations: [
      { method: "GET", path: "/agents", needs: { scope: "read" } },
      { method: "GET", path: "/agents/{agent}", needs: { scope: "read" }, resource: "agent" },
      { method: "POST", path: "/agents/{agent}/keys", needs: { scope: "write" }, resource: "agent" },
      { method: "POST", path: "/agents/{agent}/pay", needs: "agent" },
    ],
  }),
);
const NONE = { kind: "none" };
const key = (scope: string, resource = "") => ({ kind: "key", ask: { scopes: [scope], resource } });

describe("a request needs", () => {
  // biome-ignore format: a table
  test.each<[string, string, string, object]>([
    ["the scope of its operation",                     "GET",    "/agents",               key("read")],
    ["the same with a query",                          "GET",    "/agents?a=/agents/x/pay", key("read")],
    ["the same with a slash at the end",               "GET",    "/agents/",              key("read")],
    ["for HEAD what GET needs",                        "HEAD",   "/agents",               key("read")],
    ["the resource that its path names",               "GET",    "/agents/a1",            key("read", "a1")],
    ["the resource in its one spelling",               "POST",   "/agents/A1/keys",       key("write", "a1")],
    ["the resource decoded",                           "GET",    "/agents/a%401",         key("read", "a@1")],
    ["the resource as it is where it cannot be decoded", "GET",  "/agents/a%zz",          key("read", "a%zz")],
    ["an agent's own session",                         "POST",   "/agents/a1/pay",        { kind: "agent" }],
    ["nothing that exists: another method",            "DELETE", "/agents",               NONE],
    ["nothing that exists: a method in lower case",    "get",    "/agents",               NONE],
    ["nothing that exists: an operation of nobody",    "GET",    "/exports",              NONE],
    ["nothing that exists: more than the path",        "GET",    "/agents/a1/keys/1",     NONE],
    ["nothing that exists: an empty segment",          "GET",    "/agents//keys",         NONE],
    ["nothing that exists: two slashes at the end",    "GET",    "/agents//",             NONE],
    ["nothing that exists: another case",              "GET",    "/Agents",               NONE],
    ["nothing that exists: an encoded slash",          "GET",    "/agents%2fa1",          NONE],
    ["nothing that exists: an encoded backslash",      "GET",    "/agents/a%5C1",         NONE],
    ["nothing that exists: a backslash",               "GET",    "/agents\\a1",           NONE],
    ["nothing that exists: an encoded dot",            "GET",    "/agents/%2e",           NONE],
    ["nothing that exists: a fragment",                "GET",    "/agents#/a1",           NONE],
    ["nothing that exists: a fragment in the query",   "GET",    "/agents?a#b",           NONE],
    ["nothing that exists: a line break at the end",   "GET",    "/agents\n",             NONE],
    ["nothing that exists: the root",                  "GET",    "/",                     NONE],
    ["nothing that exists: an empty target",           "GET",    "",                      NONE],
  ])("%s", (_sentence, method, target, expected) => {
    expect(find(method, target)).toEqual(expected);
  });

  test("any key, where the platform lists no operations", () => {
    const any = operationRules(definePlatform({ ...keyward, operations: null }));
    for (const target of ["/", "/agents", "/a//b", "/a%2fb"]) expect(any("GET", target)).toEqual({ kind: "key", ask: undefined });
  });
});
