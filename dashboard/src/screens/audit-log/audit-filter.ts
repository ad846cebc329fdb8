/** From the page's filters to the API's. */
import type { AuditSearch } from "./search.ts";

export interface AuditFilter {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  /** From this moment on (inclusive) to this one (exclusive); ISO 8601. */
  readonly from?: string;
  readonly to?: string;
}

/** Dates are whole days in the person's time zone, `to` included. Invalid dates are left out. */
export function auditFilter({ from, to, ...same }: AuditSearch): AuditFilter {
  const [since, until] = [startOf(from, 0), startOf(to, 1)];
  return { ...same, ...(since !== undefined && { from: since }), ...(until !== undefined && { to: until }) };
}

function startOf(date: string | undefined, daysLater: number): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date ?? "") ?? [];
  if (year === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(day) + daysLater).toISOString();
}
