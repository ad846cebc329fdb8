/** Management routes of usage: how often keys were used, and with which outcomes. */
import { z } from "@hono/zod-openapi";
import { json, type PlainResponse } from "../../admission/response.ts";
import { type Outcome, ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { USAGE_PERIODS, type UsagePeriod } from "../../engine/usage-period.ts";
import { MOST_DAYS, MOST_KEYS } from "../../service/usage.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, wholeNumber, wholeNumberInput } from "../inputs.ts";
import { addOrganizationRoute } from "../organization-route.ts";

const outcomes = z.record(z.string(), wholeNumber).openapi({ example: { valid: 3, rate_limited: 1 } });
const dailySchema = z
  .object({ keyId: z.string(), days: z.array(z.object({ date: z.string().openapi({ format: "date" }), outcomes })) })
  .openapi("DailyUsage");
const usageSchema = z
  .object({
    from: time.openapi({ description: "The start of the first interval." }),
    to: time.openapi({ description: "The current time; the last interval is not complete." }),
    intervalHours: z.literal([1, 6, 24]).openapi({ type: "integer", enum: [1, 6, 24] }),
    data: z.array(z.object({ at: time, outcomes })).openapi({ description: "Every interval, oldest first." }),
    totals: outcomes,
  })
  .openapi("Usage");
const periods = Object.keys(USAGE_PERIODS) as [UsagePeriod, ...UsagePeriod[]];

export function addUsageRoutes(app: Application, context: HttpContext): void {
  const { organizations, usage } = context.service;

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/usage",
    operationId: "usage.ofKeys",
    summary: "Read the usage of several API keys by day (UTC)",
    tag: "usage",
    query: z.object({
      keys: z.string().openapi({
        pattern: `^[^,]*(,[^,]*){0,${MOST_KEYS - 1}}$`,
        description: "At most 100 ids, separated by commas. Ids of other organizations' keys are ignored.",
      }),
      days: wholeNumberInput(1, MOST_DAYS, "1 to 30, including today; 7 when absent.").optional(),
    }),
    success: {
      status: 200,
      description: "One entry for each key; days without use are left out",
      schema: z.object({ data: z.array(dailySchema) }),
    },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, query: { keys, days = 7 } }) => {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const daily = await usage.daily(organizationId, keys.split(","), days);
      return daily.ok ? ok(json(200, { data: daily.value })) : daily;
    },
  });

  addOrganizationRoute(app, context, {
    method: "get",
    path: "/keys/{keyId}/usage",
    operationId: "keys.usage",
    summary: "Read the usage of an API key by interval",
    tag: "usage",
    params: z.object({ keyId: z.string() }),
    query: z.object({ period: z.enum(periods).optional().openapi({ description: "24h when absent." }) }),
    success: { status: 200, description: "Requests by outcome in each interval, up to now", schema: usageSchema },
    errors: ["invalid_request", "not_found"],
    handle: async ({ organizationId, params, query: { period = "24h" } }) =>
      usageResponse(await usage.ofKey(organizationId, params.keyId, period)),
  });
}

function usageResponse(outcome: Awaited<ReturnType<HttpContext["service"]["usage"]["ofKey"]>>): Outcome<PlainResponse> {
  if (!outcome.ok) return outcome;
  const { from, to, intervalHours, intervals, totals } = outcome.value;
  const data = intervals.map(({ at, outcomes }) => ({ at: formatTimestamp(at), outcomes }));
  return ok(json(200, { from: formatTimestamp(from), to: formatTimestamp(to), intervalHours, data, totals }));
}
