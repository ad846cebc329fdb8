/** Usage from one moment to another, for bills. */
import { invalid, type Outcome, ok } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { parseTimestamp } from "../engine/timestamp.ts";
import type { Outcomes } from "../engine/usage-period.ts";
import { type ReportInterval, type ReportRange, reportRange, type UsageRetention } from "../engine/usage-report.ts";
import type { UsageReportQuery, UsageReportRow, UseStore } from "../stores/contract.ts";
import type { Organizations } from "./organizations.ts";
import { MOST_KEYS } from "./usage.ts";

export const REPORT_ROWS_DEFAULT = 1_000;
export const REPORT_ROWS_MAXIMUM = 10_000;

interface UsageReportInput {
  /** RFC 3339; the hour with this moment is the first. The start of the current month when absent. */
  readonly from?: string | undefined;
  /** The first moment after the range; now when absent. */
  readonly to?: string | undefined;
  readonly by?: ReportInterval | undefined;
  /** Ids; of other organizations' keys there is nothing. */
  readonly keys?: readonly string[] | undefined;
  readonly outcome?: string | undefined;
  /** 1 to 10,000; 1,000 when absent. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface UsageReport extends ReportRange {
  readonly by: ReportInterval;
  readonly rows: readonly UsageReportRow[];
  /** Of the whole range, whatever the page; only on the first one. */
  readonly totals: Outcomes | undefined;
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

interface ReportsOptions {
  readonly system: Pick<KeySystem, "keyId">;
  readonly store: Pick<UseStore, "usageReport">;
  readonly organizations: Pick<Organizations, "get">;
  readonly retention: UsageRetention;
  readonly clock: () => number;
  /** Writes usage in memory to the store. */
  readonly flush: () => Promise<void>;
}

export type UsageReports = ReturnType<typeof usageReports>;

export function usageReports({ system, store, organizations, retention, clock, flush }: ReportsOptions) {
  async function report(scope: Scope, input: UsageReportInput): Promise<Outcome<UsageReport>> {
    const read = readInput(input, system, clock(), retention);
    if (!read.ok) return read;
    const { range, by, limit, after, filter } = read.value;
    const query = { ...scope, ...range, from: range.starts?.[0] ?? range.from, ...filter };
    await flush();
    const found = await store.usageReport({ ...query, after, limit: limit + 1 });
    const rows = found.slice(0, limit);
    return ok({
      ...range,
      by,
      rows,
      totals: after === undefined ? await totalsOf(query) : undefined,
      nextCursor: found.length > limit ? writeCursor(rows.at(-1) as UsageReportRow) : null,
    });
  }

  async function totalsOf(query: Omit<UsageReportQuery, "limit">): Promise<Outcomes> {
    const sums = await store.usageReport({ ...query, starts: [query.from], each: undefined, limit: MOST_OUTCOMES });
    return Object.fromEntries(sums.map(({ outcome, count }) => [outcome, count]));
  }

  return {
    /**
     * The use of one organization's keys, each verification counted once; with `perKey` a row for each key. Counts of other nodes are about a
     * second behind. Refusals: `invalid_request` (names the field), `not_found`.
     * @example
     * const bill = await kw.usage.report(organizationId, { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", by: "total" });
     * if (bill.ok) console.log(bill.value.totals);
     */
    async report(organizationId: string, { perKey = false, ...input }: UsageReportInput & { readonly perKey?: boolean | undefined } = {}) {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      return report({ organizationId: organization.value.id, each: perKey ? "key" : undefined }, input);
    },

    /** The use of all organizations, a row for each; the id is "" for keys that nobody has claimed. Refusal: `invalid_request`. */
    reportOfAll: (input: UsageReportInput = {}) => report({ organizationId: undefined, each: "organization" }, input),
  };
}

interface Scope {
  readonly organizationId: string | undefined;
  readonly each: "key" | "organization" | undefined;
}

/** More than a verification can have. */
const MOST_OUTCOMES = 100;

function readInput(input: UsageReportInput, { keyId }: ReportsOptions["system"], now: number, retention: UsageRetention) {
  const { by = "day", keys, outcome, limit = REPORT_ROWS_DEFAULT, cursor } = input;
  const range = readRange(input, by, now, retention);
  if (!range.ok) return range;
  if (!Number.isInteger(limit) || limit < 1 || limit > REPORT_ROWS_MAXIMUM)
    return invalid("limit", `limit must be a whole number from 1 to ${REPORT_ROWS_MAXIMUM}`);
  if (keys !== undefined && keys.length > MOST_KEYS) return invalid("keys", `keys must be at most ${MOST_KEYS} ids`);
  const after = cursor === undefined ? undefined : readCursor(cursor);
  if (cursor !== undefined && after === undefined) return invalid("cursor", "cursor must be the nextCursor of an earlier page");
  const keyIds = keys?.map((id) => parseId(keyId, id)).filter((id) => id !== undefined);
  return ok({ range: range.value, by, limit, after, filter: { keyIds, outcome } });
}

function readRange(
  { from, to }: Pick<UsageReportInput, "from" | "to">,
  by: ReportInterval,
  now: number,
  retention: UsageRetention,
): Outcome<ReportRange> {
  const [since, until] = [readTime(from, "from"), readTime(to, "to")];
  if (!since.ok) return since;
  if (!until.ok) return until;
  return ok(reportRange({ from: since.value, to: until.value, by }, now, retention));
}

function readTime(text: string | undefined, field: string): Outcome<number | undefined> {
  return text === undefined ? ok(undefined) : parseTimestamp(text, field);
}

/** The place of a row: `1798761600000.key_01….valid`. */
function writeCursor({ at, id, outcome }: UsageReportRow): string {
  return `${at}.${id}.${outcome}`;
}

function readCursor(text: string): Pick<UsageReportRow, "at" | "id" | "outcome"> | undefined {
  const [, at = "", id = "", outcome = ""] = /^(\d{1,15})\.([\w-]{0,64})\.([a-z_]{1,64})$/.exec(text) ?? [];
  return outcome === "" ? undefined : { at: Number(at), id, outcome };
}
