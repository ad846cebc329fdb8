/** The management API of the operator's way into the dashboard. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { HttpContext } from "../context.ts";
import { time } from "../inputs.ts";
import { addRoute } from "../route.ts";

export function addOperatorLink(app: OpenAPIHono, context: HttpContext): void {
  addRoute(app, context, {
    method: "post",
    path: "/keyward/v1/operator-links",
    operationId: "session.operatorLink",
    summary: "Make a link that signs the operator in, once; one that was made before stops working",
    tag: "session",
    access: ["operator"],
    success: {
      status: 201,
      description: "The link, which is as good as a password until it has been used or has expired",
      schema: z.object({ url: z.string(), expiresAt: time }),
    },
    errors: [],
    handle: () => {
      const { url, expiresAt } = context.identity.operatorLink();
      return ok(json(201, { url, expiresAt: formatTimestamp(expiresAt) }));
    },
  });
}
