/** Which request a gateway asks about, as a table of its headers. */
import { describe, expect, test } from "vitest";
import { originalRequest } from "../../../http/forward-auth/original-request.ts";

const ask = (rawHeaders: string[], rest = "", method = "GET", isFromGateway = true) =>
  originalRequest({ method, rest, rawHeaders, isFromGateway });

describe("a gateway tells", () => {
  test.each<[string, string[], string, string, string | undefined]>([
    ["nginx, Caddy, Traefik, APISIX", ["X-Forwarded-Method", "POST", "X-Forwarded-Uri", "/a?x=1"], "", "POST", "/a?x=1"],
    ["names in any case", ["x-forwarded-method", "POST", "X-FORWARDED-URI", "/a"], "", "POST", "/a"],
    ["ingress-nginx", ["X-Original-Method", "PUT", "X-Original-URL", "https://api.example.com/a?x=1"], "", "PUT", "/a?x=1"],
    ["ingress-nginx, the root", ["X-Original-Method", "PUT", "X-Original-URL", "https://api.example.com"], "", "PUT", "/"],
    ["ingress-nginx, a query alone", ["X-Original-Method", "PUT", "X-Original-URL", "https://h?x=/y"], "", "PUT", "/?x=/y"],
    ["ingress-nginx, by its other name", ["X-Original-Method", "PUT", "X-Original-URI", "/a"], "", "PUT", "/a"],
    ["a URL that is a path", ["X-Original-Method", "PUT", "X-Original-URL", "/a"], "", "PUT", "/a"],
    ["a path with a host in it", ["X-Forwarded-Method", "GET", "X-Forwarded-Uri", "//evil/a"], "", "GET", "//evil/a"],
    ["Envoy", [], "/a?x=1", "GET", "/a?x=1"],
    ["several that agree", ["X-Forwarded-Uri", "/a", "X-Original-URL", "http://h/a", "X-Forwarded-Method", "GET"], "/a", "GET", "/a"],
    ["empty headers, which count as none", ["X-Forwarded-Method", "", "X-Forwarded-Uri", ""], "/a", "GET", "/a"],
    ["nothing", [], "", "GET", undefined],
    ["nothing but a query of its own", [], "?x=1", "GET", undefined],
    ["nothing, under names with underscores", ["X_Forwarded_Uri", "/a", "X_Forwarded_Method", "PUT"], "", "GET", undefined],
  ])("%s", (_sentence, headers, rest, method, target) => {
    expect(ask(headers, rest)).toMatchObject({ method, target });
  });

  test("the method or leaves it out", () => {
    expect(ask(["X-Forwarded-Uri", "/a"])).toMatchObject({ method: "GET", isMethodNamed: false });
    expect(ask(["X-Forwarded-Method", "POST"])).toMatchObject({ method: "POST", isMethodNamed: true });
    expect(ask([], "/a", "PUT")).toMatchObject({ method: "PUT", isMethodNamed: true });
  });
});

describe("nothing is believed of", () => {
  test.each<[string, string[], string?, string?]>([
    ["two paths", ["X-Forwarded-Uri", "/public", "X-Original-URL", "https://h/admin"]],
    ["two paths, in the other order", ["X-Original-URL", "https://h/admin", "X-Forwarded-Uri", "/public"]],
    ["two queries", ["X-Forwarded-Uri", "/a?x=1", "X-Original-URI", "/a?x=2"]],
    ["two spellings of one path", ["X-Forwarded-Uri", "/a", "X-Original-URI", "/%61"]],
    ["a header beside Envoy's path", ["X-Forwarded-Uri", "/public"], "/admin"],
    ["a header beside Envoy's root", ["X-Forwarded-Uri", "/public"], "/"],
    ["a method beside Envoy's", ["X-Forwarded-Method", "GET"], "/admin", "DELETE"],
    ["two methods", ["X-Forwarded-Method", "OPTIONS", "X-Original-Method", "POST"]],
    ["a header twice", ["X-Forwarded-Uri", "/a", "x-forwarded-uri", "/a"]],
    ["a method twice", ["X-Forwarded-Method", "GET", "X-Forwarded-Method", "GET"]],
    ["headers that were joined", ["X-Forwarded-Uri", "/a, /b", "X-Original-URI", "/a"]],
    ["no path", ["X-Forwarded-Uri", "a"]],
    ["the asterisk", ["X-Forwarded-Uri", "*"]],
    ["a URL for a path", ["X-Forwarded-Uri", "http://h/a"]],
    ["a URL of another scheme", ["X-Original-URL", "ftp://h/a"]],
  ])("%s", (_sentence, headers, rest = "", method = "GET") => {
    expect(ask(headers, rest, method)).toBe(undefined);
  });
});

test("a caller that is no trusted proxy is judged by its own request, whatever the headers say", () => {
  const forged = ["X-Forwarded-Uri", "/public", "X-Original-URL", "https://h/other", "X-Forwarded-Method", "OPTIONS"];
  expect(ask(forged, "/admin?x=1", "DELETE", false)).toEqual({ method: "DELETE", target: "/admin?x=1", isMethodNamed: true });
  expect(ask(forged, "", "GET", false)).toMatchObject({ method: "GET", target: "/" });
});
