/** Management routes of members and invitations. */
import { z } from "@hono/zod-openapi";
import { json, noContent } from "../../admission/response.ts";
import { ok, refuse } from "../../engine/errors.ts";
import { ROLES } from "../../engine/roles.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { nameInput, time } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { addRoute } from "../route.ts";
import { addSessionRoute } from "../session-route.ts";
import { invitationSchema, memberSchema, toInvitationRecord, toMemberRecord } from "./records.ts";

const role = z.enum(ROLES);
const inviteBody = z.strictObject({
  role,
  note: nameInput("For whom it is meant, as a reminder.").openapi({ example: "ada@example.com" }).nullable().optional(),
});
const linkBody = z.strictObject({ token: z.string().max(100).openapi({ description: "The part after # in the invitation's link." }) });
const offerSchema = z.object({ organizationId: z.string(), organizationName: z.string(), role, expiresAt: time });

export function addMemberRoutes(app: Application, context: HttpContext): void {
  addMembers(app, context);
  addInvitations(app, context);
  addLinks(app, context);
}

function addMembers(app: Application, context: HttpContext): void {
  const { people, organizations } = context.service;

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/members",
    operationId: "members.list",
    summary: "List the members",
    tag: "members",
    success: { status: 200, description: "All members", schema: z.object({ data: z.array(memberSchema) }) },
    errors: ["not_found"],
    handle: async ({ organizationId }) => {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      return ok(json(200, { data: (await people.members(organizationId)).map(toMemberRecord) }));
    },
  });

  addOrganizationRoute(app, context, {
    method: "patch",
    path: "/members/{userId}",
    operationId: "members.changeRole",
    summary: "Change a member's role",
    tag: "members",
    permission: "members",
    params: z.object({ userId: z.string() }),
    body: z.strictObject({ role }),
    success: { status: 200, description: "The member; the new role applies from the next request", schema: memberSchema },
    errors: ["not_found", "last_owner"],
    handle: async ({ organizationId, acting, params, body }) => {
      const changed = await people.changeRole(organizationId, params.userId, body.role, acting);
      return changed.ok ? ok(json(200, toMemberRecord(changed.value))) : changed;
    },
  });

  addOrganizationRoute(app, context, {
    method: "delete",
    path: "/members/{userId}",
    operationId: "members.remove",
    summary: "Remove a member, or leave the organization",
    tag: "members",
    // Every member may leave. The service checks who may remove others.
    permission: "read",
    params: z.object({ userId: z.string() }),
    success: { status: 204, description: "Once this response is sent, the person can no longer manage the organization" },
    errors: ["not_found", "last_owner"],
    handle: async ({ organizationId, acting, params }) => {
      const removed = await people.remove(organizationId, params.userId, acting);
      return removed.ok ? ok(noContent()) : removed;
    },
  });
}

function addInvitations(app: Application, context: HttpContext): void {
  const { identity, service } = context;
  const { people, organizations } = service;

  addOrganizationRoute(app, context, {
    method: "post",
    path: "/invitations",
    operationId: "invitations.create",
    summary: "Create an invitation",
    tag: "members",
    permission: "members",
    body: inviteBody,
    success: {
      status: 201,
      description: "The invitation with its link, which is shown only once, works once, and expires after seven days",
      schema: invitationSchema.extend({ link: z.string() }),
    },
    errors: ["not_found"],
    handle: async ({ organizationId, acting, body }) => {
      const invited = await people.invite(organizationId, body, acting);
      if (!invited.ok) return invited;
      const { invitation, token } = invited.value;
      // After #: browsers send that part to no server, so it gets into no log.
      return ok(json(201, { ...toInvitationRecord(invitation), link: `${identity.baseUrl()}/keyward/invitation#${token}` }));
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/invitations",
    operationId: "invitations.list",
    summary: "List the invitations that can still be accepted, newest first",
    tag: "members",
    permission: "members",
    success: { status: 200, description: "All open invitations", schema: z.object({ data: z.array(invitationSchema) }) },
    errors: ["not_found"],
    handle: async ({ organizationId }) => {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      return ok(json(200, { data: (await people.invitations(organizationId)).map(toInvitationRecord) }));
    },
  });

  addOrganizationRoute(app, context, {
    method: "delete",
    path: "/invitations/{invitationId}",
    operationId: "invitations.revoke",
    summary: "Withdraw an invitation",
    tag: "members",
    permission: "members",
    params: z.object({ invitationId: z.string() }),
    success: { status: 204, description: "Once this response is sent, the link is refused" },
    errors: ["not_found"],
    handle: async ({ organizationId, acting, params }) => {
      const revoked = await people.revokeInvitation(organizationId, params.invitationId, acting);
      return revoked.ok ? ok(noContent()) : revoked;
    },
  });
}

/** Routes for the holder of an invitation's link. */
function addLinks(app: Application, context: HttpContext): void {
  const { people } = context.service;

  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/invitations/read",
    operationId: "invitations.read",
    summary: "Read the invitation behind a link",
    tag: "members",
    access: [],
    body: linkBody,
    success: { status: 200, description: "The organization and the role", schema: offerSchema },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: async ({ body }) => {
      const found = await people.invitation(body.token);
      if (!found.ok) return found;
      const { organizationId, organizationName, role: offered, expiresAt } = found.value;
      return ok(json(200, { organizationId, organizationName, role: offered, expiresAt: formatTimestamp(expiresAt) }));
    },
  });

  addSessionRoute(app, context, {
    method: "post",
    path: "/keyward/v1/invitations/accept",
    operationId: "invitations.accept",
    summary: "Accept an invitation as the person who is signed in",
    tag: "members",
    body: linkBody,
    success: { status: 200, description: "The membership", schema: z.object({ organizationId: z.string(), role }) },
    errors: ["not_found", "already_exists"],
    wrongCredential: "not_found",
    handle: async ({ session: { user }, caller, body }) => {
      if (caller?.kind === "operator") return refuse("forbidden", "The operator manages every organization already.");
      const accepted = await people.accept(body.token, user.id);
      return accepted.ok ? ok(json(200, accepted.value)) : accepted;
    },
  });
}
