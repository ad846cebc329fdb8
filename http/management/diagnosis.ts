/** The operator's diagnosis of the running server: the checklist of docs/guide/operate.md, with what was found. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { diagnose } from "../../engine/diagnosis.ts";
import { ok, refuse } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time } from "../inputs.ts";
import { addRoute } from "../route.ts";

const findingSchema = z
  .object({
    check: z.string().openapi({ description: "The name of the check.", example: "base-url" }),
    title: z.string().openapi({ description: "What should be so." }),
    level: z.enum(["ok", "warning", "problem"]),
    found: z.string().openapi({ description: "What there is, without secrets." }),
    advice: z.string().nullable().openapi({ description: "What to do about it; null when there is nothing to do." }),
  })
  .openapi("Finding");

export function addDiagnosisRoute(app: Application, context: HttpContext): void {
  const { lookAround } = context;
  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/diagnosis",
    operationId: "platform.diagnosis",
    summary: "Check what should be so in production, on the running server",
    tag: "operations",
    access: ["operator"],
    success: {
      status: 200,
      description: "A finding for each check that concerns this server, in the order of the operator's checklist",
      schema: z.object({
        at: time,
        dataDirectory: z.string().openapi({ description: "On the machine of the server." }),
        data: z.array(findingSchema),
      }),
    },
    errors: ["not_found"],
    async handle() {
      if (lookAround === undefined) return refuse("not_found", "This server does not look at its surroundings.");
      const facts = await lookAround();
      const data = diagnose(facts).map(({ advice = null, ...finding }) => ({ ...finding, advice }));
      return ok(json(200, { at: formatTimestamp(facts.now), dataDirectory: facts.dataDirectory, data }));
    },
  });
}
