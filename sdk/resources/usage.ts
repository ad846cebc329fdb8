/** How much keys were used, with which outcomes. */
import { everyCsvPart } from "../csv-parts.ts";
import { pathOf, type Query, type Send } from "../operations.ts";
import type { CallOptions, Transport } from "../transport.ts";

const REPORT = "/keyward/v1/organizations/{organizationId}/usage/report";
const CSV = "/keyward/v1/organizations/{organizationId}/usage.csv";
const ALL = "/keyward/v1/usage";
const ALL_CSV = "/keyward/v1/usage.csv";
type Report = Query<`GET ${typeof REPORT}`>;
type ReportOfAll = Query<`GET ${typeof ALL}`>;

export function usageResource(send: Send, transport: Transport) {
  return {
    /** Requests by day (in UTC) and outcome. At most 100 keys; 1 to 30 days, default 7. Days without use are left out. */
    ofKeys: (organizationId: string, { keys, days }: { keys: readonly string[]; days?: number | undefined }, options?: CallOptions) =>
      send(
        "GET /keyward/v1/organizations/{organizationId}/usage",
        { params: { organizationId }, query: { keys: keys.join(","), days } },
        options,
      ),
    /**
     * Requests of an organization's keys from one moment to another, by hour, day, month or in total, each counted once. The first page has the
     * totals. `nextCursor` is null on the last page.
     */
    report: (organizationId: string, query: Report = {}, options?: CallOptions) =>
      send(`GET ${REPORT}`, { params: { organizationId }, query }, options),
    /** The same as one CSV text. The server sends it in one or more parts. */
    csv: (organizationId: string, query: Omit<Report, "cursor" | "limit"> = {}, options?: CallOptions): Promise<string> =>
      everyCsvPart(transport, { path: pathOf(CSV, { organizationId }), query: { ...query } }, options),
    /** Requests of every organization, a row for each. Only for the operator. */
    ofAll: (query: ReportOfAll = {}, options?: CallOptions) => send(`GET ${ALL}`, { query }, options),
    /** The same as one CSV text. Only for the operator. */
    csvOfAll: (query: Omit<ReportOfAll, "cursor" | "limit"> = {}, options?: CallOptions): Promise<string> =>
      everyCsvPart(transport, { path: ALL_CSV, query: { ...query } }, options),
  };
}
