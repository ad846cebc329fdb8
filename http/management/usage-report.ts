/** Management routes of usage from one moment to another: of an organization, and of all of them; as JSON and as CSV. */
import { z } from "@hono/zod-openapi";
import { ALWAYS, json, type PlainResponse } from "../../admission/response.ts";
import { toCsv } from "../../engine/csv.ts";
import { type Outcome, ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { REPORT_INTERVALS } from "../../engine/usage-report.ts";
import { MOST_KEYS } from "../../service/usage.ts";
import { REPORT_ROWS_DEFAULT, REPORT_ROWS_MAXIMUM, type UsageReport } from "../../service/usage-report.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, timeInput, wholeNumber, wholeNumberInput } from "../inputs.ts";
import { linkToNext } from "../link-to-next.ts";
import { addOrganizationRoute } from "../organization-route.ts";
import { addRoute } from "../route.ts";
import { nextCursorSchema } from "./records.ts";

const filterSchema = z.object({
  from: timeInput("The first hour; the start of the current month when absent.").max(128).optional(),
  to: timeInput("The first hour after the range; now when absent.").max(128).optional(),
  by: z.enum(REPORT_INTERVALS).optional().openapi({ description: "`day` when absent; `total` is one interval for the whole range." }),
  outcome: z.string().max(64).optional().openapi({ example: "valid" }),
  cursor: z.string().max(160).optional().openapi({ description: "The nextCursor of the previous page." }),
});
const limitSchema = z.object({
  limit: wholeNumberInput(1, REPORT_ROWS_MAXIMUM, `1 to ${REPORT_ROWS_MAXIMUM}, ${REPORT_ROWS_DEFAULT} when absent.`).optional(),
});
const ofOrganization = z.object({
  perKey: z.enum(["true", "false"]).optional().openapi({ description: "A row for each key." }),
  keys: z
    .string()
    .optional()
    .openapi({
      pattern: `^[^,]*(,[^,]*){0,${MOST_KEYS - 1}}$`,
      description: `Only of these keys: at most ${MOST_KEYS} ids, separated by commas.`,
    }),
});
const reportSchema = z
  .object({
    from: time,
    to: time.openapi({ description: "The first moment after the range." }),
    by: z.enum(REPORT_INTERVALS),
    keptSince: time.openapi({ description: "Counts before this time have been deleted." }),
    data: z.array(
      z.object({
        at: time.openapi({ description: "The start of the interval." }),
        id: z.string().nullable().openapi({
          description: "Of the key or the organization; null for keys that nobody has claimed, and where one row is for all keys.",
        }),
        name: z.string().nullable(),
        outcome: z.string(),
        count: wholeNumber,
      }),
    ),
    totals: z
      .record(z.string(), wholeNumber)
      .optional()
      .openapi({
        description: "Of the whole range by outcome; only on the first page.",
        example: { valid: 3, rate_limited: 1 },
      }),
    nextCursor: nextCursorSchema,
  })
  .openapi("UsageReport");
const csvSuccess = {
  status: 200,
  description: `CSV (RFC 4180) in UTF-8; a cell that would be a formula begins with an apostrophe. A table ends after ${REPORT_ROWS_MAXIMUM} rows`,
  headers: { Link: 'Only where there is more: `<?...>; rel="next"` (RFC 8288), the table that goes on' },
  schema: z.string(),
  contentType: "text/csv",
} as const;

export function addUsageReportRoutes(app: Application, context: HttpContext): void {
  const { usage } = context.service;

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/usage/report",
    operationId: "usage.report",
    summary: "Read the usage of an organization from one moment to another",
    tag: "usage",
    query: z.object({ ...filterSchema.shape, ...ofOrganization.shape, ...limitSchema.shape }),
    success: { status: 200, description: "One page, oldest first; intervals without use are left out", schema: reportSchema },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query }) => jsonReport(await usage.report(organizationId, read(query))),
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/usage.csv",
    operationId: "usage.csv",
    summary: "Export the usage of an organization as CSV",
    tag: "usage",
    query: z.object({ ...filterSchema.shape, ...ofOrganization.shape }),
    success: csvSuccess,
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query }) =>
      csvReport(await usage.report(organizationId, { ...read(query), limit: REPORT_ROWS_MAXIMUM }), query, KEY_HEADING),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/usage",
    operationId: "usage.ofAll",
    summary: "Read the usage of every organization from one moment to another",
    tag: "usage",
    access: ["operator"],
    query: z.object({ ...filterSchema.shape, ...limitSchema.shape }),
    success: { status: 200, description: "One page, oldest first, with a row for each organization", schema: reportSchema },
    errors: ["invalid_request"],
    handle: async ({ query }) => jsonReport(await usage.reportOfAll(query)),
  });

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/usage.csv",
    operationId: "usage.csvOfAll",
    summary: "Export the usage of every organization as CSV",
    tag: "usage",
    access: ["operator"],
    query: filterSchema,
    success: csvSuccess,
    errors: ["invalid_request"],
    handle: async ({ query }) => csvReport(await usage.reportOfAll({ ...query, limit: REPORT_ROWS_MAXIMUM }), query, ORGANIZATION_HEADING),
  });
}

function read<Query extends z.output<typeof ofOrganization>>({ perKey, keys, ...query }: Query) {
  return { ...query, perKey: perKey === "true", keys: keys?.split(",") };
}

function jsonReport(outcome: Outcome<UsageReport>): Outcome<PlainResponse> {
  if (!outcome.ok) return outcome;
  const { from, to, by, keptSince, rows, totals, nextCursor } = outcome.value;
  const data = rows.map(({ at, id, name, outcome, count }) => ({ at: formatTimestamp(at), id: id || null, name, outcome, count }));
  const [begin, end, kept] = [from, to, keptSince].map((at) => formatTimestamp(at));
  // JSON leaves out undefined totals.
  return ok(json(200, { from: begin, to: end, by, keptSince: kept, data, totals, nextCursor }));
}

const KEY_HEADING = ["at", "keyId", "keyName", "outcome", "count"];
const ORGANIZATION_HEADING = ["at", "organizationId", "organizationName", "outcome", "count"];

function csvReport(
  outcome: Outcome<UsageReport>,
  query: Readonly<Record<string, string | undefined>>,
  heading: readonly string[],
): Outcome<PlainResponse> {
  if (!outcome.ok) return outcome;
  const { rows, nextCursor } = outcome.value;
  const body = toCsv([
    heading,
    ...rows.map(({ at, id, name, outcome, count }) => [formatTimestamp(at), id, name ?? "", outcome, String(count)]),
  ]);
  const link = nextCursor === null ? {} : { link: linkToNext(query, nextCursor) };
  return ok({ status: 200, headers: { ...CSV_HEADERS, ...link }, body });
}

const CSV_HEADERS = {
  ...ALWAYS,
  "content-type": "text/csv; charset=utf-8",
  "content-disposition": 'attachment; filename="usage.csv"',
};
