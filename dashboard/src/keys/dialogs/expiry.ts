/** When a key expires: the choices in the form, and what they mean. `now` is milliseconds since the epoch. */
import { dateInWords } from "../../words/time.ts";

export const EXPIRY_PRESETS = [
  { value: "never", label: "Never" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "60d", label: "60 days" },
  { value: "90d", label: "90 days" },
  { value: "365d", label: "1 year" },
  { value: "custom", label: "Date and time" },
] as const;

export interface ExpiryDraft {
  /** `kept` leaves the expiry of an existing key unchanged. */
  readonly choice: "kept" | (typeof EXPIRY_PRESETS)[number]["value"];
  /** The value of the browser's date-time input, in the person's time zone: `2026-12-18T14:05`. */
  readonly custom: string;
}

export const NEVER: ExpiryDraft = { choice: "never", custom: "" };

/** Part of the request body; empty if nothing changes. */
type ExpirySettings = { readonly expiresIn: string } | { readonly expiresAt: string | null } | { readonly [Name in never]: never };

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `15m`, `24h`, `90d`; undefined if it is not a duration. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,10})([smhd])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? Number.NaN);
}

/** The chosen moment; null for never, undefined if none is chosen (yet). */
export function expiryMoment({ choice, custom }: ExpiryDraft, now: number): Date | null | undefined {
  if (choice === "kept") return undefined;
  if (choice === "never") return null;
  if (choice === "custom") return asDate(Date.parse(custom));
  return asDate(now + (durationMs(choice) ?? Number.NaN));
}

/** "Expires on Friday, December 18, 2026, 14:05." */
export function expiryInWords(draft: ExpiryDraft, now: number): string {
  const moment = expiryMoment(draft, now);
  if (draft.choice === "kept") return "";
  if (moment === null) return "The key does not expire.";
  if (moment === undefined) return "Choose a date and time in your time zone.";
  return moment.getTime() <= now ? "This time has passed. Choose one in the future." : `Expires on ${dateInWords(moment)}.`;
}

/** What is wrong with it, if anything. */
export function expiryFault(draft: ExpiryDraft, now: number): string | undefined {
  const moment = expiryMoment(draft, now);
  if (draft.choice !== "custom" || (moment instanceof Date && moment.getTime() > now)) return undefined;
  return "Choose a date and time in the future.";
}

/** With `isNew`, "never" needs no field: it is the default. A preset is sent as a duration, so that a repeated request has the same body. */
export function expirySettings({ choice, custom }: ExpiryDraft, isNew: boolean): ExpirySettings {
  if (choice === "kept") return {};
  if (choice === "never") return isNew ? {} : { expiresAt: null };
  return choice === "custom" ? { expiresAt: new Date(custom).toISOString() } : { expiresIn: choice };
}

/** From an address: a preset, another duration, or a moment in ISO 8601. Anything else means never. */
export function readExpiry(text: string | undefined, now: number): ExpiryDraft {
  const preset = EXPIRY_PRESETS.find(({ value }) => value === text);
  if (text === undefined || preset !== undefined)
    return { choice: preset?.value === "custom" ? "never" : (preset?.value ?? "never"), custom: "" };
  const moment = asDate(now + (durationMs(text) ?? Number.NaN)) ?? asDate(Date.parse(text));
  return moment === undefined ? NEVER : { choice: "custom", custom: localMinute(moment) };
}

/** For an address; undefined for never. */
export function writeExpiry(draft: ExpiryDraft, now: number): string | undefined {
  if (draft.choice !== "custom") return draft.choice === "never" || draft.choice === "kept" ? undefined : draft.choice;
  return expiryMoment(draft, now)?.toISOString();
}

/** `2026-12-18T14:05`, in the time zone of the person. */
export function localMinute(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(moment.getFullYear()).padStart(4, "0")}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

function asDate(ms: number): Date | undefined {
  const moment = new Date(ms);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}
