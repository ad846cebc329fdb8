/** Why requests were refused. */
import { everyPage } from "../every-page.ts";
import type { Query, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const OF_ORGANIZATION = "/keyward/v1/organizations/{organizationId}/refusals";
const OF_KEY = "/keyward/v1/organizations/{organizationId}/keys/{keyId}/refusals";
const OF_NOBODY = "/keyward/v1/refusals";
type Page = Query<`GET ${typeof OF_ORGANIZATION}`>;

export function refusalsResource(send: Send) {
  const list = (organizationId: string, query: Page = {}, options?: CallOptions) =>
    send(`GET ${OF_ORGANIZATION}`, { params: { organizationId }, query }, options);
  return {
    /** One page of the last day, newest first. `nextCursor` is null on the last page. */
    list,
    /** One page of those of one key; no key has more than 100. @throws KeywardError `not_found`, also for keys of other organizations */
    ofKey: (organizationId: string, keyId: string, query: Page = {}, options?: CallOptions) =>
      send(`GET ${OF_KEY}`, { params: { organizationId, keyId }, query }, options),
    /** One page of those that belong to no organization. Only for the operator. */
    ofNobody: (query: Page = {}, options?: CallOptions) => send(`GET ${OF_NOBODY}`, { query }, options),
    /** Iterates over those of an organization, newest first. */
    listAll: (organizationId: string, options?: CallOptions) => everyPage((page) => list(organizationId, page, options)),
    /** Those of one request, by the `requestId` of the error that its client got. @throws KeywardError `not_found` */
    explain: (requestId: string, options?: CallOptions) => send("GET /keyward/v1/refusals/{requestId}", { params: { requestId } }, options),
  };
}
