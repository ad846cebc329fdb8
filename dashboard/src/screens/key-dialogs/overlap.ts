/** How long an old key works beside its successor. `now` is milliseconds since the epoch. */
import { dateInWords } from "../../words/time.ts";
import { durationMs } from "./expiry.ts";

export const OVERLAPS = [
  { value: "0s", label: "Now" },
  { value: "1h", label: "In 1 hour" },
  { value: "24h", label: "In 24 hours" },
  { value: "7d", label: "In 7 days" },
  { value: "30d", label: "In 30 days" },
] as const;

export type Overlap = (typeof OVERLAPS)[number]["value"];

/** What the choice means. `expiresAt` is where the old key ends anyway. */
export function overlapInWords(overlap: Overlap, expiresAt: string | null, now: number): string {
  if (overlap === "0s") return "The old key stops working at once.";
  const end = Math.min(now + (durationMs(overlap) ?? 0), expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt));
  return `The old key stops on ${dateInWords(new Date(end))}.`;
}
