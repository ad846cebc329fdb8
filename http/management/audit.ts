/** The management API of the audit log: in pages, and as a table for spreadsheets. */
import { z } from "@hono/zod-openapi";
import { ALWAYS, json } from "../../admission/response.ts";
import { AUDIT_ACTION_NAMES } from "../../engine/audit-actions.ts";
import { ACTOR_KINDS } from "../../engine/audit-actor.ts";
import { toCsv } from "../../engine/csv.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { ReadAuditEntry } from "../../service/index.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { logFailure } from "../failure.ts";
import { time, timeInput } from "../inputs.ts";
import { linkToNext } from "../link-to-next.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { nextCursorSchema, pageQuerySchema } from "./records.ts";

const text = z.string().max(128).optional();
const filterSchema = z.object({
  action: text.openapi({ example: "key.revoked" }),
  actor: text.openapi({ description: "The id of the actor." }),
  subject: text.openapi({ description: "The id of the record that was changed." }),
  from: timeInput("Changes from this moment on.").max(128).optional(),
  to: timeInput("Changes before this moment.").max(128).optional(),
});
const entrySchema = z
  .object({
    id: z.string(),
    at: time,
    actor: z.object({
      kind: z.enum(ACTOR_KINDS),
      id: z.string(),
      name: z.string().nullable().openapi({ description: "The actor's name while they are a member; null otherwise." }),
    }),
    action: z.enum(AUDIT_ACTION_NAMES),
    subjectId: z.string(),
    details: z.record(z.string(), z.unknown()),
    requestId: z.string().nullable().openapi({ description: "The request that asked for it; null for entries of older versions." }),
  })
  .openapi("AuditEntry");

export function addAuditRoutes(app: Application, context: HttpContext): void {
  const { audit } = context.service;

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/audit",
    operationId: "audit.list",
    summary: "List changes, newest first",
    tag: "audit",
    query: pageQuerySchema.extend(filterSchema.shape),
    success: { status: 200, description: "One page", schema: z.object({ data: z.array(entrySchema), nextCursor: nextCursorSchema }) },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query }) => {
      const page = await audit.list(organizationId, query);
      return page.ok ? ok(json(200, { data: page.value.entries.map(toRecord), nextCursor: page.value.nextCursor })) : page;
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/audit.csv",
    operationId: "audit.csv",
    summary: "Export changes as CSV, newest first: up to 10,000 rows, with a link to the next part",
    tag: "audit",
    permission: "export",
    query: filterSchema.extend({
      cursor: z.string().optional().openapi({ description: "The cursor in the Link header of the part before." }),
    }),
    success: {
      status: 200,
      description:
        "CSV (RFC 4180) in UTF-8; a cell that would be a formula begins with an apostrophe. A table ends after 10,000 rows, or when their details come to 16 MiB",
      headers: { Link: 'Only where there is more: `<?...>; rel="next"` (RFC 8288), the table that goes on' },
      schema: z.string(),
      contentType: "text/csv",
    },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query }) => {
      const part = await audit.export(organizationId, query);
      if (!part.ok) return part;
      const { slices, nextCursor } = part.value;
      const headers = nextCursor === null ? CSV_HEADERS : { ...CSV_HEADERS, link: linkToNext(query, nextCursor) };
      return ok({ status: 200, headers, body: await csvStream(slices, (error) => void logFailure(context, error)) });
    },
  });
}

function toRecord({ id, at, actor, action, subjectId, details, requestId }: ReadAuditEntry) {
  return { id, at: formatTimestamp(at), actor, action, subjectId, details, requestId };
}

const CSV_HEADERS = {
  ...ALWAYS,
  "content-type": "text/csv; charset=utf-8",
  "content-disposition": 'attachment; filename="audit-log.csv"',
};

/**
 * The table as a stream, one slice at a time: the next slice is read when the client has taken the last. If one cannot be read, the stream
 * and the response fail, so that no part is taken for the whole. @throws StoreUnavailable when the first slice cannot be read
 */
async function csvStream(slices: Slices, onFailure: (error: unknown) => void): Promise<ReadableStream<Uint8Array>> {
  const rows = slices[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const first = await rows.next();
  const firstRows = first.done === true ? [] : first.value.map(toRow);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(toCsv([HEADING, ...firstRows]))),
      async pull(controller) {
        try {
          const { done, value } = await rows.next();
          if (done === true) controller.close();
          else controller.enqueue(encoder.encode(toCsv(value.map(toRow))));
        } catch (error) {
          onFailure(error);
          // The adapter to node:http may show the sentence to the client.
          throw new Error("the table could not be read to its end");
        }
      },
      async cancel() {
        await rows.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

type Slices = AsyncIterable<readonly ReadAuditEntry[]>;

const HEADING = ["id", "at", "actorKind", "actorId", "actorName", "action", "subjectId", "details", "requestId"];

function toRow({ id, at, actor, action, subjectId, details, requestId }: ReadAuditEntry): string[] {
  return [id, formatTimestamp(at), actor.kind, actor.id, actor.name ?? "", action, subjectId, JSON.stringify(details), requestId ?? ""];
}
