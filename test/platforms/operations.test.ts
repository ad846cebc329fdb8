/** The rules of a platform's own routes: which path each means, and what a description of them may not say. */
import { describe, expect, test } from "vitest";
import { operationRules } from "../../http/operation-rules.ts";
import type { OperationRule } from "../../platforms/define.ts";
import { ampersend, definePlatform, keyward } from "../../platforms/index.ts";

const withPath = (path: string) =>
  definePlatform({
    ...keyward,
    scopes: ["read"],
    operations: [{ method: "POST", path: path as OperationRule["path"], needs: { scope: "read" } }],
  });

describe("AM4 a path with an optional part is one rule for two paths", () => {
  const find = operationRules(withPath("[/v1]/agents/{address}/keys"));
  // biome-ignore format: a table
  test.each<[string, string, "key" | "none"]>([
    ["with the part",              "/v1/agents/0x1/keys",    "key"],
    ["without it",                 "/agents/0x1/keys",       "key"],
    ["with a slash at the end",    "/agents/0x1/keys/",      "key"],
    ["with the part twice",        "/v1/v1/agents/0x1/keys", "none"],
    ["with another",               "/v2/agents/0x1/keys",    "none"],
    ["with the part run together", "/v1agents/0x1/keys",     "none"],
    ["with the brackets",          "/[/v1]/agents/0x1/keys", "none"],
    ["with less",                  "/0x1/keys",              "none"],
  ])("%s", (_sentence, path, kind) => {
    expect(find("POST", path).kind).toBe(kind);
    expect(find("GET", path).kind).toBe("none");
  });

  test("AM7 both need the same scope of the same agent", () => {
    const rules = operationRules(ampersend);
    for (const path of ["/agents", "/agents/0xAB/keys"]) expect(rules("POST", path)).toEqual(rules("POST", `/v1${path}`));
    expect(rules("POST", "/agents/0xAB/keys")).toEqual({ kind: "key", ask: { scopes: ["agent-keys:write"], resource: "0xab" } });
  });
});

test.each([
  "/agents[/v1]",
  "[/v1/agents",
  "/v1]/agents",
  "[]/agents",
  "[/]/agents",
  "[v1]/agents",
  "[/v1][/v2]/agents",
  "[/v1]",
  "[/v1]agents",
  "[[/v1]]/agents",
])("a path in other brackets is refused with the platform: %s", (path) => {
  expect(() => withPath(path)).toThrow(new RangeError(`platform keyward: ${path} may have one part in brackets, at its beginning`));
});
