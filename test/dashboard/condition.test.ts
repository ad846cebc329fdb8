/** What people are told about the condition of a key. */
import { expect, it } from "vitest";
import { conditionWords, type Told } from "../../dashboard/src/words/condition.ts";

const now = Date.parse("2026-11-20T12:00:00.000Z");
const key: Told = { condition: "active", refusedFor: [], expiresAt: null, revokedAt: null };
const inTwoDays = "2026-11-22T13:00:00.000Z";

it.each<[string, Partial<Told>, number | null, { label: string; tone: string; advice: RegExp }]>([
  ["active is good", { condition: "active" }, 90, { label: "Active", tone: "good", advice: /accepted/ }],
  ["disabled can be undone", { condition: "disabled" }, 90, { label: "Disabled", tone: "plain", advice: /enables it again/ }],
  [
    "disabled and expired cannot be undone",
    { condition: "disabled", refusedFor: ["disabled", "expired"], expiresAt: inTwoDays },
    90,
    { label: "Disabled", tone: "plain", advice: /also expired, on Nov 22, .* enabling it would not help\. Create a new key/ },
  ],
  [
    "expired says since when",
    { condition: "expired", expiresAt: inTwoDays },
    90,
    { label: "Expired", tone: "bad", advice: /since Nov 22, 2026/ },
  ],
  [
    "revoked is for good",
    { condition: "revoked", revokedAt: inTwoDays },
    90,
    { label: "Revoked", tone: "bad", advice: /permanently, since Nov 22/ },
  ],
  [
    "expiring says how soon",
    { condition: "expiring", expiresAt: inTwoDays },
    90,
    { label: "Expires in 2 days", tone: "warn", advice: /stops working on Nov 22/ },
  ],
  [
    "rotating says how long both work",
    { condition: "rotating", expiresAt: inTwoDays },
    90,
    { label: "Rotating, 2 days left", tone: "accent", advice: /successor/ },
  ],
  [
    "rotation due names the platform's age",
    { condition: "rotation_due" },
    90,
    { label: "Older than 90 days", tone: "warn", advice: /Replace it with a new key/ },
  ],
  [
    "rotation due where no age is known",
    { condition: "rotation_due" },
    null,
    { label: "Rotation is due", tone: "warn", advice: /still works/ },
  ],
  ["unused asks whether it is needed", { condition: "unused" }, 90, { label: "Unused", tone: "plain", advice: /30 days/ }],
  ["rate limited says what to do", { condition: "rate_limited" }, 90, { label: "Rate limited", tone: "warn", advice: /Send fewer/ }],
])("%s", (_name, told, rotateAfterDays, { label, tone, advice }) => {
  const words = conditionWords({ ...key, ...told }, { rotateAfterDays, words: { active: "Active", revoked: "Revoked" }, now });
  expect(words).toMatchObject({ label, tone });
  expect(words.advice).toMatch(advice);
});

it("an unknown condition is shown by its name", () => {
  expect(
    conditionWords({ ...key, condition: "frozen" as never }, { rotateAfterDays: 90, words: { active: "Active", revoked: "Revoked" }, now })
      .label,
  ).toBe("frozen");
});
