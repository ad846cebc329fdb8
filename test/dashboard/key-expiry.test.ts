import { expect, test } from "vitest";
import {
  durationMs,
  EXPIRY_PRESETS,
  type ExpiryDraft,
  expiryFault,
  expiryInWords,
  expiryMoment,
  expirySettings,
  localMinute,
  readExpiry,
  writeExpiry,
} from "../../dashboard/src/keys/dialogs/expiry.ts";
import { endingInWords, OVERLAPS, overlapInWords } from "../../dashboard/src/keys/dialogs/overlap.ts";
import { dateInWords } from "../../dashboard/src/words/time.ts";

const NOW = Date.parse("2026-11-20T18:00:00.000Z");
const DAY_MS = 86_400_000;
const custom = (at: number): ExpiryDraft => ({ choice: "custom", custom: localMinute(new Date(at)) });

test.each([
  ["0s", 0],
  ["15m", 900_000],
  ["24h", DAY_MS],
  ["365d", 365 * DAY_MS],
  ["", undefined],
  ["custom", undefined],
  ["1y", undefined],
  ["-1d", undefined],
])("the duration %j is %j milliseconds", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test("every preset but never and an own date is a duration that the server reads", () => {
  const durations = EXPIRY_PRESETS.filter(({ value }) => value !== "never" && value !== "custom");
  expect(durations.map(({ value }) => (durationMs(value) ?? 0) / DAY_MS)).toEqual([7, 30, 60, 90, 365]);
});

test.each<[name: string, ExpiryDraft, isNew: boolean, settings: unknown]>([
  ["a new key that never ends says nothing", { choice: "never", custom: "" }, true, {}],
  ["a key that is to end no more says null", { choice: "never", custom: "" }, false, { expiresAt: null }],
  ["a key that stays as it is says nothing", { choice: "kept", custom: "" }, false, {}],
  ["a preset stays a duration", { choice: "90d", custom: "" }, true, { expiresIn: "90d" }],
  ["a moment is said in UTC", custom(NOW + DAY_MS), true, { expiresAt: "2026-11-21T18:00:00.000Z" }],
])("%s", (_name, draft, isNew, settings) => {
  expect(expirySettings(draft, isNew)).toEqual(settings);
});

test.each<[ExpiryDraft, string]>([
  [{ choice: "never", custom: "" }, "The key does not expire."],
  [{ choice: "kept", custom: "" }, ""],
  [{ choice: "7d", custom: "" }, `Expires on ${dateInWords(new Date(NOW + 7 * DAY_MS))}.`],
  [custom(NOW + DAY_MS), `Expires on ${dateInWords(new Date(NOW + DAY_MS))}.`],
  [custom(NOW - DAY_MS), "This time has passed. Choose one in the future."],
  [{ choice: "custom", custom: "" }, "Choose a date and time in your time zone."],
])("%j in words", (draft, words) => {
  expect(expiryInWords(draft, NOW)).toBe(words);
});

test("only a date of one's own can be at fault", () => {
  const faulty = [custom(NOW - 1), custom(NOW), { choice: "custom", custom: "" } as const, { choice: "custom", custom: "soon" } as const];
  for (const draft of faulty) expect(expiryFault(draft, NOW)).toBe("Choose a date and time in the future.");
  for (const { value } of EXPIRY_PRESETS.slice(0, -1)) expect(expiryFault({ choice: value, custom: "" }, NOW)).toBeUndefined();
  expect(expiryFault(custom(NOW + DAY_MS), NOW)).toBeUndefined();
});

test.each<[text: string | undefined, choice: ExpiryDraft["choice"], moment: string | null]>([
  [undefined, "never", null],
  ["", "never", null],
  ["never", "never", null],
  ["custom", "never", null],
  ["<script>", "never", null],
  ["90d", "90d", "2027-02-18T18:00:00.000Z"],
  ["45d", "custom", "2027-01-04T18:00:00.000Z"],
  ["2027-01-01T00:00:00.000Z", "custom", "2027-01-01T00:00:00.000Z"],
])("the address's %j is read as %s", (text, choice, moment) => {
  const draft = readExpiry(text, NOW);
  expect(draft.choice).toBe(choice);
  expect(expiryMoment(draft, NOW)?.toISOString() ?? null).toBe(moment);
});

test.each(["90d", "365d", "2027-01-01T00:00:00.000Z"])("%s goes into an address and comes back", (text) => {
  expect(writeExpiry(readExpiry(text, NOW), NOW)).toBe(text);
});

test.each([
  [
    "works on until its overlap ends",
    { revokedAt: null, expiresAt: new Date(NOW + DAY_MS).toISOString() },
    `The key that this one replaced still works until ${dateInWords(new Date(NOW + DAY_MS))}. It stops at once when you rotate.`,
  ],
  [
    "works on without an end",
    { revokedAt: null, expiresAt: null },
    "The key that this one replaced still works. It stops at once when you rotate.",
  ],
  ["has ended exactly now", { revokedAt: null, expiresAt: new Date(NOW).toISOString() }, undefined],
  ["was revoked", { revokedAt: new Date(NOW).toISOString(), expiresAt: null }, undefined],
  ["could not be read", undefined, "If the key that this one replaced still works, it stops at once."],
])("before rotating again, people hear of a predecessor that %s", (_sentence, predecessor, words) => {
  expect(endingInWords(predecessor, NOW)).toBe(words);
});

test("an overlap is shown as the time at which the old key stops", () => {
  expect(overlapInWords("0s", null, NOW)).toBe("The old key stops working at once.");
  expect(overlapInWords("24h", null, NOW)).toBe(`The old key stops on ${dateInWords(new Date(NOW + DAY_MS))}.`);
  const end = new Date(NOW + 2 * DAY_MS);
  expect(overlapInWords("30d", end.toISOString(), NOW)).toBe(`The old key stops on ${dateInWords(end)}.`);
  for (const { value } of OVERLAPS) expect(durationMs(value)).toBeTypeOf("number");
});
