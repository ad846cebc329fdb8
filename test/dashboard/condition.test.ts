/** What people are told about the condition of a key. */
import { expect, it } from "vitest";
import { conditionWords, type Told } from "../../dashboard/src/words/condition.ts";

const now = Date.parse("2026-11-20T12:00:00.000Z");
const key: Told = { condition: "active", refusedFor: [], expiresAt: null, revokedAt: null };
const WORDS = { active: "Active", revoked: "Revoked" };
const inTwoDays = "2026-11-22T13:00:00.000Z";

// biome-ignore format: a table
it.each<[string, Partial<Told>, number | null, label: string, tone: string, advice: RegExp]>([
  ["active is good",                        { condition: "active" },                         90,   "Active",                "good",   /accepted/],
  ["disabled can be undone",                { condition: "disabled" },                       90,   "Disabled",              "plain",  /enables it again/],
  ["expired says since when",               { condition: "expired", expiresAt: inTwoDays },  90,   "Expired",               "bad",    /since Nov 22, 2026/],
  ["revoked is permanent",                  { condition: "revoked", revokedAt: inTwoDays },  90,   "Revoked",               "bad",    /permanently, since Nov 22/],
  ["expiring says how soon",                { condition: "expiring", expiresAt: inTwoDays }, 90,   "Expires in 2 days",     "warn",   /stops working on Nov 22/],
  ["rotating says how long both work",      { condition: "rotating", expiresAt: inTwoDays }, 90,   "Rotating, 2 days left", "accent", /successor/],
  ["rotation due names the platform's age", { condition: "rotation_due" },                   90,   "Older than 90 days",    "warn",   /Replace it with a new key/],
  ["rotation due where no age is known",    { condition: "rotation_due" },                   null, "Rotation is due",       "warn",   /still works/],
  ["unused asks whether it is needed",      { condition: "unused" },                         90,   "Unused",                "plain",  /30 days/],
  ["rate limited says what to do",          { condition: "rate_limited" },                   90,   "Rate limited",          "warn",   /Send fewer/],
])("%s", (_name, told, rotateAfterDays, label, tone, advice) => {
  const words = conditionWords({ ...key, ...told }, { rotateAfterDays, words: WORDS, now });
  expect(words).toMatchObject({ label, tone, advice: expect.stringMatching(advice) });
});

it("disabled and expired cannot be undone", () => {
  const told: Partial<Told> = { condition: "disabled", refusedFor: ["disabled", "expired"], expiresAt: inTwoDays };
  const words = conditionWords({ ...key, ...told }, { rotateAfterDays: 90, words: WORDS, now });
  expect(words).toMatchObject({ label: "Disabled", tone: "plain" });
  expect(words.advice).toMatch(/also expired, on Nov 22, .* enabling it would not help\. Create a new key/);
});

it("an unknown condition is shown by its name", () => {
  const words = conditionWords({ ...key, condition: "frozen" as never }, { rotateAfterDays: 90, words: WORDS, now });
  expect(words.label).toBe("frozen");
});
