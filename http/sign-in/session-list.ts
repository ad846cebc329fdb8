/** Routes of the caller's sessions: list them, and sign out of one or of all. */
import { z } from "@hono/zod-openapi";
import { json, noContent } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { ListedSession } from "../../service/index.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time } from "../inputs.ts";
import { addSessionRoute } from "../session-route.ts";

const PATH = "/keyward/v1/sessions";
/** Enough to recognise a browser; a client may send many kilobytes. */
const USER_AGENT_CHARACTERS = 512;

const listedSchema = z
  .object({
    id: z.string(),
    isCurrent: z.boolean().openapi({ description: "Whether this request was made in the session." }),
    createdAt: time,
    expiresAt: time,
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable().openapi({ description: "The User-Agent of the browser, up to 512 characters." }),
  })
  .openapi("ListedSession");

export function addSessionListRoutes(app: Application, context: HttpContext): void {
  const { identity, service } = context;
  const { people } = service;

  addSessionRoute(app, context, {
    method: "get",
    path: PATH,
    operationId: "session.list",
    summary: "List the caller's sessions, newest first",
    tag: "session",
    success: { status: 200, description: "All active sessions", schema: z.object({ data: z.array(listedSchema) }) },
    errors: [],
    handle: async ({ session: { id: currentId, user } }) => {
      const sessions = await people.sessions(user.id);
      return ok(json(200, { data: sessions.map((session) => toRecord(session, currentId)) }));
    },
  });

  addSessionRoute(app, context, {
    method: "delete",
    path: `${PATH}/{sessionId}`,
    operationId: "session.endOne",
    summary: "Sign out of one of the caller's sessions",
    tag: "session",
    params: z.object({ sessionId: z.string() }),
    success: { status: 204, description: "Once this response is sent, the session and every management JWT created in it are refused" },
    errors: ["not_found"],
    handle: async ({ session: { id: currentId, user }, params: { sessionId } }) => {
      const ended = await people.endOwnSession(user.id, sessionId);
      if (!ended.ok) return ended;
      return ok(noContent(sessionId === currentId ? { "set-cookie": identity.clearedCookie() } : {}));
    },
  });

  addSessionRoute(app, context, {
    method: "delete",
    path: PATH,
    operationId: "session.endAll",
    summary: "Sign out everywhere",
    tag: "session",
    success: {
      status: 204,
      description: "Once this response is sent, all sessions of this person and every management JWT created in them are refused",
    },
    errors: [],
    handle: async ({ session: { user } }) => {
      await people.endSessionsOf(user.id);
      return ok(noContent({ "set-cookie": identity.clearedCookie() }));
    },
  });
}

function toRecord({ id, createdAt, expiresAt, ipAddress, userAgent }: ListedSession, currentId: string): z.output<typeof listedSchema> {
  return {
    id,
    isCurrent: id === currentId,
    createdAt: formatTimestamp(createdAt),
    expiresAt: formatTimestamp(expiresAt),
    ipAddress,
    userAgent: userAgent?.slice(0, USER_AGENT_CHARACTERS) ?? null,
  };
}
