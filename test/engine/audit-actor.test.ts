import { expect, test } from "vitest";
import { type AuditActor, readActor, writtenActors } from "../../engine/audit-actor.ts";

test.each<[string, AuditActor]>([
  ["operator", { kind: "operator", id: "operator" }],
  ["usr_1", { kind: "user", id: "usr_1" }],
  ["key:key_1", { kind: "key", id: "key_1" }],
  ["platform:u-1", { kind: "platform", id: "u-1" }],
  // A person of the platform's own identity may have any id, and is never somebody else.
  ["platform:operator", { kind: "platform", id: "operator" }],
  ["platform:key:key_1", { kind: "platform", id: "key:key_1" }],
  ["anonymous", { kind: "system", id: "anonymous" }],
  ["__proto__", { kind: "user", id: "__proto__" }],
])("%s is read, and found again by its id", (written, actor) => {
  expect(readActor(written)).toEqual(actor);
  expect(writtenActors(actor.id)).toContain(written);
});
