/** What of the page of a key stands in its address: the period of its use. */
import { USAGE_PERIODS, type UsagePeriod } from "../../words/usage.ts";

interface KeySearch {
  /** `24h` when absent, and only then. */
  readonly period?: UsagePeriod;
}

export function readKeySearch({ period }: Record<string, unknown>): KeySearch {
  const known = USAGE_PERIODS.find((name) => name === period);
  return known === undefined || known === "24h" ? {} : { period: known };
}
