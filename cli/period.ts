/** Moments as people type them, for --from and --to. */
import { InvalidArgumentError } from "commander";
import { DAY_MS, parseDuration } from "../engine/duration.ts";
import { parseTimestamp } from "../engine/timestamp.ts";

const LONGEST = { minimumMs: 1_000, maximumMs: 3_650 * DAY_MS };

/**
 * A month (`2027-01`), a day (`2027-01-31`), a moment (`2027-01-31T12:00:00Z`), or how long ago (`7d`), as the API takes it. Months and days
 * begin at midnight in UTC. @throws InvalidArgumentError
 */
export function moment(text: string): string {
  const ago = /^\d+[smhd]$/.test(text) ? parseDuration(text, "it", LONGEST) : undefined;
  if (ago?.ok) return new Date(Date.now() - ago.value).toISOString();
  const whole = /^\d{4}-\d\d$/.test(text) ? `${text}-01` : text;
  const read = parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(whole) ? `${whole}T00:00:00Z` : whole, "it");
  if (!read.ok) throw new InvalidArgumentError("It must be 2027-01, 2027-01-31, 2027-01-31T12:00:00Z, or 7d for seven days ago.");
  return new Date(read.value).toISOString();
}
