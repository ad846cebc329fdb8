/** The audit log. */
import { everyCsvPart } from "../csv-parts.ts";
import { everyPage } from "../every-page.ts";
import { pathOf, type Query, type Send } from "../operations.ts";
import type { AuditFilter } from "../records.ts";
import type { CallOptions, Transport } from "../transport.ts";

const PATH = "/keyward/v1/organizations/{organizationId}/audit";
const CSV = "/keyward/v1/organizations/{organizationId}/audit.csv";
type List = Query<`GET ${typeof PATH}`>;

export function auditResource(send: Send, transport: Transport) {
  const list = (organizationId: string, query: List = {}, options?: CallOptions) =>
    send(`GET ${PATH}`, { params: { organizationId }, query }, options);
  return {
    /** One page, newest first. `nextCursor` is null on the last page. */
    list,
    /** Iterates over all entries that match the filter, newest first. */
    listAll: (organizationId: string, query: Omit<List, "cursor" | "limit"> = {}, options?: CallOptions) =>
      everyPage((page) => list(organizationId, { ...query, ...page }, options)),
    /** All entries that match the filter as one CSV text, newest first. The server sends it in one or more parts. */
    csv: (organizationId: string, query: AuditFilter = {}, options?: CallOptions): Promise<string> =>
      everyCsvPart(transport, { path: pathOf(CSV, { organizationId }), query: { ...query } }, options),
  };
}
