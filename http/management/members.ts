/** The management API of who belongs to an organization: members and invitations. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json, noContent } from "../../admission/response.ts";
import { ok, refuse } from "../../engine/errors.ts";
import { ROLES } from "../../engine/roles.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { HttpContext } from "../context.ts";
import { nameInput, time } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { inSession } from "../sign-in/session.ts";
import { inOrganization } from "./in-organization.ts";
import { invitationSchema, memberSchema, toInvitationRecord, toMemberRecord } from "./records.ts";

const MEMBERS = "/keyward/v1/organizations/{organizationId}/members";
const INVITATIONS = "/keyward/v1/organizations/{organizationId}/invitations";
const organizationParams = z.object({ organizationId: z.string() });
const memberParams = z.object({ organizationId: z.string(), userId: z.string() });
const invitationParams = z.object({ organizationId: z.string(), invitationId: z.string() });
const role = z.enum(ROLES);
const inviteBody = z.strictObject({
  role,
  note: nameInput("For whom it is meant, as a reminder.").openapi({ example: "ada@example.com" }).nullable().optional(),
});
const linkBody = z.strictObject({ token: z.string().max(100).openapi({ description: "What follows # in the invitation's link." }) });
const offerSchema = z.object({ organizationId: z.string(), organizationName: z.string(), role, expiresAt: time });
const MANAGERS = ["operator", "member"] as const;

export function addMemberRoutes(app: OpenAPIHono, context: HttpContext): void {
  addMembers(app, context);
  addInvitations(app, context);
  addLinks(app, context);
}

function addMembers(app: OpenAPIHono, context: HttpContext): void {
  const { people, organizations } = context.service;

  addRoute(app, context, {
    method: "get",
    path: MEMBERS,
    operationId: "members.list",
    summary: "List the members",
    tag: "members",
    access: MANAGERS,
    params: organizationParams,
    success: { status: 200, description: "All of them", schema: z.object({ data: z.array(memberSchema) }) },
    errors: ["not_found"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const organization = await organizations.get(organizationId);
        if (!organization.ok) return organization;
        return ok(json(200, { data: (await people.members(organizationId)).map(toMemberRecord) }));
      }),
  });

  addRoute(app, context, {
    method: "patch",
    path: `${MEMBERS}/{userId}`,
    operationId: "members.changeRole",
    summary: "Change a member's role",
    tag: "members",
    access: MANAGERS,
    permission: "members",
    params: memberParams,
    body: z.strictObject({ role }),
    success: { status: 200, description: "The member; the role counts from the next request on", schema: memberSchema },
    errors: ["not_found", "last_owner"],
    handle: ({ caller, params, body }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId, acting) => {
        const changed = await people.changeRole(organizationId, params.userId, body.role, acting);
        return changed.ok ? ok(json(200, toMemberRecord(changed.value))) : changed;
      }),
  });

  addRoute(app, context, {
    method: "delete",
    path: `${MEMBERS}/{userId}`,
    operationId: "members.remove",
    summary: "Remove a member, or leave the organization oneself",
    tag: "members",
    access: MANAGERS,
    // Everybody may leave; what more a role may, the change itself asks.
    permission: "read",
    params: memberParams,
    success: { status: 204, description: "The person manages nothing of the organization from this answer on" },
    errors: ["not_found", "last_owner"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId, acting) => {
        const removed = await people.remove(organizationId, params.userId, acting);
        return removed.ok ? ok(noContent()) : removed;
      }),
  });
}

function addInvitations(app: OpenAPIHono, context: HttpContext): void {
  const { identity, service } = context;
  const { people, organizations } = service;

  addRoute(app, context, {
    method: "post",
    path: INVITATIONS,
    operationId: "invitations.create",
    summary: "Invite somebody",
    tag: "members",
    access: MANAGERS,
    permission: "members",
    params: organizationParams,
    body: inviteBody,
    success: {
      status: 201,
      description: "The invitation with its link, which is shown this once and works once, for seven days",
      schema: invitationSchema.extend({ link: z.string() }),
    },
    errors: ["not_found"],
    handle: ({ caller, params, body }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId, acting) => {
        const invited = await people.invite(organizationId, body, acting);
        if (!invited.ok) return invited;
        const { invitation, token } = invited.value;
        // Behind #: what stands there is not sent to any server, so it is in no log.
        return ok(json(201, { ...toInvitationRecord(invitation), link: `${identity.baseUrl()}/keyward/invitation#${token}` }));
      }),
  });

  addRoute(app, context, {
    method: "get",
    path: INVITATIONS,
    operationId: "invitations.list",
    summary: "List the invitations that can still be accepted, newest first",
    tag: "members",
    access: MANAGERS,
    permission: "members",
    params: organizationParams,
    success: { status: 200, description: "All of them", schema: z.object({ data: z.array(invitationSchema) }) },
    errors: ["not_found"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId) => {
        const organization = await organizations.get(organizationId);
        if (!organization.ok) return organization;
        return ok(json(200, { data: (await people.invitations(organizationId)).map(toInvitationRecord) }));
      }),
  });

  addRoute(app, context, {
    method: "delete",
    path: `${INVITATIONS}/{invitationId}`,
    operationId: "invitations.revoke",
    summary: "Withdraw an invitation",
    tag: "members",
    access: MANAGERS,
    permission: "members",
    params: invitationParams,
    success: { status: 204, description: "Its link is refused from this answer on" },
    errors: ["not_found"],
    handle: ({ caller, params }) =>
      inOrganization(context, caller, params.organizationId, async (organizationId, acting) => {
        const revoked = await people.revokeInvitation(organizationId, params.invitationId, acting);
        return revoked.ok ? ok(noContent()) : revoked;
      }),
  });
}

/** For whoever holds a link. */
function addLinks(app: OpenAPIHono, context: HttpContext): void {
  const { people } = context.service;

  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/invitations/read",
    operationId: "invitations.read",
    summary: "Where an invitation's link leads",
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

  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/invitations/accept",
    operationId: "invitations.accept",
    summary: "Accept an invitation as the person who is signed in",
    tag: "members",
    access: ["person"],
    body: linkBody,
    success: { status: 200, description: "The membership", schema: z.object({ organizationId: z.string(), role }) },
    errors: ["not_found", "already_exists"],
    wrongCredential: "not_found",
    handle: ({ caller, body }) =>
      inSession(caller, async ({ user }) => {
        if (caller?.kind === "operator") return refuse("forbidden", "The operator manages every organization already.");
        const accepted = await people.accept(body.token, user.id);
        return accepted.ok ? ok(json(200, accepted.value)) : accepted;
      }),
  });
}
