/** What the audit log says of each event. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AUDIT_ACTIONS, type AuditEvent, auditDetails, auditSentence } from "../../dashboard/src/words/audit.ts";

const root = join(import.meta.dirname, "../..");
const ada = { kind: "user", id: "user_1", name: "Ada" };
const nameOf = (id: string) => (id === "user_2" ? "Grace" : undefined);
const event = (action: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  actor: ada,
  action,
  subjectId: "key_1",
  details: {},
  ...more,
});

it.each<[AuditEvent, string]>([
  [event("key.created", { details: { name: "CI", environment: "live" } }), "Ada created an API key “CI”."],
  [event("key.created", { details: { name: null, environment: "live" } }), "Ada created an API key."],
  [event("key.claimed"), "Ada linked an API key that already existed."],
  [event("key.updated", { details: { enabled: false } }), "Ada disabled an API key."],
  [event("key.updated", { details: { enabled: true } }), "Ada enabled an API key."],
  [
    event("key.updated", { details: { name: "CI", expiresAt: 0, domains: [] } }),
    "Ada changed the name, expiry and allowed domains of an API key.",
  ],
  [event("key.updated", { details: { enabled: true, limits: {} } }), "Ada enabled an API key and changed its limits."],
  [event("key.updated"), "Ada saved an API key without a change."],
  [event("key.ended", { details: { rotatedId: "key_2" } }), "Ada ended an API key by rotating its successor."],
  [event("key.rotated", { details: { successorId: "key_2" } }), "Ada rotated an API key."],
  [event("key.revoked"), "Ada revoked an API key."],
  [event("key.shown"), "Ada showed an API key again."],
  [event("organization.updated", { details: { plan: "growth" } }), "Ada changed the plan of the organization to growth."],
  [
    event("organization.updated", { details: { plan: "growth", overrides: {} } }),
    "Ada changed the plan and own limits of the organization.",
  ],
  [event("invitation.created", { details: { role: "admin" } }), "Ada invited somebody as admin."],
  [event("invitation.created", { details: { role: "admin", note: "ada@x.test" } }), "Ada invited ada@x.test as admin."],
  [event("invitation.created", { details: { role: "admin", note: null } }), "Ada invited somebody as admin."],
  [event("member.joined", { details: { role: "viewer" } }), "Ada joined the organization as viewer."],
  [
    event("member.updated", { subjectId: "user_2", details: { from: "member", to: "admin" } }),
    "Ada changed the role of Grace from member to admin.",
  ],
  [event("member.removed", { subjectId: "user_9", details: { from: "member", to: null } }), "Ada removed a member from the organization."],
  [event("member.removed", { subjectId: "user_1" }), "Ada left the organization."],
  [event("key.frozen"), "Ada did key.frozen."],
  [event("constructor"), "Ada did constructor."],
  [event("key.revoked", { actor: { kind: "operator", id: "operator", name: null } }), "The operator revoked an API key."],
  [event("key.revoked", { actor: { kind: "key", id: "key_2", name: null } }), "The API key key_2 revoked an API key."],
  [event("key.revoked", { actor: { kind: "system", id: "system", name: null } }), "Keyward revoked an API key."],
  [event("key.revoked", { actor: { kind: "platform", id: "7", name: null } }), "7, signed in at the platform, revoked an API key."],
  [event("key.created", { actor: { kind: "system", id: "anonymous", name: null } }), "Somebody without a credential created an API key."],
  [event("key.revoked", { actor: { kind: "user", id: "user_2", name: null } }), "Grace revoked an API key."],
  [event("key.revoked", { actor: { kind: "user", id: "user_3", name: null } }), "Somebody who is no longer a member revoked an API key."],
])("%j", (told, sentence) => expect(auditSentence(told, { nameOf })).toBe(sentence));

it("the page of a key calls it its own", () =>
  expect(auditSentence(event("key.updated", { details: { enabled: false, name: "CI" } }), { theKey: "this API key" })).toBe(
    "Ada disabled this API key and changed its name.",
  ));

it("every action that the stores write has a sentence of its own", () => {
  const sources = globSync("stores/sql/*.ts", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  const actions = sources.flatMap((source) =>
    [...source.matchAll(/"((?:key|organization|invitation|member|service_token)\.[a-z]+)"/g)].map(([, action]) => action!),
  );
  const written = [...new Set(actions)].filter((action) => !action.endsWith(".id"));
  expect(written.length).toBeGreaterThan(12);
  for (const action of written) expect(auditSentence(event(action))).not.toMatch(/ did /);
  expect(AUDIT_ACTIONS.map(({ action }) => action)).toEqual(
    expect.arrayContaining(written.filter((action) => !action.startsWith("service_token"))),
  );
});

it("details are told one by one, moments as moments", () => {
  const told = auditDetails({
    expiresAt: Date.parse("2026-11-20T12:00:00.000Z"),
    scopes: ["a", "b"],
    domains: [],
    name: null,
    enabled: false,
    limits: { a: 1 },
  });
  expect(told.map(({ text }) => text)).toEqual([expect.stringMatching(/^Nov 20, 2026/), "a, b", "none", "none", "false", '{"a":1}']);
});
