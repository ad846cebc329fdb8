/** The search parameters of the page of a key: the period of its usage chart. */
import { USAGE_PERIODS, type UsagePeriod } from "../../words/usage.ts";

interface KeySearch {
  /** Absent means `24h`. */
  readonly period?: UsagePeriod;
}

export function readKeySearch({ period }: Record<string, unknown>): KeySearch {
  const known = USAGE_PERIODS.find((name) => name === period);
  return known === undefined || known === "24h" ? {} : { period: known };
}
