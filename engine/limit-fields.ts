/**
 * The limits of a key. Records, schemas, forms, headers and columns are derived from this table. To add a limit, add a row here, count it
 * in `admit` and `wouldAdmit` of limits.ts, and add a column.
 */
import { DAY_MS, MINUTE_MS } from "./duration.ts";

interface LimitRow {
  /** Its name in responses and headers. */
  readonly name: string;
  /** Its name in requests and records. */
  readonly field: string;
  /** The length of the window in which requests are counted; 0 for concurrent requests. */
  readonly windowMs: number;
}

export const LIMITS = [
  { name: "minute", field: "requestsPerMinute", windowMs: MINUTE_MS },
  { name: "day", field: "requestsPerDay", windowMs: DAY_MS },
  { name: "concurrent", field: "concurrentRequests", windowMs: 0 },
] as const satisfies readonly LimitRow[];

export type LimitName = (typeof LIMITS)[number]["name"];
export type LimitField = (typeof LIMITS)[number]["field"];

export const LIMIT_NAMES = LIMITS.map(({ name }) => name) as [LimitName, ...LimitName[]];
export const LIMIT_FIELDS = LIMITS.map(({ field }) => field) as [LimitField, ...LimitField[]];

/** A value for each limit, in the order of the table. */
export function byLimitField<Value>(valueFor: (field: LimitField) => Value): Record<LimitField, Value> {
  const values = {} as Record<LimitField, Value>;
  for (const field of LIMIT_FIELDS) values[field] = valueFor(field);
  return values;
}
