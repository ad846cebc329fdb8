/** Which id a request has: the one that a trusted proxy sends, or a new one. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { identifyProblem, identifyResponse, RequestIds } from "../../admission/request-id.ts";
import { proxyList } from "../../admission/trusted-proxies.ts";
import type { KeySystem } from "../../engine/key-system.ts";
import { agentsgt } from "../../platforms/agentsgt.ts";
import { keyward } from "../../platforms/keyward.ts";
import { requestIdOperations } from "../../service/request-ids.ts";

const PROXY = "10.0.0.1";
const ids = (platform: KeySystem = keyward) => {
  const operations = requestIdOperations(platform, { randomBytes });
  return new RequestIds({ trustedProxies: proxyList(["10.0.0.0/8"]), service: { requestIds: { ...operations, make: () => "req_made" } } });
};

test.each<[sentence: string, rawHeaders: string[], peer: string | undefined, id: string]>([
  ["a trusted proxy's is kept", ["X-Request-Id", "abc-1"], PROXY, "abc-1"],
  ["in any case", ["accept", "*/*", "x-REQUEST-id", "abc-1"], PROXY, "abc-1"],
  ["of IPv4 in IPv6", ["X-Request-Id", "abc-1"], "::ffff:10.0.0.1", "abc-1"],
  ["a client's is not", ["X-Request-Id", "abc-1"], "203.0.113.5", "req_made"],
  ["nor where nothing is known of the connection", ["X-Request-Id", "abc-1"], undefined, "req_made"],
  ["none is sent", ["accept", "*/*"], PROXY, "req_made"],
  ["an empty one", ["X-Request-Id", ""], PROXY, "req_made"],
  ["two of them, though they are equal", ["X-Request-Id", "a", "x-request-id", "a"], PROXY, "req_made"],
  ["a name that only looks like it", ["X_Request_Id", "abc-1"], PROXY, "req_made"],
  ["one that is too long", ["X-Request-Id", "a".repeat(129)], PROXY, "req_made"],
  ["a forged line of a log", ["X-Request-Id", 'a","level":60'], PROXY, "req_made"],
  ["a key", ["X-Request-Id", `kw_live_${"a1".repeat(30)}`], PROXY, "req_made"],
  ["most of a key, within other text", ["X-Request-Id", `id.kw_live_${"a1".repeat(10)}`], PROXY, "req_made"],
  ["a service token", ["X-Request-Id", `kws_${"a1".repeat(30)}`], PROXY, "req_made"],
  ["the operator's token", ["X-Request-Id", `kwo_${"a1".repeat(30)}`], PROXY, "req_made"],
  ["a JWT", ["X-Request-Id", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"], PROXY, "req_made"],
])("%s", (_sentence, rawHeaders, peer, id) => {
  expect(ids().of({ rawHeaders, socket: peer === undefined ? undefined : { remoteAddress: peer } })).toBe(id);
});

test("the next request of another peer is judged by its own address", () => {
  const all = ids();
  const of = (remoteAddress: string) => all.of({ rawHeaders: ["X-Request-Id", "abc"], socket: { remoteAddress } });
  expect([of(PROXY), of("203.0.113.5"), of(PROXY), of(PROXY)]).toEqual(["abc", "req_made", "abc", "abc"]);
});

test("what looks like a secret of the platform that is served is none", () => {
  const secret = { rawHeaders: ["X-Request-Id", `sk_${"a1".repeat(16)}`], socket: { remoteAddress: PROXY } };
  expect([ids(agentsgt).of(secret), ids(keyward).of(secret)]).toEqual(["req_made", secret.rawHeaders[1]]);
});

test("the application's own id is kept, if it can be one", () => {
  const of = (requestId: string) =>
    ids().of({ rawHeaders: ["X-Request-Id", "theirs"], socket: { remoteAddress: "203.0.113.5" }, requestId });
  expect([of("req-1"), of("two words"), of(""), of(`kw_live_${"a1".repeat(30)}`)]).toEqual(["req-1", "req_made", "req_made", "req_made"]);
});

test("problem details say it in their body, and another form in the header alone", () => {
  const problem = { status: 404, headers: { "content-type": "application/problem+json" }, body: '{"status":404}' };
  const own = { ...problem, headers: { "content-type": "application/json" } };
  expect(identifyProblem(problem, "a")).toEqual({ ...problem, body: '{"status":404,"requestId":"a"}' });
  expect(identifyProblem(own, "a")).toBe(own);
  expect(identifyProblem({ ...problem, body: undefined }, "a").body).toBeUndefined();
  expect(identifyResponse(own, "a")).toEqual({ ...own, headers: { ...own.headers, "x-request-id": "a" } });
});
