/** The members of an organization. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/members";
const ONE = "/keyward/v1/organizations/{organizationId}/members/{userId}";

export function membersResource(send: Send) {
  return {
    /** All members, oldest membership first. */
    list: (organizationId: string, options?: CallOptions) => send(`GET ${ALL}`, { params: { organizationId } }, options),
    /** Changes the role of a member, from the next request on. @throws KeywardError `last_owner`, `forbidden` */
    changeRole: (organizationId: string, userId: string, role: Body<`PATCH ${typeof ONE}`>["role"], options?: CallOptions) =>
      send(`PATCH ${ONE}`, { params: { organizationId, userId }, body: { role } }, options),
    /** Removes a member, or leaves the organization. @throws KeywardError `last_owner`, `forbidden` */
    remove: (organizationId: string, userId: string, options?: CallOptions) =>
      send(`DELETE ${ONE}`, { params: { organizationId, userId } }, options),
  };
}
