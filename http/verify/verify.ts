/** `POST /keyward/v1/verify`: a service of the platform asks whether a request with this credential may pass. */
import type { z } from "@hono/zod-openapi";
import { type Admission, admitRequest } from "../../admission/admit.ts";
import { BEARER, extractCredential, readCredential } from "../../admission/credential.ts";
import { noteRefusal, noteVerdict } from "../../admission/note-refusal.ts";
import { type HeldResponse, type PlainResponse, problemResponse } from "../../admission/response.ts";
import { invalid, type Outcome, ok } from "../../engine/errors.ts";
import type { Ask } from "../../engine/judge.ts";
import type { CredentialPlace } from "../../platforms/define.ts";
import type { Verdict } from "../../service/index.ts";
import { authenticate } from "../access.ts";
import { check } from "../check-input.ts";
import type { HttpContext } from "../context.ts";
import type { DirectRoute, RouteInput } from "../direct-route.ts";
import { parseJsonBody } from "../json-body.ts";
import { OF_BODY, OF_TOKEN, refusals, securityOf } from "../openapi.ts";
import { admissionResponse, heldResponse, verdictResponse } from "./verify-response.ts";
import { verifyBody, verifyResponse } from "./verify-schema.ts";

const VERIFY_PATH = "/keyward/v1/verify";

type VerifyBody = z.output<typeof verifyBody>;

export function verifyRoute(context: HttpContext): DirectRoute {
  const { platform, service } = context;
  return {
    method: "POST",
    path: VERIFY_PATH,
    takesBody: true,
    surface: "verify",
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
    respond(request, body) {
      const { rawHeaders, socket } = request;
      const extracted = extractCredential(rawHeaders, BEARER);
      if (extracted.found === "one" && service.serviceTokens.isInMemory(extracted.presented)) return verifyRead(context, body, request);
      return authenticate(context, { method: "POST", rawHeaders, socket }, ["service"]).then((authenticated) =>
        "response" in authenticated ? authenticated.response : verifyRead(context, body, request),
      );
    },
  };
}

/** Synchronous when the key is in memory; rejects when the store fails. */
function verifyRead(
  context: HttpContext,
  bytes: Outcome<Buffer>,
  { headers, requestId }: RouteInput,
): PlainResponse | HeldResponse | Promise<PlainResponse | HeldResponse> {
  const { platform, service } = context;
  if (!bytes.ok) return problemResponse(platform, bytes.problem);
  const parsed = parseJsonBody(bytes.value, headers, false);
  if (!parsed.ok) return problemResponse(platform, parsed.problem);
  const body = isKeyAlone(parsed.value) ? ok<VerifyBody>(parsed.value) : check(verifyBody, parsed.value, "body");
  if (!body.ok) return problemResponse(platform, body.problem);
  if (body.value.headers !== undefined) return admitHeaders(context, body.value.headers, body.value, requestId);
  const presented = readPresented(body.value, platform.credentials);
  if (!presented.ok) return problemResponse(platform, presented.problem);
  const ask = asked(context, body.value);
  const verdict = service.verify(presented.value, ask);
  return verdict instanceof Promise
    ? verdict.then((late) => toVerdictResponse(context, late, ask, requestId))
    : toVerdictResponse(context, verdict, ask, requestId);
}

function toVerdictResponse(context: HttpContext, verdict: Verdict, ask: Ask, requestId: string): PlainResponse {
  if (!verdict.valid) noteVerdict(context, verdict, ask, { surface: "verify", requestId, client: undefined });
  return verdictResponse(verdict, context.service.clock);
}

/** What nearly every caller sends, `{ "key": "…" }`: the schema allows it, and has nothing else to check. */
function isKeyAlone(value: unknown): value is { readonly key: string } {
  if (typeof value !== "object" || value === null) return false;
  for (const name in value) if (name !== "key") return false;
  return typeof (value as { readonly key?: unknown }).key === "string";
}

/** As for a request of our own with these header lines. */
function admitHeaders(
  context: HttpContext,
  rawHeaders: readonly string[],
  body: VerifyBody,
  requestId: string,
): PlainResponse | HeldResponse | Promise<PlainResponse | HeldResponse> {
  const { clock } = context.service;
  const other = (["key", "authorization"] as const).find((name) => body[name] !== undefined);
  if (other !== undefined)
    return problemResponse(context.platform, invalid(other, `${other} is among headers: do not send it beside them`).problem);
  const { scopes, resource } = asked(context, body);
  const client = { rawHeaders, socket: { remoteAddress: body.address } };
  const ask = { scopes, resource };
  const admission = admitRequest(context, client, ask, body.holds === true);
  const respond = (judged: Admission) => {
    noteRefusal(context, judged, ask, { surface: "verify", requestId, client });
    return toResponse(judged, body, clock, requestId);
  };
  return admission instanceof Promise ? admission.then(respond) : respond(admission);
}

function toResponse(admission: Admission, { holds }: VerifyBody, clock: () => number, requestId: string): PlainResponse | HeldResponse {
  if ("response" in admission || holds !== true) return admissionResponse(admission, clock, requestId);
  if (admission.verdict.key.limits.concurrentRequests !== null) return heldResponse(admission, clock, requestId);
  admission.verdict.release();
  return admissionResponse(admission, clock, requestId);
}

function asked({ platform }: HttpContext, { scopes, origin, resource }: VerifyBody): Ask {
  return { scopes, origin, resource: resource === undefined ? undefined : platform.canonicalResource(resource) };
}

function readPresented({ key, authorization }: VerifyBody, places: readonly CredentialPlace[]): Outcome<string> {
  if (key !== undefined && authorization === undefined) return ok(key);
  if (authorization === undefined) return invalid("key", "give key, authorization or headers");
  if (key !== undefined) return invalid("authorization", "give key or authorization, not both");
  const place = places.find(({ header }) => header === "authorization") ?? { header: "authorization", scheme: "Bearer" };
  return ok(readCredential(authorization, place));
}
