/** `GET /keyward/v1/caller`: who a token belongs to, whatever its kind. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { ROLES } from "../../engine/roles.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time } from "../inputs.ts";
import { personSchema } from "../person-schema.ts";
import { addRoute } from "../route.ts";
import { sessionOf } from "../session-route.ts";

const callerSchema = z
  .object({
    kind: z.enum(["operator", "member", "person", "service"]).openapi({
      description: "`member`: a JWT of one organization; `person`: a session, with the roles of its organizations.",
    }),
    actor: z.string().openapi({ description: "The name in the audit log." }),
    // Not `nullable()`: that would make the record itself nullable wherever it stands.
    user: z.union([personSchema, z.null()]).openapi({ description: "Null where no person has signed in." }),
    organizations: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(ROLES) })),
    expiresAt: time.nullable().openapi({ description: "When the session ends; null without one." }),
  })
  .openapi("Caller");

export function addCallerRoute(app: Application, context: HttpContext): void {
  const { organizations, people } = context.service;
  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/caller",
    operationId: "session.caller",
    summary: "Read who the caller is",
    tag: "session",
    access: ["operator", "member", "person", "service"],
    success: { status: 200, description: "The caller", schema: callerSchema },
    errors: [],
    handle: async ({ caller }) => {
      const session = sessionOf(caller);
      const user = session?.user ?? null;
      const { kind, actor } = caller as NonNullable<typeof caller>;
      const owned = async () => {
        if (caller?.kind === "person") return people.organizationsOf(caller.actor);
        if (caller?.kind !== "member") return [];
        const { organizationId: id, role } = caller;
        const organization = await organizations.get(id);
        return organization.ok ? [{ id, name: organization.value.name, role }] : [];
      };
      const own = (await owned()).map(({ id, name, role }) => ({ id, name, role }));
      return ok(
        json(200, { kind, actor, user, organizations: own, expiresAt: session === undefined ? null : formatTimestamp(session.expiresAt) }),
      );
    },
  });
}
