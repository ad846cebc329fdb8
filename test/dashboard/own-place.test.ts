import { describe, expect, it } from "vitest";
import { ownPlace } from "../../dashboard/src/screens/sign-in/own-place.ts";

describe("where signing in leads on to", () => {
  it.each([
    ["/keyward", "/keyward"],
    ["/keyward/", "/keyward/"],
    ["/keyward/account", "/keyward/account"],
    ["/keyward/device?code=BCDF-GHJK", "/keyward/device?code=BCDF-GHJK"],
    ["/org/org_1/settings/api-keys", "/org/org_1/settings/api-keys"],
    ["/org/org_1/settings/api-keys?create=true&name=a%20b", "/org/org_1/settings/api-keys?create=true&name=a%20b"],
    ["/org/org_1/settings/api-keys?search=//evil.example", "/org/org_1/settings/api-keys?search=//evil.example"],
    ["/keyward/account#part", "/keyward/account"],
  ])("takes %s, a page of the dashboard", (next, place) => expect(ownPlace(next)).toBe(place));

  it.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["a whole address", "https://evil.example/keyward"],
    ["another scheme", "javascript:alert(1)"],
    ["a path without a slash before it", "org/org_1"],
    ["two slashes", "//evil.example/org/org_1"],
    ["a backslash for a slash", "/\\evil.example/org/org_1"],
    ["a backslash further on", "/org/\\org_1"],
    ["a tab that browsers drop", "/\t/evil.example"],
    ["a line break", "/org/org_1\n"],
    ["a NUL", "/org/org_1\u0000"],
    ["a control character of C1", "/org/\u0085org_1"],
    ["a space", "/org/org_1 "],
    ["dots that lead out", "/org/../logout"],
    ["encoded dots that lead out", "/org/%2e%2e/logout"],
    ["a dot before two slashes", "/.//evil.example"],
    ["dots that leave two slashes at the beginning", "/keyward/..//evil.example/org/org_1"],
    ["dots that lead to the same page", "/org/./org_1"],
    ["the API", "/keyward/v1/session"],
    ["the way to sign in, which would lead here again", "/keyward/sign-in?next=/org/org_1"],
    ["a page of the platform itself", "/logout"],
    ["a path that only begins like the dashboard's", "/keywardx"],
    ["more than an address holds", `/org/${"a".repeat(2_000)}`],
  ])("treats %s as none", (_what, next) => expect(ownPlace(next)).toBeUndefined());
});
