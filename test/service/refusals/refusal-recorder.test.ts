/** Refused requests on their way to the store: however many there are, memory and database take a bounded number of them. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { harmlessPath } from "../../../engine/harmless-path.ts";
import { harmlessText } from "../../../engine/harmless-text.ts";
import { idFactory } from "../../../engine/id.ts";
import { keyward } from "../../../platforms/keyward.ts";
import { RefusalRecorder, type Refused, type RefusedOccasion } from "../../../service/refusals/refusal-recorder.ts";
import { everySecretOf } from "../../../service/request-ids.ts";
import type { RefusedRequest } from "../../../stores/contract.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const OCCASION: RefusedOccasion = { requestId: "req_1", surface: "gateway", method: "GET", target: "/a?b=c", address: "192.0.2.1" };

function recorder() {
  const written: RefusedRequest[][] = [];
  const state = { isDown: false, clock: NOW };
  const made = new RefusalRecorder({
    record: async (refusals) => {
      if (state.isDown) throw new Error("the database is away");
      written.push(structuredClone([...refusals]));
    },
    newId: idFactory(randomBytes),
    clock: () => state.clock,
    harmless: harmlessText(everySecretOf(keyward)),
    harmlessPath: (target) => harmlessPath(target, keyward),
  });
  return { recorder: made, written, state };
}

function refused(keyId: string | undefined, reason: Refused["reason"] = "revoked", ask: Refused["ask"] = undefined): Refused {
  const key =
    keyId === undefined ? undefined : { id: keyId, organizationId: "org_1", scopes: ["a"], requiredOrigin: null, expiresAt: NOW - 1 };
  const rateLimits = () => [
    { name: "minute", limit: 60, remaining: 0, resetSeconds: 5, windowSeconds: 60 },
    { name: "day", limit: 900, remaining: 4, resetSeconds: 5, windowSeconds: 86_400 },
  ];
  const verdict = { valid: false, code: reason, key, retryAt: NOW + 5_000, rateLimits, release: () => undefined };
  return { reason, verdict: verdict as unknown as Refused["verdict"], ask };
}

test("a refusal is written with what decided, once", async () => {
  const { recorder: made, written } = recorder();
  made.note(refused("key_1", "insufficient_scope", { scopes: ["a", "b"] }), () => OCCASION);
  await made.flush();
  await made.flush();
  expect(written).toEqual([
    [
      {
        ...{ id: expect.stringMatching(/^rfs_/), at: NOW, keyId: "key_1", organizationId: "org_1", requestId: "req_1" },
        ...{ surface: "gateway", method: "GET", path: "/a", address: "192.0.2.1", more: 0 },
        ...{ reason: "insufficient_scope", facts: { missingScopes: ["b"] } },
      },
    ],
  ]);
});

test.each<[string, Refused, object]>([
  ["the moment of expiry", refused("k", "expired"), { expiredAt: NOW - 1 }],
  [
    "the limit that is used up, and until when",
    refused("k", "rate_limited"),
    { limits: [{ name: "minute", limit: 60 }], retryAt: NOW + 5_000 },
  ],
  ["the resource", refused("k", "resource_not_allowed", { resource: "agent-2" }), { resource: "agent-2" }],
  ["the origin", refused("k", "origin_not_allowed", { origin: "https://a.example" }), { origin: "https://a.example", domains: [] }],
  [
    "of a Referer the website alone, since its path and query may have tokens",
    refused("k", "origin_not_allowed", { origin: "https://a.example:8443/reset/t0ken?code=s3cret#f" }),
    { origin: "https://a.example:8443", domains: [] },
  ],
  [
    "nothing of an origin with a password",
    refused("k", "origin_not_allowed", { origin: "https://user:s3cret@a.example/" }),
    { origin: "an unreadable origin", domains: [] },
  ],
  [
    "nothing of several origins in one",
    refused("k", "origin_not_allowed", { origin: "https://a.example https://b.example" }),
    { origin: "an unreadable origin", domains: [] },
  ],
  ["an opaque origin", refused("k", "origin_not_allowed", { origin: "null" }), { origin: "null", domains: [] }],
  ["that there was no origin", refused("k", "origin_not_allowed"), { origin: null, domains: [] }],
  ["nothing more of a key that is revoked", refused("k"), {}],
])("the facts are: %s", async (_sentence, what, facts) => {
  const { recorder: made, written } = recorder();
  made.note(what, () => OCCASION);
  await made.flush();
  expect(written[0]?.[0]?.facts).toEqual(facts);
});

test("five of a key are kept between two writes, and the last of them says how many more there were", async () => {
  const { recorder: made, written } = recorder();
  for (let count = 0; count < 30; count++) made.note(refused("key_1"), () => OCCASION);
  made.note(refused("key_2"), () => OCCASION);
  await made.flush();
  expect(written[0]?.map(({ keyId, more }) => [keyId, more])).toEqual([
    ...Array.from({ length: 4 }, () => ["key_1", 0]),
    ["key_1", 25],
    ["key_2", 0],
  ]);
  made.note(refused("key_1"), () => OCCASION);
  await made.flush();
  expect(written[1]).toHaveLength(1);
  expect(made.dropped).toBe(25);
});

test("a million refusals of keys and of nobody's credentials are a few hundred, and the rest is counted", async () => {
  const { recorder: made, written } = recorder();
  let asked = 0;
  const occasion = () => {
    asked++;
    return OCCASION;
  };
  for (let count = 0; count < 500_000; count++) {
    made.note(refused(`key_${count % 10_000}`), occasion);
    made.note(refused(undefined, "not_found"), occasion);
  }
  await made.flush();
  expect(written.flat().length).toBe(500);
  expect([asked, made.dropped]).toEqual([500, 999_500]);
  // Nobody's credentials leave room for keys.
  expect(written.flat().filter(({ keyId }) => keyId === null).length).toBe(20);
});

test("while the database is away nothing grows, and what was noted first is written when it is back", async () => {
  const { recorder: made, written, state } = recorder();
  state.isDown = true;
  made.note(refused("key_first"), () => OCCASION);
  for (let round = 0; round < 50; round++) {
    for (let count = 0; count < 200; count++) made.note(refused(`key_${round}_${count}`), () => OCCASION);
    await expect(made.flush()).rejects.toThrow("away");
  }
  state.isDown = false;
  await made.flush();
  expect([written.length, written[0]?.length, written[0]?.[0]?.keyId]).toEqual([1, 500, "key_first"]);
  expect(made.dropped).toBe(50 * 200 + 1 - 500);
});

test("a clock that jumps back and forth loses nothing, and ids stay in the order of the refusals", async () => {
  const { recorder: made, written, state } = recorder();
  for (const jump of [0, 3_600_000, -7_200_000, 86_400_000]) {
    state.clock = NOW + jump;
    made.note(refused(`key_${jump}`), () => OCCASION);
    await made.flush();
  }
  const ids = written.flat().map(({ id }) => id);
  expect([ids.length, [...ids].sort()]).toEqual([4, ids]);
});

const KEY = `kw_live_${"a1B2".repeat(12)}`;
test.each<[sentence: string, target: string, path: string]>([
  ["the query is dropped", `/a?key=${KEY}`, "/a"],
  ["a fragment too", `/a#${KEY}`, "/a"],
  ["a key in the path", `/keys/${KEY}/usage`, "/keys/[redacted]/usage"],
  ["most of a key", `/keys/${KEY.slice(0, 26)}`, "/keys/[redacted]"],
  ["two of them", `/${KEY}/${KEY}`, "/[redacted]/[redacted]"],
  ["a service token", "/kws_0123456789abcdef/x", "/[redacted]/x"],
  ["a JWT", "/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln/x", "/t/[redacted]/x"],
  ["a key with encoded letters", `/keys/${KEY.replace("kw_", "kw%5F")}`, "/keys/[redacted]"],
  ["encoded twice", `/keys/${KEY.replace("kw_", "kw%255f")}`, "/keys/[redacted]"],
  ["encoded by each of three proxies", `/keys/${KEY.replace("kw_", "kw%25255f")}`, "/keys/[redacted]"],
  ["encoded more often than any proxies do", `/keys/${KEY.replace("kw_", `kw%${"25".repeat(60)}5f`)}`, "/keys/[redacted]"],
  ["one with encoded letters beside one without", `/${KEY}/${KEY.replace("kw_", "kw%5F")}`, "/[redacted]/[redacted]"],
  ["encoded letters of no secret", `/a%20b/${KEY}`, "/a%20b/[redacted]"],
  ["line breaks and escapes for a terminal", "/a\r\nb\x1b[31m\u202e", "/a??b?[31m?"],
  ["what is long", "/ab".repeat(3_000), `${"/ab".repeat(85)}/`],
  ["a key behind what is long", `${"/ab".repeat(80)}/${KEY}`, `${"/ab".repeat(80)}/[redacted]`],
  ["a token of nobody knows whom", `/reset/${"0123456789abcdef".repeat(4)}`, "/reset/[redacted]"],
])("a path is short, printable and has no secret: %s", async (_sentence, target, path) => {
  const { recorder: made, written } = recorder();
  made.note(refused("key_1"), () => ({ ...OCCASION, target }));
  await made.flush();
  expect(written[0]?.[0]?.path).toBe(path);
});

test("what a service asks for is cut as well", async () => {
  const { recorder: made, written } = recorder();
  made.note(refused("k1", "resource_not_allowed", { resource: KEY }), () => OCCASION);
  made.note(refused("k2", "origin_not_allowed", { origin: `https://${"a".repeat(900)}` }), () => OCCASION);
  made.note(refused("k3", "insufficient_scope", { scopes: Array.from({ length: 99 }, (_, at) => `s${at}`) }), () => ({
    ...OCCASION,
    method: "X".repeat(99),
  }));
  await made.flush();
  const [resource, origin, scopes] = written[0] ?? [];
  expect([resource?.facts.resource, origin?.facts.origin?.length, scopes?.facts.missingScopes?.length, scopes?.method?.length]).toEqual([
    "[cut]",
    256,
    10,
    32,
  ]);
});

test("an application that fails to say what its request was loses that entry alone", async () => {
  const { recorder: made, written } = recorder();
  made.note(refused("key_1"), () => {
    throw new Error("the application failed");
  });
  made.note(refused("key_2"), () => OCCASION);
  await new Promise(setImmediate);
  await made.flush();
  expect(written.flat().map(({ keyId }) => keyId)).toEqual(["key_2"]);
  expect(made.dropped).toBe(1);
});
