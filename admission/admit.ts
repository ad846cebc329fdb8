/** Admits or refuses a request that presents a platform credential: the first step of whoami, the platform's routes, the gateway and every adapter. */
import type { Problem } from "../engine/errors.ts";
import type { Ask, Refusal } from "../engine/judge.ts";
import type { UNJUDGED_REASONS } from "../engine/refused-request.ts";
import type { Verdict } from "../service/index.ts";
import { challenge } from "./challenge.ts";
import type { Client } from "./client-address.ts";
import type { AdmissionContext } from "./context.ts";
import { corsHeaders, isForWebsites } from "./cors.ts";
import { extractCredential } from "./credential.ts";
import { originOf } from "./origin.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";
import { publicRefusal } from "./refusal.ts";
import { type PlainResponse, problemResponse } from "./response.ts";
import { tooMany } from "./retry-after.ts";

type Headers = Readonly<Record<string, string>>;

/**
 * Either the verdict on an admitted request, with the headers that its response must carry (rate limits, CORS); or the response that
 * refuses it, in the platform's form.
 */
export type Admission =
  | { readonly verdict: Extract<Verdict, { valid: true }>; readonly headers: Headers }
  | {
      readonly response: PlainResponse;
      /** The reason, for those who may know more than the client. */
      readonly code: Refusal | UnjudgedCode;
      /** Undefined when there was no credential to judge, or more than one. */
      readonly verdict: Extract<Verdict, { valid: false }> | undefined;
    };

type UnjudgedCode = (typeof UNJUDGED_REASONS)[number];

/**
 * Admits a request by its header lines. Synchronous when the key is in memory.
 * @param ask what the request needs besides a valid key: scopes, a resource
 * @param holds the request counts as concurrent until `verdict.release()`; without it, it counts as over at once
 * @throws StoreUnavailable, as a rejection, when the store must be asked and does not respond: the request must not be admitted
 * @example
 * const admission = await admitRequest(context, request, { scopes: ["agents:read"] });
 * if ("response" in admission) return send(response, admission.response);
 * const { id, organizationId } = admission.verdict.key;
 */
export function admitRequest(context: AdmissionContext, client: Client, ask?: Ask, holds = false): Admission | Promise<Admission> {
  const { platform, service } = context;
  const { rawHeaders } = client;
  const extracted = extractCredential(rawHeaders, platform.credentials);
  if (extracted.found === "none") return refuseUnjudged(context, "missing_credential", `Send an API key in ${places(context)}.`);
  if (extracted.found === "several") return refuseUnjudged(context, "multiple_credentials", "Send one credential, in one header, once.");
  const asked = isForWebsites(context) ? { ...ask, origin: originOf(rawHeaders) } : ask;
  const verdict = service.verify(extracted.presented, asked, holds);
  return verdict instanceof Promise
    ? verdict.then((late) => toAdmission(context, client, late, ask))
    : toAdmission(context, client, verdict, ask);
}

function places({ platform: { credentials } }: AdmissionContext): string {
  return credentials.map(({ header, scheme }) => (scheme === undefined ? `${header}: <key>` : `${header}: ${scheme} <key>`)).join(" or ");
}

function toAdmission(context: AdmissionContext, client: Client, verdict: Verdict, ask: Ask | undefined): Admission | Promise<Admission> {
  const knowsKey = verdict.valid || verdict.code === "rate_limited";
  const cors = corsHeaders(context, client.rawHeaders, knowsKey ? verdict.key : undefined);
  if (verdict.valid) return { verdict, headers: { ...cors, ...rateLimitHeaders(verdict.rateLimits()) } };
  if (verdict.code === "rate_limited") {
    const problem = tooMany("Rate limit exceeded.", verdict.retryAt, context.service.clock());
    return refuseWith(context, verdict, problem, { ...cors, ...rateLimitHeaders(verdict.rateLimits()) });
  }
  const problem = publicRefusal(verdict.code, ask?.scopes);
  // The limits of a key that is not valid would tell it from one that does not exist.
  if (problem.code === "invalid_credential") {
    const counted = context.attempts.refuse(client, problem);
    return counted instanceof Promise
      ? counted.then((late) => refuseWith(context, verdict, late, cors))
      : refuseWith(context, verdict, counted, cors);
  }
  return refuseWith(context, verdict, problem, { ...cors, ...rateLimitHeaders(verdict.rateLimits()) }, ask?.scopes);
}

function refuseUnjudged({ platform }: AdmissionContext, code: UnjudgedCode, detail: string): Admission {
  return { response: problemResponse(platform, { code, detail }), code, verdict: undefined };
}

function refuseWith(
  { platform }: AdmissionContext,
  verdict: Extract<Verdict, { valid: false }>,
  problem: Problem,
  more: Headers = {},
  scopes?: readonly string[],
): Admission {
  // A 401 gets its challenge in any case; a 403 only for a scope.
  const challenged = problem.code === "insufficient_scope";
  const headers = challenged ? { "www-authenticate": challenge(platform.title, platform.credentials, problem.code, scopes) } : {};
  return { response: problemResponse(platform, problem, { ...headers, ...more }), code: verdict.code, verdict };
}
