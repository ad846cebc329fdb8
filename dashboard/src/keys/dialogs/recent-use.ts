/** Recent use of a key. `now` is milliseconds since the epoch. */
import { counted, wholeNumber } from "../../words/number.ts";

const DAY_MS = 86_400_000;

type Totals = Readonly<Record<string, number>>;

export function requestCount(totals: Totals): number {
  return Object.values(totals).reduce((sum, count) => sum + count, 0);
}

/** "1,234 requests (1,204 valid, 30 rate limited)"; "no requests". */
export function totalsInWords(totals: Totals): string {
  const counts = Object.entries(totals).filter(([, count]) => count > 0);
  if (counts.length === 0) return "no requests";
  const parts = counts.sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${wholeNumber(count)} ${outcome.replaceAll("_", " ")}`);
  return `${counted(requestCount(totals), "request")} (${parts.join(", ")})`;
}

/** Whether the last use was within this many days. */
export function wasUsedWithin(days: number, lastUsedAt: string | null, now: number): boolean {
  return lastUsedAt !== null && now - Date.parse(lastUsedAt) < days * DAY_MS;
}
