/** Invitations to an organization. Their links work once, for seven days. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/invitations";
const ONE = "/keyward/v1/organizations/{organizationId}/invitations/{invitationId}";

export function invitationsResource(send: Send) {
  return {
    /** The `link` is in this response alone. */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`>, options?: CallOptions) =>
      send(`POST ${ALL}`, { params: { organizationId }, body }, options),
    /** Those that can still be accepted, newest first. */
    list: (organizationId: string, options?: CallOptions) => send(`GET ${ALL}`, { params: { organizationId } }, options),
    /** Withdraws it: its link is refused as soon as this returns. */
    revoke: (organizationId: string, invitationId: string, options?: CallOptions) =>
      send(`DELETE ${ONE}`, { params: { organizationId, invitationId } }, options),
    /** Where a link leads; `token` is what follows # in it. Open to everybody who has it. */
    read: (token: string, options?: CallOptions) => send("POST /keyward/v1/invitations/read", { body: { token } }, options),
    /** As the person who is signed in. @throws KeywardError `already_exists` for a member */
    accept: (token: string, options?: CallOptions) => send("POST /keyward/v1/invitations/accept", { body: { token } }, options),
  };
}
