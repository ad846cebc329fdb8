/** The state of a limit, in words. */
import { counted, wholeNumber } from "./number.ts";

export interface LimitState {
  readonly name: "minute" | "day" | "concurrent";
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until `remaining` grows. */
  readonly resetSeconds: number;
}

const WITHIN: Readonly<Record<LimitState["name"], string>> = {
  minute: "requests in the last minute",
  day: "requests in the last 24 hours",
  concurrent: "requests under way",
};

export const LIMIT_TITLES: Readonly<Record<LimitState["name"], string>> = {
  minute: "Per minute",
  day: "Per day",
  concurrent: "At the same time",
};

/** Where a limit comes from. */
export const LIMIT_ORIGINS = {
  plan: "From the plan",
  organization: "Set for this organization",
  key: "Set for this key",
} as const;

/** "37 of 60 requests in the last minute; resets in 12 seconds". */
export function limitSentence({ name, limit, remaining, resetSeconds }: LimitState): string {
  const used = Math.max(0, limit - remaining);
  const stand = `${wholeNumber(used)} of ${wholeNumber(limit)} ${WITHIN[name]}`;
  return name === "concurrent" || used === 0 ? stand : `${stand}; resets in ${secondsInWords(resetSeconds)}`;
}

/** `good` below 80 % of the limit, `warn` from there, `bad` when nothing is left. */
export function limitTone({ limit, remaining }: Pick<LimitState, "limit" | "remaining">): "good" | "warn" | "bad" {
  if (remaining <= 0) return "bad";
  return (limit - remaining) / limit >= 0.8 ? "warn" : "good";
}

/** "12 seconds", "2 minutes", "3 hours": rounded up, so that nobody retries too early. */
function secondsInWords(seconds: number): string {
  if (seconds < 120) return counted(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 7_200) return counted(Math.ceil(seconds / 60), "minute");
  return counted(Math.ceil(seconds / 3_600), "hour");
}
