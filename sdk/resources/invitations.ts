/** Invitations to an organization. Their links work once, for seven days. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/invitations";
const ONE = "/keyward/v1/organizations/{organizationId}/invitations/{invitationId}";

export function invitationsResource(send: Send) {
  return {
    /** Creates an invitation. `link` is only in this response. */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`>, options?: CallOptions) =>
      send(`POST ${ALL}`, { params: { organizationId }, body }, options),
    /** The invitations that can still be accepted, newest first. */
    list: (organizationId: string, options?: CallOptions) => send(`GET ${ALL}`, { params: { organizationId } }, options),
    /** Withdraws an invitation. Its link is refused once this has resolved. */
    revoke: (organizationId: string, invitationId: string, options?: CallOptions) =>
      send(`DELETE ${ONE}`, { params: { organizationId, invitationId } }, options),
    /** What an invitation is for. `token` is the part of the link after #; no other credential is needed. */
    read: (token: string, options?: CallOptions) => send("POST /keyward/v1/invitations/read", { body: { token } }, options),
    /** Accepts an invitation as the person who is signed in. @throws KeywardError `already_exists` for a member */
    accept: (token: string, options?: CallOptions) => send("POST /keyward/v1/invitations/accept", { body: { token } }, options),
  };
}
