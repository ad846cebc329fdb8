/** The parts of the OpenAPI document that routes share: security and refusals. Titles and statuses come from the catalogue. */
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode } from "../engine/errors.ts";
import type { CredentialPlace, Platform } from "../platforms/define.ts";
import { problemDetails } from "../platforms/problem-details.ts";
import type { Schema } from "../platforms/schema.ts";
import type { Access } from "./access.ts";

/** Any route may fail with these. */
const ALWAYS: readonly ErrorCode[] = ["internal", "store_unavailable"];
const OF_CREDENTIAL: readonly ErrorCode[] = ["multiple_credentials", "missing_credential", "invalid_credential"];
export const OF_TOKEN: readonly ErrorCode[] = [...OF_CREDENTIAL, "forbidden", "rate_limited", "identity_unavailable"];
export const OF_KEY: readonly ErrorCode[] = [...OF_CREDENTIAL, "origin_not_allowed", "insufficient_scope", "rate_limited"];
export const OF_BODY: readonly ErrorCode[] = ["invalid_request", "invalid_json", "payload_too_large", "unsupported_media_type"];

/** The groups of routes, in the order of the document. */
export const TAGS = {
  verification: "May a request with this credential pass?",
  keys: "API keys of an organization",
  refusals: "Why requests were refused",
  usage: "How often keys were used, and with which outcome",
  organizations: "Organizations, with their plans",
  members: "Who belongs to an organization, and invitations",
  audit: "What was changed, by whom",
  "service tokens": "Tokens of the services that verify keys",
  agents: "Sessions of agents",
  session: "The caller's own session",
  "sign-in": "Signing in",
  platform: "What this server serves",
  operations: "Health, readiness, metrics",
} as const satisfies Record<string, string>;
export type Tag = keyof typeof TAGS;

type Responses = RouteConfig["responses"];
type ResponseSchema = NonNullable<Extract<Responses[string], { description: string }>["content"]>[string]["schema"];

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A plain JSON schema, typed as the library's own. */
export function asSchema(schema: Schema): ResponseSchema {
  return schema as ResponseSchema;
}

/** The refusals of a route in the platform's form: one response for each status. */
export function refusals(platform: Platform, ...groups: readonly (readonly ErrorCode[])[]): Responses {
  return refusalsAs([platform.errorForm.contentType], platform, groups);
}

/** The refusals of a route in the platform's form, and in problem details for clients that accept them. */
export function negotiatedRefusals(platform: Platform, ...groups: readonly (readonly ErrorCode[])[]): Responses {
  return refusalsAs([platform.errorForm.contentType, problemDetails.contentType], platform, groups);
}

function refusalsAs(contentTypes: readonly string[], platform: Platform, groups: readonly (readonly ErrorCode[])[]): Responses {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...ALWAYS, ...groups.flat()])) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const schemaName = (contentType: string) => (contentType === platform.errorForm.contentType ? errorSchemaName(platform) : "Problem");
  const content = Object.fromEntries(contentTypes.map((contentType) => [contentType, { schema: refTo(schemaName(contentType)) }]));
  const ordered = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    ordered.map(([status, codes]) => {
      const description = codes.map((code) => `${code}: ${ERRORS[code].title}`).join("; ");
      const headers = REFUSAL_HEADERS[status];
      return [status, { description, ...(headers !== undefined && { headers }), content }];
    }),
  );
}

const REFUSAL_HEADERS: Readonly<Record<number, Record<string, { description: string; schema: object }>>> = {
  401: { "WWW-Authenticate": { description: "The challenge (RFC 9110, 11.6.1)", schema: { type: "string" } } },
  429: {
    "Retry-After": {
      description: "Seconds after which the same request passes",
      schema: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    },
  },
};

function errorSchemaName({ errorForm }: Platform): string {
  return errorForm === problemDetails ? "Problem" : "Error";
}

/** Registers the schemas that refusals refer to. */
export function addErrorSchemas({ openAPIRegistry }: OpenAPIHono, { errorForm }: Platform): void {
  const { properties } = problemDetails.schema;
  const add = (name: string, schema: object) => openAPIRegistry.registerComponent("schemas", name, schema);
  add("ErrorCode", properties?.code ?? {});
  add("Problem", { ...problemDetails.schema, properties: { ...properties, code: refTo("ErrorCode") } });
  if (errorForm !== problemDetails) add("Error", errorForm.schema);
}

const SCHEMES = {
  operator: { type: "http", scheme: "bearer", description: "The operator's token, from server.json in the data directory" },
  member: { type: "http", scheme: "bearer", description: "A management JWT, or one of the platform's own identity" },
  service: { type: "http", scheme: "bearer", description: "A service token" },
} as const;

/** The credentials of each kind of caller. People have a session cookie and, for one organization, a JWT. */
const SECURITY: Readonly<Record<Access, readonly string[]>> = {
  operator: ["operator", "session"],
  member: ["member", "session"],
  person: ["session"],
  // The operator may do whatever a service may.
  service: ["service", "operator"],
};

/** The security of a route for these callers; with `anonymous`, also without any credential. */
export function securityOf(access: readonly Access[], anonymous = false): Record<string, string[]>[] {
  const schemes = new Set(access.flatMap((kind) => SECURITY[kind]));
  return [...[...schemes].map((scheme) => ({ [scheme]: [] })), ...(anonymous ? [{}] : [])];
}

/** The security of a route that takes the platform's credential, in any of its places. */
export function keySecurity({ credentials }: Platform): Record<string, string[]>[] {
  return credentials.map((place) => ({ [keyScheme(place)]: [] }));
}

function keyScheme({ header }: CredentialPlace): string {
  return `key-in-${header}`;
}

/** Registers the security schemes that routes refer to. */
export function addSecuritySchemes({ openAPIRegistry }: OpenAPIHono, platform: Platform, sessionCookie: string): void {
  const add = (name: string, scheme: Parameters<typeof openAPIRegistry.registerComponent<"securitySchemes">>[2]) =>
    openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  for (const [name, scheme] of Object.entries(SCHEMES)) add(name, scheme);
  add("session", { type: "apiKey", in: "cookie", name: sessionCookie, description: "The session of a signed-in person" });
  for (const place of platform.credentials) {
    const description = `An API key of ${platform.title}`;
    const { header, scheme } = place;
    if (scheme === undefined) add(keyScheme(place), { type: "apiKey", in: "header", name: header, description });
    else add(keyScheme(place), { type: "http", scheme: scheme.toLowerCase(), description });
  }
}
