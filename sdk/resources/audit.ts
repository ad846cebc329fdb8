/** The audit log. */
import { everyPage } from "../every-page.ts";
import { pathOf, type Query, type Send } from "../operations.ts";
import type { CallOptions, Transport } from "../transport.ts";

const PATH = "/keyward/v1/organizations/{organizationId}/audit";
const CSV = "/keyward/v1/organizations/{organizationId}/audit.csv";
type List = Query<`GET ${typeof PATH}`>;
type Filter = Query<`GET ${typeof CSV}`>;

export function auditResource(send: Send, url: Transport["url"]) {
  const list = (organizationId: string, query: List = {}, options?: CallOptions) =>
    send(`GET ${PATH}`, { params: { organizationId }, query }, options);
  return {
    /** One page, newest first. */
    list,
    /** All that the filter finds, page after page. */
    listAll: (organizationId: string, query: Omit<List, "cursor" | "limit"> = {}, options?: CallOptions) =>
      everyPage((page) => list(organizationId, { ...query, ...page }, options)),
    /** The newest 10,000 as CSV text. */
    csv: (organizationId: string, query: Filter = {}, options?: CallOptions) =>
      send(`GET ${CSV}`, { params: { organizationId }, query }, { ...options, as: "text" }),
    /** The address of the same file, for a link: a browser sends its cookie there. */
    csvUrl: (organizationId: string, query: Filter = {}) => url(pathOf(CSV, { organizationId }), { ...query }),
  };
}
