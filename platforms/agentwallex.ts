/** AgentWallex: people manage keys with a JWT; each key is limited by the plan of its account. */

import type { ApiKey } from "../engine/api-key.ts";
import { ERRORS, type ErrorCode } from "../engine/errors.ts";
import { BASE62 } from "../engine/key-format.ts";
import { formatTimestampSeconds } from "../engine/timestamp.ts";
import { definePlatform } from "./define.ts";
import { count, flag, list, nullable, record, text, time } from "./schema.ts";

/** The type of an error by its status. */
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "authorization_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

/** Codes that the platform documents under names of its own. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = { rate_limited: "rate_limit_exceeded" };

const INTERNAL = "internal_error";

function codeOf(code: ErrorCode): string {
  return CODES[code] ?? code;
}

function typeOf(status: number): string {
  return TYPES[status] ?? (status < 500 ? "invalid_request_error" : INTERNAL);
}

const toRecord = ({ id, name, prefix, createdAt, lastUsedAt }: ApiKey) => ({
  id,
  name,
  prefix,
  created_at: formatTimestampSeconds(createdAt),
  last_used_at: formatTimestampSeconds(lastUsedAt),
});

const fields = { id: text(), name: nullable(text()), prefix: text(), created_at: time(), last_used_at: nullable(time()) };

export const agentwallex = definePlatform({
  name: "agentwallex",
  title: "AgentWallex",

  keyForm: {
    kind: "secret",
    format: { prefixes: { live: "awx_" }, alphabet: BASE62, randomLength: 37, separator: "", checksumLength: 6 },
  },
  // awx_...x4f2
  prefixOf: (key) => `awx_...${key.slice(-4)}`,
  // "Rotate API keys at least every 90 days."
  rotateAfterDays: 90,

  plans: {
    starter: { title: "Starter", requestsPerMinute: 60, requestsPerDay: 10_000, concurrentRequests: 5 },
    growth: { title: "Growth", requestsPerMinute: 300, requestsPerDay: 100_000, concurrentRequests: 25 },
    // "Custom" on the page. Growth's limits are in force until the operator sets the organization's own.
    enterprise: {
      title: "Enterprise",
      requestsPerMinute: 300,
      requestsPerDay: 100_000,
      concurrentRequests: 25,
      customLimits: ["requestsPerMinute", "requestsPerDay", "concurrentRequests"],
    },
  },
  defaultPlan: "starter",

  credentials: [{ header: "x-api-key" }],
  errorForm: {
    contentType: "application/json",
    schema: record({
      code: { type: "string", enum: (Object.keys(ERRORS) as ErrorCode[]).map(codeOf) },
      type: { type: "string", enum: [...Object.values(TYPES), INTERNAL] },
      message: text("A sentence for people."),
    }),
    body: ({ code, detail }, catalogue) => ({ code: codeOf(code), type: typeOf(catalogue(code).status), message: detail }),
  },
  routes: [
    {
      operation: "create",
      path: "/api/v1/api-keys",
      summary: "Create an API key",
      access: "member",
      fields: { name: { type: "string", required: true, sets: "name", description: "A descriptive name, such as production-backend." } },
      response: record({ ...fields, key: text("The full key. Shown once.") }),
      respond: (apiKey, key) => ({ ...toRecord(apiKey), key }),
    },
    {
      operation: "list",
      path: "/api/v1/api-keys",
      summary: "List API keys",
      access: "member",
      paging: { pageParameter: "page_num", sizeParameter: "page_size", defaultSize: 20, maximumSize: 100 },
      response: record({ data: list(record(fields)), total: count(), has_more: flag() }),
      respond: (keys, { total, hasMore }) => ({ data: keys.map(toRecord), total, has_more: hasMore }),
    },
    {
      operation: "get",
      path: "/api/v1/api-keys/{id}",
      summary: "Read an API key",
      access: "member",
      response: record(fields),
      respond: toRecord,
    },
    { operation: "revoke", path: "/api/v1/api-keys/{id}", summary: "Delete an API key", access: "member", refusedSelf: null },
  ],

  dashboard: {
    columns: ["name", "prefix", "createdAt", "lastUsedAt", "expiresAt", "status"],
    actions: ["toggle", "rotate", "revoke"],
    fields: ["environment", "expiry"],
    words: { create: "Create API Key", name: "Name", active: "Active", revoke: "Delete", revoked: "Deleted", resources: "Resources" },
    sample: { method: "GET", path: "/api/v1/agents" },
  },
});
