/** Routes of the caller's own session: who is signed in, tokens for one organization, signing out. */
import { z } from "@hono/zod-openapi";
import { json, noContent } from "../../admission/response.ts";
import { ok, refuse } from "../../engine/errors.ts";
import { assignableRoles, may, PERMISSIONS, ROLES, type Role } from "../../engine/roles.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { PASSWORD_LENGTH } from "../../identity/password-length.ts";
import { OPERATOR } from "../../service/people.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { durationInput, time, wholeNumber } from "../inputs.ts";
import { signManagementJwt, TTL_RANGE } from "../management-jwt.ts";
import { personSchema } from "../person-schema.ts";
import { addRoute } from "../route.ts";
import { addSessionRoute, sessionOf } from "../session-route.ts";

const PATH = "/keyward/v1/session";
const roleSchema = z.enum(ROLES);
const sessionSchema = z
  .object({
    // Not `nullable()`: that would make the record itself nullable wherever it stands.
    user: z.union([personSchema, z.null()]).openapi({ description: "Null when nobody is signed in." }),
    isOperator: z.boolean(),
    expiresAt: time.nullable(),
    organizations: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        role: roleSchema,
        permissions: z.array(z.enum(PERMISSIONS)).openapi({ description: "The permissions of the role." }),
        assignableRoles: z.array(roleSchema).openapi({ description: "The roles that the role may give to others and take from them." }),
      }),
    ),
    signIn: z.object({
      providers: z.array(z.object({ id: z.string(), name: z.string() })),
      password: z.enum(["open", "invited"]).nullable(),
      passwordLength: z
        .object({ minimum: wholeNumber, maximum: wholeNumber })
        .openapi({ description: "How many characters a new password may have." }),
    }),
  })
  .openapi("Session");
const tokenBody = z.strictObject({
  organizationId: z.string(),
  ttl: durationInput(TTL_RANGE, "15m", "1s to 24h; the token ends with the session at the latest.").optional(),
});

export function addSessionRoutes(app: Application, context: HttpContext): void {
  const { identity, service } = context;
  const { people, organizations } = service;

  addRoute(app, context, {
    method: "get",
    path: PATH,
    operationId: "session.get",
    summary: "Read who is signed in, their organizations, and the ways to sign in",
    tag: "session",
    access: ["person"],
    anonymous: true,
    success: { status: 200, description: "The session; its user is null when nobody is signed in", schema: sessionSchema },
    errors: [],
    handle: async ({ caller }) => {
      const session = sessionOf(caller);
      return ok(
        json(200, {
          user: session?.user ?? null,
          isOperator: caller?.kind === "operator",
          expiresAt: session === undefined ? null : formatTimestamp(session.expiresAt),
          organizations: session === undefined ? [] : (await people.organizationsOf(session.user.id)).map(withPermissions),
          signIn: { providers: identity.providers, password: identity.password ?? null, passwordLength: PASSWORD_LENGTH },
        }),
      );
    },
  });

  addSessionRoute(app, context, {
    method: "post",
    path: `${PATH}/token`,
    operationId: "session.token",
    summary: "Create a management JWT for one of the caller's organizations",
    tag: "session",
    body: tokenBody,
    success: { status: 201, description: "The JWT", schema: z.object({ token: z.string(), expiresAt: time }) },
    errors: ["not_found"],
    handle: async ({ session: { id: sessionId, user }, body: { organizationId: presentedId, ttl } }) => {
      const organization = await organizations.get(presentedId);
      if (!organization.ok) return organization;
      const { id: organizationId } = organization.value;
      const role = user.id === OPERATOR.id ? "owner" : await people.roleOf(organizationId, user.id);
      if (role === undefined) return refuse("not_found", "There is no such organization.");
      const signed = await signManagementJwt(context, { organizationId, actor: user.id, sessionId }, ttl);
      return signed.ok ? ok(json(201, { token: signed.value.token, expiresAt: formatTimestamp(signed.value.expiresAt) })) : signed;
    },
  });

  addSessionRoute(app, context, {
    method: "delete",
    path: PATH,
    operationId: "session.end",
    summary: "Sign out",
    tag: "session",
    success: { status: 204, description: "Once this response is sent, the session and every management JWT created in it are refused" },
    errors: [],
    handle: async ({ session: { id } }) => {
      await people.endSession(id);
      return ok(noContent({ "set-cookie": identity.clearedCookie() }));
    },
  });
}

function withPermissions<Membership extends { readonly role: Role }>(membership: Membership) {
  const { role } = membership;
  return {
    ...membership,
    permissions: PERMISSIONS.filter((permission) => may(role, permission)),
    assignableRoles: [...assignableRoles(role)],
  };
}
