/** How long an old key works beside its successor. `now` is milliseconds since the epoch. */
import type { ApiKey } from "@keyward/sdk";
import { dateInWords } from "../../words/time.ts";
import { durationMs } from "./expiry.ts";

export const OVERLAPS = [
  { value: "0s", label: "Now" },
  { value: "1h", label: "In 1 hour" },
  { value: "24h", label: "In 24 hours" },
  { value: "7d", label: "In 7 days" },
  { value: "30d", label: "In 30 days" },
] as const;

/** What the server does when nothing is chosen. */
export const OVERLAP_DEFAULT: Overlap = "24h";

export type Overlap = (typeof OVERLAPS)[number]["value"];

/** What the choice means. `expiresAt` is when the old key expires anyway. */
export function overlapInWords(overlap: Overlap, expiresAt: string | null, now: number): string {
  if (overlap === "0s") return "The old key stops working at once.";
  const end = Math.min(now + (durationMs(overlap) ?? 0), expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt));
  return `The old key stops on ${dateInWords(new Date(end))}.`;
}

/**
 * What a rotation does to the key that the rotated key replaced: it ends at once. Undefined if it has already ended. If that key could
 * not be read, the sentence covers both cases.
 */
export function endingInWords(predecessor: Pick<ApiKey, "revokedAt" | "expiresAt"> | undefined, now: number): string | undefined {
  if (predecessor === undefined) return "If the key that this one replaced still works, it stops at once.";
  const { revokedAt, expiresAt } = predecessor;
  if (revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= now)) return undefined;
  const until = expiresAt === null ? "" : ` until ${dateInWords(new Date(expiresAt))}`;
  return `The key that this one replaced still works${until}. It stops at once when you rotate.`;
}
