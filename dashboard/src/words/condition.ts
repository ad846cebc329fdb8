/** The most important fact about a key, and what to do about it. Moments are ISO 8601; `now` is milliseconds since the epoch. */
import type { ApiKey } from "@keyward/sdk";
import { exactTime, timeLeft } from "./time.ts";

export interface ConditionWords {
  /** One to four words. */
  readonly label: string;
  readonly tone: "good" | "warn" | "bad" | "plain" | "accent";
  /** What it means, and what to do. */
  readonly advice: string;
}

export type Told = Pick<ApiKey, "condition" | "refusedFor" | "expiresAt" | "revokedAt">;

interface Circumstances {
  /** The age from which the platform advises rotation; null for never. */
  readonly rotateAfterDays: number | null;
  /** The platform's words for an active and a revoked key. */
  readonly words: { readonly active: string; readonly revoked: string };
  readonly now: number;
}

type Words = (key: Told, circumstances: Circumstances) => ConditionWords;

const WORDS: Readonly<Record<ApiKey["condition"], Words>> = {
  revoked: ({ revokedAt }, { words }) => ({
    label: words.revoked,
    tone: "bad",
    advice: `Every request with it is refused permanently${revokedAt === null ? "" : `, since ${exactTime(revokedAt)}`}. Create a new key to replace it.`,
  }),
  expired: ({ expiresAt }) => ({
    label: "Expired",
    tone: "bad",
    advice: `Every request with it has been refused${expiresAt === null ? "" : ` since ${exactTime(expiresAt)}`}. Create a new key to replace it.`,
  }),
  disabled: ({ refusedFor, expiresAt }) => ({
    label: "Disabled",
    tone: "plain",
    advice: refusedFor.includes("expired")
      ? `Every request with it is refused, and it has also expired${expiresAt === null ? "" : `, on ${exactTime(expiresAt)}`}: enabling it would not help. Create a new key to replace it.`
      : "Every request with it is refused until somebody enables it again.",
  }),
  rotating: ({ expiresAt }, { now }) => ({
    label: expiresAt === null ? "Rotating" : `Rotating, ${timeLeft(expiresAt, now)} left`,
    tone: "accent",
    advice: "It has been replaced, and works beside its successor until the time is up. Use the new key wherever this one is used.",
  }),
  rate_limited: () => ({
    label: "Rate limited",
    tone: "warn",
    advice: "It has reached a limit. Requests are refused until the limit resets. Send fewer requests, or ask for a higher limit.",
  }),
  expiring: ({ expiresAt }, { now }) => ({
    label: expiresAt === null ? "Expires soon" : `Expires in ${timeLeft(expiresAt, now)}`,
    tone: "warn",
    advice: `It stops working${expiresAt === null ? " soon" : ` on ${exactTime(expiresAt)}`}. Extend its expiry, or replace it with a new key.`,
  }),
  rotation_due: (_key, { rotateAfterDays }) => ({
    label: rotateAfterDays === null ? "Rotation is due" : `Older than ${rotateAfterDays} days`,
    tone: "warn",
    advice: "It still works. Replace it with a new key: the older a key is, the more places it may have leaked to.",
  }),
  unused: () => ({
    label: "Unused",
    tone: "plain",
    advice: "Nobody has used it for at least 30 days. If nothing needs it any more, take it out of service.",
  }),
  active: (_key, { words }) => ({ label: words.active, tone: "good", advice: "Requests with it are accepted." }),
};

/** A condition that this version does not know is shown by its name. */
export function conditionWords(apiKey: Told, circumstances: Circumstances): ConditionWords {
  if (!Object.hasOwn(WORDS, apiKey.condition)) return { label: apiKey.condition, tone: "plain", advice: "Reload the page for details." };
  return WORDS[apiKey.condition](apiKey, circumstances);
}
