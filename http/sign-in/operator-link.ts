/** The route that creates the operator's sign-in link. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time } from "../inputs.ts";
import { addRoute } from "../route.ts";

export function addOperatorLink(app: Application, context: HttpContext): void {
  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/operator-links",
    operationId: "session.operatorLink",
    summary: "Create a link that signs the operator in once; an earlier link stops working",
    tag: "session",
    access: ["operator"],
    success: {
      status: 201,
      description: "The link. Until it is used or expires, it is as powerful as a password",
      schema: z.object({ url: z.string(), expiresAt: time }),
    },
    errors: [],
    handle: async () => {
      const { url, expiresAt } = await context.identity.operatorLink();
      return ok(json(201, { url, expiresAt: formatTimestamp(expiresAt) }));
    },
  });
}
