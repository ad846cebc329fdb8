/** What the OpenAPI document says of routes: who may call, and how they refuse. Titles and statuses come from the catalogue. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode } from "../engine/errors.ts";
import type { Platform } from "../platforms/define.ts";

/** Every route that reads the store, or answers at all, may fail so. */
const ALWAYS: readonly ErrorCode[] = ["internal", "store_unavailable"];
const OF_CREDENTIAL: readonly ErrorCode[] = ["multiple_credentials", "missing_credential", "invalid_credential"];
export const OF_TOKEN: readonly ErrorCode[] = [...OF_CREDENTIAL, "forbidden", "rate_limited", "identity_unavailable"];
export const OF_KEY: readonly ErrorCode[] = [...OF_CREDENTIAL, "origin_not_allowed", "insufficient_scope", "rate_limited"];
export const OF_BODY: readonly ErrorCode[] = ["invalid_request", "invalid_json", "payload_too_large", "unsupported_media_type"];

const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).openapi("ErrorCode");
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string().openapi({ description: "A sentence for people." }),
    code: errorCodeSchema,
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "The input that is at fault." }),
    retryAfterSeconds: z.number().optional(),
  })
  .openapi("Problem");

type Refusals = Record<string, { description: string; content?: { "application/problem+json": { schema: typeof problemSchema } } }>;

/** Refusals of what answers problem details to all who accept them. */
export function negotiatedRefusals(...groups: readonly (readonly ErrorCode[])[]): Refusals {
  const content = { "application/problem+json": { schema: problemSchema } };
  return Object.fromEntries(Object.entries(refusals(...groups)).map(([status, { description }]) => [status, { description, content }]));
}

/** The refusals of a route as responses, one for each status. */
export function refusals(...groups: readonly (readonly ErrorCode[])[]): Record<string, { description: string }> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...ALWAYS, ...groups.flat()])) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const ordered = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    ordered.map(([status, codes]) => [status, { description: codes.map((code) => `${code}: ${ERRORS[code].title}`).join("; ") }]),
  );
}

/** A platform's credential, in any of its places. */
export function keySecurity({ credentials }: Platform): Record<string, string[]>[] {
  return credentials.map(({ header }) => ({ [`key in ${header}`.replaceAll(" ", "-")]: [] }));
}

export function addSecuritySchemes(app: OpenAPIHono, platform: Platform): void {
  const { openAPIRegistry } = app;
  for (const [name, description] of [
    ["operator", "The operator's token, from server.json in the data directory"],
    ["member", "A management JWT, or one of the platform's own identity"],
    ["person", "A management JWT that was made in a session"],
    ["service", "A service token"],
  ] as const) {
    openAPIRegistry.registerComponent("securitySchemes", name, { type: "http", scheme: "bearer", description });
  }
  openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "keyward.session_token",
    description: "The session of a signed-in person; over https the name begins with __Secure-.",
  });
  for (const [at, { header, scheme }] of platform.credentials.entries()) {
    const name = Object.keys(keySecurity(platform)[at] ?? {})[0] ?? header;
    const description = `An API key of ${platform.title}`;
    if (scheme === undefined)
      openAPIRegistry.registerComponent("securitySchemes", name, { type: "apiKey", in: "header", name: header, description });
    else openAPIRegistry.registerComponent("securitySchemes", name, { type: "http", scheme: scheme.toLowerCase(), description });
  }
}
