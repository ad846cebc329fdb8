/** What the owner of a key is told about a refused request. */
import { expect, test } from "vitest";
import { REFUSALS } from "../../engine/judge.ts";
import { explainRefusal, type RefusalFacts, type RefusalReason, UNJUDGED_REASONS } from "../../engine/refused-request.ts";

const AT = Date.UTC(2027, 0, 15, 12);

test.each<[RefusalReason, RefusalFacts, explanation: string | RegExp, advice: string | RegExp]>([
  ["insufficient_scope", { missingScopes: ["payments:write"] }, "The key lacks the scope payments:write.", /^Give the key this scope/],
  ["insufficient_scope", { missingScopes: ["a", "b"] }, "The key lacks the scopes a, b.", /^Give the key these scopes/],
  ["expired", { expiredAt: AT }, "The key expired at 2027-01-15T12:00:00Z.", /replaced it/],
  [
    "rate_limited",
    { limits: [{ name: "minute", limit: 60 }], retryAt: AT + 1 },
    "The key had used up its limit of 60 requests per minute.",
    /from 2027-01-15T12:00:00.001Z on/,
  ],
  ["rate_limited", { limits: [{ name: "concurrent", limit: 2 }] }, /2 concurrent requests/, /^Wait as Retry-After says/],
  [
    "origin_not_allowed",
    { origin: "https://b.example", domains: ["a.example"] },
    "The public key may not be used from https://b.example.",
    "Add b.example to the domains of the key, or send the secret key from a server. It allows a.example.",
  ],
  ["origin_not_allowed", { origin: null, domains: ["a.example"] }, /named no website/, /^Call from one of the websites/],
  ["origin_not_allowed", { origin: "no origin", domains: [] }, /may not be used from no origin/, /^Call from one/],
  ["resource_not_allowed", { resource: "agent-2" }, /agent-2 is none of them/, "Use a key for this resource."],
])("%s with %j", (reason, facts, explanation, advice) => {
  const told = explainRefusal(reason, facts);
  expect(told.explanation).toMatch(explanation);
  expect(told.advice).toMatch(advice);
});

test("every reason has two sentences, also without facts", () => {
  for (const reason of [...REFUSALS, ...UNJUDGED_REASONS])
    for (const sentence of Object.values(explainRefusal(reason, {}))) {
      expect(sentence, reason).toMatch(/^[A-Z].*\.$/);
      expect(sentence, reason).not.toMatch(/undefined|null| {2}/);
    }
});
