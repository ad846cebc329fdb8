/** Which header lines pass through the gateway, in both directions, as a table of lines in and lines out. */
import { describe, expect, test } from "vitest";
import { type Forwarding, requestHeaders, responseHeaders } from "../../../http/gateway/forwarded-headers.ts";

const KEY = { id: "key_1", organizationId: "org_1", environment: "live", scopes: ["a:read", "b"] } as const;
const FORWARDING: Forwarding = {
  caller: KEY,
  framing: { kind: "none" },
  upstreamHost: "api.internal:8080",
  clientAddress: "203.0.113.5",
  clientHost: "api.example.com",
  clientProtocol: "https",
  requestId: "req_1",
};
const OURS = [
  "X-Keyward-Key-Id",
  "key_1",
  "X-Keyward-Organization-Id",
  "org_1",
  "X-Keyward-Environment",
  "live",
  "X-Keyward-Scopes",
  "a:read b",
  "X-Keyward-Agent",
  "",
  "X-Forwarded-For",
  "203.0.113.5",
  "X-Forwarded-Host",
  "api.example.com",
  "X-Forwarded-Proto",
  "https",
  "X-Request-Id",
  "req_1",
];
const build = requestHeaders(["authorization", "x-api-key"]);
/** What is left of the client's own lines. */
const passed = (...lines: string[]) => {
  const built = build(lines, FORWARDING);
  expect([built.slice(0, 2), built.slice(-OURS.length)]).toEqual([["Host", "api.internal:8080"], OURS]);
  return built.slice(2, -OURS.length);
};

describe("to the upstream", () => {
  test("all other header lines pass unchanged: names, values, order, repeats", () => {
    const lines = [
      "accept",
      "*/*",
      "X-CUSTOM",
      " a, b ",
      "Cookie",
      "a=1",
      "Cookie",
      "b=2",
      "x-custom",
      "",
      "Idempotency-Key",
      "1",
      "X-Correlation-Id",
      "2",
    ];
    expect(passed(...lines)).toEqual(lines);
  });

  test.each([
    ["the credential", ["Authorization", "x-api-key", "X_API_KEY", "x.api.key"]],
    [
      "Keyward's own names, in any spelling",
      ["X-Keyward-Key-Id", "x-keyward-scopes", "X_Keyward_Agent", "x.keyward.key.id", "X-Keyward", "X-KEYWARD-ANYTHING"],
    ],
    [
      "what proxies say of the client",
      ["X-Forwarded-For", "x_forwarded_proto", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "Client-IP", "X-Cluster-Client-IP"],
    ],
    ["the id of the request, which is ours to say", ["X-Request-Id", "x_request_id", "X.Request.Id"]],
    ["the host", ["Host", "HOST", "X-Host"]],
    ["another method or path than judged", ["X-HTTP-Method-Override", "X_Http_Method_Override", "X-Original-URL", "x-rewrite-url"]],
    [
      "what is for one connection",
      ["Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Authorization", "Expect"],
    ],
    ["the frame", ["Content-Length", "content_length"]],
    ["the name that sets HTTP_PROXY", ["Proxy", "PROXY"]],
  ])("stops %s", (_sentence, names) => {
    for (const name of names) expect(passed("X-A", "1", name, "forged", "X-B", "2"), name).toEqual(["X-A", "1", "X-B", "2"]);
  });

  test("stops what Connection names, in any spelling, and cannot be made to stop what is ours", () => {
    expect(passed("Connection", "close, X-Secret,  x_other ,X-Keyward-Key-Id", "x-secret", "1", "X-Other", "2", "X-Kept", "3")).toEqual([
      "X-Kept",
      "3",
    ]);
  });

  test.each<[string, Partial<Forwarding>, string[]]>([
    ["a key of nobody", { caller: { ...KEY, organizationId: null, scopes: [] } }, ["key_1", "", "live", "", ""]],
    ["an agent", { caller: { agent: "0xab", organizationId: "org_1" } }, ["", "org_1", "", "", "0xab"]],
  ])("tells who it is, every name each time: %s", (_sentence, more, values) => {
    const lines = build([], { ...FORWARDING, ...more });
    const names = ["Key-Id", "Organization-Id", "Environment", "Scopes", "Agent"].map((name) => `X-Keyward-${name}`);
    expect(names.map((name) => lines[lines.indexOf(name) + 1])).toEqual(values);
  });

  test.each<[string, Forwarding["framing"], string[]]>([
    ["no body", { kind: "none" }, []],
    ["a length", { kind: "length", bytes: 12 }, ["Content-Length", "12"]],
    ["an empty body", { kind: "length", bytes: 0 }, ["Content-Length", "0"]],
    ["chunks", { kind: "chunked" }, ["Transfer-Encoding", "chunked"]],
  ])("writes one frame of its own: %s", (_sentence, framing, frame) => {
    const lines = build(["Content-Length", "99", "Transfer-Encoding", "gzip"], { ...FORWARDING, framing });
    expect(lines.slice(2 + OURS.length)).toEqual(frame);
  });
});

describe("to the client", () => {
  const back = (lines: string[], ours: Record<string, string> = {}) => responseHeaders(lines, { kind: "none" }, ours);

  test.each<[string, string[], Record<string, string>, string[]]>([
    [
      "as it came",
      ["Set-Cookie", "a", "set-cookie", "b", "X-Keyward-Key-Id", "1"],
      {},
      ["Set-Cookie", "a", "set-cookie", "b", "X-Keyward-Key-Id", "1"],
    ],
    ["without what is for its connection", ["Connection", "X-Own", "X-Own", "1", "Keep-Alive", "5", "X-Kept", "1"], {}, ["X-Kept", "1"]],
    ["without its own id of the request", ["X-Request-Id", "theirs", "x-request-id", "theirs", "X-Kept", "1"], {}, ["X-Kept", "1"]],
    ["without its frame", ["Content-Length", "5", "Transfer-Encoding", "chunked"], {}, []],
    [
      "with our limits in place of its own",
      ["RateLimit", "theirs", "ratelimit-policy", "theirs"],
      { ratelimit: "ours" },
      ["ratelimit-policy", "theirs", "ratelimit", "ours"],
    ],
    ["with its Vary beside ours", ["Vary", "Accept"], { vary: "Origin" }, ["Vary", "Accept", "vary", "Origin"]],
    [
      "with our word on websites alone, where we have one",
      ["Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", "true"],
      { vary: "Origin" },
      ["vary", "Origin"],
    ],
    ["with its word on websites, where we have none", ["Access-Control-Allow-Origin", "*"], {}, ["Access-Control-Allow-Origin", "*"]],
  ])("%s", (_sentence, lines, ours, expected) => {
    expect(back(lines, ours)).toEqual(expected);
  });
});
