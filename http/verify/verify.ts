/** `POST /keyward/v1/verify`: a service of the platform asks whether a request with this credential may pass. */
import { z } from "@hono/zod-openapi";
import { BEARER, extractCredential, readCredential } from "../../admission/credential.ts";
import { jsonText, type PlainResponse, problemResponse } from "../../admission/response.ts";
import { invalid, type Outcome, ok } from "../../engine/errors.ts";
import type { Ask } from "../../engine/judge.ts";
import { type RateLimit, secondsUntil } from "../../engine/limits.ts";
import type { CredentialPlace } from "../../platforms/define.ts";
import type { Verdict } from "../../service/index.ts";
import { authenticate } from "../access.ts";
import { check } from "../check-input.ts";
import type { HttpContext } from "../context.ts";
import type { DirectRoute } from "../direct-route.ts";
import { wholeNumber } from "../inputs.ts";
import { type BodyHeaders, parseJsonBody } from "../json-body.ts";
import { OF_BODY, OF_TOKEN, refusals, securityOf } from "../openapi.ts";
import { neededScopesInput, originInput, rateLimitSchema, verdictSchema } from "../verdict-schema.ts";

const VERIFY_PATH = "/keyward/v1/verify";

const verifyBody = z
  .strictObject({
    key: z.string().optional().openapi({ description: "The presented key." }),
    authorization: z
      .string()
      .optional()
      .openapi({ description: "In place of key: the value of the Authorization header, unchanged.", example: "Bearer kw_live_..." }),
    origin: originInput,
    resource: z
      .string()
      .optional()
      .openapi({ description: "The resource that the request is about, for keys that are restricted to some: the address of an agent." }),
    ip: z
      .unknown()
      .refine(() => false, "must not be sent: IP lists are not supported yet")
      .optional()
      .openapi({
        not: {},
        description: "Not supported yet: no list of IP addresses is checked, so a request that asks for it is refused.",
      }),
    scopes: neededScopesInput,
  })
  .openapi("VerifyRequest", { oneOf: [{ required: ["key"] }, { required: ["authorization"] }] });

const verifyResponse = z
  .object({
    ...verdictSchema.shape,
    keyId: z.string().nullable(),
    organizationId: z.string().nullable(),
    environment: z.enum(["live", "test"]).nullable(),
    scopes: z.array(z.string()),
    resources: z
      .array(z.string())
      .nullable()
      .openapi({ description: "The resources that the key is restricted to: compare them yourself, or send resource." }),
    rateLimits: z
      .array(rateLimitSchema)
      .openapi({ description: "The current state of the limits; empty for a key that has none, or is revoked or disabled." }),
    retryAfterSeconds: wholeNumber
      .optional()
      .openapi({ description: "With rate_limited: the same request passes after this number of seconds." }),
  })
  .openapi("VerifyResponse");

export function verifyRoute(context: HttpContext): DirectRoute {
  const { platform, service } = context;
  return {
    method: "POST",
    path: VERIFY_PATH,
    takesBody: true,
    document: () => ({
      operationId: "verify",
      summary: "Verify a credential, and count the request if it is valid",
      tags: ["verification"],
      security: securityOf(["service"]),
      request: { body: { required: true, content: { "application/json": { schema: verifyBody } } } },
      responses: {
        200: {
          description: "The verdict, also when the credential is refused",
          content: { "application/json": { schema: verifyResponse } },
        },
        ...refusals(platform, OF_TOKEN, OF_BODY),
      },
    }),
    /**
     * The caller is authenticated once the body is complete: one that sends it slowly is judged by what is true then. Synchronous when both the
     * service token and the key are in memory.
     */
    respond({ rawHeaders, socket, headers }, body) {
      const extracted = extractCredential(rawHeaders, BEARER);
      if (extracted.found === "one" && service.serviceTokens.isInMemory(extracted.presented)) return verifyRead(context, body, headers);
      return authenticate(context, { method: "POST", rawHeaders, socket }, ["service"]).then((authenticated) =>
        "response" in authenticated ? authenticated.response : verifyRead(context, body, headers),
      );
    },
  };
}

/** Synchronous when the key is in memory; rejects when the store fails. */
function verifyRead(context: HttpContext, bytes: Outcome<Buffer>, headers: BodyHeaders): PlainResponse | Promise<PlainResponse> {
  const { platform, service } = context;
  if (!bytes.ok) return problemResponse(platform, bytes.problem);
  const parsed = parseJsonBody(bytes.value, headers, false);
  if (!parsed.ok) return problemResponse(platform, parsed.problem);
  const body = isKeyAlone(parsed.value) ? ok<z.output<typeof verifyBody>>(parsed.value) : check(verifyBody, parsed.value, "body");
  if (!body.ok) return problemResponse(platform, body.problem);
  const presented = presentedIn(body.value, platform.credentials);
  if (!presented.ok) return problemResponse(platform, presented.problem);
  const verdict = service.verify(presented.value, asked(context, body.value));
  return verdict instanceof Promise ? verdict.then((late) => toVerifyResponse(context, late)) : toVerifyResponse(context, verdict);
}

/** What nearly every caller sends, `{ "key": "…" }`: the schema allows it, and has nothing else to check. */
function isKeyAlone(value: unknown): value is { readonly key: string } {
  if (typeof value !== "object" || value === null) return false;
  for (const name in value) if (name !== "key") return false;
  return typeof (value as { readonly key?: unknown }).key === "string";
}

function asked({ platform }: HttpContext, { scopes, origin, resource }: z.output<typeof verifyBody>): Ask {
  return { scopes, origin, resource: resource === undefined ? undefined : platform.canonicalResource(resource) };
}

function presentedIn({ key, authorization }: z.output<typeof verifyBody>, places: readonly CredentialPlace[]): Outcome<string> {
  if (key !== undefined && authorization === undefined) return ok(key);
  if (authorization === undefined) return invalid("key", "give key or authorization");
  if (key !== undefined) return invalid("authorization", "give key or authorization, not both");
  const place = places.find(({ header }) => header === "authorization") ?? { header: "authorization", scheme: "Bearer" };
  return ok(readCredential(authorization, place));
}

function toVerifyResponse({ service }: HttpContext, verdict: Verdict): PlainResponse {
  const { valid, code, key, retryAt } = verdict;
  const limits = verdict.rateLimits().map(rateLimitJson).join(",");
  const whose =
    key === undefined
      ? '"keyId":null,"organizationId":null,"environment":null,"scopes":[],"resources":null'
      : `"keyId":"${key.id}","organizationId":${quoted(key.organizationId)},"environment":"${key.environment}","scopes":${listJson(key.scopes)},"resources":${JSON.stringify(key.resources)}`;
  const retry = code === "rate_limited" ? `,"retryAfterSeconds":${secondsUntil(retryAt, service.clock())}` : "";
  return jsonText(200, `{"valid":${valid},"code":"${code}",${whose},"rateLimits":[${limits}]${retry}}`);
}

/*
 * The JSON is written by hand: `JSON.stringify` took a third of the whole verification. No value has a character that JSON escapes:
 * ids, codes and environments are Keyward's own, scopes consist of `a-z0-9:._/-`. A test parses every response.
 */

function rateLimitJson({ name, limit, remaining, resetSeconds, windowSeconds }: RateLimit): string {
  return `{"name":"${name}","limit":${limit},"remaining":${remaining},"resetSeconds":${resetSeconds},"windowSeconds":${windowSeconds}}`;
}

function listJson(texts: readonly string[]): string {
  return texts.length === 0 ? "[]" : `["${texts.join('","')}"]`;
}

function quoted(text: string | null): string {
  return text === null ? "null" : `"${text}"`;
}
