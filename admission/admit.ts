/** Admits or refuses a request that presents a platform credential: the first step of whoami, the platform's routes, the gateway and every adapter. */
import type { Problem } from "../engine/errors.ts";
import type { Ask } from "../engine/judge.ts";
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
  | { readonly response: PlainResponse };

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
  if (extracted.found === "none")
    return refuseWith(context, { code: "missing_credential", detail: `Send an API key in ${places(context)}.` });
  if (extracted.found === "several")
    return refuseWith(context, { code: "multiple_credentials", detail: "Send one credential, in one header, once." });
  const asked = isForWebsites(context) ? { ...ask, origin: originOf(rawHeaders) } : ask;
  const verdict = service.verify(extracted.presented, asked, holds);
  return verdict instanceof Promise
    ? verdict.then((late) => toAdmission(context, client, late, ask))
    : toAdmission(context, client, verdict, ask);
}

function places({ platform: { credentials } }: AdmissionContext): string {
  return credentials.map(({ header, scheme }) => (scheme === undefined ? `${header}: <key>` : `${header}: ${scheme} <key>`)).join(" or ");
}

function toAdmission(context: AdmissionContext, client: Client, verdict: Verdict, ask: Ask | undefined): Admission {
  const knowsKey = verdict.valid || verdict.code === "rate_limited";
  const cors = corsHeaders(context, client.rawHeaders, knowsKey ? verdict.key : undefined);
  if (verdict.valid) return { verdict, headers: { ...cors, ...rateLimitHeaders(verdict.rateLimits()) } };
  if (verdict.code === "rate_limited") {
    const problem = tooMany("Rate limit exceeded.", verdict.retryAt, context.service.clock());
    return { response: problemResponse(context.platform, problem, { ...cors, ...rateLimitHeaders(verdict.rateLimits()) }) };
  }
  const problem = publicRefusal(verdict.code, ask?.scopes);
  return problem.code === "invalid_credential"
    ? refuseWith(context, context.attempts.refuse(client, problem), undefined, cors)
    : refuseWith(context, problem, ask?.scopes, cors);
}

function refuseWith({ platform }: AdmissionContext, problem: Problem, scopes?: readonly string[], cors: Headers = {}): Admission {
  // A 401 gets its challenge in any case; a 403 only for a scope.
  const challenged = problem.code === "insufficient_scope";
  const headers = challenged ? { "www-authenticate": challenge(platform.title, platform.credentials, problem.code, scopes) } : {};
  return { response: problemResponse(platform, problem, { ...headers, ...cors }) };
}
